"""The summary page's part on averaged Bayesian networks: methods, differences, and the claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from vicinal.figures.posterior_methods import STYLES
from vicinal_workflow.bayes_names import BACKPROP, METHODS, SGLD, UNAVERAGED
from vicinal_workflow.bayes_tables import ANYTIME, PAIRED, worse_than_guessing
from vicinal_workflow.evidence import adjusted, direction, emphasis, p_text
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

NAMES = {method: style.label for method, style in STYLES.items()}
METRICS = {
    "accuracy": "accuracy",
    "nll": "NLL",
    "ece": "ECE",
    "brier": "Brier",
    "aurc": "AURC",
    "ood_auroc": "OOD AUROC",
    "train_nll": "train NLL",
    "loss": "train loss",
    "seconds": "seconds",
}
HINTS = {
    "accuracy": "of the test images, %",
    "nll": "of the test images, nats",
    "ece": "expected calibration error",
    "brier": "sum over the classes of squared errors, mean over the test images",
    "aurc": "mean error of the k most confident images, over all k",
    "ood_auroc": "how well entropy tells images of other data from test images; 0.5 is chance",
    "train_nll": "expected under the posterior, training images, nats",
    "loss": "eq. 3: train NLL and KL divergence to the prior over n",
    "seconds": "of training, by the clock on a machine with other jobs; the common start included",
}
DECIMALS = {"accuracy": 2, "ood_auroc": 3, "loss": 3, "seconds": 1}  # of the others, 4
SHOWN = ("accuracy", "nll", "ece", "brier", "aurc", "ood_auroc", "loss", "seconds")
_RISING = ("accuracy", "ood_auroc", ANYTIME)


@dataclass(frozen=True)
class Claim:
    """A difference between HWA and another method that the page puts in words.

    against, metric : as the paired table has them.      expected : where the claim holds.
    up, down, open : what a rise, a fall, and neither say.      unit : of the difference.
    """

    against: str
    metric: str
    expected: Literal["up", "down"]
    up: str
    down: str
    open: str
    unit: str = ""


_POINTS = " percentage points"
CLAIMS = (
    Claim(
        BACKPROP, "accuracy", "up",
        "HWA has the better test accuracy than Bayes by Backprop, as the paper claims",
        "HWA has the worse test accuracy than Bayes by Backprop, against the paper's claim",
        "no difference in test accuracy can be told between HWA and Bayes by Backprop", _POINTS,
    ),
    Claim(
        BACKPROP, "loss", "up",
        "HWA ends with the higher training loss (eq. 3), as the paper says",
        "HWA ends with the lower training loss (eq. 3), where the paper has a higher one",
        "no difference in training loss (eq. 3) can be told", " nats",
    ),
    Claim(
        BACKPROP, ANYTIME, "up",
        "HWA trains faster, as the paper claims: over the run its test accuracy is higher",
        "HWA trains slower, against the paper's claim: over the run its test accuracy is lower",
        "that HWA trains faster, or slower, cannot be told by the test accuracy over the run",
        _POINTS,
    ),
    Claim(
        SGLD, "accuracy", "up",
        "HWA has the better test accuracy than SGLD, as the paper claims",
        "HWA has the worse test accuracy than SGLD, against the paper's claim",
        "no difference in test accuracy can be told between HWA and SGLD", _POINTS,
    ),
    Claim(
        SGLD, "train_nll", "up",
        "HWA ends with the higher training NLL than SGLD, as the paper says of the loss",
        "HWA ends with the lower training NLL than SGLD, where the paper has a higher loss",
        "no difference in training NLL can be told between HWA and SGLD", " nats",
    ),
    Claim(
        SGLD, ANYTIME, "up",
        "HWA trains faster than SGLD, as the paper claims: more test accuracy over the run",
        "HWA trains slower than SGLD, against the paper's claim: less test accuracy over the run",
        "that HWA trains faster than SGLD, or slower, cannot be told by the test accuracy",
        _POINTS,
    ),
    Claim(
        UNAVERAGED, "accuracy", "up",
        "averaging itself raises the test accuracy, over that of the last iterate",
        "averaging itself lowers the test accuracy, under that of the last iterate",
        "averaging itself does not beyond doubt change the test accuracy of the last iterate",
        _POINTS,
    ),
    Claim(
        UNAVERAGED, "nll", "down",
        "averaging itself raises the test NLL, over that of the last iterate",
        "averaging itself lowers the test NLL, under that of the last iterate",
        "averaging itself does not beyond doubt change the test NLL of the last iterate", " nats",
    ),
)  # fmt: skip


def bayes_section(tables: Mapping[str, pd.DataFrame]) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from the tables that the stage wrote, by name."""
    values = pd.concat([tables["methods"], tables["times"]], ignore_index=True)
    paired, variances = tables["paired"], tables["variances"]
    shown = [_methods_table(values), _paired_table(paired), _variances_table(variances)]
    return shown, list(_verdicts(paired, tables["speed"], tables["methods"]))


