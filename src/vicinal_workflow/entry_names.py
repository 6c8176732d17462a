"""Names in a configuration that must be those of entries elsewhere in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator


def unknown_entry(path: str, name: str | None, entries: Iterable[str], where: str) -> Iterator[str]:
    """A fault where no entry bears the name; None names nothing.

    path : of the key that holds the name.     where : of the section that has the entries.
    """
    names = list(entries)
    if name is None or name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    yield f"{path}: {name!r} is not an entry of {where}{hint}; known are {', '.join(names) or '-'}"
