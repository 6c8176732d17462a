"""One root seed; every stage and every network derives its own."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt


def derive_seed(root: int, *names: str | int) -> int:
    """A seed in [0, 2^63) that depends on the root seed and the names, whatever else runs.

    Names are hashed before they enter `numpy.random.SeedSequence`, so that different names give
    independent streams.
    """
    digest = hashlib.sha256("\x1f".join(str(name) for name in names).encode()).digest()
    sequence = np.random.SeedSequence([root, int.from_bytes(digest, "little")])
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def drawn_rows(size: int, most: int | None, seed: int) -> npt.NDArray[np.int64]:
    """Rows of a random part of `size`, in their order; all of them where no fewer are wanted."""
    if most is None or most >= size:
        return np.arange(size)
    return np.sort(np.random.default_rng(seed).choice(size, most, replace=False))
