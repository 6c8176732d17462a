"""Ridge-gradients, figures 5 and 6: fits to a few samples of a sine, and their gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

TITLES = {"corrected": "corrected derivative", "printed": "as printed"}
STYLES = {
    "ridge": ("ridge", "#7a7a7a", "-"),
    "gradient_fit": ("fit to the gradients alone", "#d8a032", "-"),
    "ridge_gradients": ("ridge-gradients", "#c8553d", "-"),
    "joint_ridge": ("joint ridge", "#3b6fb6", "--"),
}


def ridge_value_fits(curves: Mapping[str, FloatArray]) -> Figure:
    """Figure 5: the sine, the samples, the fits to them, and at the foot, the basis functions.

    curves : arrays as `vicinal.gradients.ridge_variants.fitted_curves` gives them.
    """
    figure, panels = _panels()
    for formulas, panel in panels.items():
        # At the panel's foot, a fifth of its height: they have no scale in common with the fits.
        foot = panel.get_xaxis_transform()
        bells = 0.2 * curves["bells"].T
        panel.plot(curves["x"], bells, color="black", lw=0.6, alpha=0.35, transform=foot)
        _draw(panel, curves, "value", formulas)
        panel.margins(y=0.2)
    panels["corrected"].set_ylabel("$z$")
    return figure


def ridge_gradient_fits(curves: Mapping[str, FloatArray]) -> Figure:
    """Figure 6: the sine's gradient, the samples', and those of the fits; see `ridge_value_fits`.

    Ridge-gradients itself is left out, as in the paper: beside ridge stands its fit to the
    gradients alone.
    """
    figure, panels = _panels()
    for formulas, panel in panels.items():
        shown = {
            name: curve for name, curve in curves.items() if not name.endswith("ridge_gradients")
        }
        _draw(panel, shown, "gradient", formulas)
    panels["corrected"].set_ylabel("$dz/dx$")
    return figure


def _panels() -> tuple[Figure, dict[str, Axes]]:
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots(1, len(TITLES), sharey=True)
    for panel, title in zip(axes, TITLES.values(), strict=True):
        panel.set_title(title)
        panel.set_xlabel("$x$")
    return figure, dict(zip(TITLES, axes, strict=True))


def _draw(
    panel: Axes, curves: Mapping[str, npt.NDArray[np.float64]], quantity: str, formulas: str
) -> None:
    """The truth, the samples, and one curve a fit with its RMSE."""
    true = curves[f"{quantity} true"]
    panel.plot(curves["x"], true, color="black", lw=1.2, label="sine")
    for fit, (label, colour, line) in STYLES.items():
        curve = curves.get(f"{quantity} {formulas} {fit}")
        if curve is not None:
            rmse = float(np.sqrt(np.square(curve - true).mean()))
            name = f"{label} ({rmse:.2f})"
            panel.plot(curves["x"], curve, color=colour, ls=line, lw=1.6, label=name)
    panel.plot(curves["samples x"], curves[f"samples {quantity}"], "ko", ms=4, label="samples")
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, frameon=False)
