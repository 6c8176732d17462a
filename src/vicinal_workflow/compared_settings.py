"""The settings of a run beside the paper's table 8, and which of its figures were drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vicinal_workflow.vbsw_plan import VbswPlan

# Table 8 lists what tables 1 to 3 were made with.
_TABLES = ("table1", "table2", "table3")
_DRAWN = {
    "figure2": {"double_moon": "table1"},
    "figure3": {"mnist_lenet5": "table2", "cifar10_resnet20": "table2"},
}
_CLAIM = {
    "study": "vbsw",
    "item": "claim",
    "row": "cifar10_resnet20",
    "metric": "minutes of weights and heads (at most)",
    "scale": "not part of a run: benchmarks/real_data.py measures it",
}


def compared_settings(plan: VbswPlan) -> Iterator[dict[str, Any]]:
    """Lines of the comparison that no result is needed for: item, row, metric, measured, scale."""
    scales = {
        (table, row): described["scale"]
        for table in _TABLES
        for row, described in plan.described_rows(table).items()
    }
    for table in _TABLES:
        for row, name in plan.rows(table).items():
            for metric, value in _settings(plan, name).items():
                yield _line("table8", row, metric, scales[table, row], value)
    for figure, rows in _DRAWN.items():
        for row, table in rows.items():
            if (table, row) in scales:
                yield _line(figure, row, "drawn", scales[table, row], 1.0)
    for panel, described in plan.described_grids().items():
        yield _line("figure6", panel, "drawn", described["scale"], 1.0)
    yield {**_CLAIM, "measured": None}


def _line(
    item: str, row: str, metric: str, scale: str, value: float | None = None
) -> dict[str, Any]:
    line = {"item": item, "row": row, "metric": metric, "measured": value, "scale": scale}
    return {"study": "vbsw", **line}


def _settings(plan: VbswPlan, name: str) -> Mapping[str, float | None]:
    """The columns of table 8; a batch of all samples has no number here."""
    experiment = plan.config["vbsw"]["experiments"][name]
    heads = experiment["heads"]
    networks = plan.backbone(name).get("networks", 1)
    return {
        "m": experiment["m"],
        "k": experiment["k"],
        "learning rate": heads["learning_rate"],
        "batch size": heads["batch_size"],
        "epochs": heads["epochs"],
        "optimizer is adam": float(heads["optimizer"] == "adam"),
        "seeds": networks if networks > 1 else heads["count"],
    }
