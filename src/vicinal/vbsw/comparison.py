"""Does VBSW beat retraining the head without weights? Paper's own counting, and fair controls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from vicinal.statistics import PairedDifference, paired_difference, standard_error

FloatArray = npt.NDArray[np.float64]
Counting = Literal["networks", "heads"]

# The weightings of every experiment, in their order along the second axis of its heads; further
# ones follow.
WEIGHTINGS = ("vbsw", "uniform", "shuffled")


@dataclass(frozen=True)
class Scores:
    """One metric of all heads of an experiment.

    test, validation : weighting -> (networks, seeds), at least the three of WEIGHTINGS; validation
        is empty without such a split.
    network : (networks,) test scores of the networks with their own heads, None where they have
        none.
    larger_is_better : False for errors.
    guess : test score of guessing without looking at the inputs; None where it is not known.
    """

    test: Mapping[str, FloatArray]
    validation: Mapping[str, FloatArray]
    network: FloatArray | None
    larger_is_better: bool
    guess: float | None = None

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
    """Best, mean and standard error of n scores of a method.

    counting : what is counted, see `summarise_methods`.
    """

    counting: Counting
    method: str
    best: float
    mean: float
    standard_error: float
    n: int


def summarise_methods(scores: Scores) -> list[Summary]:
    """The rows of the paper's tables, in both of the ways in which the paper counts.

    `networks` (tables 2 and 5), where networks have heads of their own: `baseline` is the networks;
    `vbsw`, and beside it the other weightings, the best of each network's heads on the test set;
    `gain` is g = max over heads acc(head) - acc(network).
    `heads` (tables 1, 3 and 4): all heads of each weighting, with the standard error of the
    networks' means where there are several networks; `baseline` is the networks, or, where they
    have no heads of their own, the heads with uniform weights.
    `guess` stands in both.
    """
    counted = []
    if scores.network is not None:
        rows = {name: scores.best(test) for name, test in scores.test.items()}
        sign = 1 if scores.larger_is_better else -1
        gain = sign * (rows["vbsw"] - scores.network)
        rows = {"vbsw": rows.pop("vbsw"), "baseline": scores.network, "gain": gain} | rows
        counted += _summaries("networks", rows, scores)
    rows = dict(scores.test)
    baseline = rows.pop("uniform") if scores.network is None else scores.network
    rows = {"vbsw": rows.pop("vbsw"), "baseline": baseline} | rows
    return counted + _summaries("heads", rows, scores)


def _summaries(counting: Counting, rows: dict[str, FloatArray], scores: Scores) -> list[Summary]:
    found = []
    if scores.guess is not None:
        rows["guess"] = np.array([scores.guess])
    for method, values in rows.items():
        best = values.max() if method == "gain" else scores.best(values.ravel())
        # Heads of one network are no independent evidence beside those of others.
        independent = (
            values.mean(axis=1) if values.ndim == 2 and len(values) > 1 else values.ravel()
        )
        mean, error = float(values.mean()), standard_error(independent)
        found.append(Summary(counting, method, float(best), mean, error, values.size))
    return found


def compare_weightings(
    scores: Scores, *, resamples: int, rng: np.random.Generator
) -> dict[str, PairedDifference]:
    """Gains of VBSW by name; a positive gain is an improvement, in units of the metric.

    `paper_gain_<weighting>` : best of a network's heads on the test set, less the network. It mixes
        the weights with retraining a head at all and with picking it on test data, which the
        same gain of the uniform and shuffled heads shows.
    `mean_gain_<weighting>` : the same with the mean of a network's heads in place of the best one.
    `vbsw_over_<weighting>` : mean over a network's heads; where there is but one
        network or set of features, the pairs are its seeds, and the interval tells nothing of
        other networks.
    `uniform_over_guess` : heads with uniform weights, less a guess. Where it is not above 0, the
        features tell nothing of the labels, and the other gains nothing of the weights.
    `selected_gain_<weighting>`, `selected_vbsw_over_uniform` : heads selected on validation data.

    The pairs of all others are networks: one where there is one. See `paired_difference`.
    """
    sign = 1.0 if scores.larger_is_better else -1.0
    return {
        name: paired_difference(sign * first, sign * second, resamples=resamples, rng=rng)
        for name, first, second in _pairs(scores)
    }


def unit_of(gain: str, scores: Scores) -> str:
    """What the pairs of a gain of `compare_weightings` are."""
    if "over" not in gain or gain.startswith("selected"):
        return "networks" if scores.network is not None else "sets of features"
    if scores.network is None:
        return "heads of one set of features"
    return "networks" if len(scores.network) > 1 else "heads of one network"


def _pairs(scores: Scores) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    several = scores.network is not None and len(scores.network) > 1
    others = [name for name in scores.test if name != "vbsw"]
    by_unit = {
        name: test.mean(axis=1) if several else test.ravel() for name, test in scores.test.items()
    }
    for name in others:
        yield f"vbsw_over_{name}", by_unit["vbsw"], by_unit[name]
    if scores.guess is not None:
        yield (
            "uniform_over_guess",
            by_unit["uniform"],
            np.full(by_unit["uniform"].shape, scores.guess),
        )
    if scores.validation:
        selected = {name: scores.selected(name) for name in scores.test}
        yield "selected_vbsw_over_uniform", selected["vbsw"], selected["uniform"]
    if scores.network is not None:
        for name in scores.test:
            yield f"paper_gain_{name}", scores.best(scores.test[name]), scores.network
            yield f"mean_gain_{name}", scores.test[name].mean(axis=1), scores.network
            if scores.validation:
                yield f"selected_gain_{name}", selected[name], scores.network
