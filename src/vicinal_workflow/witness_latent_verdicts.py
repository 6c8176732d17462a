"""What the autoencoders say of the claims on the latent plane, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vicinal_workflow.evidence import direction, p_text
from vicinal_workflow.page import Verdict
from vicinal_workflow.witness_latent_claims import CLAIMS, lines_of_claims
from vicinal_workflow.witness_latent_names import HERMITE, KEPT, THRESHOLD

Line = Mapping[Any, Any]


@dataclass(frozen=True)
class Compared:
    """The means of what is compared, and the shares that they are of.

    values : of the two, in [0, 1].     shares : of the grid's points, or of the codes.
    """

    values: tuple[float, float]
    shares: tuple[float, float]
    of: str

    def text(self) -> str:
        """The means, and the shares where these differ."""
        first, second = (f"{100 * value:.1f} %" for value in self.values)
        shares = tuple(f"{100 * share:.1f} %" for share in self.shares)
        if shares[0] == shares[1]:
            return f"{first} and {second}"
        return f"{first} (of {shares[0]} of the {self.of}) and {second} (of {shares[1]})"


def latent_verdicts(
    paired: pd.DataFrame, points: pd.DataFrame, prototypes: pd.DataFrame
) -> Iterator[Verdict]:
    """For each claim: do the autoencoders bear it out? Tables as the stage wrote them."""
    for key, line in lines_of_claims(paired).items():
        yield _verdict(CLAIMS[key], line, _compared(line, points, prototypes))


def _compared(line: Line, points: pd.DataFrame, prototypes: pd.DataFrame) -> Compared:
    names = [line["first"], line["second"]]
    keys: list[Any] = names
    if line["what"] == "sides":
        keys = [(HERMITE, THRESHOLD, side) for side in names]
    elif line["what"] == "kernels":
        keys = [(kernel, line["selection"], KEPT) for kernel in names]
    of_codes = line["what"] == "prototypes"
    means = (
        prototypes.set_index("codes")
        if of_codes
        else points.set_index(["method", "selection", "side"])
    )
    values, shares = (
        means[column].to_dict() for column in (line["measure"], "used" if of_codes else "share")
    )
    return Compared(
        (values[keys[0]], values[keys[1]]),
        (shares[keys[0]], shares[keys[1]]),
        "codes" if of_codes else "points",
    )


def _verdict(claim: str, line: Line, both: Compared) -> Verdict:
    """line : with a p-value that is corrected."""
    p = line["p_value"]
    if pd.isna(line["mean"]):
        return Verdict(f"{claim}: nothing to compare, for one of both has none.", "open")
    start = f"{claim}: {both.text()}"
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
