"""Section 5.3: which predictions of a network to keep, by the witness at its last hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import entr, softmax

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class HiddenLayer:
    """Samples as the last hidden layer of a network has them, and what the network makes of them.

    features : (M, d) floats.     outputs : (M, c) logits.     labels : (M,) classes 0, ..., c - 1.
    """

    features: npt.NDArray[np.floating]
    outputs: npt.NDArray[np.floating]
    labels: IntArray

    @property
    def predicted(self) -> IntArray:
        """The network's classes (M,)."""
        found: IntArray = self.outputs.argmax(axis=1)
        return found

    @property
    def wrong(self) -> BoolArray:
        """Where the network errs, (M,)."""
        found: BoolArray = self.predicted != self.labels
        return found

    def part(self, rows: IntArray) -> HiddenLayer:
        """Some of the samples."""
        return HiddenLayer(self.features[rows], self.outputs[rows], self.labels[rows])


def softmax_gap(outputs: npt.ArrayLike) -> FloatArray:
    """By how much the most probable class is more probable than the second, (M,) in [0, 1].

    outputs : (M, c) logits of c >= 2 classes. The paper's score of a network's own certainty.
    """
    p = np.sort(_probabilities(outputs), axis=1)
    found: FloatArray = p[:, -1] - p[:, -2]
    return found


def negative_entropy(outputs: npt.ArrayLike) -> FloatArray:
    """Sum of p log p over the classes, (M,) in nats, from -log c to 0.

    outputs : (M, c) logits of c >= 2 classes.
    """
    found: FloatArray = -entr(_probabilities(outputs)).sum(axis=1)
    return found


def nearness(training: npt.ArrayLike, points: npt.ArrayLike, k: int) -> FloatArray:
    """Minus the mean Euclidean distance from each point to its k nearest training samples, (M,).

    `vicinal.neighbours` finds the indices of samples near each other within one set; here points of
    one set are held against samples of another, and distances are all that counts.

    training, points : (N, d) and (M, d).
    Raises ValueError for k out of 1, ..., N.
    """
    from sklearn.neighbors import NearestNeighbors  # takes a second to import

    samples = np.asarray(training, dtype=np.float64)
    if not 1 <= k <= len(samples):
        raise ValueError(f"k = {k} neighbours of {len(samples)} samples; allowed are 1 to N")
    # Their distances come from inner products, which lose digits far from the origin.
    center = samples.mean(axis=0)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(samples - center)
    distances, _ = search.kneighbors(np.asarray(points, dtype=np.float64) - center)
    found: FloatArray = -distances.mean(axis=1)
    return found


@dataclass(frozen=True)
class KeptPoints:
    """What is kept where ratios to the threshold exceed (A,) factors.

    share : (A,) of the points.
    error, agreement : (A,) shares of the kept ones that the network gets wrong, and to which the
        witness gives the network's class; NaN where none is kept.
    """

    share: FloatArray
    error: FloatArray
    agreement: FloatArray


def kept_by_factor(
    ratio: npt.ArrayLike, wrong: npt.ArrayLike, agrees: npt.ArrayLike, factors: npt.ArrayLike
) -> KeptPoints:
    """The points that are significant at each threshold factor (figure 4's decay of the error).

    ratio : (M,), see `WitnessTest.ratio`.     wrong, agrees : (M,) booleans.
    factors : (A,) from 0.
    """
    kept = np.asarray(ratio)[None, :] > np.asarray(factors, dtype=np.float64)[:, None]
    count = kept.sum(axis=1)
    with np.errstate(invalid="ignore"):
        error, agreement = (kept @ np.asarray(each, float) / count for each in (wrong, agrees))
    return KeptPoints(count / kept.shape[1], error, agreement)


def principal_components(
    training: npt.ArrayLike, others: Sequence[npt.ArrayLike], components: int | None
) -> list[FloatArray]:
    """Training samples and others in the training samples' first principal components.

    training, others : (N, d) and (M, d) each.     components : None leaves them as they are.
    Raises ValueError for more components than columns or samples.
    """
    from sklearn.decomposition import PCA  # takes a second to import

    arrays = [np.asarray(array, dtype=np.float64) for array in (training, *others)]
    if components is None:
        return arrays
    most = min(arrays[0].shape)
    if not 1 <= components <= most:
        raise ValueError(f"{components} principal components; allowed are 1 to {most}")
    reduction = PCA(components, svd_solver="full").fit(arrays[0])
    return [reduction.transform(array) for array in arrays]


def least_mean(areas: npt.ArrayLike, scales: Sequence[float]) -> int:
    """Which scale has the least mean area under the risk-coverage curve.

    areas : (S, L) of S networks at L scales.     scales : (L,) above 0; of equally good ones that
        nearest to 1 on a logarithmic scale is taken, the smaller of two.
    """
    means = np.asarray(areas, dtype=np.float64).mean(axis=0)
    keys = [
        (round(float(mean), 12), abs(float(np.log(scale))), scale)
        for mean, scale in zip(means, scales, strict=True)
    ]
    return keys.index(min(keys))


def _probabilities(outputs: npt.ArrayLike) -> FloatArray:
    logits = np.asarray(outputs, dtype=np.float64)
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ValueError(f"outputs have shape {logits.shape}; needed is (M, c), c at least 2")
    found: FloatArray = softmax(logits, axis=1)
    return found
