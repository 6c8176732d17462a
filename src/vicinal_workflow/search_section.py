"""The summary page's part on hyper-parameter searches below delta-min: figure 4 in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.evidence import (
    LEVEL,
    adjusted,
    beyond_chance,
    direction,
    emphasis,
    known,
    p_text,
    percent,
)
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

STRATEGIES = {
    "evolution": "evolution",
    "random": "random search",
    "cheapest": "cheapest cells first",
}
RANGES = {
    "full": "all complexities",
    "full_curve": "all, the curve first",
    "bound": "up to the bound, given",
    "bound_paid": "up to the bound, paid for",
    "pooled": "up to the mean curves' bound",
    "chance": "up to a random complexity",
}
MEASURES = {"evaluations": "networks", "work": "work, % of the lattice's"}
METHODS = {"with_gradients": "with gradients", "without_gradients": "without gradients"}
_OF_LATTICE = "% of the whole lattice's"
_HALF_WIDTH = "± half-width of its 95 % interval over the repetitions"
COST_COLUMNS = (
    Column("search"),
    Column("over"),
    Column("reaches it", "% of the searches", numeric=True, decimals=0),
    Column("networks until then", _HALF_WIDTH, numeric=True, decimals=1),
    Column("work until then", f"{_OF_LATTICE}, {_HALF_WIDTH}", numeric=True, decimals=1),
    Column("work in all", _OF_LATTICE, numeric=True, decimals=1),
    Column("validation error", "at the end, % above the lattice's least", numeric=True, decimals=1),
    Column(
        "test error", "at the end, % above that of the lattice's choice", numeric=True, decimals=1
    ),
    Column("n", "repetitions", numeric=True),
)
PAIRED_COLUMNS = (
    Column("search"),
    Column("over", "less the search that it is compared with"),
    Column("difference in"),
    Column("mean", "below 0, the first is cheaper", numeric=True, decimals=1),
    Column("95 % interval", "bootstrap over the repetitions"),
    Column("p", "Wilcoxon signed-rank test, two-sided", numeric=True, decimals=3),
    Column("n", "repetitions", numeric=True),
)
BOUND_COLUMNS = (
    Column("networks searched"),
    Column("bound", "median, least to largest", numeric=True),
    Column("best complexity", "median, least to largest", numeric=True),
    Column("keeps the best", "% of the repetitions", numeric=True, decimals=0),
    Column("keeps the target", "% of the repetitions", numeric=True, decimals=0),
    Column("picked blindly", "% of the complexities would keep it", numeric=True, decimals=0),
    Column("bound of the mean curves", "and how often it keeps the target", numeric=True),
    Column("rules out", f"work, {_OF_LATTICE}", numeric=True, decimals=0),
    Column("costs", f"work to measure it, {_OF_LATTICE}", numeric=True, decimals=0),
    Column("n", "repetitions", numeric=True),
)


def search_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from `search_costs`, `search_bounds` and `search_paired`.

    comparison : the study's lines, of which none has a number of the paper's.
    """
    costs, bounds, paired = (
        tables[name] for name in ("search_costs", "search_bounds", "search_paired")
    )
    shown = [_costs_table(costs), _paired_table(paired), _bounds_table(bounds)]
    return shown, [*_bound_verdicts(bounds), *_verdicts(costs, paired)]


