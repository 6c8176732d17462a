"""What a user is told whose function cannot be run on many points at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def vectorised_errors(problem: str) -> Iterator[None]:
    """Raise what `torch.func.vmap` raises as a ValueError that begins with `problem`."""
    try:
        yield
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise ValueError(
            f"{problem}: it must consist of torch operations with forward derivatives, without "
            "Python branches on values (use torch.where) and without .item() or .numpy(); torch "
            f"says: {error}"
        ) from error
