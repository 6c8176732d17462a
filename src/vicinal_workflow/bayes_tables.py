"""Tables of averaged Bayesian networks: metrics of all methods, HWA paired with each, and speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from vicinal.statistics import MeanInterval, mean_interval, paired_student, ratio_interval
from vicinal_workflow.bayes_names import BACKPROP, HWA, METHODS_OF, ROWS, SGLD, UNAVERAGED
from vicinal_workflow.evidence import adjusted, direction

# Experiment -> row, kind of data, scale, and the method that is called HWA there.
Described = Mapping[str, Mapping[str, str]]

# Compared by repetition; of `loss` (eq. 3) only posteriors with a divergence have any.
PAIRED = ("accuracy", "nll", "ece", "brier", "aurc", "ood_auroc", "train_nll", "loss")
ANYTIME = "anytime_accuracy"
_CURVES = (HWA, UNAVERAGED, BACKPROP, SGLD)
# The paper's claims, as the comparison has them, by the metric that is larger where they hold.
CLAIMS = {
    "test accuracy better than Bayes by Backprop": "accuracy",
    "training loss worse than Bayes by Backprop": "loss",
    "faster than Bayes by Backprop": ANYTIME,
}


def labelled(
    tables: Sequence[pd.DataFrame], labels: Sequence[Sequence[str]], *columns: str
) -> pd.DataFrame:
    """Tables of several files in one, with columns that say where a line is from.

    labels : the values of `columns` of each table.
    """
    parts = [
        table.assign(**dict(zip(columns, label, strict=True)))
        for table, label in zip(tables, labels, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def summarise_methods(metrics: pd.DataFrame, described: Described) -> pd.DataFrame:
    """Mean over the repetitions and half-width of its 95 % interval, by method and metric.

    metrics : experiment, method, repetition, metric, value.
    """
    names = ["experiment", "method", "metric"]
    rows = [
        {**dict(zip(names, keys, strict=True)), **asdict(_interval(part["value"]))}
        for keys, part in metrics.groupby(names, sort=False)
    ]
    return _described(pd.DataFrame(rows), described)


def _interval(values: pd.Series[float]) -> MeanInterval:
    """An infinite divergence has no spread."""
    if np.isfinite(values).all():
        return mean_interval(values)
    return MeanInterval(float(values.mean()), np.nan, len(values))


def anytime_accuracies(records: pd.DataFrame) -> pd.DataFrame:
    """What the paper's "faster" comes to at equal steps, by experiment, repetition and method.

    records : experiment, method, repetition, epoch, step, test_accuracy of all runs; the first
        line of a method and repetition is where its start ended.
    anytime_accuracy : mean test accuracy over the records after the start.
    target : the test accuracy that Bayes by Backprop ends with.
    step, epoch : where the method's record first reaches it, the start's end included; missing
        where none does.
    """
    rows = []
    keys = ["experiment", "repetition"]
    for (experiment, repetition), part in records.groupby(keys, sort=False):
        curves = {str(method): own.sort_values("step") for method, own in part.groupby("method")}
        target = float(curves[BACKPROP]["test_accuracy"].iloc[-1])
        for method in _CURVES:
            own = curves[method]
            reached = own[own["test_accuracy"] >= target]
            first = reached.iloc[0] if len(reached) else {"step": np.nan, "epoch": np.nan}
            rows.append(
                {
                    "experiment": experiment,
                    "repetition": repetition,
                    "method": method,
                    ANYTIME: own["test_accuracy"].iloc[1:].mean(),
                    "target": target,
                    "epoch": first["epoch"],
                    "step": first["step"],
                }
            )
    return pd.DataFrame(rows)


def pair_with_hwa(
    metrics: pd.DataFrame, curves: pd.DataFrame, described: Described
) -> pd.DataFrame:
    """The configured HWA less every other method, repetition by repetition.

    metrics : experiment, method, repetition, metric, value. `hwa` names the configured one.
    curves : as `anytime_accuracies` gives them; HWA's averages against the iterates that they are
        of, and against Bayes by Backprop.
    """
    rows = []
    for experiment, own in metrics.groupby("experiment", sort=False):
        named = described[str(experiment)]["hwa"]
        parts = [own[own["metric"].isin(PAIRED)], _long(curves[curves["experiment"] == experiment])]
        for first, part in zip((named, HWA), parts, strict=True):
            for line in _paired(part, first):
                rows.append({"experiment": experiment, "hwa": named, **line})
    return _described(pd.DataFrame(rows), described)


def pair_variances(metrics: pd.DataFrame, described: Described) -> pd.DataFrame:
    """Every variance of HWA less Bayes by Backprop, repetition by repetition.

    metrics : experiment, method, repetition, metric, value.
    """
    rows = []
    own = metrics[metrics["metric"].isin(PAIRED)]
    for experiment, part in own.groupby("experiment", sort=False):
        for method in METHODS_OF[HWA]:
            pair = part[part["method"].isin([method, BACKPROP])]
            for line in _paired(pair, method):
                rows.append({"experiment": experiment, "method": method, **line})
    return _described(pd.DataFrame(rows), described)


def _long(curves: pd.DataFrame) -> pd.DataFrame:
    """Anytime accuracies in the form of the metrics."""
    columns = curves.rename(columns={ANYTIME: "value"})[["method", "repetition", "value"]]
    return columns.assign(metric=ANYTIME)


def _paired(metrics: pd.DataFrame, first: str) -> Iterator[dict[str, Any]]:
    for metric, part in metrics.groupby("metric", sort=False):
        grid = part.pivot(index="repetition", columns="method", values="value")
        for other in grid.columns.drop(first, errors="ignore"):
            if first in grid and np.isfinite(grid[[first, other]]).all(axis=None):
                found = paired_student(grid[first].to_numpy(), grid[other].to_numpy())
                yield {"against": other, "metric": metric, **asdict(found)}


def seconds_of_methods(
    seconds: pd.DataFrame, metrics: pd.DataFrame, described: Described
) -> pd.DataFrame:
    """How long each method trains, its start included and no evaluation, as `summarise_methods`.

    seconds : experiment, run, repetition, epoch, step, seconds (cumulative) of all runs.
    metrics : with the columns experiment and method, of those that were measured.
    """
    ends = seconds.groupby(["experiment", "run", "repetition"], sort=False)["seconds"].max()
    run_of = {method: run for run, methods in METHODS_OF.items() for method in methods}
    measured = metrics[["experiment", "method"]].drop_duplicates()
    measured = measured.assign(run=measured["method"].map(run_of), metric="seconds")
    table = measured.merge(ends.rename("value").reset_index(), on=["experiment", "run"])
    return summarise_methods(table, described)


def speed_of_hwa(
    curves: pd.DataFrame, seconds: pd.DataFrame, starts: pd.DataFrame, described: Described
) -> pd.DataFrame:
    """How long HWA trains to Bayes by Backprop's final accuracy, over how long that itself does.

    curves : as `anytime_accuracies` gives them.
    seconds, starts : experiment, run or family, repetition, epoch, seconds, as they are recorded.
    mean, low, high, p_value : geometric mean of the ratio over the `n` repetitions in which HWA
        reaches it, its 95 % interval, and a p-value for its being 1; `repetitions` counts all.
    """
    elapsed = pd.concat([seconds, starts.assign(run=starts["family"])])
    variational = elapsed[elapsed["run"].isin([HWA, BACKPROP, "variational"])]
    rows = []
    for experiment, own in curves.groupby("experiment", sort=False):
        times = variational[variational["experiment"] == experiment]
        ratios = list(_ratios(own, times))
        found = ratio_interval(ratios) if ratios else None
        ratio = (
            asdict(found) if found else dict.fromkeys(("mean", "low", "high", "p_value"), np.nan)
        )
        rows.append(
            {
                "experiment": experiment,
                **ratio,
                "n": len(ratios),
                "repetitions": own["repetition"].nunique(),
            }
        )
    return _described(pd.DataFrame(rows), described)


def _ratios(curves: pd.DataFrame, times: pd.DataFrame) -> Iterator[float]:
    epochs = curves.pivot(index="repetition", columns="method", values="epoch")
    for repetition, epoch in epochs.iterrows():
        if np.isfinite(epoch[HWA]):
            own = times[times["repetition"] == repetition]
            yield _until(own, HWA, epoch[HWA]) / _until(own, BACKPROP, epoch[BACKPROP])


def _until(times: pd.DataFrame, run: str, epoch: float) -> float:
    """Seconds up to an epoch of a run, which may be the last of its start."""
    own = times[times["run"].isin([run, "variational"]) & (times["epoch"] == epoch)]
    return float(own["seconds"].iloc[0])


def worse_than_guessing(methods: pd.DataFrame) -> dict[str, float]:
    """Experiments whose Bayes by Backprop has a training loss (eq. 3) above that of guessing.

    methods : as `summarise_methods` gives them.
    Returns by experiment the NLL of guessing, log c. There the divergence from the prior outweighs
    the training images: the prior itself, which predicts nothing, would have the lower loss.
    """
    own = methods[methods["method"] == BACKPROP]
    means = own.pivot(index="experiment", columns="metric", values="mean")
    idle = means[means["loss"] > means["guess_nll"]]
    return {str(name): float(guess) for name, guess in idle["guess_nll"].items()}


def measured_bayes(
    paired: pd.DataFrame, methods: pd.DataFrame, described: Described
) -> pd.DataFrame:
    """The lines of the comparison: 1 where a claim of the paper holds, 0 where it fails.

    It does where the 95 % interval excludes zero and p, corrected for the number of these lines,
    is at most 0.05; there is no number otherwise, nor for a loss that is above that of guessing.
    """
    rows = []
    own = paired[(paired["against"] == BACKPROP) & paired["metric"].isin(CLAIMS.values())]
    own = own.assign(p_value=adjusted(own["p_value"]))
    found = {(line["experiment"], line["metric"]): line for line in own.to_dict("records")}
    idle = worse_than_guessing(methods)
    for experiment, about in described.items():
        for claim, metric in CLAIMS.items():
            if about["row"] and (experiment, metric) in found:
                line = found[experiment, metric]
                where = direction(line["low"], line["high"], line["p_value"])
                if metric == "loss" and experiment in idle:
                    where = ""
                rows.append(
                    {
                        "study": "bayes",
                        "item": ROWS[about["row"]],
                        "row": about["row"],
                        "metric": claim,
                        "measured": {"up": 1.0, "down": 0.0, "": np.nan}[where],
                        "measured_error": np.nan,
                        "n": line["n"],
                        "scale": about["scale"],
                    }
                )
    columns = ["study", "item", "row", "metric", "measured", "measured_error", "n", "scale"]
    return pd.DataFrame(rows, columns=columns)


def _described(table: pd.DataFrame, described: Described) -> pd.DataFrame:
    """A table with the columns `data` and `scale` of its experiments."""
    for column in ("data", "scale"):
        table[column] = [described[name][column] for name in table["experiment"]]
    return table
