"""What the paper counts in each of its tables."""

from __future__ import annotations

import pandas as pd

# All heads, or the best head of each network; see `vicinal.vbsw.comparison.summarise_methods`.
COUNTING = {
    "table1": "heads",
    "table2": "networks",
    "table3": "heads",
    "table4": "heads",
    "table5": "networks",
    "further": "networks",
}


def counted(table: pd.DataFrame, counting: str) -> pd.DataFrame:
    """The lines of a table of methods that count this way; all where nothing else is counted.

    Networks without heads of their own have but one way. Tables of gains pass as they are.
    """
    if "counting" not in table or counting not in set(table["counting"]):
        return table
    return table[table["counting"] == counting]
