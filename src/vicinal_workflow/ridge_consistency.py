"""Faults of `gradients.ridge` that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def unfit_ridge(config: Mapping[str, Any]) -> Iterator[str]:
    """Axes of penalties to choose from that do not rise."""
    ridge = config["gradients"]["ridge"]
    if ridge is None:
        return
    for name, axis in ridge["tuned"].items():
        low, high, count = (axis[key] for key in ("from", "to", "count"))
        if low > high or (low == high and count > 1):
            yield (
                f"gradients.ridge.tuned.{name}: from {low} to {high} are no {count} values; `to` "
                "must be above"
            )
