"""Effects of a treatment on the treated, with standard errors: matching, regression, difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist
from scipy.stats import norm

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Numbers = TypeVar("Numbers", float, FloatArray)

_BLOCK_BYTES = 2**26
# Distances that differ by less than this share of the points' extent are ties.
_TIE = 1e-9


@dataclass(frozen=True)
class TreatmentEffect:
    """Mean effect on the treated, in units of the outcome, and its standard error.

    treated, controls : people that enter.
    """

    effect: float
    standard_error: float
    treated: int
    controls: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval, by the normal distribution."""
        return normal_interval(self.effect, self.standard_error)


def normal_interval(effect: Numbers, standard_error: Numbers) -> tuple[Numbers, Numbers]:
    """95 % interval by the normal distribution; NaN for NaN."""
    half = float(norm.ppf(0.975)) * standard_error
    return effect - half, effect + half


def difference_of_means(treatment: npt.ArrayLike, outcome: npt.ArrayLike) -> TreatmentEffect:
    """Mean outcome of the treated less that of the controls: the effect only in an experiment.

    treatment : (N,) 1 for treated, 0 for control.      outcome : (N,).
    The standard error lets the groups differ in variance. Raises ValueError for fewer than two
    people in a group.
    """
    y, chosen = _checked(treatment, outcome)
    groups = y[chosen], y[~chosen]
    variance = sum(float(group.var(ddof=1)) / len(group) for group in groups)
    return TreatmentEffect(
        float(groups[0].mean() - groups[1].mean()), variance**0.5, len(groups[0]), len(groups[1])
    )


def regression_adjusted_effect(
    covariates: npt.ArrayLike, treatment: npt.ArrayLike, outcome: npt.ArrayLike
) -> TreatmentEffect:
    """Mean over the treated of their outcome less what a linear model of the controls predicts.

    covariates : (N, d). Columns that are linear combinations of others do no harm.
    Standard error: of the treated's residuals, and of the model by HC2 (MacKinnon and White 1985,
    unbiased where the controls' errors have one variance), independent of each other.
    Raises ValueError for fewer than two people in a group, and no more controls than columns.
    """
    y, chosen = _checked(treatment, outcome)
    table = _points(covariates, len(y))
    design = np.column_stack((np.ones(len(y)), table))
    own = design[~chosen]
    if len(own) <= design.shape[1]:
        raise ValueError(f"{len(own)} controls, {table.shape[1]} columns; needed are more controls")
    inverse = np.linalg.pinv(own)
    coefficients = inverse @ y[~chosen]
    residuals = y[~chosen] - own @ coefficients
    leverage = np.einsum("ij,ji->i", own, inverse)
    # A control that alone determines a coefficient has a residual of 0.
    scaled = residuals / np.sqrt(np.maximum(1 - leverage, 1e-9))
    influence = design[chosen].mean(axis=0) @ inverse
    gaps = y[chosen] - design[chosen] @ coefficients
    variance = gaps.var(ddof=1) / len(gaps) + float(((influence * scaled) ** 2).sum())
    return TreatmentEffect(float(gaps.mean()), float(variance) ** 0.5, len(gaps), len(own))


@dataclass(frozen=True)
class Matching:
    """Each of N1 treated with its nearest of N0 controls, with replacement.

    shares : (N1, N0) sparse; row i has 1 / J at each of the J controls matched with i.
    """

    shares: csr_array

    @property
    def weights(self) -> FloatArray:
        """(N0,) how often each control is used; their sum is N1."""
        used: FloatArray = np.asarray(self.shares.sum(axis=0), dtype=np.float64).ravel()
        return used


def match(treated: npt.ArrayLike, controls: npt.ArrayLike, neighbours: int = 1) -> Matching:
    """The `neighbours` nearest controls of each treated, by Euclidean distance of their scores.

    treated, controls : (N1,) and (N0,) scores, or (N1, d) and (N0, d).
    Controls as near as the last, within 1e-9 of the extent of all points, are matches too: the
    order of the rows is of no account.
    Raises ValueError where there are fewer controls, and for NaN and infinities.
    """
    ends, points = (np.asarray(a, dtype=np.float64) for a in (treated, controls))
    ends, points = (a[:, None] if a.ndim == 1 else a for a in (ends, points))
    if ends.ndim != 2 or points.ndim != 2 or ends.shape[1] != points.shape[1]:
        raise ValueError(f"scores of shapes {ends.shape} and {points.shape}; columns must agree")
    return Matching(_nearest(ends, points, neighbours, np.full(len(ends), -1)))


