"""Faults of `witness.toy` that no single key shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any


def unfit_toy(config: Mapping[str, Any]) -> Iterator[str]:
    """A ring inside out, sets that never differ, and settings that can find nothing."""
    toy = config["witness"]["toy"]
    if toy is None:
        return
    path = "witness.toy"
    if toy["inner"] >= toy["outer"]:
        yield f"{path}.inner: {toy['inner']} is not allowed; allowed is less than outer"
    if not any(difference > 0 for difference in toy["differences"]):
        yield f"{path}.differences: {toy['differences']} is not allowed; one must be above 0"
    if toy["equal"] >= toy["different"]:
        yield f"{path}.equal: {toy['equal']} is not allowed; allowed is less than different"
    if toy["level"] * (toy["permutations"] + 1) < 1 - 1e-9:
        least = math.ceil(1 / toy["level"] - 1e-9) - 1
        yield (
            f"{path}.permutations: {toy['permutations']} is not allowed; no p-value would be at "
            f"most level, {toy['level']}: allowed is at least {least}"
        )
    sigmas = {"sigma": toy["sigma"]}
    sigmas |= {f"tuning.hermite.{i}": s for i, s in enumerate(toy["tuning"]["hermite"])}
    for key, sigma in sigmas.items():
        if math.sqrt(2) * toy["n"] * sigma < toy["outer"]:
            yield (
                f"{path}.{key}: {sigma} is not allowed; the Hermite kernel vanishes beyond "
                f"sqrt(2) n sigma, within the outer radius of {toy['outer']}"
            )
