"""Centroids of significant documents against those of all: known topics, or halves of a corpus.

Our reading of section 5.4 of Mhaskar, Cloninger and Cheng. Of their text we have the aim alone,
centroids of clusters of documents that outliers do not move; how they measured it we do not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from vicinal.data.splits import random_state
from vicinal.witness.document_samples import DocumentSample
from vicinal.witness.document_significance import (
    WitnessSettings,
    apply_variants,
    choose_variants,
    significance_scores,
)
from vicinal.witness.permutation_test import WitnessTest
from vicinal.witness.robust_centroids import (
    geometric_median,
    group_centroids,
    group_sizes,
    matched_centroids,
    nearest_centroid,
    nearest_to_centroid,
    relative_distance,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
# By groups, method and metric.
Scores = dict[tuple[str, str, str], float]


@dataclass
class Findings:
    """What was found on one sample.

    scores : by groups (`classes` or `clusters`), method and metric.
    centroids : (K, q), by groups and method.
    groups : (N,) group of each document, by kind of groups.
    tests : of the documents themselves, by groups and variant.
    """

    scores: Scores = field(default_factory=dict)
    centroids: dict[tuple[str, str], FloatArray] = field(default_factory=dict)
    groups: dict[str, IntArray] = field(default_factory=dict)
    tests: dict[tuple[str, str], WitnessTest] = field(default_factory=dict)

    def kept(self, groups: str, variant: str) -> BoolArray:
        """Documents (N,) that are significant for the group that they are in."""
        test = self.tests[groups, variant]
        kept: BoolArray = test.significant & (test.predicted == self.groups[groups])
        return kept


def measure_sample(sample: DocumentSample, settings: WitnessSettings, seed: int) -> Findings:
    """Significance of documents, centroids of both kinds of groups, and what they are worth.

    Groups are the known classes, and as many clusters by k-means (10 starts). Centroids are those
    of `all` documents of a group (of clusters: k-means' own), of those that are significant for it
    by each kernel, of as many as the Hermite kernel keeps but nearest to the centroid of all
    (`trimmed`), the geometric `median`, and, where outliers are known, of `regular` documents.
    Units of length are chosen on classes, for both kinds of groups.

    seed : of k-means, permutations, and of what is set aside.
    """
    found = Findings()
    variants = choose_variants(sample.points, sample.labels, settings, seed)
    clusters = KMeans(sample.classes, n_init=10, random_state=random_state(seed))
    found.groups["classes"] = sample.labels
    found.groups["clusters"] = clusters.fit_predict(sample.points).astype(np.int64)
    points = {"classes": np.concatenate([sample.points, sample.held_out])}
    points["clusters"] = sample.points
    for name, groups in found.groups.items():
        tests = apply_variants(variants, sample.points, groups, points[name], settings, seed)
        for variant, test in tests.items():
            found.tests[name, variant] = _part(test, slice(len(groups)))
            if name == "classes":
                held_out = _part(test, slice(len(groups), None))
                own = significance_scores(
                    held_out, sample.held_out_labels, sample.held_out_outliers
                )
                found.scores |= {(name, variant, metric): own[metric] for metric in own}
        _add_centroids(found, name, sample, list(variants.kernels))
    for (name, method), centres in found.centroids.items():
        found.scores |= _centroid_scores(name, method, centres, sample)
    return found


def repetition_scores(found: Sequence[Findings]) -> Scores:
    """The scores of one sample; of two halves, each measured on the other, their means.

    Two halves also have an `instability`, the distance between the centroids of both
    (`relative_distance`), matched where groups are clusters.
    """
    if len(found) == 1:
        return found[0].scores
    first, second = found
    scores = {key: (first.scores[key] + second.scores[key]) / 2 for key in first.scores}
    for (groups, method), centres in first.centroids.items():
        others = second.centroids[groups, method]
        if groups == "clusters":
            others = matched_centroids(centres, others)
        scores[groups, method, "instability"] = relative_distance(centres, others)
    return scores


def picture(sample: DocumentSample, found: Findings) -> dict[str, npt.NDArray[Any]]:
    """What a picture of a sample needs: everything in the first two directions of the embedding.

    `points` (N, 2); by kind of groups `<groups>` (N,), `<groups>_kept` (N,), which are significant
    for theirs by the Hermite kernel, and the centroids (K, 2) `<groups>_all` and
    `<groups>_hermite`; `outliers` (N,) and `reference` (K, 2) where they are known.
    """
    arrays: dict[str, npt.NDArray[Any]] = {"points": sample.points[:, :2]}
    for name, groups in found.groups.items():
        arrays |= {name: groups, f"{name}_kept": found.kept(name, "hermite")}
        for method in ("all", "hermite"):
            arrays[f"{name}_{method}"] = found.centroids[name, method][:, :2]
    if sample.outliers is not None:
        arrays["outliers"] = sample.outliers
    if sample.reference is not None:
        arrays["reference"] = sample.reference[:, :2]
    return arrays


def _part(test: WitnessTest, rows: slice) -> WitnessTest:
    arrays = {name: own for name, own in vars(test).items() if isinstance(own, np.ndarray)}
    parts: dict[str, Any] = {name: own[rows] for name, own in arrays.items()}
    return replace(test, **parts)


def _add_centroids(found: Findings, name: str, sample: DocumentSample, variants: list[str]) -> None:
    """Centroids of one kind of groups, and which documents they are made of."""
    groups, count = found.groups[name], sample.classes
    marks: dict[str, BoolArray] = {v: found.kept(name, v) for v in variants}
    sizes = group_sizes(groups, count, marks["hermite"])
    marks["trimmed"] = nearest_to_centroid(sample.points, groups, np.maximum(sizes, 1))
    if sample.outliers is not None:
        marks["regular"] = ~sample.outliers
    found.centroids[name, "all"] = group_centroids(sample.points, groups, count)
    medians = [geometric_median(sample.points[groups == group]) for group in range(count)]
    found.centroids[name, "median"] = np.stack(medians)
    for method, kept in marks.items():
        found.centroids[name, method] = group_centroids(sample.points, groups, count, kept)
        found.scores |= _shares(name, method, kept, groups, count, sample.outliers)


def _shares(
    name: str,
    method: str,
    kept: BoolArray,
    groups: IntArray,
    count: int,
    outliers: BoolArray | None,
) -> Mapping[tuple[str, str, str], float]:
    """Share of documents that centroids are made of, and groups of which none was kept."""
    empty = float((group_sizes(groups, count, kept) == 0).sum())
    regular = kept if outliers is None else kept[~outliers]
    scores = {(name, method, "kept"): float(regular.mean()), (name, method, "empty"): empty}
    if outliers is not None and outliers.any():
        scores[name, method, "outliers_kept"] = float(kept[outliers].mean())
    return scores


def _centroid_scores(
    name: str, method: str, centres: FloatArray, sample: DocumentSample
) -> Mapping[tuple[str, str, str], float]:
    """Distance from the true centres, and adjusted Rand index of nearest-centroid labels."""
    points, labels = sample.held_out, sample.held_out_labels
    if sample.held_out_outliers is not None:
        regular = ~sample.held_out_outliers
        points, labels = points[regular], labels[regular]
    index = adjusted_rand_score(labels, nearest_centroid(points, centres))
    scores = {(name, method, "rand_index"): float(index)}
    if sample.reference is not None:
        reference = sample.reference
        if name == "clusters":
            reference = matched_centroids(centres, reference)
        scores[name, method, "distance"] = relative_distance(centres, reference)
    return scores