def _groups(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, Setting]]:
    for experiment, own in table.groupby("experiment", sort=False):
        setting = Setting(str(own["data"].iloc[0]), str(own["scale"].iloc[0]))
        yield str(experiment), own, setting


def _methods_table(values: pd.DataFrame) -> Table:
    groups = []
    for experiment, own, setting in _groups(values):
        lines = {(line["method"], line["metric"]): line for line in own.to_dict("records")}
        rows: list[list[Cell | str]] = [
            [NAMES[method], *(_mean_cell(lines.get((method, m))) for m in SHOWN)]
            for method in METHODS
            if method in set(own["method"])
        ]
        remark = f"{own['n'].max()} repetitions"
        groups.append(Group(rows, title=experiment, remark=remark, setting=setting))
    return Table(
        "Posterior predictives of all methods",
        "Means over the repetitions ± half-width of their 95 % interval (Student). All methods of "
        "a repetition begin with the same network; Bayes by Backprop and HWA go on from one "
        "start, SGD, SWA, SWAG and SGLD from another, of the same length. Each predicts with the "
        "same number of draws (of its iterates in SGLD), but SGD and SWA, which are single "
        "networks. The four variances of "
        "HWA have the same means. The training loss, of eq. 3, is that of Gaussian posteriors.",
        _columns("method", SHOWN),
        groups,
    )


def _mean_cell(line: Mapping[Any, Any] | None) -> Cell:
    if line is None:
        return Cell(None)
    return Cell(float(line["mean"]), note=_half_width(line["half_width"], line["metric"]))


def _half_width(value: float, metric: str) -> str:
    """Below its number, which keeps the columns narrow; nothing where there is none."""
    return "" if pd.isna(value) else f"±\u00a0{value:.{DECIMALS.get(metric, 4)}f}"


def _columns(first: str, metrics: Sequence[str]) -> list[Column]:
    shown = [Column(METRICS[m], HINTS[m], True, DECIMALS.get(m, 4)) for m in metrics]
    return [Column(first), *shown]


def _better(metric: str) -> Literal["up", "down"]:
    return "up" if metric in _RISING else "down"


def _paired_table(paired: pd.DataFrame) -> Table:
    """HWA less every other method; cells are coloured by p-values corrected for their number."""
    return _differences(
        paired[paired["metric"].isin(PAIRED)],
        "against",
        "HWA less",
        "HWA less every other method",
        "HWA is the average that `hwa.variance` and `hwa.rank` name. Differences of the same "
        f"repetition, {_COLOURED}",
    )


def _variances_table(variances: pd.DataFrame) -> Table:
    """The same of what HWA's iterates and their averages are to Bayes by Backprop."""
    return _differences(
        variances,
        "method",
        "less Bayes by Backprop",
        "Every variance of HWA less Bayes by Backprop",
        "The averages have the same means and differ in their variances; the paper's eq. 4 is "
        "nearest to that between iterates. Above them the last iterate, that none averaged. "
        f"Differences of the same repetition, {_COLOURED}",
    )


_COLOURED = (
    "mean ± half-width of the 95 % interval (Student); coloured where the interval excludes zero "
    "and p, corrected for all of the table (Benjamini and Hochberg), is at most 0.05. Corrected "
    "p-values show when a number is pointed at."
)


def _differences(table: pd.DataFrame, column: str, head: str, title: str, about: str) -> Table:
    """A row a method that `column` names, a column a metric."""
    own = table.assign(p_value=adjusted(table["p_value"]))
    groups = []
    for experiment, part, setting in _groups(own):
        lines = {(line[column], line["metric"]): line for line in part.to_dict("records")}
        rows: list[list[Cell | str]] = [
            [NAMES[method], *(_difference_cell(lines.get((method, m))) for m in PAIRED)]
            for method in METHODS
            if method in set(part[column])
        ]
        named = f"{NAMES[part['hwa'].iloc[0]]}; " if "hwa" in part else ""
        remark = f"{named}{part['n'].max()} pairs"
        groups.append(Group(rows, title=experiment, remark=remark, setting=setting))
    return Table(title, about, _columns(head, PAIRED), groups)


