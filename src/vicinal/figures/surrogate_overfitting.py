"""Gradients, figures 10 to 12: errors of surrogates on training samples against unseen ones."""

from __future__ import annotations

from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from vicinal.gradients.sweep_curves import SweepCurves

LABELS = ("without gradients", "with gradients")
SHAPES = "osD^vP*Xph"


def surrogate_overfitting(curves: SweepCurves) -> Figure:
    """One panel a method: a point is a complexity (colour) and a training size (shape).

    Points are means over the draws. On the line, the errors on both are the same; above it, a
    surrogate is worse on what it has not seen.
    """
    figure = Figure(figsize=(10.5, 4.8), layout="constrained")
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    train, test = curves.train_rmse.mean(axis=3), curves.test_rmse.mean(axis=3)
    colours = Normalize(min(curves.complexities), max(curves.complexities))
    for method, (axes, label) in enumerate(zip(panels, LABELS, strict=True)):
        for row, size in enumerate(curves.sizes):
            points = axes.scatter(
                train[row, :, method],
                test[row, :, method],
                c=curves.complexities,
                norm=colours,
                cmap="viridis",
                marker=SHAPES[row % len(SHAPES)],
                s=34,
                alpha=0.85,
            )
            axes.scatter(
                [], [], c="#555555", marker=SHAPES[row % len(SHAPES)], label=f"{size} samples"
            )
        low, high = min(train.min(), test.min()), max(train.max(), test.max())
        axes.plot([low, high], [low, high], color="black", lw=0.8)
        axes.set_title(label)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("RMSE on training samples")
        axes.grid(alpha=0.3, which="both", lw=0.5)
    panels[0].set_ylabel("RMSE on test samples")
    panels[1].legend(frameon=False, fontsize="small", loc="lower right")
    figure.colorbar(points, ax=panels, label="complexity $\\eta$", pad=0.02)
    return figure