def _groups(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """A table by number of samples and method, with gradients first, and their titles."""
    for samples in table["samples"].unique():
        for method, words in METHODS.items():
            part = table[(table["samples"] == samples) & (table["method"] == method)]
            if len(part):
                yield f"{samples} samples, networks trained {words}", part


def _setting(table: pd.DataFrame) -> Setting:
    return Setting(str(table["data"].iloc[0]))


def _costs_table(costs: pd.DataFrame) -> Table:
    groups = [
        Group(
            [_cost_row(line) for name in STRATEGIES for line in lines if line["strategy"] == name],
            title,
            setting=_setting(part),
        )
        for title, part in _groups(costs)
        for lines in [part.to_dict("records")]
    ]
    return Table(
        "Figure 4: what searches cost",
        f"Until a search comes within {percent(costs['tolerance'].iloc[0])} of the least "
        "validation error of the whole lattice, the same target for all. One that does not get "
        "there counts as the whole lattice. Work is the number of multiplications by weights in "
        "training; a network is counted once. Where the bound is paid for, a search begins with "
        "both curves that it is measured on; `the curve first` begins with that of the searched "
        "kind, without any bound. The mean curves' bound is of all repetitions together.",
        COST_COLUMNS,
        groups,
    )


def _cost_row(line: Mapping[Any, Any]) -> list[Cell | str]:
    return [
        STRATEGIES[line["strategy"]],
        RANGES[line["range"]],
        Cell(100 * line["reached"]),
        Cell(line["evaluations"], error=known(line["evaluations_half_width"])),
        Cell(100 * line["work"], error=_hundredfold(line["work_half_width"])),
        Cell(100 * line["spent"]),
        *(Cell(100 * (line[name] - 1)) for name in ("validation", "test")),
        Cell(line["n"]),
    ]


def _hundredfold(value: float) -> float | None:
    return None if pd.isna(value) else 100 * value


def _paired_table(paired: pd.DataFrame) -> Table:
    groups = [
        Group(
            [_paired_row(line) for line in part.to_dict("records")], title, setting=_setting(part)
        )
        for title, part in _groups(paired)
    ]
    return Table(
        "Figure 4, paired",
        "Searches of one repetition have the same lattice, the same target, and seeds in common.",
        PAIRED_COLUMNS,
        groups,
    )


def _paired_row(line: Mapping[Any, Any]) -> list[Cell | str]:
    return [
        STRATEGIES[line["strategy"]],
        f"{RANGES[line['range']]}, less {RANGES[line['over']]}",
        MEASURES[line["measure"]],
        Cell(line["mean"], emphasis=emphasis(line, "down")),
        interval_cell(line["low"], line["high"], "one repetition"),
        p_cell(line["p_value"]),
        Cell(line["n"]),
    ]


def _bounds_table(bounds: pd.DataFrame) -> Table:
    groups = [
        Group(
            [_bound_row(line) for line in part.to_dict("records")],
            title=f"{samples} samples",
            setting=_setting(part),
        )
        for samples, part in bounds.groupby("samples", sort=False)
    ]
    return Table(
        "Figure 4: the bounds",
        "delta-min as a search has it: on its own samples, by validation errors of one network "
        "with and one without gradients at each complexity, all else at the first of its values.",
        BOUND_COLUMNS,
        groups,
    )


def _bound_row(line: Mapping[Any, Any]) -> list[Cell | str]:
    def range_of(name: str) -> Cell:
        low, high = line[f"{name}_low"], line[f"{name}_high"]
        return Cell(line[name], text=f"{line[name]:g}, {low} to {high}")

    pooled = f"{line['pooled_bound']}, {percent(line['pooled_keeps_target'])}"
    return [
        METHODS[line["method"]],
        range_of("bound"),
        range_of("best"),
        *(Cell(100 * line[name]) for name in ("keeps_best", "keeps_target", "by_chance")),
        Cell(line["pooled_bound"], text=pooled),
        *(Cell(100 * line[name]) for name in ("ruled_out", "curve_work")),
        Cell(line["n"]),
    ]


def _bound_verdicts(bounds: pd.DataFrame) -> Iterator[Verdict]:
    """Does the bound leave what a search is after?"""
    for line in bounds.to_dict("records"):
        n = line["n"]
        kept, best = (round(line[name] * n) for name in ("keeps_target", "keeps_best"))
        text = (
            f"delta-min in a search, {line['samples']} samples, networks "
            f"{METHODS[line['method']]}: it keeps the best cell of the lattice in {best} of {n} "
            f"repetitions, one within {percent(line['tolerance'])} of it in {kept}; a complexity "
            f"picked blindly would in {percent(line['by_chance'])}. It rules out "
            f"{percent(line['ruled_out'])} of the lattice's work, and measuring it takes "
            f"{percent(line['curve_work'])}."
        )
        as_many, as_few = beyond_chance(kept, [line["by_chance"]] * n)
        text += f" (as many, or more, by chance: p {p_text(as_many)}.)"
        yield Verdict(text, "for" if as_many <= LEVEL else "against" if as_few <= LEVEL else "open")


def _verdicts(costs: pd.DataFrame, paired: pd.DataFrame) -> Iterator[Verdict]:
    """Is the target reached with less work? p-values are corrected for the number of verdicts."""
    own = paired[(paired["strategy"] == "evolution") & (paired["measure"] == "work")]
    # The curve alone may bring a search to the target, without any bound.
    own = own[(own["range"] != "bound_paid") | (own["over"] == "full_curve")].copy()
    own["p"] = adjusted(own["p_value"])
    evolved = costs[costs["strategy"] == "evolution"].set_index(["samples", "method", "range"])
    for _, part in _groups(own):
        for line in part.to_dict("records"):
            keys = [(line["samples"], line["method"], line[name]) for name in ("range", "over")]
            first, second = (evolved.loc[key].to_dict() for key in keys)  # type: ignore[index]
            yield _verdict(line, first, second)


def _verdict(
    line: Mapping[Any, Any], first: Mapping[Any, Any], second: Mapping[Any, Any]
) -> Verdict:
    start = f"Evolution, {line['samples']} samples, networks {METHODS[line['method']]}:"
    both = [
        f"{RANGES[name]}, {percent(costs['work'])} of the lattice's work "
        f"({percent(costs['reached'])} of the searches get there)"
        for name, costs in ((line["range"], first), (line["over"], second))
    ]
    text = f"{start} {both[0]}; {both[1]}."
    if pd.isna(line["low"]):
        return Verdict(f"{text} One repetition tells no difference.", "open")
    evidence = (
        f"{abs(line['mean']):.1f} points (95 % interval {line['low']:+.1f} to {line['high']:+.1f}, "
        f"corrected p {p_text(line['p'])}, n = {line['n']} repetitions)"
    )
    found = direction(line["low"], line["high"], line["p"])
    if found == "down":
        return Verdict(f"{text} The former is cheaper, by {evidence}.", "for")
    if found == "up":
        return Verdict(f"{text} The former is dearer, by {evidence}.", "against")
    return Verdict(f"{text} No difference can be told: {evidence}.", "open")
