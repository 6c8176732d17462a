"""Taylor-based sampling: new training points where a known function changes the most."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from sklearn.mixture import GaussianMixture

from vicinal.vbsw.boxes import check_box, grid_points, uniform_points
from vicinal.vbsw.taylor_measure import Function, Norm, check_points, taylor_measure

FloatArray = npt.NDArray[np.float64]

# Rejection sampling is given up when fewer than 1 in 10 000 draws fall into the box.
LEAST_ACCEPTANCE = 1e-4
DRAWS_BEFORE_GIVING_UP = 200_000


def taylor_sampling(
    f: Function,
    bounds: npt.ArrayLike,
    n: int,
    *,
    order: int = 2,
    epsilon: float = 1e-3,
    candidates: int | npt.ArrayLike = 1000,
    grid: bool = False,
    components: int = 3,
    norm: Norm = "l2",
    resamples: int | None = 10_000,
    reg_covar: float = 1e-6,
    seed: int | np.random.Generator = 0,
) -> FloatArray:
    """New points in a box, the denser the more f changes there (algorithm 2, lines 2 to 8).

    f : torch function of one point (d,); see `taylor_measure`.
    bounds : (d, 2), lower and upper end of each axis.
    n : points to draw (the paper's N'), at least 1.
    order, epsilon, norm : of `taylor_measure` (the paper's n and epsilon).
    candidates : the points X_1, ..., X_N where f is differentiated: how many, or the points (N, d)
        themselves. The algorithm takes the initial training points, to which the drawn ones are
        then added (line 9, left to the caller); more candidates cost derivatives but no labels.
    grid : candidates on a regular grid that includes both ends, as in the paper's experiments in
        one dimension; otherwise uniform in the box (line 2).
    components : Gaussians of the mixture (the paper's n_GMM).
    resamples : candidates drawn in proportion to D, with repetition, to which the mixture is
        fitted, since its fit takes no weights; None repeats each candidate
        floor(100 D / max D) times instead, as the authors' program does.
    reg_covar : added to the variances of the mixture, whose coordinates are scaled to the unit
        box. Few candidates leave Gaussians of about this variance around single candidates.
    seed : all randomness.

    Returns (n, d) float64 in the box: the mixture truncated to it, by rejection (line 7).

    Raises ValueError for a box with lower >= upper, n < 1, candidates outside the box, a mixture
    with more components than distinct resampled candidates, an f without change at any
    candidate, and as `taylor_measure`; ArithmeticError where almost no draw falls into the box.

    Novello et al., appendix A, algorithm 2.

    >>> import torch
    >>> points = taylor_sampling(lambda x: torch.tanh(50 * x), [[-1, 1]], 200, seed=0)
    >>> bool((abs(points) < 0.2).mean() > 0.9)
    True
    """
    box = check_box(bounds)
    if n < 1:
        raise ValueError(f"n = {n} points; at least 1 is needed")
    rng = np.random.default_rng(seed)
    points = _candidates(candidates, box, grid, rng)
    measure = taylor_measure(f, points, order, epsilon, norm=norm)
    unit = (points - box[:, 0]) / (box[:, 1] - box[:, 0])
    mixture = fit_mixture(
        unit, measure, components=components, resamples=resamples, reg_covar=reg_covar, rng=rng
    )
    inside = box[:, 0] + sample_truncated(mixture, n, rng) * (box[:, 1] - box[:, 0])
    return np.clip(inside, box[:, 0], box[:, 1])  # against rounding at the upper end


def fit_mixture(
    points: FloatArray,
    measure: FloatArray,
    *,
    components: int,
    resamples: int | None,
    reg_covar: float,
    rng: np.random.Generator,
) -> GaussianMixture:
    """Gaussian mixture of the density proportional to `measure` (N,) on points (N, d).

    Arguments and errors as for `taylor_sampling`.
    """
    if components < 1 or (resamples is not None and resamples < 1):
        raise ValueError(f"components = {components}, resamples = {resamples}; at least 1 each")
    if not (math.isfinite(reg_covar) and reg_covar > 0):
        raise ValueError(f"reg_covar = {reg_covar}; it must be above 0")
    if not measure.max() > 0:
        raise ValueError(
            f"f does not change at any of the {len(points)} candidates (D is 0 everywhere): there "
            "is nothing to sample by; take more candidates, or uniform points"
        )
    if resamples is None:
        drawn = np.repeat(points, np.floor(100 * (measure / measure.max())).astype(int), axis=0)
    else:
        share = measure / measure.max()
        drawn = points[rng.choice(len(points), size=resamples, p=share / share.sum())]
    distinct = len(np.unique(drawn, axis=0))
    if components > distinct:
        raise ValueError(
            f"a mixture of {components} components, but D is concentrated on {distinct} distinct "
            "candidates, which would leave some empty: take fewer components or more candidates"
        )
    mixture = GaussianMixture(
        components, reg_covar=reg_covar, max_iter=500, random_state=int(rng.integers(2**31))
    )
    return mixture.fit(drawn)


def sample_truncated(mixture: GaussianMixture, n: int, rng: np.random.Generator) -> FloatArray:
    """Draws (n, d) of a mixture within the unit box: those outside are rejected.

    Raises ArithmeticError where almost none is accepted; the fraction is named.
    """
    roots = np.linalg.cholesky(mixture.covariances_)
    shares = mixture.weights_ / mixture.weights_.sum()
    kept: list[FloatArray] = []
    accepted = drawn = 0
    size = max(2 * n, 1000)
    while accepted < n:
        member = rng.choice(len(shares), size=size, p=shares)
        noise = rng.standard_normal((size, roots.shape[-1], 1))
        draws = mixture.means_[member] + (roots[member] @ noise)[..., 0]
        kept.append(draws[((draws >= 0) & (draws <= 1)).all(axis=1)])
        accepted, drawn = accepted + len(kept[-1]), drawn + size
        if drawn >= DRAWS_BEFORE_GIVING_UP and accepted < LEAST_ACCEPTANCE * drawn:
            raise ArithmeticError(
                f"only a fraction {accepted / drawn:.1e} of the mixture's draws fell into the box "
                f"({accepted} of {drawn}); a smaller reg_covar or more components may help"
            )
        size = int(min(max(1.2 * (n - accepted) * drawn / max(accepted, 1), 1000), 100_000))
    return np.concatenate(kept)[:n]


def _candidates(
    candidates: int | npt.ArrayLike, box: FloatArray, grid: bool, rng: np.random.Generator
) -> FloatArray:
    if isinstance(candidates, int | np.integer):
        if candidates < 1:
            raise ValueError(f"candidates = {candidates}; at least 1 is needed")
        count = int(candidates)
        return grid_points(box, count) if grid else uniform_points(box, count, rng)
    points = check_points(candidates)
    if points.shape[1] != len(box):
        raise ValueError(f"candidates {points.shape} in a box of {len(box)} axes")
    outside = ((points < box[:, 0]) | (points > box[:, 1])).any(axis=1)
    if outside.any():
        raise ValueError(f"candidates lie outside the box, first in row {outside.argmax()}")
    return points
