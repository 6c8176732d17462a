"""The summary page's part on surrogates: delta-min, and errors with and without gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from vicinal_workflow.evidence import (
    LEVEL,
    adjusted,
    beyond_chance,
    direction,
    emphasis,
    p_text,
    percent,
)
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

# Of fewer, resamples are too much alike to say anything.
FEWEST_DRAWS = 5
_FIXED = "\u00a0"  # a space at which no line is broken
_MARKS = {True: "✓", False: "✗"}
_RANGE = "in brackets the central 95 % of resamples of the draws"
BOUND_COLUMNS = (
    Column("samples", numeric=True),
    Column("optimum", numeric=True, source="published"),
    Column("optimum", f"without gradients; {_RANGE}", numeric=True, source="measured"),
    Column("bound", numeric=True, source="published"),
    Column("bound", _RANGE, numeric=True, source="measured"),
    Column("within", "optimum within the bound: in the means, and in how many resamples"),
    Column("by chance", "share of complexities that would be a bound", numeric=True, decimals=2),
    Column("assumptions", "1 convex, 2 gradients help, 3 less and less, up to the optimum"),
)
ERROR_COLUMNS = (
    Column("samples", numeric=True),
    Column("complexity", "without, with gradients", numeric=True),
    Column("without", "RMSE on test samples, mean over the draws", numeric=True),
    Column("with", "the same with gradients", numeric=True),
    Column("with less without", numeric=True),
    Column("95 % interval", "bootstrap over the draws"),
    Column("p", "Wilcoxon signed-rank test, two-sided", numeric=True, decimals=3),
    Column(
        "test / training",
        "ratio of the RMSE, geometric mean over the draws; without, with",
        numeric=True,
    ),
)


def surrogate_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from `surrogate_errors`, `surrogate_gains` and `delta_min`.

    comparison : the study's lines.
    """
    errors, gains, bounds = (
        tables[name] for name in ("surrogate_errors", "surrogate_gains", "delta_min")
    )
    published = comparison.set_index(["item", "row", "metric"])["published"].to_dict()
    shown = [_bounds_table(bounds, published), _errors_table(errors, gains)]
    verdicts = [*_claims(bounds), *_gains(gains), *_overfitting(errors)]
    return shown, verdicts


def _groups(
    table: pd.DataFrame, row: Callable[[Mapping[Any, Any]], Sequence[Cell | str | int]]
) -> list[Group]:
    """The problems of a table, each with its setting and a row for each of its lines."""
    groups = []
    for problem, part in table.groupby("problem", sort=False):
        scale = str(part["scale"].iloc[0])
        setting = Setting("", "" if scale == "not in the paper" else scale)
        rows = [row(line) for line in part.to_dict("records")]
        groups.append(Group(rows, title=str(problem), setting=setting))
    return groups


def _bounds_table(bounds: pd.DataFrame, published: Mapping[Any, float]) -> Table:
    return Table(
        "Table 1: delta-min",
        "The complexity of the least RMSE on test samples, and the bound: the complexity at which "
        "errors with and without gradients are nearest to one another.",
        BOUND_COLUMNS,
        _groups(bounds, lambda line: _bound_row(line, published)),
    )


def _bound_row(line: Mapping[Any, Any], published: Mapping[Any, float]) -> list[Cell | str | int]:
    size = line["samples"]

    def papers(metric: str) -> Cell:
        value = published.get(("table1", line["row"], f"{metric} at {size} samples"))
        return Cell(None) if value is None or pd.isna(value) else Cell(int(value))

    def ours(name: str) -> Cell:
        text = f"{line[name]} ({line[f'{name}_low']} to {line[f'{name}_high']})"
        return Cell(line[name], text=text)

    marks = (_MARKS[bool(line[name])] for name in ("convex", "helps", "gains_less"))
    return [
        Cell(size),
        papers("optimal complexity"),
        ours("best"),
        papers("upper bound"),
        ours("bound"),
        f"{'yes' if line['holds'] else 'no'}, {percent(line['share_held'])}".replace(" ", _FIXED),
        Cell(line["by_chance"]),
        _FIXED.join(f"{number}{mark}" for number, mark in enumerate(marks, start=1)),
    ]


def _errors_table(errors: pd.DataFrame, gains: pd.DataFrame) -> Table:
    places = ["problem", "samples", "complexity", "method"]
    ratios = errors.set_index(places)["test_over_train"]
    best = gains[gains["at"] == "best"]
    return Table(
        "Figures 2 and 10 to 12: surrogates at their best complexities",
        "Errors of each method's surrogates at its own best complexity, chosen on the same test "
        f"samples, as the paper does. Both train on the same draws ({best['n'].min()}). Below 0, "
        "gradients help. A simulator's noise is in its training values alone.",
        ERROR_COLUMNS,
        _groups(best, lambda line: _error_row(line, ratios)),
    )


