"""What the page says of documents' significance and centroids, and by which differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vicinal_workflow.witness_documents_names import (
    ALL,
    CLASSES,
    CLUSTERS,
    DISTANCE,
    GAUSSIAN_EQUAL,
    GAUSSIAN_OWN,
    GROUPS,
    HERMITE,
    INSTABILITY,
    MEDIAN,
    RAND_INDEX,
    TRIMMED,
)


@dataclass(frozen=True)
class Claim:
    """A difference that the page puts in words: `subject` `wins` or `loses` `other`.

    groups, metric, over, over_metric : of the line; its method is the Hermite kernel.
    expected : where it speaks for the Hermite witness.     claimed : whether the introduction of
        the paper, which is all that is left of its section, says so.
    """

    groups: str
    metric: str
    over: str
    over_metric: str
    expected: Literal["up", "down"]
    subject: str
    wins: str
    loses: str
    other: str
    claimed: bool = False

    def text(self, where: Literal["", "up", "down"]) -> str:
        """The sentence by where the difference lies; empty where that cannot be told."""
        if not where:
            return f"whether {self.subject} {self.wins} {self.other} cannot be told"
        if where == self.expected:
            said = ", as the paper's introduction has it" if self.claimed else ""
            return f"{self.subject} {self.wins} {self.other}{said}"
        said = ", against the paper's introduction" if self.claimed else ""
        return f"{self.subject} {self.loses} {self.other}{said}"


_GAUSSIAN = {
    GAUSSIAN_EQUAL: "the Gaussian kernel at the same σ",
    GAUSSIAN_OWN: "the Gaussian kernel at its own best σ (t of held-out F)",
}
_OF_GAUSSIAN = {over: f"that of {name}" for over, name in _GAUSSIAN.items()}
_GROUP = {CLASSES: "known classes", CLUSTERS: "k-means clusters"}
_OVER = {
    ALL: "those of all documents",
    TRIMMED: "those of as many documents nearest to the centroid of all",
    MEDIAN: "geometric medians",
} | {over: f"those by {name}" for over, name in _GAUSSIAN.items()}

WITHIN = (
    Claim(
        CLASSES, "accuracy_significant", HERMITE, "accuracy_others", "up",
        "the Hermite witness's class", "is right more often", "is right less often",
        "at documents that are significant than at others",
    ),
    Claim(
        CLASSES, "significant", HERMITE, "outliers_significant", "up",
        "documents of a topic", "are significant more often", "are significant less often",
        "than documents of none", claimed=True,
    ),
)  # fmt: skip
KERNELS = tuple(
    Claim(
        CLASSES, metric, over, metric, "up", f"{what} of the Hermite kernel",
        f"{does} more often than", f"{does} less often than", other,
    )
    for metric, what, does in (
        ("accuracy", "the class with the largest F", "is right"),
        ("auroc_wrong", "|F| / T", "is larger at a right class than at a wrong one"),
        ("auroc_outliers", "|F| / T", "is larger at a document of a topic than at one of none"),
    )
    for over, other in _OF_GAUSSIAN.items()
)  # fmt: skip
CENTROIDS = tuple(
    Claim(
        groups, metric, over, metric, "down",
        f"centroids of significant documents ({_GROUP[groups]})", nearer, farther, other,
        claimed=over == ALL,
    )
    for groups in GROUPS
    for metric, nearer, farther in (
        (DISTANCE, "are nearer to the true centres than", "are farther from the true centres than"),
        (INSTABILITY, "move less from half to half than", "move more from half to half than"),
    )
    for over, other in _OVER.items()
    if groups == CLASSES or over == ALL
)  # fmt: skip
LABELS = tuple(
    Claim(
        groups, RAND_INDEX, ALL, RAND_INDEX, "up",
        f"labels by the nearest centroid of significant documents ({_GROUP[groups]})",
        "agree better with the classes than", "agree worse with the classes than", other,
    )
    for groups, other in (
        (CLASSES, "those by centroids of all documents"),
        (CLUSTERS, "k-means' own"),
    )
)  # fmt: skip
CLAIMS = (*WITHIN, *KERNELS, *CENTROIDS, *LABELS)
