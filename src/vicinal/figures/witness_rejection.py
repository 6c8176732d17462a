"""Witness functions, figure 4: errors of a network's predictions, by how many of them are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

FloatArray = npt.NDArray[np.float64]

# The kernels as everywhere in this study, other scores in Okabe and Ito's colours.
_HERMITE, _GAUSSIAN, _GAP, _ENTROPY, _NEAR = "#c8553d", "#3b6fb6", "black", "#cc79a7", "#009e73"


@dataclass(frozen=True)
class ScoreStyle:
    """How a score is named and drawn."""

    label: str
    colour: str
    line: str = "-"


STYLES = {
    "hermite": ScoreStyle("Hermite witness", _HERMITE),
    "gaussian": ScoreStyle("Gaussian witness", _GAUSSIAN),
    "hermite_chosen": ScoreStyle("Hermite witness, σ of least AURC elsewhere", _HERMITE, "--"),
    "gaussian_chosen": ScoreStyle("Gaussian witness, σ of least AURC elsewhere", _GAUSSIAN, "--"),
    "hermite_agreeing": ScoreStyle("Hermite witness that agrees", _HERMITE),
    "gaussian_agreeing": ScoreStyle("Gaussian witness that agrees", _GAUSSIAN),
    "hermite_agreeing_chosen": ScoreStyle(
        "Hermite witness that agrees, σ of least AURC elsewhere", _HERMITE, "--"
    ),
    "gaussian_agreeing_chosen": ScoreStyle(
        "Gaussian witness that agrees, σ of least AURC elsewhere", _GAUSSIAN, "--"
    ),
    "softmax_gap": ScoreStyle("soft-max gap", _GAP),
    "entropy": ScoreStyle("entropy", _ENTROPY, "-."),
    "nearness": ScoreStyle("nearest neighbours' distance", _NEAR, ":"),
}
# Shares kept from which a curve is drawn: below, it is of a few points.
_LEAST = 0.1
# Whose bands are drawn where many lines are: those of others would hide one another.
_WITH_BAND = ("hermite", "hermite_agreeing", "softmax_gap")
# Lines of the panels over threshold factors.
_SHARE, _AGREEMENT = "-", ":"


@dataclass(frozen=True)
class FactorCurves:
    """By threshold factor, of S networks: (A,) factors, and (S, A) shares of the points kept, of
    errors among them, and of those to which the witness gives the network's class; NaN where none
    is kept."""

    factors: FloatArray
    share: FloatArray
    error: FloatArray
    agreement: FloatArray


def rejection_curves(
    alone: Mapping[str, FloatArray],
    agreeing: Mapping[str, FloatArray],
    by_factor: Mapping[str, FactorCurves],
) -> Figure:
    """Four panels: errors by the share kept, for scores and for scores that ask for agreement;
    errors, and shares and agreement, by threshold factor.

    alone, agreeing : score, by the names of `STYLES`, -> (S, M) errors of S networks among the k
        first of M points, k = 1, ..., M, as shares.     by_factor : the same names -> curves.

    Lines are means of the networks and bands their 95 % Student intervals (none for one network);
    above, only those of the Hermite witness at the paper's sigma and of the soft-max gap.
    Raises ValueError for unknown scores.
    """
    unknown = {*alone, *agreeing, *by_factor} - set(STYLES)
    if unknown:
        raise ValueError(f"scores {sorted(unknown)} have no style; known are {', '.join(STYLES)}")
    figure = Figure(figsize=(11, 8), layout="constrained")
    (first, second), (third, fourth) = figure.subplots(2, 2)
    top = max(_draw_errors(first, alone), _draw_errors(second, agreeing))
    for axes in (first, second):
        axes.set_ylim(0, 1.05 * top or 1)
    first.set_title("kept by the score alone")
    second.set_title("witnesses: kept only where they have the network's class")
    _draw_factors(third, by_factor)
    _draw_shares(fourth, by_factor)
    return figure


def _draw_errors(axes: Axes, curves: Mapping[str, FloatArray]) -> float:
    """Returns the largest mean that is drawn, in percent."""
    largest = 0.0
    for name, errors in curves.items():
        points = errors.shape[1]
        start = max(1, round(_LEAST * points)) - 1
        kept = 100 * np.arange(1, points + 1)[start:] / points
        band = name in _WITH_BAND
        drawn = _draw_mean(axes, kept, 100 * errors[:, start:], name, band=band)
        largest = max(largest, drawn)
    axes.set_xlim(100, 100 * _LEAST)
    axes.set_xlabel("points kept (%)")
    axes.set_ylabel("errors among them (%)")
    if curves:
        axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    return largest


def _draw_factors(axes: Axes, by_factor: Mapping[str, FactorCurves]) -> None:
    for name, curves in by_factor.items():
        _draw_mean(axes, curves.factors, 100 * curves.error, name)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("errors among the kept (%)")
    _finish_factors(axes)
    if by_factor:
        axes.legend(fontsize="small")


def _draw_shares(axes: Axes, by_factor: Mapping[str, FactorCurves]) -> None:
    for name, curves in by_factor.items():
        for values, line in ((curves.share, _SHARE), (curves.agreement, _AGREEMENT)):
            _draw_mean(axes, curves.factors, 100 * values, name, line=line, label="")
    for label, line in (
        ("kept, of all points", _SHARE),
        ("of the kept, same class by the witness", _AGREEMENT),
    ):
        axes.plot([], [], color="grey", ls=line, label=label)
    axes.set_ylim(0, 103)
    axes.set_ylabel("points (%)")
    _finish_factors(axes)
    axes.legend(fontsize="small", loc="lower left")


def _finish_factors(axes: Axes) -> None:
    axes.axvline(1, color="black", lw=0.8, ls=":")
    axes.set_xlim(left=0)
    axes.set_xlabel("threshold factor")
    axes.grid(alpha=0.3)


def _draw_mean(
    axes: Axes, x: FloatArray, values: FloatArray, name: str, *,
    line: str | None = None, label: str | None = None, band: bool = True,
) -> float:  # fmt: skip
    """Mean of the networks and its interval, where all of them have a value; the largest mean."""
    style = STYLES[name]
    known = np.isfinite(values).all(axis=0)
    x, values = x[known], values[:, known]
    mean = values.mean(axis=0)
    shown = style.label if label is None else label
    axes.plot(x, mean, color=style.colour, ls=line or style.line, lw=1.5, label=shown or None)
    networks = len(values)
    if band and networks > 1:
        half = stats.t.ppf(0.975, networks - 1) * values.std(axis=0, ddof=1) / networks**0.5
        low = np.maximum(mean - half, 0)
        axes.fill_between(x, low, mean + half, color=style.colour, alpha=0.12, lw=0)
    return float(mean.max()) if mean.size else 0.0


def factor_axis(ratios: Sequence[FloatArray], count: int = 60) -> FloatArray:
    """Threshold factors from 0 to where a tenth of the points is left by every witness.

    ratios : (S, M) each.
    """
    end = min(float(np.quantile(ratio, 1 - _LEAST, axis=1).min()) for ratio in ratios)
    return np.linspace(0, max(end, 1.5), count)
