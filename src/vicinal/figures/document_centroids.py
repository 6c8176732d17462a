"""Section 5.4 of the paper on witnesses: documents, the significant ones, and their centroids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.optimize import linear_sum_assignment

TITLES = {"classes": "known classes", "clusters": "clusters by k-means"}
_SIGNS: dict[str, dict[str, Any]] = {
    "significant": {"marker": "o", "mec": "grey", "mfc": "grey", "ms": 5},
    "not significant": {"marker": "o", "mec": "grey", "mfc": "none", "ms": 5},
    "of no topic, not significant": {"marker": "x", "mec": "grey", "ms": 5},
    "of no topic, significant": {"marker": "X", "mec": "grey", "mfc": "grey", "ms": 6},
    "centroid of all": {"marker": "P", "mec": "white", "mfc": "black", "ms": 11},
    "centroid of significant": {"marker": "*", "mec": "black", "mfc": "white", "ms": 14},
    "true centre": {"marker": "o", "mec": "black", "mfc": "none", "ms": 15},
}


def document_centroids(arrays: Mapping[str, npt.NDArray[Any]]) -> Figure:
    """A panel by known classes, and one by clusters: documents, significance, centroids.

    arrays : as `vicinal.witness.document_comparison.picture` gives them, and `class_names` (K,).
    Clusters have the colours of classes, one to one, so that most documents keep theirs.
    """
    figure = Figure(figsize=(12, 6.4), layout="constrained")
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    names = [str(name) for name in arrays["class_names"]]
    colours = mpl.colormaps["tab10" if len(names) <= 10 else "turbo"]
    places = np.arange(len(names)) if len(names) <= 10 else np.linspace(0, 1, len(names))
    palette = np.asarray(colours(places))
    for panel, (groups, title) in zip(axes, TITLES.items(), strict=True):
        _draw(panel, arrays, groups, palette)
        panel.set_title(title)
        panel.set_xlabel("first direction")
    axes[0].set_ylabel("second direction")
    classes = [
        Line2D([], [], ls="", marker="o", mec=colour, mfc=colour, label=name)
        for name, colour in zip(names, palette, strict=True)
    ]
    signs = [Line2D([], [], ls="", label=name, **_SIGNS[name]) for name in _signs(arrays)]
    figure.legend(handles=classes, loc="outside right upper", frameon=False, title="class")
    figure.legend(handles=signs, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _signs(arrays: Mapping[str, npt.NDArray[Any]]) -> list[str]:
    unknown = set()
    if "outliers" not in arrays or not arrays["outliers"].any():
        unknown = {"of no topic, significant", "of no topic, not significant"}
    if "reference" not in arrays:
        unknown.add("true centre")
    return [name for name in _SIGNS if name not in unknown]


def _draw(
    panel: Axes,
    arrays: Mapping[str, npt.NDArray[Any]],
    groups: str,
    palette: npt.NDArray[np.float64],
) -> None:
    """One panel: documents first, centroids above them."""
    points, kept = arrays["points"], arrays[f"{groups}_kept"]
    colours = palette[_matched(arrays, groups)]
    own = colours[arrays[groups]]
    outliers = arrays.get("outliers", np.zeros(len(points), dtype=bool))

    def documents(marks: npt.NDArray[np.bool_], **style: Any) -> None:
        panel.scatter(points[marks, 0], points[marks, 1], **style)

    empty, full = ~outliers & ~kept, ~outliers & kept
    documents(empty, s=14, facecolors="none", edgecolors=own[empty], lw=0.7)
    documents(full, s=14, c=own[full], lw=0)
    empty, full = outliers & ~kept, outliers & kept
    documents(empty, s=16, c=own[empty], marker="x", lw=0.7)
    documents(full, s=24, c=own[full], marker="X", lw=0)
    if "reference" in arrays:
        x, y = arrays["reference"].T
        panel.scatter(x, y, s=190, facecolors="none", edgecolors="black", lw=1.2)
    for method, marker, size, edge in (("all", "P", 90, "white"), ("hermite", "*", 170, "black")):
        x, y = arrays[f"{groups}_{method}"].T
        panel.scatter(x, y, s=size, c=colours, marker=marker, edgecolors=edge, lw=0.9)


def _matched(arrays: Mapping[str, npt.NDArray[Any]], groups: str) -> npt.NDArray[np.int64]:
    """Number of the class whose colour each group has."""
    shared = np.zeros((len(arrays["class_names"]),) * 2)
    np.add.at(shared, (arrays[groups], arrays["classes"]), 1)
    matched: npt.NDArray[np.int64] = linear_sum_assignment(-shared)[1]
    return matched
