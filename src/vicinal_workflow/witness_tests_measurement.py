"""The witness test on a user's own data: which columns, which samples, and what comes of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.data.dataset import Dataset
from vicinal.models.columns import column_scale
from vicinal.statistics import mean_of_chosen
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.permutation_test import WitnessTest
from vicinal.witness.rejection import principal_components
from vicinal_workflow.randomness import derive_seed, drawn_rows

Settings = Mapping[str, Any]
FloatArray = npt.NDArray[np.float64]
HIGH, LOW = "high", "low"


@dataclass(frozen=True)
class OwnSamples:
    """What a witness is of, and where it is tested.

    training, points : (N, q) and (M, q) floats.     training_labels, labels : class numbers or
    values.     rows : (M,) of the test split.     class_names : none for values.
    shift, scale : (q,) by which columns were brought to these; 0 and 1 for principal components.
    """

    training: FloatArray
    training_labels: npt.NDArray[Any]
    points: FloatArray
    labels: npt.NDArray[Any]
    rows: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    shift: FloatArray
    scale: FloatArray

    @property
    def columns(self) -> int:
        """Of the points, q."""
        return self.points.shape[1]


def own_samples(
    dataset: Dataset, features: Mapping[str, npt.NDArray[Any]] | None, own: Settings, seed: int
) -> OwnSamples:
    """The samples of a test: its columns, scaled, of all samples or of a random part.

    features : split -> (N, d) features in place of the data set's inputs, or None.

    Raises ValueError for texts without features, columns that are not there, and more components
    than columns.
    """
    inputs = _inputs(dataset) if features is None else features
    chosen = {split: _columns(inputs[split], own["columns"]) for split in ("train", "test")}
    shift, scale = column_scale(chosen["train"], own["scaling"])
    scaled = {split: (table - shift) / scale for split, table in chosen.items()}
    drawn = drawn_rows(len(scaled["train"]), own["samples"], seed)
    rows = drawn_rows(len(scaled["test"]), own["points"], derive_seed(seed, "points"))
    training, points = principal_components(
        scaled["train"][drawn], [scaled["test"][rows]], own["components"]
    )
    if own["components"] is not None:
        shift, scale = np.zeros(points.shape[1]), np.ones(points.shape[1])
    return OwnSamples(
        training,
        dataset.labels["train"][drawn],
        points,
        dataset.labels["test"][rows],
        rows,
        dataset.class_names,
        shift,
        scale,
    )


def features_of_network(
    arrays: Mapping[str, npt.NDArray[Any]], place: int
) -> dict[str, npt.NDArray[Any]]:
    """Split -> (N, d) features of the network at `place` of a shard, as `write_features` wrote."""
    return {split: arrays[f"{split}_features"][place] for split in ("train", "test")}


def _inputs(dataset: Dataset) -> dict[str, FloatArray]:
    """Tables as they are, images as rows of pixels in [0, 1]."""
    if dataset.input_kind == "text":
        raise ValueError("the data set holds texts; name a backbone in `features` in their place")
    scale = 255.0 if dataset.input_kind == "image" else 1.0
    return {
        split: dataset.inputs[split].reshape(len(dataset.inputs[split]), -1) / scale
        for split in ("train", "test")
    }


def _columns(table: npt.NDArray[Any], columns: list[int] | None) -> npt.NDArray[Any]:
    if columns is None:
        return table
    if max(columns) >= table.shape[1]:
        raise ValueError(
            f"column {max(columns)} is not there: the data have {table.shape[1]} columns, "
            f"numbered 0 to {table.shape[1] - 1}"
        )
    return table[:, columns]


def fitted_witness(samples: OwnSamples, own: Settings, seed: int) -> HermiteWitness:
    """The witness of the training samples."""
    return HermiteWitness(
        own["n"],
        own["sigma"],
        own["center"],
        own["permutations"],
        own["threshold_factor"],
        own["level"],
        kernel=own["kernel"],
        labels="classes" if samples.class_names else "values",
        radius=own["radius"],
        device=own["device"],
        random_state=seed,
    ).fit(samples.training, samples.training_labels)


def points_table(samples: OwnSamples, found: WitnessTest) -> pd.DataFrame:
    """One line a point: its row in the test split, label, and what the test says of it.

    `statistic`, `threshold`, `p_value`, `predicted` (a class, or high or low), `significant` by the
    paper's threshold, `significant_at_level` by the p-value, `discovery` by Benjamini and
    Hochberg's choice among all points at the level.
    """
    return pd.DataFrame(
        {
            "row": samples.rows,
            "label": _named(samples, samples.labels),
            "predicted": _predicted(samples, found.predicted),
            "statistic": found.statistic,
            "threshold": found.threshold,
            "p_value": found.p_values,
            "significant": found.significant,
            "significant_at_level": found.significant_at_level,
            "discovery": found.discoveries,
        }
    )


def _named(samples: OwnSamples, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array(samples.class_names)[labels] if samples.class_names else labels


def _predicted(samples: OwnSamples, predicted: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if samples.class_names:
        return _named(samples, predicted)
    return np.where(predicted > 0, HIGH, LOW)


def summary_line(
    samples: OwnSamples, witness: HermiteWitness, found: WitnessTest
) -> dict[str, Any]:
    """One test in a line: sizes, sigma, shares of points, and how often the prediction is right.

    `global_p` is the p-value of there being no difference, by the largest F over the points.
    Of values a prediction, high or low, is right where the value is on this side of the training
    values' mean. Shares of no points are NaN.
    """
    if samples.class_names:
        right = found.predicted == samples.labels
    else:
        right = (found.predicted > 0) == (samples.labels > samples.training_labels.mean())
    return {
        "kernel": witness.kernel,
        "n": witness.n,
        "sigma": witness.sigma_,
        "level": witness.level,
        "samples": len(samples.training),
        "columns": samples.columns,
        "classes": len(samples.class_names),
        "points": len(samples.points),
        "significant": found.significant.mean(),
        "significant_at_level": found.significant_at_level.mean(),
        "discoveries": found.discoveries.mean(),
        "global_p": witness.global_test(samples.points).p_value,
        "right": right.mean(),
        "right_significant": mean_of_chosen(right, found.significant),
        "right_others": mean_of_chosen(right, ~found.significant),
    }


def picture_arrays(
    samples: OwnSamples, witness: HermiteWitness, found: WitnessTest, side: int
) -> dict[str, npt.NDArray[Any]]:
    """Arrays that the picture of a test shows, by what the columns allow, in the user's units.

    One or two columns: the test on a grid, `grid` (G, q), `grid_statistic`, `grid_threshold`,
    `grid_predicted` (numbers of classes; 0 is low and 1 high), `grid_significant`, `grid_level`.
    Always `points` (M, 1 or 2), in the first two principal components where there are more columns,
    with `labels`, `predicted`, `significant`, `significant_at_level`, and `class_names`.
    """
    shown = _as_given(samples, samples.points)
    if samples.columns > 2:
        _, shown = principal_components(samples.training, [samples.points], 2)
    names = samples.class_names or (LOW, HIGH)
    arrays = {
        "points": shown,
        "labels": samples.labels,
        "predicted": _code(found.predicted, samples),
        "significant": found.significant,
        "significant_at_level": found.significant_at_level,
        "class_names": np.array(names, dtype=np.str_),
        "columns": np.array(samples.columns),
        "level": np.array(witness.level),
    }
    return arrays | (dict(_grid(samples, witness, side)) if samples.columns <= 2 else {})


def _as_given(samples: OwnSamples, points: FloatArray) -> FloatArray:
    """Points in the units of the user's columns."""
    given: FloatArray = points * samples.scale + samples.shift
    return given


def _code(predicted: npt.NDArray[Any], samples: OwnSamples) -> npt.NDArray[Any]:
    """Numbers of the classes; of values, 0 is low and 1 high."""
    return predicted if samples.class_names else (predicted > 0).astype(np.int64)


def _grid(
    samples: OwnSamples, witness: HermiteWitness, side: int
) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    every = np.concatenate([samples.training, samples.points])
    low, high = every.min(axis=0), every.max(axis=0)
    margin = 0.08 * (high - low)
    axes = [np.linspace(*ends, side) for ends in zip(low - margin, high + margin, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="xy"), axis=-1).reshape(-1, samples.columns)
    with warnings.catch_warnings():
        # The corners of a map may lie where no sample is.
        warnings.filterwarnings("ignore", message=r"\d+% of the points lie farther")
        found = witness.test(grid)
    yield "grid", _as_given(samples, grid)
    yield "grid_statistic", found.statistic
    yield "grid_threshold", found.threshold
    yield "grid_predicted", _code(found.predicted, samples)
    yield "grid_significant", found.significant
    yield "grid_level", found.significant_at_level
