"""The witness, and scores of the networks' own, at the last hidden layers of an experiment."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.risk_coverage import selective_risks
from vicinal.witness.bandwidth import median_nearest_distance
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.rejection import (
    HiddenLayer,
    least_mean,
    nearness,
    negative_entropy,
    principal_components,
    softmax_gap,
)
from vicinal_workflow.randomness import drawn_rows
from vicinal_workflow.witness_rejection_names import (
    ALONE,
    CHOSEN,
    ENTROPY,
    HERMITE,
    KERNELS,
    NEARNESS,
    PAPERS,
    RULES,
    SOFTMAX_GAP,
    Kernel,
    witness_score,
)

Arrays = Mapping[str, npt.NDArray[Any]]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class NetworkSamples:
    """What one network makes of its data.

    training : samples that the witness is of.     choosing : those that its sigma is chosen on.
    points : test points, the same ones for all networks.     seed : of permutations.
    """

    training: HiddenLayer
    choosing: HiddenLayer
    points: HiddenLayer
    seed: int

    @cached_property
    def nearest_distance(self) -> float:
        """The paper's sigma: median distance of training samples from their nearest other."""
        return median_nearest_distance(np.asarray(self.training.features, dtype=np.float64))


def network_samples(
    features: Arrays, place: int, own: Settings, *, seed: int, test_seed: int
) -> NetworkSamples:
    """The samples of the network at `place` of a shard's features.

    features : as `write_features` wrote them.     own : the experiment's settings.
    seed : of the draw of training samples, and of permutations.     test_seed : of the test
    points that are set apart, the same for all networks.

    Raises ValueError with the setting's key where there are no points to choose on.
    """
    layers = {
        split: HiddenLayer(
            features[f"{split}_features"][place],
            features[f"{split}_outputs"][place],
            features[f"{split}_labels"],
        )
        for split in ("train", "validation", "test")
        if f"{split}_features" in features
    }
    training, points, choosing = layers["train"], layers["test"], layers.get("validation")
    training = training.part(drawn_rows(len(training.labels), own["samples"], seed))
    if own["held_out"] > 0:
        order = np.random.default_rng(test_seed).permutation(len(points.labels))
        size = max(1, round(own["held_out"] * len(order)))
        choosing, points = points.part(np.sort(order[:size])), points.part(np.sort(order[size:]))
    if choosing is None:
        raise ValueError("held_out: 0 needs a validation split, and the data set has none")
    return _reduced(NetworkSamples(training, choosing, points, seed), own["components"])


def _reduced(samples: NetworkSamples, components: int | None) -> NetworkSamples:
    layers = (samples.training, samples.choosing, samples.points)
    features = principal_components(
        layers[0].features, [layer.features for layer in layers[1:]], components
    )
    training, choosing, points = (
        HiddenLayer(array, layer.outputs, layer.labels)
        for array, layer in zip(features, layers, strict=True)
    )
    return NetworkSamples(training, choosing, points, samples.seed)


@dataclass(frozen=True)
class WitnessReading:
    """The witness at (M,) points.

    ratio : the largest threshold factor at which they are significant.     predicted : classes.
    sigma : unit of length.     outside : share of the points that the kernel does not reach.
    """

    ratio: npt.NDArray[np.float64]
    predicted: npt.NDArray[Any]
    sigma: float
    outside: float

    def score(self, points: HiddenLayer, rule: str) -> npt.NDArray[np.float64]:
        """By what predictions of the network are kept: what is larger, first."""
        agrees = self.predicted == points.predicted
        return self.ratio if rule == ALONE else np.where(agrees, self.ratio, -self.ratio)


def read_witness(
    samples: NetworkSamples, points: HiddenLayer, kernel: Kernel, scale: float, own: Settings
) -> WitnessReading:
    """The witness of the training samples at some points.

    scale : sigma in units of the median distance between nearest neighbours (the paper: 1).
    """
    witness = HermiteWitness(
        own["n"],
        scale * samples.nearest_distance,
        own["center"],
        own["permutations"],
        kernel=kernel,
        device=own["device"],
        random_state=samples.seed,
    )
    with warnings.catch_warnings():
        # What lies out of reach is among the results.
        warnings.filterwarnings("ignore", message=r"\d+% of the (samples|points) lie farther")
        witness.fit(samples.training.features, samples.training.labels)
        found = witness.test(points.features)
    distance = np.linalg.norm(points.features - witness.center_, axis=1) / witness.sigma_
    reach = np.sqrt(2) * own["n"] if kernel == HERMITE else np.inf
    return WitnessReading(
        found.ratio,
        found.predicted,
        float(witness.sigma_),
        float(np.mean(distance > reach)),
    )


