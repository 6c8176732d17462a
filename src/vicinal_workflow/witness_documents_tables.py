"""Tables of documents' significance and centroids: scores, their means, paired differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from vicinal.repeated_splits import split_difference, split_mean
from vicinal_workflow.witness_documents_names import (
    ALL,
    CLASSES,
    DISTANCE,
    DRAWS,
    GAUSSIAN_EQUAL,
    GAUSSIAN_OWN,
    GROUPS,
    HERMITE,
    INSTABILITY,
    MEDIAN,
    METHODS,
    RAND_INDEX,
    TRIMMED,
    VARIANTS,
)

KEYS = ["groups", "method", "metric"]
# Pairs of metrics of one kernel: of significant documents and of others.
WITHIN = (
    ("accuracy_significant", "accuracy_others"),
    ("significant", "outliers_significant"),
)
BETWEEN_KERNELS = (
    *("significant", "outliers_significant", "accuracy", "accuracy_significant"),
    *("auroc_wrong", "auroc_outliers"),
)


def scores_table(repetitions: Sequence[Mapping[tuple[str, str, str], float]]) -> pd.DataFrame:
    """One line a repetition, kind of groups, method and metric."""
    rows = [
        (number, *key, value)
        for number, scores in enumerate(repetitions)
        for key, value in scores.items()
    ]
    return pd.DataFrame(rows, columns=["repetition", *KEYS, "value"])


def overlap_of(unit: str) -> float:
    """How much repetitions share: nothing, or, of random halves, as `split_mean` has it."""
    return 0.0 if unit == DRAWS else 1.0


def summarise_documents(scores: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Mean over the repetitions and half-width of its 95 % interval, by groups, method and metric.

    What no repetition could measure has no line; n is the number of those that could.
    unit : `draws` or `splits`.
    """
    rows = [
        dict(zip(KEYS, key, strict=True)) | asdict(split_mean(part["value"], overlap_of(unit)))
        for key, part in scores.dropna().groupby(KEYS, sort=False)
    ]
    return pd.DataFrame(rows)


def document_differences(scores: pd.DataFrame, unit: str) -> pd.DataFrame:
    """How much a method's metric exceeds another's, repetition by repetition.

    One line for each of `_compared` that was measured, with its 95 % interval and p-value.
    """
    grid = scores.pivot(index="repetition", columns=KEYS, values="value")
    rows: list[dict[str, Any]] = []
    for groups, method, metric, over, over_metric in _compared():
        first, second = (groups, method, metric), (groups, over, over_metric)
        if first not in grid or second not in grid:
            continue
        both = pd.DataFrame({"first": grid[first], "second": grid[second]}).dropna()
        if len(both):
            found = split_difference(both["first"], both["second"], overlap_of(unit))
            names = {"groups": groups, "method": method, "metric": metric}
            rows.append(names | {"over": over, "over_metric": over_metric, **asdict(found)})
    return pd.DataFrame(rows)


def _compared() -> Iterator[tuple[str, str, str, str, str]]:
    """Groups, method and metric, and the method and metric that they are held against."""
    for variant in VARIANTS:
        for metric, over_metric in WITHIN:
            yield CLASSES, variant, metric, variant, over_metric
    for over in (GAUSSIAN_EQUAL, GAUSSIAN_OWN):
        for metric in BETWEEN_KERNELS:
            yield CLASSES, HERMITE, metric, over, metric
    for groups in GROUPS:
        for metric in (DISTANCE, INSTABILITY, RAND_INDEX):
            for method in METHODS:
                if method != ALL:
                    yield groups, method, metric, ALL, metric
            for over in (GAUSSIAN_EQUAL, GAUSSIAN_OWN, TRIMMED, MEDIAN):
                yield groups, HERMITE, metric, over, metric
