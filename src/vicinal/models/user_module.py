"""A user's own network as a frozen backbone: a TorchScript file, or a factory in a Python module.

Both run the user's code: a TorchScript file holds a program, which `torch.jit.load` runs as such,
and a factory is Python. Use only files whose origin you trust. Nothing is unpickled by Python.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vicinal.data.dataset import kind_of_inputs
from vicinal.models.module_files import module_files


def load_user_module(source: str, folder: Path = Path(), seed: int = 0) -> nn.Module:
    """The network that `source` names, in evaluation mode and without gradients.

    source : path of a TorchScript file (`torch.jit.save`), or `package.module:factory`, where
        `factory()` returns a torch module. Modules are looked for in `folder` first.
    seed : of the random parameters that a factory may draw on the CPU.

    Raises ValueError where the file is missing or no TorchScript, where the module or factory
    cannot be imported, and where the factory returns something else. What the factory itself
    raises is passed on.
    """
    if ":" not in source:
        module = _from_torchscript(*module_files(source, folder))
    else:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            module = _from_factory(source, folder)
    for parameter in module.parameters():  # a script module has no requires_grad_ of its own
        parameter.requires_grad_(False)
    return module.eval()


@torch.inference_mode()
def user_features(
    module: nn.Module,
    inputs: npt.NDArray[Any],
    *,
    device: torch.device | str = "cpu",
    batch_size: int = 256,
) -> npt.NDArray[np.float32]:
    """Features (N, d) of raw inputs, as the user's module gives them for batches.

    inputs : images uint8 (N, C, H, W) come to the module as a uint8 tensor, tables (N, d) as a
        float32 tensor, texts as a list of lists of one or two strings.
    Raises ValueError where it does not return a floating tensor (batch, d), and names the first
    sample whose features are not finite.
    """
    kind = kind_of_inputs(inputs)
    module = module.to(device)
    features: list[Tensor] = []
    for start in range(0, len(inputs), batch_size):
        rows = inputs[start : start + batch_size]
        if kind == "text":
            batch = rows.tolist()
        else:
            dtype = torch.uint8 if kind == "image" else torch.float32
            batch = torch.as_tensor(rows).to(device, dtype)
        found = module(batch)
        _check_features(found, len(rows), start, tuple(rows.shape))
        features.append(found.to("cpu", torch.float32))
    if len({part.shape[1] for part in features}) > 1:
        raise ValueError("the module returns features of another width in another batch")
    return torch.cat(features).numpy()


def _check_features(found: object, count: int, start: int, shape: tuple[int, ...]) -> None:
    if isinstance(found, Tensor):
        what = f"{found.dtype} of shape {tuple(found.shape)}"
    else:
        what = type(found).__name__
    if not (
        isinstance(found, Tensor)
        and found.is_floating_point()
        and found.ndim == 2
        and len(found) == count
        and found.shape[1] > 0
    ):
        raise ValueError(
            f"the module returns {what} for inputs of shape {shape}; features are a floating "
            f"tensor ({count}, d)"
        )
    for row in (~found.isfinite().all(dim=1)).nonzero().flatten().tolist():
        raise ValueError(f"the module's features of sample {start + row} are not finite")


def _from_torchscript(path: Path) -> nn.Module:
    try:
        module: nn.Module = torch.jit.load(str(path), map_location="cpu")
    except RuntimeError as error:
        raise ValueError(
            f"{path}: no TorchScript ({str(error).splitlines()[0]}); write it by torch.jit.save, "
            "or name a factory that builds the network as `package.module:factory`"
        ) from error
    return module


def _from_factory(source: str, folder: Path) -> nn.Module:
    module = call_factory(source, folder)
    if not isinstance(module, nn.Module):
        raise ValueError(
            f"module {source!r}: {source.partition(':')[2]}() returns {type(module).__name__}; a "
            "torch.nn.Module is needed"
        )
    return module


def call_factory(source: str, folder: Path = Path()) -> Any:
    """What the user's function `package.module:factory` returns when it is called.

    Modules are looked for in `folder` first. Raises ValueError where the module or the factory
    cannot be imported; what the factory itself raises is passed on.
    """
    name, _, attribute = source.partition(":")
    with _importable(folder):
        try:
            factory = getattr(importlib.import_module(name), attribute)
        except ImportError as error:
            raise ValueError(f"module {source!r}: {name} cannot be imported: {error}") from error
        except AttributeError as error:
            raise ValueError(f"module {source!r}: {name} has no {attribute!r}") from error
        if not callable(factory):
            raise ValueError(f"module {source!r}: {attribute} is {factory!r}; a function is needed")
        return factory()


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Look for modules in `folder` first; a script's own folder is what Python looks in else."""
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        sys.path.remove(entry)