def matched_effect(
    matching: Matching,
    scores: npt.ArrayLike,
    treatment: npt.ArrayLike,
    outcome: npt.ArrayLike,
    variance_neighbours: int = 4,
) -> TreatmentEffect:
    """Mean over the treated of their outcome less that of their matches.

    matching : of the treated rows' with the control rows' scores, in the order of the rows.
    scores : (N,) or (N, d).     variance_neighbours : people of the same group with the nearest
        scores, from whom the variance of an outcome at given scores is taken.

    Standard error (Abadie and Imbens 2006, theorem 7, for the mean effect on the treated of a
    population), with K_c = sum over i of s_ic the times that control c is used, s the shares:

        N1^2 V = sum over treated (y_i - y0_i - effect)^2
                 + sum over controls (K_c^2 - sum over i of s_ic^2) var(y_c | score)

    It takes the scores for known; that of estimated scores can be larger or smaller (Abadie and
    Imbens 2016). The bootstrap is not valid for matches (Abadie and Imbens 2008).
    Raises ValueError for fewer than two people in a group, and where shapes do not agree.
    """
    y, chosen = _checked(treatment, outcome)
    points = _points(scores, len(y))
    shares = matching.shares
    if shares.shape != (int(chosen.sum()), int((~chosen).sum())):
        raise ValueError(
            f"matching of {shares.shape[0]} treated and {shares.shape[1]} controls, but the "
            f"treatment has {chosen.sum()} and {(~chosen).sum()}"
        )
    gaps = y[chosen] - shares @ y[~chosen]
    effect = float(gaps.mean())
    reuse = matching.weights**2 - np.asarray((shares**2).sum(axis=0)).ravel()
    again = np.flatnonzero(reuse > 1e-12)
    spread = _variances(points[~chosen], y[~chosen], again, variance_neighbours)
    variance = (((gaps - effect) ** 2).sum() + (reuse[again] * spread).sum()) / len(gaps) ** 2
    used = int((matching.weights > 0).sum())
    return TreatmentEffect(effect, float(variance) ** 0.5, len(gaps), used)


def imbalance(
    covariates: npt.ArrayLike, treatment: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Standardised differences (d,) of the groups' mean covariates.

    covariates : (N, d).      weights : (N,) of people in their group's mean, 0 for those left out;
        None is alike.
    In units of the square root of the mean of both groups' variances, of all people and
    unweighted, so that it is the same whoever is left out. A covariate that is constant in both
    groups has 0 where they agree, else infinity.
    """
    chosen = np.asarray(treatment) == 1
    table = _points(covariates, len(chosen))
    share = np.ones(len(chosen)) if weights is None else np.asarray(weights, dtype=np.float64)
    means = [np.average(table[own], axis=0, weights=share[own]) for own in (chosen, ~chosen)]
    spread = np.sqrt((table[chosen].var(axis=0) + table[~chosen].var(axis=0)) / 2)
    apart = means[0] - means[1]
    limit = np.where(np.isclose(apart, 0), 0.0, np.copysign(np.inf, apart))
    found: FloatArray = np.divide(apart, spread, out=limit, where=spread > 0)
    return found


def _variances(points: FloatArray, y: FloatArray, rows: IntArray, neighbours: int) -> FloatArray:
    """Variance of the outcome at the points of some rows: J / (J + 1) (y - mean of J nearest)^2."""
    if not len(rows):
        return np.empty(0)
    shares = _nearest(points[rows], points, min(neighbours, len(points) - 1), rows)
    count = np.diff(shares.indptr)
    found: FloatArray = count / (count + 1) * (y[rows] - shares @ y) ** 2
    return found


def _nearest(ends: FloatArray, points: FloatArray, neighbours: int, without: IntArray) -> csr_array:
    """Shares of the points nearest to each end; `without` is the row of a point that may not be."""
    if not 1 <= neighbours <= len(points):
        raise ValueError(
            f"neighbours is {neighbours}; allowed is 1 to {len(points)}, the people there are"
        )
    together = np.concatenate([ends, points])
    if not np.isfinite(together).all():
        raise ValueError("scores have NaN or infinities; leave such people out")
    tie = _TIE * float(np.ptp(together, axis=0).max())
    rows, columns = [], []
    step = max(1, _BLOCK_BYTES // (8 * len(points)))
    for start in range(0, len(ends), step):
        distance = cdist(ends[start : start + step], points)
        left_out = without[start : start + step]
        own = np.flatnonzero(left_out >= 0)
        distance[own, left_out[own]] = np.inf
        last = np.partition(distance, neighbours - 1, axis=1)[:, neighbours - 1]
        row, column = np.nonzero(distance <= last[:, None] + tie)
        rows.append(row + start)
        columns.append(column)
    row, column = np.concatenate(rows), np.concatenate(columns)
    count = np.bincount(row, minlength=len(ends))
    return csr_array((1 / count[row], (row, column)), shape=(len(ends), len(points)))


def _checked(
    treatment: npt.ArrayLike, outcome: npt.ArrayLike
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Outcomes, and who is treated."""
    w, y = np.asarray(treatment), np.asarray(outcome, dtype=np.float64)
    if w.shape != y.shape or w.ndim != 1:
        raise ValueError(f"treatment {w.shape} and outcome {y.shape}; needed are two equal (N,)")
    if not np.isin(w, (0, 1)).all():
        raise ValueError("treatment has values beside 0 (control) and 1 (treated)")
    chosen = w == 1
    if min(chosen.sum(), (~chosen).sum()) < 2:
        raise ValueError(
            f"{chosen.sum()} treated and {(~chosen).sum()} controls; needed are two of each"
        )
    return y, chosen


def _points(values: npt.ArrayLike, rows: int) -> FloatArray:
    """(N, d) from (N,) or (N, d)."""
    table = np.asarray(values, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) != rows:
        raise ValueError(f"shape {table.shape}; needed is a row for each of {rows} people")
    return table
