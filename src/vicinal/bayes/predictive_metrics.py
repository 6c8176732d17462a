"""How good, and how well calibrated, predicted class probabilities are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import entr
from scipy.stats import rankdata

from vicinal.risk_coverage import selective_risks

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# A probability of 0 at the true class counts as this much: it costs 708 nats, and not infinitely
# many.
LEAST = float(np.finfo(np.float64).tiny)
# float32 probabilities miss round numbers by less; a row that adds up to 1 but for `SUM_ERROR` is
# taken as it is.
BORDER_ERROR, SUM_ERROR = 1e-6, 1e-4


@dataclass(frozen=True)
class ReliabilityBins:
    """Predictions by the probability of their class, in B bins of equal width.

    count : (B,) predictions.
    confidence, accuracy : (B,) mean probability, share of right ones; NaN where count is 0.
    """

    count: IntArray
    confidence: FloatArray
    accuracy: FloatArray


def accuracy(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Percent of samples whose most probable class, the first of equals, is the true one.

    probabilities : (N, c) floats.     labels : (N,) integers. Here and in all of the below,
    ValueError is raised for other shapes, no samples, rows that are negative, NaN or do not add up
    to 1, and labels that are no column.
    """
    p, y = _checked(probabilities, labels)
    return 100 * float(np.mean(p.argmax(1) == y))


def negative_log_likelihood(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Mean of -log p(true class), in nats; p below float64's least normal number counts as it."""
    p, y = _checked(probabilities, labels)
    return float(-np.log(np.maximum(p[np.arange(len(y)), y], LEAST)).mean())


def brier_score(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Squared differences from the true class's unit vector, summed over classes, in [0, 2].

    The mean over samples. Brier (1950) has this sum over all classes; for two classes it is twice
    the square of one probability's error.
    """
    p, y = _checked(probabilities, labels)
    return float(((p - np.eye(p.shape[1])[y]) ** 2).sum(1).mean())


def reliability_bins(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike, bins: int
) -> ReliabilityBins:
    """The most probable classes' probabilities and hits, in bins (0, 1/B], ..., (1 - 1/B, 1].

    A probability on a border, but for float32's rounding, is in the bin below.
    Raises ValueError for fewer than one bin and as `accuracy` does.
    """
    p, y = _checked(probabilities, labels)
    if bins < 1:
        raise ValueError(f"bins is {bins}; it must be at least 1")
    top, hit = p.max(1), p.argmax(1) == y
    place = np.clip(np.ceil((top - BORDER_ERROR) * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(place, top, bins) / count
        share = np.bincount(place, hit, bins) / count
    return ReliabilityBins(count, confidence, share)


def expected_calibration_error(bins: ReliabilityBins) -> float:
    """Mean distance of accuracy from confidence, weighted by predictions, in [0, 1].

    ECE of Guo et al. (2017, eq. 3). Raises ValueError for bins without a prediction.
    """
    filled = bins.count > 0
    if not filled.any():
        raise ValueError("no bin holds a prediction")
    away = np.abs(bins.accuracy[filled] - bins.confidence[filled])
    return float(np.average(away, weights=bins.count[filled]))


def area_under_risk_coverage(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Mean over k = 1..N of the error rate among the k most confident predictions, in [0, 1].

    AURC, as `selective_risks` has it, of the most probable classes' probabilities.
    """
    p, y = _checked(probabilities, labels)
    return float(selective_risks(p.max(1), p.argmax(1) != y).mean())


def predictive_entropy(probabilities: npt.ArrayLike) -> FloatArray:
    """Entropies (N,) in nats of probabilities (N, c), from 0 to log c."""
    found: FloatArray = entr(_probabilities(probabilities)).sum(1)
    return np.maximum(found, 0.0)


def ood_auroc(inside: npt.ArrayLike, outside: npt.ArrayLike) -> float:
    """P(an entropy outside exceeds one inside), ties counting half: 0.5 is chance, 1 apart.

    inside, outside : (n,) and (m,) entropies of test samples and of those of other data.
    Raises ValueError for other shapes, no samples and NaN.
    """
    a, b = np.asarray(inside, dtype=np.float64), np.asarray(outside, dtype=np.float64)
    if not (a.ndim == b.ndim == 1 and len(a) and len(b)):
        raise ValueError(f"entropies of shapes {a.shape} and {b.shape}; needed are (n,) and (m,)")
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("entropies are NaN; needed are numbers")
    ranks = rankdata(np.concatenate([a, b]))[len(a) :].sum()
    return float((ranks - len(b) * (len(b) + 1) / 2) / (len(a) * len(b)))


def predictive_metrics(
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    bins: int,
    out_of_distribution: npt.ArrayLike | None = None,
) -> dict[str, float]:
    """All metrics by name; `ood_entropy` and `ood_auroc` only where the last argument is given.

    probabilities, labels : (N, c), (N,) of the test split.     bins : of the ECE.
    out_of_distribution : (M, c) predicted probabilities of samples of other data.

    accuracy in percent; nll and the mean entropies in nats; ece, brier, aurc, ood_auroc plain.
    Raises ValueError as `accuracy`, and for other data of another number of classes.
    """
    inside = predictive_entropy(probabilities)
    found = {
        "accuracy": accuracy(probabilities, labels),
        "nll": negative_log_likelihood(probabilities, labels),
        "ece": expected_calibration_error(reliability_bins(probabilities, labels, bins)),
        "brier": brier_score(probabilities, labels),
        "aurc": area_under_risk_coverage(probabilities, labels),
        "test_entropy": float(inside.mean()),
    }
    if out_of_distribution is not None:
        here, there = np.shape(probabilities)[1], np.shape(out_of_distribution)[-1:]
        if there != (here,):
            raise ValueError(f"{here} classes, but out of distribution {there}; needed are as many")
        outside = predictive_entropy(out_of_distribution)
        found["ood_entropy"] = float(outside.mean())
        found["ood_auroc"] = ood_auroc(inside, outside)
    return found


def _probabilities(probabilities: npt.ArrayLike) -> FloatArray:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or not p.size:
        raise ValueError(f"probabilities have shape {p.shape}; needed is (N, c), each at least 1")
    wrong = ~((p >= 0).all(axis=1) & (np.abs(p.sum(axis=1) - 1) <= SUM_ERROR))  # also where NaN
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"row {row} of probabilities has minimum {p[row].min():g} and sum {p[row].sum():g}; "
            "needed are at least 0 and 1"
        )
    return p


def _checked(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[FloatArray, IntArray]:
    p, y = _probabilities(probabilities), np.asarray(labels)
    if y.shape != (len(p),) or y.dtype.kind not in "iu":
        raise ValueError(
            f"labels are {y.dtype} of shape {y.shape}; needed are integers of shape ({len(p)},)"
        )
    if y.min() < 0 or y.max() >= p.shape[1]:
        raise ValueError(f"labels from {y.min()} to {y.max()}; allowed are 0 to {p.shape[1] - 1}")
    return p, y.astype(np.int64)
