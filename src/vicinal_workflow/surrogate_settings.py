"""Settings of `gradients.problems` as what trains their surrogates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vicinal.gradients.surrogate import GradientSurrogate
from vicinal_workflow.randomness import derive_seed

_TEMPLATE = (
    "output", "alpha", "standardise", "epochs", "batch_size", "learning_rate", "decay", "polish",
)  # fmt: skip


def surrogate_template(settings: Mapping[str, Any], device: str) -> GradientSurrogate:
    """A surrogate with the settings of a problem; its hidden layers and seed are the cell's."""
    return GradientSurrogate(**{key: settings[key] for key in _TEMPLATE}, device=device)


def cell_arguments(settings: Mapping[str, Any], *, seed: int, device: str) -> dict[str, Any]:
    """What `train_cell` and `fit_cell` take beside the data, the complexity and the size.

    seed : the run's. A draw has the same initial parameters and batches at every size, and in
        every problem of the same simulator.
    """
    name = settings["simulator"]["name"]
    draws = range(settings["draws"])
    return {
        "template": surrogate_template(settings, device),
        "seeds": [derive_seed(seed, "surrogates", name, draw) for draw in draws],
        **{key: settings[key] for key in ("layers", "width_factor", "derivative")},
    }
