"""The summary page's part on treatment effects by the witness: section 5.5 in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pandas as pd

from vicinal_workflow.evidence import adjusted, direction, known, p_text, percent
from vicinal_workflow.evidence_cells import interval_cell, p_cell, range_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict
from vicinal_workflow.witness_treatment_names import METHODS, RULES, named

Line = Mapping[Any, Any]

_TOO_FEW = "too few people are left"

_KEYS = {"": ("method", "rule"), "against_": ("against", "against_rule")}
_NO_EXPERIMENT = "no experiment goes with these data"
_SCORES = (
    "A witness's own σ is that of least imbalance: its matches are most like the treated in "
    "covariates, their squares and products. Where the estimated density is not positive there is "
    "no score: where everybody is kept, such people take that of the nearest person who has one, "
    "and trimming drops them."
)
_KEPT = Column("kept", "everybody; those of middling score; where no group dominates significantly")
GENERATED_COLUMNS = (
    Column("estimator"),
    _KEPT,
    Column("treated kept", "mean share, %", numeric=True, decimals=0),
    Column("moved", "true effect on them less that on all treated", numeric=True, decimals=2),
    Column("bias", "estimate less true effect, ± half-width of its 95 % interval", True, 3),
    Column("RMSE", "of the estimate", numeric=True, decimals=3),
    Column("standard error", "as estimated, mean", numeric=True, decimals=3),
    Column("intervals that hold", "the truth, of those with 95 %", numeric=True),
    Column("n", "draws with an estimate", numeric=True),
)
PAIRED_COLUMNS = (
    Column("estimator"),
    Column("less"),
    Column("|error|", "mean of the first", numeric=True, decimals=3),
    Column("|error|", "mean of the second", numeric=True, decimals=3),
    Column("difference", "below 0 the first is better", numeric=True, decimals=3),
    Column("95 % interval", "Student, over the draws"),
    Column("p", "corrected for all of the table", numeric=True, decimals=3),
    Column("n", "draws", numeric=True),
)
REAL_COLUMNS = (
    Column("estimator"),
    _KEPT,
    Column("treated", "who enter", numeric=True),
    Column("controls", "who are used", numeric=True),
    Column("effect", "± standard error", numeric=True, decimals=0),
    Column("95 % interval", numeric=True),
    Column("experiment", "on the people kept by the same rule", numeric=True, decimals=0),
    Column("less experiment", "95 % interval, if anything too wide", numeric=True),
    Column("imbalance", "mean standardised difference that is left", numeric=True, decimals=2),
)


def witness_treatment_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from the tables that the stage wrote, by name."""
    generated, paired, real = (
        tables[f"treatment_{name}"] for name in ("generated", "paired", "real")
    )
    shown, verdicts = [], []
    if len(generated):
        shown += [_generated_table(generated), _paired_table(paired)]
        verdicts += [*_compared(paired), *_coverage(generated)]
    if len(real):
        shown.append(_real_table(real))
        verdicts += _experiments(real)
    return shown, verdicts


def _groups(table: pd.DataFrame) -> Iterator[tuple[str, list[dict[Any, Any]], Setting]]:
    for study, part in table.groupby("study", sort=False):
        setting = Setting(str(part["data"].iloc[0]), str(part["scale"].iloc[0]))
        yield str(study), part.to_dict("records"), setting


def _generated_table(generated: pd.DataFrame) -> Table:
    return Table(
        "Section 5.5: generated studies of known effect",
        "Errors of the estimated mean effect on those treated whom an estimator keeps, over "
        "independent draws of the study. Standard errors of matches are Abadie's and Imbens's. "
        f"Trimming can change whose effect is asked for: `moved` says by how much. {_SCORES}",
        GENERATED_COLUMNS,
        [
            Group([_generated_row(line) for line in lines], title=study, setting=setting)
            for study, lines, setting in _groups(generated)
        ],
    )


def _generated_row(line: Line) -> list[Cell | str]:
    start: list[Cell | str] = [Cell(METHODS[line["method"]], title=_of_witness(line))]
    start += [RULES[line["rule"]], Cell(100 * line["kept"])]
    if not line["n"]:
        return [*start, *(Cell(None, title=_TOO_FEW) for _ in range(5)), Cell(0)]
    covered = f"{percent(line['covered_low'])} to {percent(line['covered_high'])}"
    return [
        *start,
        Cell(line["moved"]),
        Cell(line["bias"], error=known(line["bias_half_width"])),
        Cell(line["rmse"]),
        Cell(line["standard_error"]),
        Cell(line["covered"], text=percent(line["covered"]), title=f"95 % interval {covered}"),
        Cell(int(line["n"])),
    ]


def _of_witness(line: Line) -> str:
    if pd.isna(line["sigma"]):
        return ""
    return f"σ {line['sigma']:.2g}; {100 * line['borrowed']:.1f} % of the treated borrow a score"


def _paired_table(paired: pd.DataFrame) -> Table:
    return Table(
        "Section 5.5: errors by draw",
        "Each estimator's |error| less another's of the same draw.",
        PAIRED_COLUMNS,
        [
            Group([_paired_row(line) for line in lines], title=study, setting=setting)
            for study, lines, setting in _groups(paired)
        ],
    )


