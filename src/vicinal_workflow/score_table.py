"""The table of an experiment's scores: one line a network, head, split and metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.data.dataset import SPLITS
from vicinal.metrics import LARGER_IS_BETTER, constant_guess, evaluate
from vicinal.vbsw.comparison import Scores

if TYPE_CHECKING:
    from vicinal.training.heads import Heads

COLUMNS = ("network", "weighting", "seed", "split", "metric", "value")
# In the column `weighting`, with a `seed` of -1: a network's own head, and a guess without inputs.
OWN_HEAD, GUESS = "network", "guess"


def score_heads(
    number: int,
    heads: Heads,
    arrays: Mapping[str, npt.NDArray[Any]],
    metrics: Sequence[str],
    weightings: Sequence[str],
) -> pd.DataFrame:
    """Scores of one network's heads on every split, of its own head if it has one, and of a guess.

    arrays : `<split>_features` (N, d), `<split>_labels` (N,) and perhaps `<split>_outputs` (N, c).
    weightings : names along the heads' second axis.
    """
    rows: list[tuple[Any, ...]] = []
    for split in SPLITS:
        if f"{split}_features" not in arrays:
            continue
        labels = arrays[f"{split}_labels"]
        outputs = heads.predict(arrays[f"{split}_features"])
        own = arrays.get(f"{split}_outputs")
        for metric in metrics:
            if own is not None:
                value = float(evaluate(own, labels, metric))
                rows.append((number, OWN_HEAD, -1, split, metric, value))
            guess = constant_guess(arrays["train_labels"], labels, metric)
            rows.append((number, GUESS, -1, split, metric, guess))
            for (seed, member), value in np.ndenumerate(evaluate(outputs, labels, metric)):
                rows.append((number, weightings[member], seed, split, metric, value))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def read_scores(table: pd.DataFrame) -> Iterator[tuple[str, Scores]]:
    """Each metric of a table of scores (all shards together), with its arrays."""
    for metric in table["metric"].unique():
        values = table[table["metric"] == metric]
        names = [name for name in values["weighting"].unique() if name not in (OWN_HEAD, GUESS)]
        splits = {
            split: {name: _grid(part[part["weighting"] == name]) for name in names}
            for split, part in values.groupby("split")
        }
        tested = values[values["split"] == "test"]
        own = tested[tested["weighting"] == OWN_HEAD]
        guesses = tested.loc[tested["weighting"] == GUESS, "value"]
        yield (
            metric,
            Scores(
                test=splits["test"],
                validation=splits.get("validation", {}),
                network=_grid(own)[:, 0] if len(own) else None,
                larger_is_better=LARGER_IS_BETTER[metric],
                guess=float(guesses.iloc[0]),
            ),
        )


def _grid(part: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Values as (networks, seeds)."""
    return part.pivot(index="network", columns="seed", values="value").to_numpy(np.float64)


def best_seed(table: pd.DataFrame, weighting: str) -> int:
    """The seed whose head scores best on the test split, by the first metric."""
    metric = table["metric"].iloc[0]
    chosen = table[
        (table["weighting"] == weighting) & (table["split"] == "test") & (table["metric"] == metric)
    ].sort_values("value", ascending=not LARGER_IS_BETTER[metric], kind="stable")
    return int(chosen["seed"].iloc[0])
