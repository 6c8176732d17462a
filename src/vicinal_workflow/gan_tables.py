"""Tables of the GANs trained with and without gradients: records, distances, paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.statistics import mean_interval, paired_difference
from vicinal_workflow.evidence import claim_value, direction
from vicinal_workflow.gan_names import DROP, TRUE_IMAGES, WITH, WITHOUT
from vicinal_workflow.randomness import derive_seed

if TYPE_CHECKING:
    from vicinal.gradients.gan_settings import GanRecord

FloatArray = npt.NDArray[np.float64]


def records_table(records: Sequence[GanRecord]) -> pd.DataFrame:
    """One line a trial and record: losses, accuracies of D, and their drop; no times."""
    parts = []
    for record in records:
        columns = record.as_dict() | {"accuracy_drop": record.accuracy_drop}
        del columns["seconds"]
        if record.matching_loss is None:
            columns["matching_loss"] = np.nan
        trials = range(len(record.generator_loss))
        parts.append(pd.DataFrame({"trial": trials, **columns}))
    return pd.concat(parts).sort_values(["trial", "iteration"], ignore_index=True)


def accuracy_drops(records: pd.DataFrame) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Iterations (R,) and the drops (trials, R) of a table of records."""
    grid = records.pivot(index="trial", columns="iteration", values="accuracy_drop")
    return grid.columns.to_numpy(np.int64), grid.to_numpy(np.float64)


def distances_table(found: Mapping[str, Mapping[str, FloatArray]]) -> pd.DataFrame:
    """One line a set of images, metric and trial; `found` as `image_quality` gives it."""
    parts = [
        pd.DataFrame(
            {"images": images, "metric": metric, "trial": range(len(values)), "value": values}
        )
        for images, metrics in found.items()
        for metric, values in metrics.items()
    ]
    return pd.concat(parts, ignore_index=True)


def mean_drops(records: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The drop of D's accuracy by trial, mean over the iterations, as lines of the distances.

    records : by training. The drop is in percentage points.
    """
    parts = []
    for name, table in records.items():
        iterations, drops = accuracy_drops(table)
        # The last record may be of fewer iterations.
        means = np.average(drops, axis=1, weights=np.diff(iterations, prepend=0))
        parts.append(distances_table({name: {DROP: 100 * means}}))
    return pd.concat(parts, ignore_index=True)


def summarise_gans(values: pd.DataFrame) -> pd.DataFrame:
    """Table 2: mean over the trials and half-width of its 95 % interval, by images and metric."""
    rows = [
        {"metric": metric, "images": images, **asdict(mean_interval(part["value"]))}
        for metric, of_metric in values.groupby("metric", sort=False)
        for images, part in of_metric.groupby("images", sort=False)
    ]
    return pd.DataFrame(rows)


def pair_gans(values: pd.DataFrame, *, resamples: int, seed: int) -> pd.DataFrame:
    """With less without gradients, trial by trial: both have the same start, batches and noise.

    seed : the run's root seed.
    """
    rows: list[dict[str, Any]] = []
    own = values[values["images"] != TRUE_IMAGES]
    for metric, part in own.groupby("metric", sort=False):
        grid = part.pivot(index="trial", columns="images", values="value")
        rng = np.random.default_rng(derive_seed(seed, "bootstrap", "gan", str(metric)))
        found = paired_difference(grid[WITH], grid[WITHOUT], resamples=resamples, rng=rng)
        rows.append({"metric": metric, **asdict(found)})
    return pd.DataFrame(rows)


def measured_gans(summary: pd.DataFrame, paired: pd.DataFrame) -> pd.DataFrame:
    """The lines of the comparison; errors are half-widths of 95 % intervals.

    Figure 9's number is 1 where the mean drop is larger with gradients, as the paper has it, 0
    where it is smaller, and NaN where neither can be told.
    """
    own = summary[(summary["images"] != TRUE_IMAGES) & summary["metric"].isin(["kl", "rmse"])]
    table2 = pd.DataFrame(
        {
            "item": "table2",
            "metric": own["images"] + " " + own["metric"],
            "measured": own["mean"],
            "measured_error": own["half_width"],
            "n": own["n"],
            "scale": own["scale"],
        }
    )
    drop = paired[paired["metric"] == DROP]
    figure9 = pd.DataFrame(
        {
            "item": "figure9",
            "metric": "drop of accuracy larger with gradients",
            "measured": [
                claim_value(direction(line["low"], line["high"], line["p_value"]))
                for line in drop.to_dict("records")
            ],
            "measured_error": np.nan,
            "n": drop["n"],
            "scale": drop["scale"],
        }
    )
    lines = pd.concat([figure9, table2], ignore_index=True)
    lines.insert(0, "study", "gradients")
    lines.insert(2, "row", "mnist")
    return lines
