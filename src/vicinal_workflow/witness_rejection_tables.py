"""Tables of rejections by the last hidden layer: errors of what is kept, differences, agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.risk_coverage import selective_risks
from vicinal.statistics import mean_interval, paired_student
from vicinal.witness.rejection import kept_by_factor
from vicinal_workflow.evidence import adjusted, claim_value, direction
from vicinal_workflow.witness_rejection_names import (
    BASELINES,
    CHOSEN,
    GAUSSIAN,
    HALF,
    HERMITE,
    PAPERS,
    RANDOM,
    RULES,
    SCORES,
    WITNESSES,
    witness_score,
)

Arrays = Mapping[str, npt.NDArray[Any]]
# Experiment -> row of the paper, kind of data, scale.
Described = Mapping[str, Mapping[str, str]]

AREA = "area"
# Errors where so many percent of the points are kept.
COVERAGES = (95, 90, 80, 50)
CLAIM = "keeping by the witness lowers the error"
_OF_WITNESS = ("score", "predicted", "scale", "sigma", "outside")
_OF_CHOICE = ("choosing_points", "choosing_errors")


def score_values(points: Arrays) -> pd.DataFrame:
    """Each network's errors among the kept, in percent: score, metric, network, value.

    points : as `measure_points` gives them.
    The metric `area` is the mean over all numbers of kept points, AURC; `error_<c>` is the error
    where c % are kept. Of `random`, which keeps points by chance, all are the error of all points.
    """
    rows = []
    for network, wrong in enumerate(_wrong(points)):
        everywhere = 100 * float(wrong.mean())
        for score in SCORES:
            risks = 100 * selective_risks(points[f"score_{score}"][network], wrong)
            values = {AREA: risks.mean()}
            for share in COVERAGES:
                values[f"error_{share}"] = risks[max(1, round(share / 100 * len(risks))) - 1]
            rows += [(score, metric, network, value) for metric, value in values.items()]
        rows += [
            (RANDOM, metric, network, everywhere)
            for metric in (AREA, *(f"error_{share}" for share in COVERAGES))
        ]
    return pd.DataFrame(rows, columns=["score", "metric", "network", "value"])


def kept_values(points: Arrays) -> pd.DataFrame:
    """What the witnesses keep at the threshold itself: score, metric, network, value.

    `kept`, `error_kept`: share of the points, and the network's error among them, in percent;
    `kept_agreeing`, `error_agreeing`: the same of those where the witness has the network's class.
    `accuracy`: of the witness's own class. `agreement`, `agreement_kept`, `agreement_half`: how
    often that is the network's, of all points, of those kept, and of the surest half. `scale`,
    `sigma`, `outside` (percent), `choosing_points`, `choosing_errors`: see `measure_points`.
    """
    rows = []
    for network, wrong in enumerate(_wrong(points)):
        for score in WITNESSES:
            named = {name: points[f"{name}_{score}"][network] for name in _OF_WITNESS}
            agrees = named["predicted"] == points["predicted"][network]
            values = {
                "scale": named["scale"],
                "sigma": named["sigma"],
                "outside": 100 * named["outside"],
                **{name: points[name][network] for name in _OF_CHOICE},
                "accuracy": 100 * np.mean(named["predicted"] == points["labels"][network]),
                **_kept(named["score"], wrong, agrees),
            }
            rows += [(score, metric, network, value) for metric, value in values.items()]
    return pd.DataFrame(rows, columns=["score", "metric", "network", "value"])


def _kept(
    ratio: npt.NDArray[Any], wrong: npt.NDArray[Any], agrees: npt.NDArray[Any]
) -> dict[str, float]:
    """Shares, errors and agreement in percent at a threshold factor of 1."""
    kept = kept_by_factor(ratio, wrong, agrees, [1.0])
    both = kept_by_factor(np.where(agrees, ratio, -ratio), wrong, agrees, [1.0])
    differs = selective_risks(ratio, ~agrees)[max(1, round(HALF * len(ratio))) - 1]
    return {
        "kept": 100 * kept.share[0],
        "error_kept": 100 * kept.error[0],
        "kept_agreeing": 100 * both.share[0],
        "error_agreeing": 100 * both.error[0],
        "agreement": 100 * agrees.mean(),
        "agreement_kept": 100 * kept.agreement[0],
        "agreement_half": 100 * (1 - differs),
    }


def _wrong(points: Arrays) -> npt.NDArray[np.bool_]:
    """Where the networks err, (S, M)."""
    wrong: npt.NDArray[np.bool_] = points["predicted"] != points["labels"]
    return wrong


def summarised(values: Mapping[str, pd.DataFrame], described: Described) -> pd.DataFrame:
    """Mean over the networks and half-width of its 95 % interval, by experiment, score, metric.

    values : experiment -> a table of `score_values` or `kept_values`. A network that keeps nothing
    has no error there and is not counted.
    """
    rows = []
    for experiment, table in values.items():
        for (score, metric), part in table.groupby(["score", "metric"], sort=False):
            known = part["value"].dropna()
            if len(known):
                found = asdict(mean_interval(known))
                rows.append({"experiment": experiment, "score": score, "metric": metric, **found})
    return _described(pd.DataFrame(rows), described)


def compared() -> Iterator[tuple[str, str]]:
    """Each pair of scores that is compared: the Hermite witness with all others.

    At the paper's sigma with the Gaussian of the same; at its least area on other
    data with the Gaussian of its least.
    """
    yield HERMITE, RANDOM
    for rule in RULES:
        for scale in (PAPERS, CHOSEN):
            for other in (witness_score(GAUSSIAN, rule, scale), *BASELINES):
                yield witness_score(HERMITE, rule, scale), other


def paired_scores(
    values: Mapping[str, pd.DataFrame], kept: Mapping[str, pd.DataFrame], described: Described
) -> pd.DataFrame:
    """Differences of the same network, in percentage points, by Student's t.

    values, kept : experiment -> `score_values` and `kept_values`.
    One line a pair of `compared` and the metric `area`; and for `agreement_half`, by how much the
    surest half's agreement with the network exceeds that of all points (`against` is `all`).
    """
    rows = []
    for experiment, table in values.items():
        grid = table[table["metric"] == AREA].pivot(
            index="network", columns="score", values="value"
        )
        for score, other in compared():
            found = paired_student(grid[score].to_numpy(), grid[other].to_numpy())
            line = {"score": score, "against": other, "metric": AREA}
            rows.append({"experiment": experiment, **line, **asdict(found)})
        for score in WITNESSES:
            own = kept[experiment][kept[experiment]["score"] == score]
            both = own.pivot(index="network", columns="metric", values="value")
            found = paired_student(both["agreement_half"].to_numpy(), both["agreement"].to_numpy())
            line = {"score": score, "against": "all", "metric": "agreement_half"}
            rows.append({"experiment": experiment, **line, **asdict(found)})
    return _described(pd.DataFrame(rows), described)


def measured_rejection(paired: pd.DataFrame, described: Described) -> pd.DataFrame:
    """The line of the comparison: 1 where the paper's claim holds, 0 where it fails, else blank."""
    own = paired[(paired["score"] == HERMITE) & (paired["against"] == RANDOM)]
    own = own.assign(p_value=adjusted(own["p_value"]))
    rows = [
        {
            "study": "witness",
            "item": "figure4",
            "row": described[line["experiment"]]["row"],
            "metric": CLAIM,
            "measured": claim_value(
                direction(line["low"], line["high"], line["p_value"]), better="down"
            ),
            "measured_error": np.nan,
            "n": line["n"],
            "scale": line["scale"],
        }
        for line in own.to_dict("records")
        if described[line["experiment"]]["row"]
    ]
    columns = ["study", "item", "row", "metric", "measured", "measured_error", "n", "scale"]
    return pd.DataFrame(rows, columns=columns)


def _described(table: pd.DataFrame, described: Described) -> pd.DataFrame:
    """A table with the columns `data` and `scale` of its experiments."""
    for column in ("data", "scale"):
        table[column] = [described[name][column] for name in table["experiment"]]
    return table
