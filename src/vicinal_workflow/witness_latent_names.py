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
# What a caption says of points that exceed it.
LEVEL_OF_THRESHOLD = (
    "With K classes and P permutations, labels that mean nothing exceed the threshold at a point "
    "with a probability of up to about K / (P + 1)."
)
# What the classifier says; and whether a training image's code is within one step of the grid.
AGREEMENT, CONFIDENCE, NEARBY = MEASURES = ("agreement", "confidence", "nearby")
JUDGED = (AGREEMENT, CONFIDENCE)
# What the classifier says of images whose class is known.
TRUE_IMAGES, RECONSTRUCTIONS = REFERENCES = ("true_images", "reconstructions")
# Of the published figures.
ROW = "mnist"
# Which codes of a class its mixture is fitted to: all; those in its significant region, by each
# kernel (beyond the threshold, and the witness gives the class); what either condition does by
# itself; as many as Hermite's, nearest to the mean of the class.
ALL_CODES, TRIMMED = "all_codes", "trimmed"
SIGNIFICANT_ONLY, CLASS_ONLY = "significant_only", "class_only"
GAUSSIAN_CLASS_ONLY = "gaussian_class_only"
CODES = (
    *(ALL_CODES, HERMITE, SIGNIFICANT_ONLY, CLASS_ONLY, TRIMMED),
    *(GAUSSIAN, GAUSSIAN_CLASS_ONLY),
)
# Of which sets prototypes are held against one another.
CODE_PAIRS = (
    *((name, ALL_CODES) for name in CODES[1:-1]),
    *((HERMITE, other) for other in (TRIMMED, CLASS_ONLY, GAUSSIAN)),
    (GAUSSIAN, GAUSSIAN_CLASS_ONLY),
)
