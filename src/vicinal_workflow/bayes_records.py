"""How good the posteriors of a run are, along its training and at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.bayes.posterior import predictive
from vicinal.bayes.predictive_metrics import (
    accuracy,
    negative_log_likelihood,
    predictive_metrics,
    reliability_bins,
)
from vicinal.data.dataset import Dataset
from vicinal.data.image_shape import fit_images
from vicinal_workflow.bayes_runs import Method, refreshing_batches

# Most training images on which the expected loss is measured, and from which batch normalisation
# takes its statistics: evenly spread over the training split.
TRAINING_PART = 5000

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Splits:
    """Inputs that a method predicts in one pass: test, training part, out-of-distribution."""

    inputs: Tensor
    labels: Mapping[str, npt.NDArray[np.int64]]
    parts: Mapping[str, slice]

    @property
    def training(self) -> Tensor:
        """The training part's inputs."""
        return self.inputs[self.parts["train"]]


def splits_of(dataset: Dataset, out_of_distribution: Dataset | None = None) -> Splits:
    """Test images, a part of the training images, and test images of another data set, resized."""
    step = -(-len(dataset.labels["train"]) // TRAINING_PART)
    arrays = {"test": dataset.inputs["test"], "train": dataset.inputs["train"][::step]}
    labels = {"test": dataset.labels["test"], "train": dataset.labels["train"][::step]}
    if out_of_distribution is not None:
        arrays["ood"] = fit_images(out_of_distribution.inputs["test"], arrays["test"].shape[1:])
    ends = np.cumsum([len(array) for array in arrays.values()])
    parts = {
        name: slice(int(end) - len(array), int(end))
        for (name, array), end in zip(arrays.items(), ends, strict=True)
    }
    return Splits(torch.tensor(np.concatenate(list(arrays.values()))), labels, parts)


def probabilities_of(method: Method, splits: Splits) -> dict[str, FloatArray]:
    """Class probabilities (S, N, c) of each split, of the same draws."""
    batches = refreshing_batches(method.network, splits.training)
    found = predictive(method.network, method.draws, splits.inputs, refresh=batches)
    array = found.cpu().numpy()
    return {name: array[:, part] for name, part in splits.parts.items()}


def curve_point(method: Method, splits: Splits, n_train: int) -> dict[str, float | None]:
    """Of a record: expected training loss, and the test split's accuracy and NLL."""
    found = probabilities_of(method, splits)
    predicted = found["test"].mean(axis=0)
    return {
        **training_loss(method, found["train"], splits, n_train),
        "test_accuracy": accuracy(predicted, splits.labels["test"]),
        "test_nll": negative_log_likelihood(predicted, splits.labels["test"]),
    }


def training_loss(
    method: Method, probabilities: FloatArray, splits: Splits, n_train: int
) -> dict[str, float | None]:
    """Eq. 3 of the training part: the mean NLL over draws (S, N, c), KL / n, and their sum."""
    labels = splits.labels["train"]
    nll = float(np.mean([negative_log_likelihood(draw, labels) for draw in probabilities]))
    if method.divergence is None:
        return {"train_nll": nll, "kl": None, "loss": None}
    kl = method.divergence / n_train
    return {"train_nll": nll, "kl": kl, "loss": nll + kl}


def measure_method(
    method: Method, splits: Splits, n_train: int, bins: int
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Every metric of a method at its end, and its reliability bins."""
    found = probabilities_of(method, splits)
    predicted, labels = found["test"].mean(axis=0), splits.labels["test"]
    outside = found["ood"].mean(axis=0) if "ood" in found else None
    metrics = predictive_metrics(predicted, labels, bins=bins, out_of_distribution=outside)
    losses = training_loss(method, found["train"], splits, n_train)
    metrics |= {name: value for name, value in losses.items() if value is not None}
    metrics["guess_nll"] = float(np.log(predicted.shape[1]))
    counted = reliability_bins(predicted, labels, bins)
    columns = zip(counted.count, counted.confidence, counted.accuracy, strict=True)
    lines = [
        {"bin": number, "count": int(count), "confidence": confidence, "accuracy": share}
        for number, (count, confidence, share) in enumerate(columns)
    ]
    return metrics, lines
