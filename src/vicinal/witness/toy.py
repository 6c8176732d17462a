"""A circle against an ellipse: two noisy samples, and by how much their densities truly differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CIRCLE, ELLIPSE = 0, 1
# Points of the angle's trapezoidal rule for each multiple of 1 / noise: a Gaussian of width `noise`
# that runs around the curve is integrated to rounding from 16 / 2 pi points a width on.
_POINTS_A_WIDTH, _LEAST_POINTS = 16, 64


@dataclass(frozen=True)
class ToySetting:
    """Two samples, and the ring around both in which they are compared.

    difference : of the ellipse's half-axes, which are 1 + difference / 2 and 1 - difference / 2.
    noise : standard deviation of the normal noise in each coordinate.
    samples : of each of the two sets.
    inner, outer : radii of the ring.
    """

    difference: float
    noise: float
    samples: int
    inner: float
    outer: float

    @property
    def half_axes(self) -> tuple[float, float]:
        """Of the ellipse."""
        return 1 + self.difference / 2, 1 - self.difference / 2


def draw_sets(setting: ToySetting, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Samples (2 N, 2) of both sets, and which they are of (2 N,): the circle's (0) come first.

    (a cos t, b sin t) + noise with t uniform: a = b = 1 for the circle (section 5.1).
    """
    points = []
    for axes in ((1.0, 1.0), setting.half_axes):
        angles = rng.uniform(0, 2 * np.pi, setting.samples)
        noise = setting.noise * rng.standard_normal((setting.samples, 2))
        points.append(on_ellipse(angles, axes) + noise)
    return np.concatenate(points), np.repeat([CIRCLE, ELLIPSE], setting.samples)


def draw_ring(setting: ToySetting, count: int, rng: np.random.Generator) -> FloatArray:
    """Points (count, 2) spread evenly over the ring's area."""
    squares = rng.uniform(setting.inner**2, setting.outer**2, count)
    return np.sqrt(squares)[:, None] * on_ellipse(rng.uniform(0, 2 * np.pi, count), (1.0, 1.0))


def on_ellipse(angles: FloatArray, axes: tuple[float, float]) -> FloatArray:
    """(a cos t, b sin t) of (N,) angles, (N, 2)."""
    return np.stack([axes[0] * np.cos(angles), axes[1] * np.sin(angles)], axis=-1)


def ellipse_density(points: FloatArray, axes: tuple[float, float], noise: float) -> FloatArray:
    """Density at (M, 2) points of a noisy ellipse, (M,): the mean over t of a normal density.

    The integral over t is of a smooth periodic function, for which the trapezoidal rule converges
    faster than any power.
    """
    count = max(_LEAST_POINTS, int(np.ceil(_POINTS_A_WIDTH * max(axes) / noise)))
    curve = on_ellipse(2 * np.pi * np.arange(count) / count, axes)
    found = np.empty(len(points))
    for start in range(0, len(points), 256):
        own = points[start : start + 256]
        squares = np.square(own[:, None] - curve).sum(-1)
        found[start : start + 256] = np.exp(-squares / (2 * noise**2)).mean(1)
    return found / (2 * np.pi * noise**2)


def density_difference(setting: ToySetting, points: FloatArray) -> FloatArray:
    """By how much the ellipse's density exceeds the circle's at (M, 2) points, (M,).

    Exactly 0 everywhere where the ellipse is the circle.
    """
    if setting.difference == 0:
        return np.zeros(len(points))
    ellipse = ellipse_density(points, setting.half_axes, setting.noise)
    return ellipse - ellipse_density(points, (1.0, 1.0), setting.noise)


def largest_difference(setting: ToySetting) -> float:
    """The largest |difference of the densities| there is, on a fine grid of the ring."""
    step = min(setting.noise, 0.1) / 10
    radii = np.arange(setting.inner, setting.outer + step, step)
    angles = np.linspace(0, np.pi / 2, 46)
    grid = (radii[:, None, None] * on_ellipse(angles, (1.0, 1.0))).reshape(-1, 2)
    return float(np.abs(density_difference(setting, grid)).max())
