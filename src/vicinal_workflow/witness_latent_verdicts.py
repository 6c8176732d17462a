"""What the autoencoders say of the claims on the latent plane, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.evidence import direction, p_text
from vicinal_workflow.page import Verdict
from vicinal_workflow.witness_latent_claims import CLAIMS, lines_of_claims
from vicinal_workflow.witness_latent_names import HERMITE, KEPT, THRESHOLD

Line = Mapping[Any, Any]


def latent_verdicts(
    paired: pd.DataFrame, points: pd.DataFrame, prototypes: pd.DataFrame
) -> Iterator[Verdict]:
    """For each claim: do the autoencoders bear it out? Tables as the stage wrote them."""
    for key, line in lines_of_claims(paired).items():
        yield _verdict(CLAIMS[key], line, _values(line, points, prototypes))


def _values(line: Line, points: pd.DataFrame, prototypes: pd.DataFrame) -> tuple[float, float]:
    """The means of what is compared."""
    measure = line["measure"]
    if line["what"] == "prototypes":
        means = prototypes.set_index("codes")[measure].to_dict()
        return means[line["first"]], means[line["second"]]
    of_points = points.set_index(["method", "selection", "side"])[measure].to_dict()
    if line["what"] == "sides":
        first, second = (of_points[HERMITE, THRESHOLD, line[k]] for k in ("first", "second"))
        return first, second
    first, second = (of_points[line[k], line["selection"], KEPT] for k in ("first", "second"))
    return first, second


def _verdict(claim: str, line: Line, both: tuple[float, float]) -> Verdict:
    """both : the means of what is compared.     line : with a p-value that is corrected."""
    p = line["p_value"]
    if pd.isna(line["mean"]):
        return Verdict(f"{claim}: nothing to compare, for one of both has none.", "open")
    start = f"{claim}: {100 * both[0]:.1f} % and {100 * both[1]:.1f} %"
    if pd.isna(line["low"]):
        return Verdict(f"{start}, in one autoencoder.", "open")
    evidence = (
        f"difference {100 * line['mean']:+.1f} percentage points, 95 % interval "
        f"{100 * line['low']:+.1f} to {100 * line['high']:+.1f}, corrected p {p_text(p)}, "
        f"n = {line['n']} autoencoders"
    )
    found = direction(line["low"], line["high"], p)
    if not found:
        return Verdict(f"{start}; no difference can be told ({evidence}).", "open")
    return Verdict(f"{start} ({evidence}).", "for" if found == "up" else "against")
