"""The summary page's part on ridge-gradients: figures 5 to 7 in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

FITS = {
    "ridge": "ridge",
    "ridge_gradients": "ridge-gradients",
    "joint_ridge": "joint ridge (not in the paper)",
    "gradient_fit": "fit to the gradients alone",
}
PENALTIES = {"fixed": "fixed penalties", "tuned": "penalties chosen on validation values"}
FORMULAS = {"corrected": "corrected", "printed": "as printed"}
_HALF_WIDTH = "± half-width of its 95 % interval over the draws"
ERROR_COLUMNS = (
    Column("fit"),
    Column("error of"),
    Column("RMSE", "of one draw", numeric=True, source="published"),
    Column("corrected", f"mean, {_HALF_WIDTH}", numeric=True, source="measured"),
    Column("as printed", f"mean, {_HALF_WIDTH}", numeric=True, source="measured"),
    Column("n", "draws", numeric=True),
)
GAIN_COLUMNS = (
    Column("fit"),
    Column("formulas"),
    Column("sizes ahead", "where its mean error is lower", numeric=True, source="published"),
    Column("sizes ahead", "where its mean gain is above 0", numeric=True, source="measured"),
    Column("clear of zero", "where all of its 95 % interval is", numeric=True, source="measured"),
    Column("least", "mean gain at a size, %", numeric=True, decimals=1, source="measured"),
    Column("mean", "over the sizes, %", numeric=True, decimals=1, source="measured"),
    Column("largest", "mean gain at a size, %", numeric=True, decimals=1, source="measured"),
    Column("n", "draws of each size", numeric=True),
)


def ridge_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from `ridge_errors` and `ridge_gains`, as the stage wrote them.

    comparison : the study's lines.
    """
    errors, gains = tables["ridge_errors"], tables["ridge_gains"]
    published = comparison.set_index(["item", "metric"])["published"].to_dict()
    shown = [_errors_table(errors, published), _gains_table(gains, published)]
    return shown, list(_verdicts(errors, gains))


def _setting(table: pd.DataFrame) -> Setting:
    return Setting("sine", str(table["scale"].iloc[0]))


def _errors_table(errors: pd.DataFrame, published: Mapping[Any, float]) -> Table:
    groups = []
    for penalties, own in errors.groupby("penalties", sort=False):
        rows = [
            _error_row(part.set_index("formulas"), published)
            for _, part in own.groupby(["quantity", "fit"], sort=False)
        ]
        # Values first, then gradients.
        rows.sort(key=lambda row: str(row[1]), reverse=True)
        groups.append(Group(rows, title=PENALTIES[str(penalties)], setting=_setting(own)))
    return Table(
        "Figures 5 and 6: fits to a sine",
        f"Root mean square errors on noise-free test points of fits to {errors['samples'].iloc[0]} "
        "noisy samples. The printed derivative of the basis functions, and of the constant, are "
        "slips; both readings stand side by side. The published numbers are those of one draw.",
        ERROR_COLUMNS,
        groups,
    )


def _error_row(part: pd.DataFrame, published: Mapping[Any, float]) -> list[Cell | str]:
    """One fit and quantity; `part` has a line for each reading of the formulas."""
    first = part.iloc[0]
    fit, quantity = str(first["fit"]), str(first["quantity"])
    item = "figure5" if quantity == "values" else "figure6"
    return [
        FITS[fit],
        quantity,
        Cell(published.get((item, f"{fit} rmse of {quantity}"))),
        *(
            Cell(part["mean"][name], error=part["half_width"][name])
            if name in part.index
            else Cell(None, title="it has no printed form")
            for name in FORMULAS
        ),
        Cell(int(first["n"])),
    ]


def _gains_table(gains: pd.DataFrame, published: Mapping[Any, float]) -> Table:
    own = gains[(gains["figure"] == "figure7") & (gains["over"] == "ridge")]
    groups = []
    for penalties, part in own.groupby("penalties", sort=False):
        rows = [
            _gain_row(str(fit), str(formulas), line, published)
            for (fit, formulas), line in part.groupby(["fit", "formulas"], sort=False)
        ]
        groups.append(Group(rows, title=PENALTIES[str(penalties)], setting=_setting(part)))
    sizes = own["samples"]
    return Table(
        "Figure 7: gain over ridge regression",
        f"By how many percent the error of values is below that of ridge regression on the same "
        f"draw, for {sizes.nunique()} sizes from {sizes.min()} to {sizes.max()} samples. Negative "
        "gains are losses.",
        GAIN_COLUMNS,
        groups,
    )


