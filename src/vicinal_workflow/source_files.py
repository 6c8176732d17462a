"""Which of the project's modules a script runs, so that a rule can name them as inputs.

Snakemake reruns a job when its script changes, but not when a module that the script imports does.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

PACKAGES = ("vicinal", "vicinal_workflow")


def modules_of(script: Path, source: Path, *, lazy: bool = True) -> list[str]:
    """Paths of all modules below `source` that a script imports, directly or through others.

    lazy : count imports inside functions too. Package files (`__init__.py`) are left out: they
        hold no code here.
    Raises FileNotFoundError for an import that names no module of the project.
    """
    return _closure(_imports(script, source, lazy), source, lazy)


def modules_of_function(function: Callable[..., Any], source: Path) -> list[str]:
    """Paths of all modules that a function imports in its body, directly or through others."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found = _imported(tree, source, function.__name__, lazy=True)
    return _closure(found, source, lazy=True)


def _closure(first: Iterable[Path], source: Path, lazy: bool) -> list[str]:
    found: set[Path] = set()
    waiting = list(first)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += _imports(module, source, lazy)
    return sorted(str(path) for path in found)


@cache
def _imports(path: Path, source: Path, lazy: bool) -> tuple[Path, ...]:
    return _imported(ast.parse(path.read_text("utf-8"), str(path)), source, str(path), lazy)


def _imported(tree: ast.Module, source: Path, importer: str, lazy: bool) -> tuple[Path, ...]:
    paths: list[Path] = []
    for node in ast.walk(tree) if lazy else tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                paths += _files(alias.name, [], source, importer)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            members = [alias.name for alias in node.names]
            paths += _files(node.module, members, source, importer)
    return tuple(paths)


def _files(module: str, members: list[str], source: Path, importer: str) -> list[Path]:
    if module.split(".")[0] not in PACKAGES:
        return []
    base = source.joinpath(*module.split("."))
    if base.with_suffix(".py").is_file():
        return [base.with_suffix(".py")]
    if base.is_dir():
        return [file for name in members if (file := base / f"{name}.py").is_file()]
    raise FileNotFoundError(f"{importer} imports {module}, which is not below {source}")
