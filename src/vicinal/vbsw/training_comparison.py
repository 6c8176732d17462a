"""Networks trained with and without Active Bias, each with and without VBSW (table 5)."""

from __future__ import annotations

from vicinal.statistics import GroupDifference, group_difference
from vicinal.vbsw.comparison import Scores

# What table 5 asks, in words.
QUESTIONS = {
    "ab_over_vanilla": "Active Bias over plain training, the networks",
    "vbsw_over_ab": "VBSW after plain training over Active Bias, mean of the heads",
    "ab_vbsw_over_vbsw": "VBSW after Active Bias over VBSW after plain training, mean of the heads",
    "ab_uniform_over_uniform": "the same with uniform weights",
}


def compare_trainings(vanilla: Scores, ab: Scores) -> dict[str, GroupDifference]:
    """The questions of table 5, answered between networks that were trained separately.

    vanilla, ab : of networks with heads of their own. A positive difference is an improvement.
    The networks of the two trainings are not paired: each is a group by itself. Raises ValueError
    where the networks have no heads of their own.

    Novello et al., section 5.5.
    """
    if vanilla.network is None or ab.network is None:
        raise ValueError("table 5 compares networks; these features come from none with a head")
    sign = 1.0 if vanilla.larger_is_better else -1.0
    heads = {name: scores.test["vbsw"].mean(axis=1) for name, scores in _named(vanilla, ab)}
    uniform = {name: scores.test["uniform"].mean(axis=1) for name, scores in _named(vanilla, ab)}
    pairs = {
        "ab_over_vanilla": (ab.network, vanilla.network),
        "vbsw_over_ab": (heads["vanilla"], ab.network),
        "ab_vbsw_over_vbsw": (heads["ab"], heads["vanilla"]),
        "ab_uniform_over_uniform": (uniform["ab"], uniform["vanilla"]),
    }
    return {name: group_difference(sign * a, sign * b) for name, (a, b) in pairs.items()}


def _named(vanilla: Scores, ab: Scores) -> list[tuple[str, Scores]]:
    return [("vanilla", vanilla), ("ab", ab)]
