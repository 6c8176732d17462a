"""Training with and without gradients, epoch by epoch: as arrays in a file, and in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pandas as pd

from vicinal.gradients.training_curves import TrainingCurves
from vicinal.statistics import paired_difference, ratio_interval
from vicinal_workflow.artifacts import FilePath, read_arrays, write_arrays


def write_curves(path: FilePath, curves: Mapping[int, TrainingCurves]) -> None:
    """Write `sizes`, and the curves of each: `250_train_rmse`, `250_test_rmse`, `250_updates`."""
    arrays = {
        f"{size}_{name}": array
        for size, found in curves.items()
        for name, array in asdict(found).items()
    }
    write_arrays(path, sizes=np.array(list(curves)), **arrays)


def read_curves(path: FilePath) -> dict[int, TrainingCurves]:
    """Read what `write_curves` wrote."""
    arrays = read_arrays(path)
    names = [field.name for field in fields(TrainingCurves)]
    return {
        int(size): TrainingCurves(*(arrays[f"{size}_{name}"] for name in names))
        for size in arrays["sizes"]
    }


def training_table(
    curves: Mapping[int, TrainingCurves], *, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """One line a number of samples: what gradients change, by pairs of runs.

    without, with : RMSE on unseen samples after the last epoch, means over the runs.
    mean, low, high, p_value : with less without. `n` counts the runs.
    train_without, train_with : RMSE on the training samples.
    update_ratio, and its 95 % interval and p-value : change of the parameters in an epoch, mean
        over the epochs, with gradients over without; geometric mean over the runs.
    """
    rows = []
    for size, found in curves.items():
        test, train = found.test_rmse[..., -1], found.train_rmse[..., -1]
        updates = found.updates.mean(axis=2)
        ratio = ratio_interval(updates[1] / updates[0])
        difference = paired_difference(test[1], test[0], resamples=resamples, rng=rng)
        rows.append(
            {
                "samples": size,
                "without": test[0].mean(),
                "with": test[1].mean(),
                **asdict(difference),
                "train_without": train[0].mean(),
                "train_with": train[1].mean(),
                "update_ratio": ratio.mean,
                "ratio_low": ratio.low,
                "ratio_high": ratio.high,
                "ratio_p": ratio.p_value,
            }
        )
    return pd.DataFrame(rows)


def measured_training(table: pd.DataFrame) -> pd.DataFrame:
    """The lines of the comparison: figure 1's claims as shares of the sizes.

    table : with the columns `simulator` and `scale`. Of other simulators, the paper says nothing.
    """
    same = {
        "study": "gradients", "item": "figure1", "row": table["simulator"].iloc[0],
        "measured_error": None, "n": len(table), "scale": table["scale"].iloc[0],
    }  # fmt: skip
    claims: dict[str, Any] = {
        "larger changes of parameters with gradients (share of sizes)": table["update_ratio"] > 1,
        "lower error on unseen samples with gradients (share of sizes)": table["mean"] < 0,
    }
    return pd.DataFrame(
        [{**same, "metric": name, "measured": held.mean()} for name, held in claims.items()]
    )