def _paired_row(line: Line) -> list[Cell | str]:
    return [
        named(line["method"], line["rule"]),
        named(line["against"], line["against_rule"]),
        Cell(line["error"]),
        Cell(line["against_error"]),
        Cell(line["mean"], emphasis=_tone(line)),
        interval_cell(line["low"], line["high"], "one draw"),
        p_cell(line["adjusted_p"]),
        Cell(int(line["n"])),
    ]


def _tone(line: Line) -> Literal["", "for", "against"]:
    """Whether the first is better, or worse, than the second."""
    found = direction(line["low"], line["high"], line["adjusted_p"])
    return "for" if found == "down" else "against" if found == "up" else ""


def _real_table(real: pd.DataFrame) -> Table:
    return Table(
        "Section 5.5: studies beside an experiment",
        "The mean effect on the treated, in units of the outcome. The experiment's is the "
        "difference of means between the same treated and its own controls, both trimmed by the "
        f"same rule. Covariates are standardised, indicators among them. {_SCORES}",
        REAL_COLUMNS,
        [
            Group([_real_row(line) for line in lines], title=study, setting=setting)
            for study, lines, setting in _groups(real)
        ],
    )


def _real_row(line: Line) -> list[Cell | str]:
    start = [METHODS[line["method"]], RULES[line["rule"]], Cell(int(line["treated"]))]
    if pd.isna(line["effect"]):
        return [*start, Cell(0), *(Cell(None, title=_TOO_FEW) for _ in range(5))]
    return [
        Cell(METHODS[line["method"]], title=_of_witness(line)),
        *start[1:],
        Cell(int(line["controls"])),
        Cell(line["effect"], error=line["standard_error"]),
        range_cell(line["low"], line["high"], _number, _TOO_FEW),
        Cell(known(line["benchmark"])),
        range_cell(line["apart_low"], line["apart_high"], _number, _NO_EXPERIMENT),
        Cell(line["imbalance"]),
    ]


def _range(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "−")


def _compared(paired: pd.DataFrame) -> Iterator[Verdict]:
    for line in paired.to_dict("records"):
        tone = _tone(line)
        word = {"for": "lower", "against": "higher", "": "not told apart"}[tone]
        change = f"{abs(line['mean']):.3f} {word}" if tone else word
        text = (
            f"{line['study']}: |error| {line['error']:.3f} {_used(line, '')}, "
            f"{line['against_error']:.3f} {_used(line, 'against_')}: {change} ({_evidence(line)})."
        )
        yield Verdict(text, tone or "open")


def _used(line: Line, prefix: str) -> str:
    """An estimator in words, with a witness's σ and, where not all are kept, the share kept."""
    method, rule = (line[key] for key in _KEYS[prefix])
    kept, sigma = line[f"{prefix}kept"], line[f"{prefix}sigma"]
    details: list[str] = [] if pd.isna(sigma) else [f"σ {sigma:.2g} in the mean"]
    details += [] if kept == 1 else [f"{percent(kept)} of the treated kept"]
    return named(method, rule) + (f" ({'; '.join(details)})" if details else "")


def _evidence(line: Line) -> str:
    if pd.isna(line["low"]):
        return f"{line['n']} draw, no interval"
    if pd.isna(line["adjusted_p"]):
        return f"the same difference in {line['n']} draws"
    return (
        f"difference {line['low']:+.3f} to {line['high']:+.3f}, corrected p "
        f"{p_text(line['adjusted_p'])}, {line['n']} draws"
    )


def _coverage(generated: pd.DataFrame) -> Iterator[Verdict]:
    """Whether intervals of matches on the witness hold as often as they say."""
    own = generated[(generated["method"] == "hermite") & (generated["rule"] == "all")]
    own = own[own["n"] > 0]
    for line, p in zip(own.to_dict("records"), adjusted(own["covered_p"]), strict=True):
        low, high = line["covered_low"], line["covered_high"]
        away = direction(low - 0.95, high - 0.95, p)
        text = (
            f"{line['study']}: {round(line['covered'] * line['n'])} of {line['n']} intervals of 95 "
            f"% by matching on the Hermite witness hold the true effect (share {percent(low)} to "
            f"{percent(high)}, corrected p {p_text(p)}); its bias is {line['bias']:.3f}, its "
            f"standard error {line['standard_error']:.3f}."
        )
        yield Verdict(text, "against" if away == "down" else "open")


def _experiments(real: pd.DataFrame) -> Iterator[Verdict]:
    """How the witness's estimate lies to the experiment's, beside that of the logistic score."""
    own = real[real["rule"] == "all"]
    found = own[(own["method"] == "hermite") & own["apart"].notna()]
    for line, p in zip(found.to_dict("records"), adjusted(found["apart_p"]), strict=True):
        part = own[own["study"] == line["study"]].set_index("method")
        away = direction(line["apart_low"], line["apart_high"], p)
        verb = "differs from" if away else "cannot be told from"
        logistic = part.loc["logistic"]
        text = (
            f"{line['study']}: matched on the Hermite witness (σ {line['sigma']:.2g}) the effect "
            f"is {_estimate(line)}, which {verb} the experiment's {_number(line['benchmark'])} "
            f"({_range(line['benchmark_low'], line['benchmark_high'])}; corrected p {p_text(p)}); "
            f"on the logistic score {_estimate(logistic)}, without adjustment "
            f"{_number(part.loc['difference', 'effect'])}."
        )
        yield Verdict(text, "against" if away else "open")


def _estimate(line: Any) -> str:
    return f"{_number(line['effect'])} ({_range(line['low'], line['high'])})"
