"""HWA, figures 1 and 2: test accuracy and training loss over iterations and over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vicinal.figures.posterior_methods import STARTS, MethodStyle, style_of

FloatArray = npt.NDArray[np.float64]
# The part of the picture's height that accuracies of the runs fill at least.
FILLED = 0.6


@dataclass(frozen=True)
class PosteriorCurve:
    """T records of a method, of R repetitions at common steps.

    steps, seconds : (T,) iterations, and training time as the mean of the repetitions.
    accuracy : (R, T) of the posterior predictive on test data, in percent.
    train_nll : (R, T) expected NLL of training data, in nats.
    """

    steps: FloatArray
    seconds: FloatArray
    accuracy: FloatArray
    train_nll: FloatArray


def posterior_curves(
    curves: Mapping[str, PosteriorCurve], starts: Mapping[str, PosteriorCurve] | None = None
) -> Figure:
    """Above, the test accuracy; below, the training loss; left over iterations, right over time.

    curves : by method, as `posterior_methods.STYLES` names them; steps and seconds count from the
        beginning of the start, which ends at a curve's first record.
    starts : by family, `variational` and `deterministic`: what its methods have in common.

    Lines are means over the repetitions, bands reach from the least to the largest; dotted
    vertical lines are where starts end. Accuracies far below those of all methods are cut off.

    Raises ValueError for no curve, an unknown method or family, and arrays that do not match.
    """
    starts = starts or {}
    _check(curves, starts)
    figure = Figure(figsize=(10, 7.2), layout="constrained")
    panels = figure.subplots(2, 2, sharex="col", sharey="row")
    styles = [(curve, STARTS[family]) for family, curve in starts.items()]
    styles += [(curve, style_of(method)) for method, curve in curves.items()]
    for curve, style in styles:
        for row, values in zip(panels, (curve.accuracy, curve.train_nll), strict=True):
            for axes, places in zip(row, (curve.steps, curve.seconds), strict=True):
                _draw(axes, places, values, style)
    for row in panels:
        for axes, name in zip(row, ("steps", "seconds"), strict=True):
            for end in sorted({getattr(curve, name)[0] for curve in curves.values()}):
                axes.axvline(end, color="black", lw=0.9, ls=":")
            axes.grid(alpha=0.3)
            axes.set_xlim(left=0)
    above, below = panels[:, 0]
    above.set_ylim(*_limits(curves, starts))
    below.set_yscale("log")
    above.set_ylabel("test accuracy (%)")
    below.set_ylabel("expected NLL of training data (nats)")
    below.set_xlabel("iterations")
    panels[1, 1].set_xlabel("training time (s)")
    handles = [
        Line2D([], [], color=style.colour, ls=style.line, lw=1.8, label=style.label)
        for _, style in styles
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _draw(axes: Axes, places: FloatArray, values: FloatArray, style: MethodStyle) -> None:
    """Mean, least and largest of (R, T) values."""
    axes.plot(places, values.mean(axis=0), style.line, color=style.colour, lw=1.6)
    if len(values) > 1:
        low, high = values.min(axis=0), values.max(axis=0)
        axes.fill_between(places, low, high, color=style.colour, alpha=0.15, lw=0)


def _limits(
    curves: Mapping[str, PosteriorCurve], starts: Mapping[str, PosteriorCurve]
) -> tuple[float, float]:
    """Ends of the accuracies' axis: all of the runs, and of the starts what room is left."""
    low, high = _range(curves)
    lowest = min(low, _range(starts)[0]) if starts else low
    room = max((high - low) / FILLED, 0.1)
    least = max(lowest, high - room)
    return least - 0.05 * room, high + 0.05 * room


def _range(curves: Mapping[str, PosteriorCurve]) -> tuple[float, float]:
    values = np.concatenate([curve.accuracy.ravel() for curve in curves.values()])
    return float(values.min()), float(values.max())


def _check(curves: Mapping[str, PosteriorCurve], starts: Mapping[str, PosteriorCurve]) -> None:
    if not curves:
        raise ValueError("no curves; needed is at least one")
    unknown = [family for family in starts if family not in STARTS]
    if unknown:
        raise ValueError(f"unknown families {unknown}; known are {', '.join(STARTS)}")
    for name, curve in {**starts, **curves}.items():
        shape = np.shape(curve.steps)
        shapes = [np.shape(curve.accuracy), np.shape(curve.train_nll)]
        if (
            len(shape) != 1
            or np.shape(curve.seconds) != shape
            or shapes[0] != shapes[1]
            or 0 in shapes[0]
            or shapes[0][1:] != shape
        ):
            raise ValueError(
                f"curve {name!r} has steps {shape}, seconds {np.shape(curve.seconds)}, accuracy "
                f"and train_nll {shapes}; needed are (T,), (T,), (R, T), (R, T)"
            )
