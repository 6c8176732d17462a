"""Names of the methods on the toy sets: both kernels, at the common sigma and at the one that is
best by detections, false positives bounded."""

from __future__ import annotations

from typing import Literal

HERMITE: Literal["hermite"] = "hermite"
GAUSSIAN: Literal["gaussian"] = "gaussian"
KERNELS = (HERMITE, GAUSSIAN)
OWN_BEST = {HERMITE: "hermite_best", GAUSSIAN: "gaussian_best"}
METHODS = (HERMITE, GAUSSIAN, *OWN_BEST.values())
# Which methods are held against one another, draw by draw: the first less the second.
PAIRS = (
    (HERMITE, GAUSSIAN),
    (HERMITE, OWN_BEST[GAUSSIAN]),
    (OWN_BEST[HERMITE], OWN_BEST[GAUSSIAN]),
)
# The paper's item and row, and what it claims of them, as the comparison has it.
ITEM, ROW = "figure1", "circle_ellipse"
CLAIM = "detects more than the Gaussian kernel at equal sigma"
RATES = ("detection", "false_positives", "wrong_sign", "false_discoveries")
# What kernels are held against one another by, and where an improvement lies.
COMPARED: dict[str, Literal["up", "down"]] = {
    "detection": "up",
    "false_positives": "down",
    "wrong_sign": "down",
}

NAMES = {
    HERMITE: "Hermite",
    GAUSSIAN: "Gaussian",
    OWN_BEST[HERMITE]: "Hermite, sigma best by detections",
    OWN_BEST[GAUSSIAN]: "Gaussian, sigma best by detections",
}
DENSITIES = {
    "two_normals_1d": "two normal densities on the line",
    "two_normals_2d": "two normal densities in the plane",
    "tent_1d": "a tent on the line",
}
