"""The summary page's part on documents: who is significant, and what centroids are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.evidence import adjusted, direction, emphasis, known, p_text
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict
from vicinal_workflow.witness_documents_claims import CLAIMS, Claim
from vicinal_workflow.witness_documents_names import (
    ALL,
    CLASSES,
    CLUSTERS,
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
    REGULAR,
    TRIMMED,
    VARIANTS,
)

Lines = Mapping[Any, Mapping[Any, Any]]

NAMES = {
    ALL: "all documents",
    HERMITE: "Hermite kernel",
    GAUSSIAN_EQUAL: "Gaussian kernel, same σ",
    GAUSSIAN_OWN: "Gaussian kernel, own best σ (t of held-out F)",
    TRIMMED: "as many as Hermite, nearest to the centroid of all",
    MEDIAN: "geometric median of all",
    REGULAR: "all but those of no topic (not known in practice)",
}
UNITS = {DRAWS: "draws", "splits": "random splits into halves"}
_GROUPS = {
    CLASSES: "centroids of the known classes",
    CLUSTERS: "centroids of clusters by k-means; of all documents: k-means itself",
}
# Shown in percent.
_SHARES = {
    *("significant", "outliers_significant", "accuracy", "accuracy_significant"),
    *("accuracy_others", "kept", "outliers_kept", DISTANCE, INSTABILITY),
}
_COLUMNS = {
    "significant": ("significant", "of the documents, %"),
    "outliers_significant": ("of no topic", "of those of no topic, how many are significant, %"),
    "accuracy": ("right", "class with the largest F, all documents, %"),
    "accuracy_significant": ("significant ones", "right among these, %"),
    "accuracy_others": ("others", "right among these, %"),
    "auroc_wrong": ("AUROC right", "|F| / T of right against wrong classes; 0.5 is chance"),
    "auroc_outliers": ("AUROC topic", "|F| / T of documents of a topic against those of none"),
}


def witness_documents_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from `document_scores` and `document_differences`.

    comparison : the study's lines; the paper's section has none.
    """
    scores, differences = tables["document_scores"], tables["document_differences"]
    lines = {(row["groups"], row["method"], row["metric"]): row for row in _rows(scores)}
    paired = {
        tuple(row[key] for key in ("groups", "method", "metric", "over", "over_metric")): row
        for row in _rows(differences)
    }
    shown = [_significance_table(scores, lines), _centroid_table(scores, lines, paired)]
    return shown, list(_verdicts(lines, paired, _unit(scores)))


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict("records")


def _unit(table: pd.DataFrame) -> str:
    return UNITS[str(table["unit"].iloc[0])]


def _setting(table: pd.DataFrame) -> Setting:
    return Setting(str(table["data"].iloc[0]), str(table["scale"].iloc[0]))


def _cell(lines: Lines, key: tuple[str, str, str]) -> Cell:
    if key not in lines:
        return Cell(None, title="not measured: there were none, or it is not known")
    line, scale = lines[key], 100 if key[2] in _SHARES else 1
    half = known(line["half_width"])
    return Cell(scale * line["mean"], error=None if half is None else scale * half)


def _decimals(metric: str) -> int:
    return 1 if metric in _SHARES else 3


def _significance_table(scores: pd.DataFrame, lines: Lines) -> Table:
    metrics = [name for name in _COLUMNS if scores["metric"].eq(name).any()]
    columns = [
        Column("witness"),
        *(Column(*_COLUMNS[name], True, _decimals(name)) for name in metrics),
        Column("n", _unit(scores), numeric=True),
    ]
    rows: list[list[Cell | str]] = [
        [
            NAMES[variant],
            *(_cell(lines, (CLASSES, variant, name)) for name in metrics),
            Cell(lines[CLASSES, variant, "accuracy"]["n"]),
        ]
        for variant in VARIANTS
    ]
    return Table(
        "Section 5.4: significance of documents that were held out",
        "Witnesses of the known classes, one against the rest, at documents that they are not made "
        "of. Significant is what exceeds T, the largest |F| of all permutations of the labels. "
        "With K classes and P permutations, labels that mean nothing do that at a document with a "
        "probability of up to about K / (P + 1). Each kernel's best σ has the largest mean t of F "
        "in its class against the rest, on documents that witnesses then leave out. Documents of "
        "no topic count in their own columns only. Shares in %, ± half-width of the 95 % interval "
        f"of the mean over the {_unit(scores)}{_of_splits(scores)}.",
        columns,
        [Group(rows, setting=_setting(scores))],
    )


def _of_splits(scores: pd.DataFrame) -> str:
    if str(scores["unit"].iloc[0]) == DRAWS:
        return ""
    return (
        ", which share their documents: widened by Nadeau and Bengio's correction, for they are "
        "one corpus"
    )


