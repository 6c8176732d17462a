"""Ridge-gradients, figure 7: by how much fits with gradients beat ridge regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

STYLES = {
    "corrected ridge_gradients": ("ridge-gradients", "#c8553d", "-"),
    "printed ridge_gradients": ("ridge-gradients, formulas as printed", "#c8553d", ":"),
    "corrected joint_ridge": ("joint ridge (not in the paper)", "#3b6fb6", "-"),
}
TITLES = {"fixed": "fixed penalties", "tuned": "penalties chosen on validation values"}


@dataclass(frozen=True)
class Gains:
    """A curve: (S,) sizes, mean gains in percent and half-widths of their 95 % intervals."""

    sizes: FloatArray
    mean: FloatArray
    half_width: FloatArray


def ridge_gains(panels: Mapping[str, Mapping[str, Gains]]) -> Figure:
    """One panel for fixed and one for tuned penalties, a curve a fit; above zero, gradients help.

    panels : by the names of `TITLES`; curves by those of `STYLES`. An interval that is NaN (one
        draw) is not drawn.
    """
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for panel, (name, curves) in zip(axes, panels.items(), strict=True):
        for key, (_, colour, line) in STYLES.items():
            if key in curves:
                shown = curves[key]
                panel.plot(shown.sizes, shown.mean, color=colour, ls=line, marker="o", ms=3)
                panel.fill_between(
                    shown.sizes,
                    shown.mean - shown.half_width,
                    shown.mean + shown.half_width,
                    color=colour,
                    alpha=0.15,
                    lw=0,
                )
        panel.axhline(0, color="black", lw=0.8)
        panel.set_title(TITLES[name])
        panel.set_xlabel("training samples $N$")
        panel.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel("RMSE below that of ridge (%)")
    for label, colour, line in STYLES.values():
        axes[0].plot([], [], color=colour, ls=line, marker="o", ms=3, label=label)
    figure.legend(loc="outside lower center", ncols=len(STYLES), frameon=False)
    return figure