def _gain_row(
    fit: str, formulas: str, part: pd.DataFrame, published: Mapping[Any, float]
) -> list[Cell | str]:
    mean, half, total = part["mean"], part["half_width"], len(part)
    papers = published.get(("figure7", f"{fit} ahead of ridge (share of sizes)"))
    ahead, clear = int((mean > 0).sum()), int((mean > half).sum())
    return [
        FITS[fit],
        FORMULAS[formulas],
        Cell(papers, text="all" if papers == 1 else ""),
        Cell(ahead, text=f"{ahead} of {total}", emphasis="for" if ahead == total else ""),
        Cell(clear, text=f"{clear} of {total}"),
        *(Cell(float(value)) for value in (mean.min(), mean.mean(), mean.max())),
        Cell(int(part["n"].iloc[0])),
    ]


def _verdicts(errors: pd.DataFrame, gains: pd.DataFrame) -> Iterator[Verdict]:
    """What the paper claims, what the joint ridge adds, what the printed formulas cost."""
    means = errors.set_index(["penalties", "formulas", "quantity", "fit"])["mean"].to_dict()
    keys = ["figure", "penalties", "formulas", "quantity", "fit", "over"]
    own = gains[gains["figure"] != "figure7"]
    few = {tuple(line[key] for key in keys): line for line in own.to_dict("records")}
    for penalties in PENALTIES:
        for figure, quantity, fit in (
            ("figure5", "values", "ridge_gradients"),
            ("figure6", "gradients", "gradient_fit"),
            ("figure5", "values", "joint_ridge"),
        ):
            line = few[figure, penalties, "corrected", quantity, fit, "ridge"]
            both = [means[penalties, "corrected", quantity, name] for name in (fit, "ridge")]
            yield _against_ridge(line, penalties, quantity, fit, *both)
    for penalties in PENALTIES:
        yield _over_sizes(gains, penalties)
    for penalties in PENALTIES:
        yield _printed(few, means, penalties)


def _against_ridge(
    line: Mapping[Any, Any], penalties: str, quantity: str, fit: str, own: float, ridge: float
) -> Verdict:
    start = f"{_named(fit, penalties)}: error of {quantity} {own:.3f}, that of ridge"
    mean, half = line["mean"], line["half_width"]
    text = f"{start} {ridge:.3f}. By draw, it is {_percent(mean, half)}, better in {_draws(line)}."
    return Verdict(text, "for" if mean > half else "against" if mean < -half else "open")


def _named(fit: str, penalties: str) -> str:
    """A fit and its penalties at the start of a sentence."""
    return f"{FITS[fit].capitalize()}, {PENALTIES[penalties]}"


def _percent(mean: float, half: float) -> str:
    """A gain in words, with its interval where it has one."""
    interval = "" if pd.isna(half) else f" (± {half:.1f})"
    return f"{abs(mean):.1f} %{interval} {'lower' if mean >= 0 else 'higher'}"


def _draws(line: Mapping[Any, Any]) -> str:
    """In how many draws a fit is ahead."""
    return f"{round(line['ahead'] * line['n'])} of {line['n']} draws"


def _over_sizes(gains: pd.DataFrame, penalties: str) -> Verdict:
    """Figure 7's claim, ridge-gradients ahead at every size."""
    own = gains[(gains["figure"] == "figure7") & (gains["over"] == "ridge")]
    own = own[(own["penalties"] == penalties) & (own["formulas"] == "corrected")]
    own = own[own["fit"] == "ridge_gradients"]
    mean, half = own["mean"], own["half_width"]
    ahead, clear, behind = (int(n.sum()) for n in (mean > 0, mean > half, mean < -half))
    sizes = own["samples"]
    text = (
        f"{_named('ridge_gradients', penalties)}, {sizes.min()} to {sizes.max()} samples: ahead of "
        f"ridge at {ahead} of {len(own)} sizes, its 95 % interval clear of zero at {clear}; gains "
        f"of {mean.min():.1f} to {mean.max():.1f} %."
    )
    return Verdict(text, "for" if ahead == len(own) and clear else "against" if behind else "open")


def _printed(
    few: Mapping[Any, Mapping[Any, Any]], means: Mapping[Any, Any], penalties: str
) -> Verdict:
    """What the slips cost ridge-gradients."""
    fit = "ridge_gradients"
    line = few["figure5", penalties, "corrected", "values", fit, "printed"]
    gain = few["figure5", penalties, "printed", "values", fit, "ridge"]
    corrected, printed = (means[penalties, name, "values", fit] for name in FORMULAS)
    mean, half = line["mean"], line["half_width"]
    text = (
        f"Formulas as printed, {PENALTIES[penalties]}: ridge-gradients' error of values is "
        f"{printed:.3f}. With the corrected ones it is {corrected:.3f}, by draw "
        f"{_percent(mean, half)}. As printed, it beats ridge in {_draws(gain)}."
    )
    return Verdict(text, "against" if mean > half else "open")
