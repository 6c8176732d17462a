"""Names that the latent space's files and tables share."""

from __future__ import annotations

# Both kernels at the configured sigma, and each at its own best one.
HERMITE, GAUSSIAN = KERNELS = ("hermite", "gaussian")
HERMITE_BEST, GAUSSIAN_BEST = BEST = tuple(f"{kernel}_best" for kernel in KERNELS)
METHODS = (*KERNELS, *BEST)
# Which grid points are looked at: those beyond the paper's threshold; by falling ratio to it, as
# many as the Hermite kernel keeps; the mean over all numbers that could be kept.
THRESHOLD, EQUAL, CURVE = SELECTIONS = ("threshold", "equal", "curve")
KEPT, DROPPED, ALL = SIDES = ("kept", "dropped", "all")
# What the classifier says; and whether a training image's code is within one step of the grid.
AGREEMENT, CONFIDENCE, NEARBY = MEASURES = ("agreement", "confidence", "nearby")
JUDGED = (AGREEMENT, CONFIDENCE)
# What the classifier says of images whose class is known.
TRUE_IMAGES, RECONSTRUCTIONS = REFERENCES = ("true_images", "reconstructions")
# Of the published figures.
ROW = "mnist"
# Which codes a class's mixture is fitted to, beside those that a kernel calls significant.
ALL_CODES = "all_codes"
