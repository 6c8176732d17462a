"""Does VBSW beat retraining the head without weights? Paper's own counting, and fair controls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.statistics import PairedDifference, paired_difference, standard_error

FloatArray = npt.NDArray[np.float64]

# The order of the weightings along the second axis of an experiment's heads.
WEIGHTINGS = ("vbsw", "uniform", "shuffled")


@dataclass(frozen=True)
class Scores:
    """One metric of all heads of an experiment.

    test, validation : weighting -> (networks, seeds); validation is empty without such a split.
    network : (networks,) test scores of the networks with their own heads, None where they have
        none.
    larger_is_better : False for errors.
    """

    test: Mapping[str, FloatArray]
    validation: Mapping[str, FloatArray]
    network: FloatArray | None
    larger_is_better: bool

    def best(self, scores: FloatArray) -> FloatArray:
        """The best over the last axis; a score that is not a number is never the best."""
        best: FloatArray = scores.max(axis=-1, where=~np.isnan(scores), initial=-np.inf)
        if not self.larger_is_better:
            best = scores.min(axis=-1, where=~np.isnan(scores), initial=np.inf)
        return np.where(np.isfinite(best), best, np.nan)

    def selected(self, weighting: str) -> FloatArray:
        """Test scores (networks,) of the heads that are best on the validation split."""
        validation = self.validation[weighting]
        validation = validation if self.larger_is_better else -validation
        chosen = np.where(np.isnan(validation), -np.inf, validation).argmax(axis=-1)
        selected: FloatArray = np.take_along_axis(self.test[weighting], chosen[:, None], -1)[:, 0]
        return selected


@dataclass(frozen=True)
class Summary:
    """Best, mean and standard error of n scores of a method."""

    method: str
    best: float
    mean: float
    standard_error: float
    n: int


def summarise_methods(scores: Scores) -> list[Summary]:
    """The rows of the paper's tables, counted as the paper counts.

    With networks of their own heads (table 2): `baseline` is the networks; `vbsw`, and beside it
    `uniform` and `shuffled`, the best of each network's heads on the test set; `gain` is
    g = max over heads acc(head) - acc(network). Without (tables 1, 3): all seeds of each
    weighting, `baseline` being the uniform one.
    """
    if scores.network is None:
        rows = {name: scores.test[name].ravel() for name in WEIGHTINGS}
        rows["baseline"] = rows.pop("uniform")
    else:
        rows = {name: scores.best(scores.test[name]) for name in WEIGHTINGS}
        rows["baseline"] = scores.network
        sign = 1 if scores.larger_is_better else -1
        rows["gain"] = sign * (rows["vbsw"] - scores.network)
    order = [name for name in ("vbsw", "baseline", "gain", "uniform", "shuffled") if name in rows]
    return [
        Summary(
            name,
            float(rows[name].max() if name == "gain" else scores.best(rows[name])),
            float(rows[name].mean()),
            standard_error(rows[name]),
            len(rows[name]),
        )
        for name in order
    ]


def compare_weightings(
    scores: Scores, *, resamples: int, rng: np.random.Generator
) -> dict[str, PairedDifference]:
    """Gains of VBSW by name; a positive gain is an improvement, in units of the metric.

    `paper_gain_<weighting>` : best of a network's heads on the test set, less the network. It mixes
        the weights with retraining a head at all and with picking it on test data, which the
        same gain of the uniform and shuffled heads shows.
    `vbsw_over_uniform`, `vbsw_over_shuffled` : mean over a network's heads; where there is but one
        network or set of features, the pairs are its seeds, and the interval tells nothing of
        other networks.
    `selected_gain_<weighting>`, `selected_vbsw_over_uniform` : heads selected on validation data.

    The pairs of all others are networks: one where there is one. See `paired_difference`.
    """
    sign = 1.0 if scores.larger_is_better else -1.0
    return {
        name: paired_difference(sign * first, sign * second, resamples=resamples, rng=rng)
        for name, first, second in _pairs(scores)
    }


def _pairs(scores: Scores) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    several = scores.network is not None and len(scores.network) > 1
    by_unit = {
        name: test.mean(axis=1) if several else test.ravel() for name, test in scores.test.items()
    }
    yield "vbsw_over_uniform", by_unit["vbsw"], by_unit["uniform"]
    yield "vbsw_over_shuffled", by_unit["vbsw"], by_unit["shuffled"]
    if scores.validation:
        selected = {name: scores.selected(name) for name in WEIGHTINGS}
        yield "selected_vbsw_over_uniform", selected["vbsw"], selected["uniform"]
    if scores.network is not None:
        for name in WEIGHTINGS:
            yield f"paper_gain_{name}", scores.best(scores.test[name]), scores.network
            if scores.validation:
                yield f"selected_gain_{name}", selected[name], scores.network