def measure_scales(networks: Sequence[NetworkSamples], own: Settings) -> pd.DataFrame:
    """How well each kernel rejects at each multiple of the paper's sigma, on the choosing points.

    One line a network, kernel, scale and rule: sigma, the share of points `outside` the kernel's
    reach, the `area` under the risk-coverage curve, how many `points` there are and `errors` among
    them, and whether the scale is the `chosen` one: that of the least mean area.
    """
    rows: list[dict[str, Any]] = []
    for number, samples in enumerate(networks):
        points = samples.choosing
        for kernel, scale in itertools.product(KERNELS, own["scales"]):
            found = read_witness(samples, points, kernel, scale, own)
            line = {"network": number, "kernel": kernel, "scale": scale, "sigma": found.sigma}
            line |= {"points": len(points.wrong), "errors": int(points.wrong.sum())}
            for rule in RULES:
                area = selective_risks(found.score(points, rule), points.wrong).mean()
                rows.append({**line, "outside": found.outside, "rule": rule, "area": area})
    table = pd.DataFrame(rows)
    best = chosen_scales(table)
    pairs = zip(table["kernel"], table["rule"], table["scale"], strict=True)
    return table.assign(chosen=[best[kernel, rule] == scale for kernel, rule, scale in pairs])


def chosen_scales(scales: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Kernel and rule -> the multiple of the paper's sigma that has the least mean area."""
    found = {}
    for (kernel, rule), part in scales.groupby(["kernel", "rule"], sort=False):
        areas = part.pivot(index="network", columns="scale", values="area")
        multiples = [float(scale) for scale in areas.columns]
        found[str(kernel), str(rule)] = multiples[least_mean(areas.to_numpy(), multiples)]
    return found


def measure_points(
    networks: Sequence[NetworkSamples], chosen: Mapping[tuple[str, str], float], own: Settings
) -> dict[str, npt.NDArray[Any]]:
    """All scores of the test points, (S, M) arrays of S networks and M points.

    chosen : kernel and rule -> the best multiple of sigma.

    `predicted` by the network, and the true `labels`. `score_<name>`: what is larger is kept first;
    of the witnesses the ratio to the threshold, below 0 where the rule asks for agreement and there
    is none. `predicted_<name>`: their classes. `scale_<name>`, `sigma_<name>`, `outside_<name>`:
    (S,) of the witnesses. `choosing_points`, `choosing_errors`: (S,), how many predictions, and
    errors among them, the choice of scales rests on.
    """
    parts = [dict(_of_network(samples, chosen, own)) for samples in networks]
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}


def _of_network(
    samples: NetworkSamples, chosen: Mapping[tuple[str, str], float], own: Settings
) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    points = samples.points
    yield "predicted", points.predicted
    yield "labels", points.labels
    yield "choosing_points", np.array(len(samples.choosing.wrong))
    yield "choosing_errors", np.array(samples.choosing.wrong.sum())
    yield f"score_{SOFTMAX_GAP}", softmax_gap(points.outputs)
    yield f"score_{ENTROPY}", negative_entropy(points.outputs)
    near = nearness(samples.training.features, points.features, own["neighbours"])
    yield f"score_{NEARNESS}", near
    for kernel in KERNELS:
        scales = sorted({1.0, *(chosen[kernel, rule] for rule in RULES)})
        readings = {scale: read_witness(samples, points, kernel, scale, own) for scale in scales}
        for rule in RULES:
            for name_of_scale, scale in ((PAPERS, 1.0), (CHOSEN, chosen[kernel, rule])):
                name, found = witness_score(kernel, rule, name_of_scale), readings[scale]
                yield f"score_{name}", found.score(points, rule)
                yield f"predicted_{name}", found.predicted
                yield f"scale_{name}", np.array(scale)
                yield f"sigma_{name}", np.array(found.sigma)
                yield f"outside_{name}", np.array(found.outside)