def _difference_cell(line: Mapping[Any, Any] | None) -> Cell:
    if line is None:
        return Cell(None)
    p = line["p_value"]
    return Cell(
        float(line["mean"]),
        note=_half_width((line["high"] - line["low"]) / 2, line["metric"]),
        emphasis=emphasis(line, _better(line["metric"])),
        title="" if pd.isna(p) else f"corrected p {p_text(p)}",
    )


def _verdicts(
    paired: pd.DataFrame, speed: pd.DataFrame, methods: pd.DataFrame
) -> Iterator[Verdict]:
    """The paper's claims, and what averaging itself does, experiment by experiment."""
    idle = worse_than_guessing(methods)
    of_speed = speed.set_index("experiment").to_dict("index")
    keys = ["experiment", "against", "metric"]
    found = {tuple(line[k] for k in keys): line for line in paired.to_dict("records")}
    chosen = [
        (experiment, claim, found[experiment, claim.against, claim.metric])
        for experiment in paired["experiment"].unique()
        for claim in CLAIMS
        if (experiment, claim.against, claim.metric) in found
    ]
    p_values = adjusted([line["p_value"] for _, _, line in chosen])
    for (experiment, claim, line), p in zip(chosen, p_values, strict=True):
        further = ""
        if (claim.against, claim.metric) == (BACKPROP, ANYTIME):
            further = f" {_speed(of_speed[experiment])}"
        elif claim.metric == "loss":
            further = f" {_without_divergence(found[experiment, claim.against, 'train_nll'])}"
        if claim.metric == "loss" and experiment in idle:
            yield _beyond_guessing(experiment, methods, idle[experiment])
        else:
            yield _verdict(experiment, claim, line, float(p), further)


def _beyond_guessing(experiment: str, methods: pd.DataFrame, guess: float) -> Verdict:
    """Why a difference in loss would say nothing."""
    own = methods[(methods["experiment"] == experiment) & (methods["metric"] == "loss")]
    loss = own.set_index("method")["mean"][BACKPROP]
    return Verdict(
        f"{experiment}: whether HWA ends with the higher training loss (eq. 3) is not asked here. "
        f"Bayes by Backprop's is {loss:.3g} nats, that of guessing {guess:.2f}: against so few "
        "images the divergence from the prior is nearly all of the loss, which falls with every "
        "step that widens the posterior, whatever is learned.",
        "open",
    )


def _verdict(
    experiment: str, claim: Claim, line: Mapping[Any, Any], p: float, further: str
) -> Verdict:
    """p : corrected for the number of verdicts."""
    mean, low, high, n = (line[key] for key in ("mean", "low", "high", "n"))
    if pd.isna(low):
        return Verdict(f"{experiment}: {claim.open} ({n} repetition).{further}", "open")
    said = "not known" if np.isnan(p) else p_text(p)
    evidence = (
        f"HWA less {NAMES[claim.against]}: {_signed(mean)}{claim.unit}, 95 % interval "
        f"{_signed(low)} to {_signed(high)}, corrected p {said}, n = {n} repetitions"
    )
    found = direction(low, high, p)
    text = {"up": claim.up, "down": claim.down, "": claim.open}[found]
    tone: Literal["for", "against", "open"] = "for" if found == claim.expected else "against"
    return Verdict(f"{experiment}: {text} ({evidence}).{further}", tone if found else "open")


def _signed(value: float) -> str:
    """A difference with its sign, to two digits, and whole where it has more; rounding is 0."""
    if abs(value) < 1e-9:
        return "0"
    return f"{value:+.2g}" if abs(value) < 10 else f"{value:+.0f}"


def _without_divergence(line: Mapping[Any, Any]) -> str:
    """The part of the loss that is the training images'."""
    start = f"Of this, {_signed(line['mean'])} are the training images' NLL"
    if pd.isna(line["low"]):
        return f"{start}, the rest the divergence."
    interval = f"{_signed(line['low'])} to {_signed(line['high'])}"
    return f"{start} ({interval}), the rest the divergence."


def _speed(line: Mapping[Any, Any]) -> str:
    """Training time until the other's final accuracy is reached, in words."""
    n, total, ratio = line["n"], line["repetitions"], line["mean"]
    start = f"The test accuracy that Bayes by Backprop ends with is reached in {n} of {total}"
    if not n:
        return f"{start} repetitions."
    return (
        f"{start} repetitions, there after {ratio:.2f} times the training time at which Bayes by "
        "Backprop first has it (by the clock, the common start included)."
    )
