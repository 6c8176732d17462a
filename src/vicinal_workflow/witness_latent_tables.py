"""Tables of the latent space: the classifier's verdicts summarised, and paired by autoencoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from vicinal.statistics import mean_interval, paired_student
from vicinal_workflow.evidence import claim_value, direction
from vicinal_workflow.witness_latent_claims import PUBLISHED, lines_of_claims
from vicinal_workflow.witness_latent_names import (
    AGREEMENT,
    BEST,
    CODE_PAIRS,
    CURVE,
    DROPPED,
    HERMITE,
    JUDGED,
    KEPT,
    KERNELS,
    MEASURES,
    ROW,
    SELECTIONS,
    THRESHOLD,
)

# By names of what they are of, a value for each autoencoder.
Values = Mapping[tuple[str, ...], pd.Series]


def summarise_points(points: pd.DataFrame) -> pd.DataFrame:
    """Mean and half-width of the 95 % interval over the autoencoders, of each measure.

    One line a method, selection and side. `n` counts the autoencoders that have such points.
    """
    return _summary(points, ["method", "selection", "side"], ("sigma", "share", *MEASURES))


def summarise_prototypes(prototypes: pd.DataFrame) -> pd.DataFrame:
    """The same of prototypes, one line for the codes that they are of."""
    return _summary(prototypes, ["codes"], ("used", "prototypes", *JUDGED))


def _summary(table: pd.DataFrame, keys: list[str], columns: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for names, part in table.groupby(keys, sort=False):
        line: dict[str, Any] = dict(zip(keys, names, strict=True))
        for column in columns:
            known = part[column].dropna()
            found = mean_interval(known) if len(known) else None
            line[column] = np.nan if found is None else found.mean
            line[f"{column}_half_width"] = np.nan if found is None else found.half_width
        rows.append({**line, "n": int(part[AGREEMENT].notna().sum())})
    return pd.DataFrame(rows)


def pair_latent(
    points: pd.DataFrame, curves: pd.DataFrame, prototypes: pd.DataFrame
) -> pd.DataFrame:
    """Differences within an autoencoder: mean, 95 % Student interval and p-value over them.

    One line a pair (`first` less `second`), selection and measure: points kept less those dropped,
    by the Hermite kernel; Hermite less Gaussian, at the same sigma and each at its best one;
    prototypes of one set of codes less those of another. Pairs without one of both are left out.
    """
    lines = []
    for measure in MEASURES:
        of_points = _by_repetition(points, ["method", "selection", "side"], measure)
        of_curves = _by_repetition(curves, ["method"], measure)
        lines += [{"measure": measure, **pair} for pair in _of_points(of_points, of_curves)]
    for measure in JUDGED:
        of_codes = _by_repetition(prototypes, ["codes"], measure)
        lines += [{"measure": measure, **pair} for pair in _of_prototypes(of_codes)]
    return pd.DataFrame(lines)


def measured_latent(paired: pd.DataFrame) -> pd.DataFrame:
    """The lines of the comparison: 1 where the paper's claim holds, 0 where it fails, else blank.

    paired : as `pair_latent` gives it, with `scale`.
    """
    lines = lines_of_claims(paired)
    rows = [
        {
            "study": "witness",
            "item": item,
            "row": ROW,
            "metric": metric,
            "measured": claim_value(
                direction(lines[key]["low"], lines[key]["high"], lines[key]["p_value"])
            ),
            "measured_error": np.nan,
            "n": lines[key]["n"],
            "scale": lines[key]["scale"],
        }
        for key, (item, metric) in PUBLISHED.items()
    ]
    return pd.DataFrame(rows)


def _of_points(points: Values, curves: Values) -> Iterator[dict[str, Any]]:
    own = [points[HERMITE, THRESHOLD, side] for side in (KEPT, DROPPED)]
    yield {"what": "sides", "first": KEPT, "second": DROPPED, "selection": THRESHOLD} | _paired(
        *own
    )
    for first, second in (KERNELS, BEST):
        for selection in SELECTIONS:
            both = (
                [curves[name,] for name in (first, second)]
                if selection == CURVE
                else [points[name, selection, KEPT] for name in (first, second)]
            )
            named = {"what": "kernels", "first": first, "second": second, "selection": selection}
            yield named | _paired(*both)


def _of_prototypes(codes: Values) -> Iterator[dict[str, Any]]:
    for first, second in CODE_PAIRS:
        named = {"what": "prototypes", "first": first, "second": second, "selection": ""}
        yield named | _paired(codes[first,], codes[second,])


def _by_repetition(
    table: pd.DataFrame, keys: list[str], measure: str
) -> dict[tuple[str, ...], pd.Series]:
    """The mean of a measure in each autoencoder, by the keys."""
    return {
        tuple(map(str, names)): part.groupby("repetition")[measure].mean()
        for names, part in table.groupby(keys, sort=False)
    }


def _paired(first: pd.Series, second: pd.Series) -> dict[str, Any]:
    both = pd.concat([first, second], axis=1, keys=["first", "second"]).dropna()
    if both.empty:
        nothing = dict.fromkeys(("mean", "low", "high", "p_value"), np.nan)
        return {**nothing, "n": 0}
    return asdict(paired_student(both["first"], both["second"]))
