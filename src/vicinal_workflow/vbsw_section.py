"""The summary page's part on VBSW: its tables beside the paper's, and the answer in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from vicinal.metrics import UNITS
from vicinal_workflow.counting import COUNTING
from vicinal_workflow.evidence import adjusted, direction, emphasis, known, p_text
from vicinal_workflow.evidence_cells import p_cell
from vicinal_workflow.page import Cell, Column, Figure, Group, Setting, Study, Table, Verdict

TITLES = {
    "table1": "Table 1: toy experiments",
    "table2": "Table 2: images",
    "table3": "Table 3: text",
    "table4": "Table 4: label noise",
    "table5": "Table 5: beside Active Bias",
    "further": "Further experiments",
}
METHODS = {
    "vbsw": "VBSW",
    "baseline": "baseline",
    "gain": "gain per model",
    "uniform": "control: uniform weights",
    "shuffled": "control: shuffled weights",
    "inverse_frequency": "inverse class frequencies",
    "dense_weight": "DenseWeight",
    "input_space": "VBSW in input space",
    "guess": "guess: the most frequent class, or the mean",
}
WEIGHTINGS = {
    "vbsw": "VBSW",
    "uniform": "uniform weights",
    "shuffled": "its own weights, shuffled",
    "inverse_frequency": "inverse class frequencies",
    "dense_weight": "DenseWeight",
    "input_space": "VBSW in input space",
}
METHOD_COLUMNS = (
    Column("method"),
    Column("metric"),
    Column("best", numeric=True, source="published", decimals=2),
    Column("mean", "± standard error of the mean", numeric=True, source="published", decimals=2),
    Column("best", numeric=True, source="measured", decimals=2),
    Column("mean", "± standard error of the mean", numeric=True, source="measured", decimals=2),
    Column("n", "networks, or heads, whichever the paper counts", numeric=True),
)
GAIN_COLUMNS = (
    Column("gain", "a positive gain is an improvement, in percentage points or label units"),
    Column("metric"),
    Column("mean", numeric=True, decimals=3),
    Column("95 % interval", "bootstrap over the pairs"),
    Column("p", "Wilcoxon signed-rank test, two-sided", numeric=True, decimals=3),
    Column("n", "pairs: networks, or the seeds of one network", numeric=True),
)


def vbsw_section(
    methods: Mapping[str, pd.DataFrame],
    gains: Mapping[str, pd.DataFrame],
    comparison: pd.DataFrame,
    figures: Sequence[Figure],
    further: Sequence[Table] = (),
    further_verdicts: Sequence[Verdict] = (),
) -> Study:
    """The study's part of the page from its tables, by the tables' names, and further parts."""
    tables = []
    for name, table in methods.items():
        tables.append(_methods_table(name, table, comparison[comparison["item"] == name]))
        tables.append(_gains_table(name, gains[name]))
    return Study(
        name="vbsw",
        title="VBSW: weights from the local variance of the labels",
        question="Does weighting the training samples by the variance of their neighbours' labels, "
        "in the feature space of a trained network, make a better last layer than retraining it "
        "without weights?",
        verdicts=[*_verdicts(gains), *further_verdicts],
        tables=[*tables, *further],
        figures=figures,
        reference="Novello, Poëtte, Lugato, Congedo: Variance Based Samples Weighting for "
        "Supervised Deep Learning",
    )


def setting_of(part: pd.DataFrame) -> Setting:
    """The setting of the first line of a table of methods or gains."""
    scale = str(part["scale"].iloc[0])
    return Setting(str(part["data"].iloc[0]), "" if scale == "not in the paper" else scale)


def _methods_table(name: str, table: pd.DataFrame, published: pd.DataFrame) -> Table:
    groups = []
    for row, part in table.groupby("row", sort=False):
        papers = published[published["row"] == row].set_index("metric")
        rows = [_method_row(line, papers) for line in part.to_dict("records")]
        groups.append(
            Group(
                rows,
                title=_title(str(row), str(part["experiment"].iloc[0])),
                setting=setting_of(part),
            )
        )
    return Table(TITLES[name], _counting_words(name), METHOD_COLUMNS, groups)


def _counting_words(name: str) -> str:
    """How the methods of a table are counted."""
    if COUNTING[name] == "networks":
        counting = (
            "Where networks have heads of their own, VBSW is the best of a network's heads on the "
            "test set, the baseline the network itself, and the gain their difference."
        )
    else:
        counting = (
            "All heads count. The baseline is the network itself, or, where it has no head of its "
            "own, the heads with uniform weights."
        )
    noise = " Labels of training and validation samples are noisy, those of test samples clean."
    return f"Counted as the paper counts. {counting}{noise if name == 'table4' else ''}"


def _title(row: str, experiment: str) -> str:
    return row if row == experiment else f"{row}, here by {experiment}"


def _method_row(line: Mapping[Any, Any], papers: pd.DataFrame) -> list[Cell | str]:
    key = f"{line['method']} %s {line['metric']}"
    cells = [_published(papers, key % statistic) for statistic in ("best", "mean")]
    return [
        METHODS[line["method"]],
        line["metric"],
        *cells,
        Cell(line["best"]),
        Cell(line["mean"], error=known(line["standard_error"])),
        Cell(line["n"]),
    ]


def _published(papers: pd.DataFrame, key: str) -> Cell:
    if key not in papers.index:
        return Cell(None)
    found = papers.loc[key].to_dict()
    return Cell(known(found["published"]), error=known(found["published_error"]))


def _gains_table(name: str, table: pd.DataFrame) -> Table:
    groups = []
    for row, part in table.groupby("row", sort=False):
        rows = [
            [
                _gain_words(line["gain"]),
                line["metric"],
                Cell(line["mean"], emphasis=emphasis(line)),
                _interval(line["low"], line["high"]),
                p_cell(line["p_value"]),
                Cell(line["n"], title=str(line["unit"])),
            ]
            for line in part.to_dict("records")
        ]
        title = _title(str(row), str(part["experiment"].iloc[0]))
        groups.append(Group(rows, title=title, setting=setting_of(part)))
    caption = (
        "What the weights do, apart from retraining a head at all and from picking the best one "
        "on test data. All weightings share initial parameters and batches, so that the "
        "differences are paired."
    )
    return Table(f"{TITLES[name]}, with controls", caption, GAIN_COLUMNS, groups)


def _gain_words(gain: str) -> str:
    """What a gain of `compare_weightings` is, in words."""
    if gain == "selected_vbsw_over_uniform":
        return "VBSW over uniform weights, heads selected on validation data"
    if gain == "uniform_over_guess":
        return "uniform weights over a guess without features"
    for beginning, words in (
        ("vbsw_over_", "VBSW over {}, mean of the heads"),
        ("paper_gain_vbsw", "the paper's gain: best VBSW head on test data, less the network"),
        ("paper_gain_", "the same gain with {}"),
        ("mean_gain_vbsw", "mean of the VBSW heads, less the network"),
        ("mean_gain_", "mean of the heads with {}, less the network"),
        ("selected_gain_", "head of {} selected on validation data, less the network"),
    ):
        if gain.startswith(beginning):
            return words.format(WEIGHTINGS.get(gain.removeprefix(beginning)))
    raise ValueError(f"gain {gain!r} has no words")


def _interval(low: float, high: float) -> Cell:
    if pd.isna(low):
        return Cell(None, title="one pair has no interval")
    return Cell(low, text=f"{low:+.3f} to {high:+.3f}")


def _verdicts(gains: Mapping[str, pd.DataFrame]) -> Iterator[Verdict]:
    """For each experiment and metric: does VBSW beat retraining the head without weights?"""
    parts: dict[tuple[str, str], pd.DataFrame] = {}
    for table in gains.values():
        for (experiment, metric), part in table.groupby(["experiment", "metric"], sort=False):
            parts.setdefault((str(experiment), str(metric)), part.set_index("gain"))
    p_values = adjusted([float(p.at["vbsw_over_uniform", "p_value"]) for p in parts.values()])  # type: ignore[arg-type]
    for (experiment, metric), p in zip(parts, p_values, strict=True):
        yield _verdict(experiment, metric, parts[experiment, metric], float(p))


def _verdict(experiment: str, metric: str, gains: pd.DataFrame, p: float) -> Verdict:
    """p : corrected for the number of verdicts."""
    line, over_guess = gains.loc["vbsw_over_uniform"], gains.loc["uniform_over_guess"]
    mean, low, high = line["mean"], line["low"], line["high"]
    name = experiment if line["row"] == experiment else f"{experiment}` (for `{line['row']}"
    start = f"`{name}`{')' if '(' in name else ''}:"
    size = f"{abs(mean):.3g} {UNITS[metric]} of {metric}"
    if pd.isna(mean):
        return Verdict(f"{start} {metric} of some heads is not defined.", "open")
    if over_guess["mean"] <= 0 or over_guess["low"] <= 0:
        return Verdict(
            f"{start} heads with uniform weights are no better than a guess in {metric}; "
            "nothing can be said of the weights.",
            "open",
        )
    if pd.isna(low):
        better = "better" if mean > 0 else "worse"
        return Verdict(
            f"{start} VBSW is {better} than uniform weights by {size}; all heads agree, so that "
            "this is a single comparison.",
            "open",
        )
    evidence = (
        f"(95 % interval {low:+.3g} to {high:+.3g}, corrected p {p_text(p)}, "
        f"n = {line['n']} {line['unit']})"
    )
    found = direction(low, high, p)
    if found == "up":
        return Verdict(f"{start} VBSW beats uniform weights by {size} {evidence}.", "for")
    if found == "down":
        return Verdict(f"{start} VBSW loses to uniform weights by {size} {evidence}.", "against")
    return Verdict(
        f"{start} no difference between VBSW and uniform weights can be told in {metric} "
        f"{evidence}.",
        "open",
    )
