"""The claims on the latent plane that its paired differences decide on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.evidence import adjusted
from vicinal_workflow.witness_latent_names import (
    AGREEMENT,
    ALL_CODES,
    CLASS_ONLY,
    CONFIDENCE,
    DROPPED,
    EQUAL,
    GAUSSIAN,
    GAUSSIAN_BEST,
    HERMITE,
    HERMITE_BEST,
    KEPT,
    NEARBY,
    SIGNIFICANT_ONLY,
    THRESHOLD,
    TRIMMED,
)

Key = tuple[str, str, str, str, str]
_KEYS = ["what", "first", "second", "selection", "measure"]
_IN_REGION = (
    "Prototypes of codes in the significant region of their own class (the Hermite kernel is "
    "significant there, and gives the class)"
)
_DECODED = "are decoded to images of their class more often than"
# A claim for each line of the paired differences: what, first, second, selection, measure.
CLAIMS: dict[Key, str] = {
    ("sides", KEPT, DROPPED, THRESHOLD, AGREEMENT): (
        "Where the Hermite kernel is significant, the class that it gives a point is the "
        "classifier's more often than where it is not"
    ),
    ("sides", KEPT, DROPPED, THRESHOLD, CONFIDENCE): (
        "The classifier is surer of images of points that the Hermite kernel keeps than of those "
        "that it drops"
    ),
    ("kernels", HERMITE, GAUSSIAN, THRESHOLD, AGREEMENT): (
        "Of points beyond the paper's threshold, those of the Hermite kernel are in the witness's "
        "class more often than those of the Gaussian kernel of the same σ"
    ),
    ("kernels", HERMITE, GAUSSIAN, EQUAL, AGREEMENT): (
        "Where both kernels keep equally many points, at the same σ, those of the Hermite kernel "
        "are in the witness's class more often"
    ),
    ("kernels", HERMITE_BEST, GAUSSIAN_BEST, EQUAL, AGREEMENT): (
        "Where both kernels keep equally many points, each at its own best σ (accuracy on half the "
        "codes), those of the Hermite kernel are in the witness's class more often"
    ),
    ("kernels", HERMITE, GAUSSIAN, EQUAL, NEARBY): (
        "Where both kernels keep equally many points, at the same σ, those of the Hermite kernel "
        "have a training image's code nearby more often"
    ),
    ("prototypes", HERMITE, ALL_CODES, "", AGREEMENT): (
        f"{_IN_REGION} {_DECODED} those of all codes"
    ),
    ("prototypes", SIGNIFICANT_ONLY, ALL_CODES, "", AGREEMENT): (
        "By the threshold alone: prototypes of the codes of a class at which the Hermite kernel is "
        f"significant, for whichever class, {_DECODED} those of all codes"
    ),
    ("prototypes", CLASS_ONLY, ALL_CODES, "", AGREEMENT): (
        "Without a threshold: prototypes of the codes to which the Hermite kernel gives their own "
        f"class {_DECODED} those of all codes"
    ),
    ("prototypes", HERMITE, CLASS_ONLY, "", AGREEMENT): (
        f"{_IN_REGION} {_DECODED} those of codes to which it gives their class, significant or not"
    ),
    ("prototypes", HERMITE, TRIMMED, "", AGREEMENT): (
        f"{_IN_REGION} {_DECODED} those of as many codes nearest to the mean of their class"
    ),
    ("prototypes", HERMITE, GAUSSIAN, "", AGREEMENT): (
        f"{_IN_REGION} {_DECODED} those of codes in the same region by the Gaussian kernel of the "
        "same σ"
    ),
}
# The paper's own, by the figures that show them: item and metric in the comparison.
PUBLISHED: dict[Key, tuple[str, str]] = {
    ("kernels", HERMITE, GAUSSIAN, THRESHOLD, AGREEMENT): (
        "figure2",
        "kept points more often of their class than by the Gaussian kernel at equal sigma",
    ),
    ("prototypes", HERMITE, ALL_CODES, "", AGREEMENT): (
        "figure3",
        "prototypes of points in their class's significant region more often of their class",
    ),
}


def lines_of_claims(paired: pd.DataFrame) -> dict[Key, Mapping[Any, Any]]:
    """For each claim its line of the paired differences, with a p-value that is corrected.

    paired : as the stage wrote it, or as it was read again. The correction is for all claims.
    """
    filled = paired.fillna({"selection": ""})
    lines = {tuple(line[key] for key in _KEYS): line for line in filled.to_dict("records")}
    p_values = adjusted([lines[key]["p_value"] for key in CLAIMS])
    return {
        key: {**lines[key], "p_value": float(p)} for key, p in zip(CLAIMS, p_values, strict=True)
    }
