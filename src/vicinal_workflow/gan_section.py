"""The summary page's part on the GAN trained on gradients: table 2 and figure 9 in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pandas as pd

from vicinal_workflow.evidence import adjusted, direction, emphasis, known, p_text
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.gan_names import DROP, TRUE_IMAGES, WITH, WITHOUT
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

IMAGES = {
    WITHOUT: "GAN without gradients",
    WITH: "GAN with gradients",
    TRUE_IMAGES: "true images of the test split",
}
METRICS = {
    "kl": "KL divergence",
    "rmse": "RMSE",
    "frechet": "Fréchet distance",
    DROP: "drop of D's accuracy",
}
_HALF_WIDTH = "± half-width of its 95 % interval over the trials"
IMAGE_COLUMNS = (
    Column("measured is"),
    Column("images"),
    Column("mean", "± as printed, of what is not said", numeric=True, source="published"),
    Column("mean", _HALF_WIDTH, numeric=True, source="measured"),
    Column("n", "trials", numeric=True),
)
PAIRED_COLUMNS = (
    Column("measured is", "with less without gradients"),
    Column("mean difference", numeric=True),
    Column("95 % interval", "bootstrap over the trials"),
    Column("p", "Wilcoxon signed-rank test, two-sided", numeric=True, decimals=3),
    Column("n", "trials", numeric=True),
)


def gan_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from `gan_images` and `gan_paired`, as the stage wrote them.

    comparison : the study's lines.
    """
    images, paired = tables["gan_images"], tables["gan_paired"]
    shown = [_images_table(images, comparison), _paired_table(paired)]
    return shown, list(_verdicts(images, paired))


def _setting(table: pd.DataFrame) -> Setting:
    return Setting(str(table["data"].iloc[0]), str(table["scale"].iloc[0]))


def _images_table(images: pd.DataFrame, comparison: pd.DataFrame) -> Table:
    published = comparison[comparison["item"] == "table2"].set_index("metric")
    rows = [_image_row(line, published) for line in images.to_dict("records")]
    return Table(
        "Table 2: images of both GANs",
        "The paper defines neither of its metrics, so that its values and ours do not compare; "
        "those of both trainings do. Here the KL divergence is that of each pixel's grey levels, "
        "summed over the pixels, in nats, from the training images to those compared; the RMSE is "
        "of the mean images, pixels in [0, 1]; the Fréchet distance (not in the paper) is of "
        "features of a network trained on these data. Less is better, and true images have the "
        "values that a perfect generator would have. The drop of D's accuracy (figure 9) is the "
        "mean over all iterations, in percentage points.",
        IMAGE_COLUMNS,
        [Group(rows, setting=_setting(images))],
    )


def _image_row(line: Mapping[Any, Any], published: pd.DataFrame) -> list[Cell | str]:
    key = f"{line['images']} {line['metric']}"
    found = published.loc[key].to_dict() if key in published.index else {}
    return [
        METRICS[line["metric"]],
        IMAGES[line["images"]],
        Cell(known(found.get("published")), error=known(found.get("published_error"))),
        Cell(line["mean"], error=known(line["half_width"])),
        Cell(line["n"]),
    ]


def _better(metric: str) -> Literal["up", "down"]:
    """Where a metric improves: the paper takes a larger drop for the better training."""
    return "up" if metric == DROP else "down"


def _paired_table(paired: pd.DataFrame) -> Table:
    rows: list[list[Cell | str]] = [
        [
            METRICS[line["metric"]],
            Cell(line["mean"], emphasis=emphasis(line, _better(line["metric"]))),
            interval_cell(line["low"], line["high"], "one trial"),
            p_cell(line["p_value"]),
            Cell(line["n"]),
        ]
        for line in paired.to_dict("records")
    ]
    return Table(
        "Table 2, paired",
        "With less without gradients. Both GANs of a trial have initial weights, batches and noise "
        "in common, so that they are paired.",
        PAIRED_COLUMNS,
        [Group(rows, setting=_setting(paired))],
    )


def _verdicts(images: pd.DataFrame, paired: pd.DataFrame) -> Iterator[Verdict]:
    """For each metric: do gradients improve it?"""
    without = images[images["images"] == WITHOUT].set_index("metric")["mean"].to_dict()
    p_values = adjusted(paired["p_value"])
    for line, p in zip(paired.to_dict("records"), p_values, strict=True):
        yield _verdict(line, without[line["metric"]], float(p))


def _verdict(line: Mapping[Any, Any], without: float, p: float) -> Verdict:
    """p : corrected for the number of verdicts."""
    metric, mean, low, high = (line[key] for key in ("metric", "mean", "low", "high"))
    start = "GAN on gradients, figure 9:" if metric == DROP else "GAN on gradients, table 2:"
    unit = " percentage points" if metric == DROP else ""
    if pd.isna(low):
        text = f"{start} {mean:+.2g}{unit} in the {METRICS[metric]}, of one trial."
        return Verdict(text, "open")
    evidence = (
        f"95 % interval {low:+.2g} to {high:+.2g}{unit}, corrected p {p_text(p)}, "
        f"n = {line['n']} trials"
    )
    found = direction(low, high, p)
    if not found:
        text = f"{start} no difference can be told in the {METRICS[metric]} ({evidence})."
        return Verdict(text, "open")
    share = f"{abs(mean / without):.1%} of it; ".replace("%", " %") if without else ""
    does = "raise" if found == "up" else "lower"
    text = f"{start} gradients {does} the {METRICS[metric]} by {abs(mean):.2g}{unit} ({share}"
    tone: Literal["for", "against"] = "for" if found == _better(metric) else "against"
    return Verdict(f"{text}{evidence}).", tone)
