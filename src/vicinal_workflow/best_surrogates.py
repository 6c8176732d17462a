"""The surrogates that the likelihood stages share, read back."""

from __future__ import annotations

from collections.abc import Sequence

from vicinal.gradients.sequential import SequentialSurrogate
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.gradients.sweep import SurrogateModel
from vicinal.gradients.sweep_data import METHODS
from vicinal_workflow.checksums import whole


def read_surrogates(
    paths: Sequence[str], sizes: Sequence[int], *, steps: int
) -> dict[int, list[list[SurrogateModel]]]:
    """By number of samples, the surrogates of each of `METHODS`.

    paths : by size, then by method, then by draw.
    """
    kind = GradientSurrogate if steps == 1 else SequentialSurrogate
    draws = len(paths) // (len(sizes) * len(METHODS))
    read = iter([kind.load(whole(path), device="cpu") for path in paths])
    return {size: [[next(read) for _ in range(draws)] for _ in METHODS] for size in sizes}
