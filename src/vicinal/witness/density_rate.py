"""How the error of an estimated density falls with the number of samples (theorem 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.known_densities import KnownDensity
from vicinal.witness.theorem_rate import theorem_n

FloatArray = npt.NDArray[np.float64]


def density_error(density: KnownDensity, sample: FloatArray, n: int) -> float:
    """Largest error of the estimate from a sample (N, q) on the density's grid (remark 3.3)."""
    witness = HermiteWitness(n=n, sigma=1.0, center="none", n_permutations=1)
    # The density is that of all samples: the classes, which there must be, do not matter.
    witness.fit(sample, np.arange(len(sample)) % 2)
    return float(np.abs(witness.density(density.grid) - density.value(density.grid)).max())


def density_errors(
    density: KnownDensity,
    sizes: Sequence[int],
    fixed: Sequence[int],
    *,
    smoothness: float,
    factor: float,
    repetitions: int,
    rng: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """Errors by repetition, size and n: repetition, samples, choice, n, error.

    choice : "theorem" for n of `theorem_n`, "fixed" for those of `fixed`.
    smoothness : gamma of theorem 3.1 where the density has all derivatives.
    All n have a repetition's samples in common; those of different sizes are independent.
    """
    gamma = density.smoothness or smoothness
    for repetition, own in enumerate(rng.spawn(repetitions)):
        for count, stream in zip(sizes, own.spawn(len(sizes)), strict=True):
            sample = density.draw(count, stream)
            chosen = theorem_n(count, density.q, gamma, factor)
            errors = {n: density_error(density, sample, n) for n in {chosen, *fixed}}
            for choice, n in [("theorem", chosen), *(("fixed", n) for n in fixed)]:
                line = {"repetition": repetition, "samples": count, "choice": choice, "n": n}
                yield {**line, "error": errors[n]}
