"""VBSW, figure 5: predictions of the Bateman system, and where Taylor sampling lowers the error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
COLOURS = {"uniform": "#3b6fb6", "taylor": "#c8553d"}
LABELS = {"uniform": "uniform points", "taylor": "Taylor points"}


@dataclass(frozen=True)
class Trajectory:
    """One output over time, exact and predicted.

    start : (u0, eta0).     times, exact : (n,).     predictions : sampling -> (n,).
    """

    start: tuple[float, float]
    times: FloatArray
    exact: FloatArray
    predictions: Mapping[str, FloatArray]


def bateman_maps(
    average: Trajectory,
    worst: Mapping[str, Trajectory],
    measure: FloatArray,
    reduction: FloatArray,
    bounds: npt.ArrayLike,
    *,
    cap: float = 0.1,
) -> Figure:
    """The paper's four panels.

    average : of a random start (1a).
    worst : sampling -> trajectory of the start where its network errs most (1b).
    measure : (A, B) largest D over time on a grid of (u0, eta0), shown up to `cap` (2a).
    reduction : (A, B) Z = g_uniform - g_taylor, positive where Taylor points are better; shown
        within +-`cap` or, where 99 % of the values lie within less, within that (2b).
    bounds : (2, 2) or more rows, the ends of u0 and eta0.
    """
    figure = Figure(figsize=(10, 7.2), layout="constrained")
    (first, second), (left, right) = figure.subplots(2, 2)
    _draw_trajectory(first, average, average.predictions)
    first.set_title(f"(1a) a random start, {_describe(average)}")
    for sampling, trajectory in worst.items():
        shown = {sampling: trajectory.predictions[sampling]}
        _draw_trajectory(second, trajectory, shown, exact=f"exact, {_describe(trajectory)}")
    second.set_title("(1b) each network's worst start")
    for panel in (first, second):
        panel.legend(frameon=False, fontsize="small")
    _draw_map(
        figure, left, measure, bounds, (0.0, cap), "viridis", r"max over $t$ of $Df_\epsilon^n$"
    )
    left.set_title("(2a) where the solution changes most")
    label = r"$g_{\mathrm{uniform}} - g_{\mathrm{taylor}}$"
    most = min(cap, float(np.quantile(np.abs(reduction), 0.99)))
    _draw_map(figure, right, reduction, bounds, (-most, most), "RdBu_r", label)
    right.set_title("(2b) what Taylor points save (red) or add (blue)")
    return figure


def _describe(trajectory: Trajectory) -> str:
    return rf"$u_0 = {trajectory.start[0]:.3g}$, $\eta_0 = {trajectory.start[1]:.3g}$"


def _draw_trajectory(
    axes: Axes,
    trajectory: Trajectory,
    predictions: Mapping[str, FloatArray],
    *,
    exact: str = "exact",
) -> None:
    sampling = next(iter(predictions)) if len(predictions) == 1 else None
    colour = COLOURS[sampling] if sampling else "black"
    style = ":" if sampling else "-"
    axes.plot(trajectory.times, trajectory.exact, style, color=colour, lw=1.4, label=exact)
    for name, values in predictions.items():
        axes.plot(trajectory.times, values, color=COLOURS[name], lw=1.2, label=LABELS[name])
    axes.set_xlabel("$t$")
    axes.set_ylabel("$u(t)$")


def _draw_map(
    figure: Figure,
    axes: Axes,
    values: FloatArray,
    bounds: npt.ArrayLike,
    limits: tuple[float, float],
    colours: str,
    label: str,
) -> None:
    (low_u, high_u), (low_eta, high_eta) = np.asarray(bounds, dtype=np.float64)[:2]
    # The values belong to grid points, so that each cell reaches half a step beyond its own.
    half = (high_u - low_u) / (len(values) - 1) / 2, (high_eta - low_eta) / (len(values[0]) - 1) / 2
    image = axes.imshow(
        values.T,
        origin="lower",
        aspect="auto",
        extent=(low_u - half[0], high_u + half[0], low_eta - half[1], high_eta + half[1]),
        vmin=limits[0],
        vmax=limits[1],
        cmap=colours,
    )
    beyond = (bool((values < limits[0]).any()), bool((values > limits[1]).any()))
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(beyond)
    figure.colorbar(image, ax=axes, label=label, extend=extend or "neither")
    axes.set_xlabel("$u_0$")
    axes.set_ylabel(r"$\eta_0$")