def _error_row(line: Mapping[Any, Any], ratios: pd.Series) -> list[Cell | str]:
    place = line["problem"], line["samples"]
    both = [
        ratios[(*place, line[complexity], method)]
        for complexity, method in (
            ("complexity", "without_gradients"), ("complexity_with", "with_gradients"),
        )
    ]  # fmt: skip
    return [
        Cell(line["samples"]),
        Cell(line["complexity"], text=f"{line['complexity']}, {line['complexity_with']}"),
        Cell(line["without"]),
        Cell(line["with"]),
        Cell(line["mean"], emphasis=emphasis(line, "down")),
        interval_cell(line["low"], line["high"], "one draw"),
        p_cell(line["p_value"]),
        Cell(both[0], text=f"{both[0]:.2f}, {both[1]:.2f}"),
    ]


def _claims(bounds: pd.DataFrame) -> Iterator[Verdict]:
    """Table 1's claim, beside what chance alone would give, and the assumptions behind it.

    The draws must be sure of it, and chance must not bring it about: few complexities are nearly
    all bounds of an optimum that is low among them.
    """
    for problem, part in bounds.groupby("problem", sort=False):
        sizes, held = len(part), int(part["holds"].sum())
        sure, refuted = ((part["share_held"] >= 0.95).sum(), (part["share_held"] <= LEVEL).sum())
        p, _ = beyond_chance(held, part["by_chance"])
        assumed = int((part["helps"] & part["gains_less"]).sum())
        text = (
            f"`{problem}`: the optimal complexity lies within delta-min's bound at {held} of "
            f"{sizes} sizes, in 95 % of the resamples at {sure}; blindly picked complexities would "
            f"be bounds at as many with p {p_text(p)}. Assumptions 2 and 3, from which it follows, "
            f"hold at {assumed}. The bound rules out {percent(part['ruled_out'].mean())} of the "
            "complexities."
        )
        borne_out = sure == sizes and p <= LEVEL
        told = "against" if refuted else "for" if borne_out else "open"
        yield Verdict(text, told if part["n"].min() >= FEWEST_DRAWS else "open")  # type: ignore[arg-type]


def _gains(gains: pd.DataFrame) -> Iterator[Verdict]:
    """Do gradients lower errors? By problem, with p-values corrected for their number."""
    best = gains[gains["at"] == "best"].copy()
    best["p"] = adjusted(best["p_value"])
    each = gains[gains["at"] == "each"]
    for problem, part in best.groupby("problem", sort=False):
        own = each[each["problem"] == problem]
        lower = int((own["mean"] < 0).sum())
        found = [direction(x["low"], x["high"], x["p"]) for x in part.to_dict("records")]
        factors = part["without"] / part["with"]
        text = (
            f"`{problem}`: the error with gradients is the lower one in {lower} of {len(own)} "
            f"pairs of complexity and size. At the best complexities, they "
            f"divide it {_factors(factors, part['samples'])}; lower beyond doubt (corrected p at "
            f"most 0.05) at {found.count('down')} of {len(part)} sizes"
            + (f", higher beyond doubt at {found.count('up')}" if "up" in found else "")
            + f" (n = {part['n'].min()} draws, least p {_least(part['p'])})."
        )
        tone = (
            "against" if "up" in found else "for" if found.count("down") == len(found) else "open"
        )
        yield Verdict(text, tone)  # type: ignore[arg-type]


def _factors(factors: pd.Series, sizes: pd.Series) -> str:
    pairs = [
        f"by {factor:.2g} at {size} samples" for factor, size in zip(factors, sizes, strict=True)
    ]
    return ", ".join(pairs)


def _least(p: pd.Series) -> str:
    return "not known" if p.isna().all() else p_text(float(p.min()))


def _overfitting(errors: pd.DataFrame) -> Iterator[Verdict]:
    """Appendix A.2: errors on training and on test samples are not significantly different."""
    tested = errors.assign(p=adjusted(errors["ratio_p"]))
    for problem, part in tested.groupby("problem", sort=False):
        found = [
            direction(np.log(x["ratio_low"]), np.log(x["ratio_high"]), x["p"])
            for x in part.to_dict("records")
        ]
        ratios = part.groupby("samples")["test_over_train"]
        ends = [
            f"{ratios.min()[size]:.2f} to {ratios.max()[size]:.2f} times at {size} samples"
            for size in dict.fromkeys((part["samples"].min(), part["samples"].max()))
        ]
        text = (
            f"`{problem}`: the RMSE on unseen samples is {', '.join(ends)} that on the training "
            f"samples; larger beyond doubt (corrected p at most 0.05) in {found.count('up')} of "
            f"{len(part)} trainings."
        )
        yield Verdict(text, "against" if "up" in found else "open")
