"""Surrogates as `.safetensors` files: parameters, units, and what they were made with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vicinal.gradients.double_backpropagation import Output
from vicinal.gradients.networks import Networks
from vicinal.gradients.standardisation import Units

FORMAT = 1


def write_surrogate(
    path: str | os.PathLike[str], networks: Networks, units: Units, description: Mapping[str, Any]
) -> None:
    """Write networks and their units; the same ones give the same bytes.

    A reader sees the old file or the whole new one, whatever kills the writer.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in networks.parameters().items()
    }
    tensors |= {name: torch.tensor(array).contiguous() for name, array in units.arrays().items()}
    # One entry: the format leaves the order of several to chance, and with it the bytes.
    described = json.dumps({"format": FORMAT, **description}, sort_keys=True, default=_plain)
    temporary = target.with_name(f".{target.name}.partial")
    try:
        save_file(tensors, temporary, {"vicinal": described})
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def read_surrogate(
    path: str | os.PathLike[str], kind: str
) -> tuple[dict[str, Tensor], Units, dict[str, Any]]:
    """Parameters, units and description of a surrogate of the class named `kind`.

    Raises ValueError for a damaged file and for one that holds something else.
    """
    try:
        with safe_open(path, framework="pt") as file:
            described = json.loads((file.metadata() or {}).get("vicinal", "{}"))
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as a surrogate: {error}") from error
    if described.get("kind") != kind or described.get("format") != FORMAT:
        found = described.get("kind", "no surrogate"), described.get("format")
        raise ValueError(
            f"{path}: holds {found[0]} of format {found[1]}; needed is {kind} of format {FORMAT}"
        )
    names = list(Units.__dataclass_fields__)
    units = Units.from_arrays({name: tensors.pop(name).numpy() for name in names})
    return tensors, units, described


def as_networks(tensors: Mapping[str, Tensor], output: Output, device: torch.device) -> Networks:
    """The networks whose `parameters()` these are, on a device."""
    weights, biases = (
        [tensors[f"{layer}.{part}"].to(device) for layer in range(len(tensors) // 2)]
        for part in ("weight", "bias")
    )
    return Networks(weights, biases, output).pick(slice(None))


def _plain(value: Any) -> Any:
    """Arrays and NumPy's numbers as JSON takes them."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be saved with a surrogate")
