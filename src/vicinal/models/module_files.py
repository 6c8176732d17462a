"""The file behind a user's own network, found without importing it (or torch)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def module_files(source: str, folder: Path = Path()) -> list[Path]:
    """The file that `source` names: of TorchScript, or of the Python module if it is in `folder`.

    Empty for a module that is installed elsewhere. Nothing is imported.
    Raises ValueError where the TorchScript file is missing, and where no such module is found.
    """
    if ":" not in source:
        if not (folder / source).is_file():
            raise ValueError(
                f"{folder / source}: no such file; a module is a TorchScript file or "
                "`package.module:factory`"
            )
        return [folder / source]
    base = folder.joinpath(*source.partition(":")[0].split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    found = [path for path in candidates if path.is_file()][:1]
    package = source.partition(":")[0].partition(".")[0]
    if not found and find_spec(package) is None:
        raise ValueError(f"no module {package!r} in {folder.resolve()}, and none is installed")
    return found