def _centroid_table(scores: pd.DataFrame, lines: Lines, paired: Lines) -> Table:
    drawn = bool(scores["metric"].eq(DISTANCE).any())
    centre = DISTANCE if drawn else INSTABILITY
    known_outliers = scores["metric"].eq("outliers_kept").any()
    shares = ["kept", *(["outliers_kept"] if known_outliers else [])]
    groups = []
    for name in GROUPS:
        methods = [method for method in METHODS if (name, method, RAND_INDEX) in lines]
        rows = [_centroid_row(name, method, shares, centre, lines, paired) for method in methods]
        groups.append(Group(rows, title=_GROUPS[name], setting=_setting(scores)))
    return Table(
        "Section 5.4: centroids of significant documents",
        _centroid_caption(drawn, _unit(scores) + _of_splits(scores)),
        _centroid_columns(shares, centre, _unit(scores)),
        groups,
    )


def _centroid_columns(shares: list[str], centre: str, unit: str) -> list[Column]:
    hints = {
        "kept": Column("kept", "documents that centroids are made of, %", True, 1),
        "outliers_kept": Column("of no topic", "how many of these are kept, %", True, 1),
        DISTANCE: Column("distance", "from the true centres, % of that between groups", True, 1),
        INSTABILITY: Column("distance", "from half to half, % of that between groups", True, 1),
    }
    return [
        Column("centroids of"),
        *(hints[name] for name in shares),
        hints[centre],
        Column("less that of all", "negative is better", numeric=True, decimals=1),
        Column("Rand index", "adjusted, of nearest-centroid labels with the classes", True, 3),
        Column("less that of all", "positive is better", numeric=True, decimals=3),
        Column("n", unit, numeric=True),
    ]


def _centroid_caption(drawn: bool, over: str) -> str:
    measured = (
        "The true centre of a topic is the mean of further documents of it. "
        if drawn
        else "True centres are not known: what is measured is how far centroids move from one half "
        "of the documents to the other. "
    )
    return (
        "A group's centroid is the mean of its documents that are significant for it, by each "
        "kernel (of all where none is), beside other means that outliers move less. "
        f"{measured}Labels are those of held-out documents by the nearest centroid. ± half-width "
        f"of the 95 % interval of the mean over the {over}. Differences are coloured where their "
        "interval excludes zero and p, corrected for the column, is at most 0.05."
    )


def _centroid_row(
    name: str, method: str, shares: list[str], centre: str, lines: Lines, paired: Lines
) -> list[Cell | str]:
    return [
        NAMES[method],
        *(_cell(lines, (name, method, share)) for share in shares),
        _cell(lines, (name, method, centre)),
        _difference(paired, name, method, centre),
        _cell(lines, (name, method, RAND_INDEX)),
        _difference(paired, name, method, RAND_INDEX),
        Cell(lines[name, method, RAND_INDEX]["n"]),
    ]


def _difference(paired: Lines, name: str, method: str, metric: str) -> Cell:
    if (name, method, metric, ALL, metric) not in paired:
        return Cell(None)
    of_column = [key for key in paired if key[2:] == (metric, ALL, metric)]
    corrected = adjusted([paired[key]["p_value"] for key in of_column])
    p = float(corrected[of_column.index((name, method, metric, ALL, metric))])
    line = dict(paired[name, method, metric, ALL, metric]) | {"p_value": p}
    scale, half = (100 if metric in _SHARES else 1), (line["high"] - line["low"]) / 2
    return Cell(
        scale * line["mean"],
        error=known(scale * half),
        emphasis=emphasis(line, "up" if metric == RAND_INDEX else "down"),
    )


def _verdicts(lines: Lines, paired: Lines, unit: str) -> Iterator[Verdict]:
    """Every claim that was measured; p corrected for the number of verdicts."""
    chosen = []
    for claim in CLAIMS:
        key = (claim.groups, HERMITE, claim.metric, claim.over, claim.over_metric)
        if key in paired:
            chosen.append((claim, paired[key]))
    p_values = adjusted([line["p_value"] for _, line in chosen])
    for (claim, line), p in zip(chosen, p_values, strict=True):
        pair = (claim.groups, HERMITE, claim.metric), (claim.groups, claim.over, claim.over_metric)
        first, second = (_cell(lines, key).shown(_decimals(key[2])) for key in pair)
        yield _verdict(claim, line, float(p), f"{first} and {second}", unit)


def _verdict(claim: Claim, line: Mapping[Any, Any], p: float, both: str, unit: str) -> Verdict:
    scale = 100 if claim.metric in _SHARES else 1
    percent = " %" if claim.metric in _SHARES else ""
    if pd.isna(line["low"]):
        return Verdict(f"Section 5.4: {claim.text('')} ({both}{percent}; one repetition).", "open")
    mean, low, high = (scale * line[key] for key in ("mean", "low", "high"))
    where = direction(line["low"], line["high"], p)
    said = "not known" if pd.isna(p) else p_text(p)
    evidence = (
        f"{both}{percent}; difference {mean:+.2g}, 95 % interval {low:+.2g} to {high:+.2g}, "
        f"corrected p {said}, n = {line['n']} {unit}"
    )
    tone = "open" if not where else "for" if where == claim.expected else "against"
    return Verdict(f"Section 5.4: {claim.text(where)} ({evidence}).", tone)  # type: ignore[arg-type]
