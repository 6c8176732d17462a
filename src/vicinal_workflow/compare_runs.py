"""Reading two results folders for the page that sets them side by side."""

from __future__ import annotations

import hashlib
import io
import os
import re

import pandas as pd

from vicinal_workflow.compare_page import Comparison
from vicinal_workflow.compare_tables import ChangedTable, compare_tables, with_kinds_of_errors
from vicinal_workflow.compare_trees import (
    COMPARISON,
    Tree,
    compare_artifacts,
    compare_circumstances,
    compare_settings,
    read_tree,
)

# Tables that a person reads; those named `measured` are lines of the comparison with the papers.
_PUBLISHED = re.compile(
    r"^\w+/(tables/(?!(\w+_)?measured\.)\w+|grids/\w+_chosen|tests/\w+_summary)\.csv$"
)
_PICTURE = re.compile(r"^\w+/figures/\w+\.png$")


def compare_runs(
    here: str | os.PathLike[str], there: str | os.PathLike[str], published: pd.DataFrame
) -> Comparison:
    """What differs between two results folders.

    published : the list of published figures.
    Raises ValueError for a folder without this workflow's manifest, for one that has nothing in
    common with the other, and for a file that is not the one that its manifest lists.
    """
    ours, theirs = read_tree(here), read_tree(there)
    artifacts = compare_artifacts(ours, theirs)
    changed = [path for path, state in artifacts.items() if state == "different"]
    tables = [_compared_comparison(ours, theirs, published)]
    for path in filter(_PUBLISHED.match, changed):
        tables.append(compare_tables(path, _table(ours, path), _table(theirs, path)))
    return Comparison(
        ours,
        theirs,
        artifacts,
        compare_settings(ours, theirs),
        compare_circumstances(ours, theirs),
        [table for table in tables if table.changed or table.only_here or table.only_there],
        {
            path: (_bytes(ours, path), _bytes(theirs, path))
            for path in filter(_PICTURE.match, changed)
        },
    )


def _compared_comparison(here: Tree, there: Tree, published: pd.DataFrame) -> ChangedTable:
    """The comparison with the papers, which no manifest lists, of the studies that both made."""
    both = [study for study in here.studies if study in there.studies]
    lines = (_table(tree, COMPARISON) for tree in (here, there))
    ours, theirs = (table[table["study"].isin(both)] for table in lines)
    return compare_tables(
        COMPARISON, *(with_kinds_of_errors(table, published) for table in (ours, theirs))
    )


def _table(tree: Tree, path: str) -> pd.DataFrame:
    content = _bytes(tree, path)
    try:
        return pd.read_csv(io.BytesIO(content))
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"{tree.folder / path}: cannot be read as a table: {error}") from error


def _bytes(tree: Tree, path: str) -> bytes:
    """A file's content. Nothing is moved or mended: the tree may be another person's."""
    found = tree.folder / path
    try:
        content = found.read_bytes()
    except FileNotFoundError:
        raise ValueError(
            f"{found}: its manifest lists this file, but it is not there any more"
        ) from None
    listed = tree.artifacts.get(path)
    if listed not in (None, hashlib.sha256(content).hexdigest()):
        raise ValueError(
            f"{found}: not the file that its manifest lists; make that run's summary anew"
        )
    return content
