"""Witnesses of the codes of an autoencoder, and a classifier's verdict on what is decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.models.vae import VAE, decode_codes
from vicinal.statistics import mean_of_chosen
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.latent_space import (
    class_prototypes,
    has_code_nearby,
    means_of_strongest,
    nearest_codes,
)
from vicinal.witness.latent_tests import LatentTest, most_accurate_sigma, verdicts_on
from vicinal_workflow.randomness import drawn_rows
from vicinal_workflow.witness_latent_names import (
    AGREEMENT,
    ALL,
    ALL_CODES,
    CLASS_ONLY,
    CODES,
    CONFIDENCE,
    DROPPED,
    EQUAL,
    GAUSSIAN,
    GAUSSIAN_CLASS_ONLY,
    HERMITE,
    KEPT,
    KERNELS,
    METHODS,
    NEARBY,
    SIGNIFICANT_ONLY,
    THRESHOLD,
    TRIMMED,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Settings = Mapping[str, Any]
# Shares of the grid points that a curve is of.
SHARES = np.arange(1, 21) / 20


@dataclass(frozen=True)
class LatentFindings:
    """What the witnesses of one autoencoder's codes find.

    sigmas, tests : by method; the tests are of the M grid points.
    nearby : (M,) whether a code lies within one step of the grid.
    prototypes : (classes, components, 2) by the codes that mixtures are fitted to.
    used : number of those codes.
    """

    sigmas: dict[str, float]
    tests: dict[str, LatentTest]
    nearby: BoolArray
    prototypes: dict[str, FloatArray]
    used: dict[str, int]


def explore_space(
    codes: FloatArray,
    labels: IntArray,
    grid: FloatArray,
    own: Settings,
    *,
    classes: int,
    seed: int,
    device: str,
) -> LatentFindings:
    """Test grid points and codes by each kernel, and fit mixtures to sets of codes.

    codes : (N, 2) of images with labels (N,).     grid : (M, 2).     own : the part's settings.
    classes : how many there are.     seed : of permutations (the same for all methods), of the
    codes that prototypes are of, of mixtures.
    """
    rows = drawn_rows(len(codes), own["codes"], seed)
    part, part_labels = codes[rows], labels[rows]
    mixture = {"classes": classes, "components": own["components"], "seed": seed}
    of_codes: dict[str, LatentTest] = {}
    sigmas: dict[str, float] = {}
    tests: dict[str, LatentTest] = {}
    for kernel in KERNELS:
        make = _witnesses(kernel, own, seed, device)
        best = most_accurate_sigma(make, codes, labels, own["sigmas"][kernel], seed=seed)
        sigmas |= {kernel: own["sigma"], f"{kernel}_best": best}
        witness = make(own["sigma"]).fit(codes, labels)
        tests[kernel], of_codes[kernel] = verdicts_on(witness, grid, part)
        (tests[f"{kernel}_best"],) = verdicts_on(make(best).fit(codes, labels), grid)
    chosen = _chosen_codes(part, part_labels, of_codes)
    return LatentFindings(
        sigmas,
        tests,
        has_code_nearby(grid, codes, 2 * own["extent"] / (own["grid"] - 1)),
        {name: class_prototypes(part, part_labels, c, **mixture) for name, c in chosen.items()},
        {name: int(c.sum()) for name, c in chosen.items()},
    )


def _chosen_codes(
    codes: FloatArray, labels: IntArray, tests: Mapping[str, LatentTest]
) -> dict[str, BoolArray]:
    """Which of the codes (N, 2) mixtures are fitted to, as `CODES` names them.

    tests : of the codes, by kernel.
    """
    own = {kernel: test.classes == labels for kernel, test in tests.items()}
    chosen = {kernel: tests[kernel].kept & own[kernel] for kernel in KERNELS}
    chosen |= {
        ALL_CODES: np.ones(len(codes), dtype=bool),
        SIGNIFICANT_ONLY: tests[HERMITE].kept,
        CLASS_ONLY: own[HERMITE],
        TRIMMED: nearest_codes(codes, labels, chosen[HERMITE]),
        GAUSSIAN_CLASS_ONLY: own[GAUSSIAN],
    }
    return {name: chosen[name] for name in CODES}


def _witnesses(
    kernel: str, own: Settings, seed: int, device: str
) -> Callable[[float], HermiteWitness]:
    """Witnesses by sigma, not fitted."""
    return lambda sigma: HermiteWitness(
        own["n"],
        sigma,
        n_permutations=own["permutations"],
        threshold_factor=own["threshold_factor"],
        kernel=kernel,  # type: ignore[arg-type]
        device=device,
        random_state=seed % 2**32,
    )


def judged_points(
    repetition: int, found: LatentFindings, probabilities: FloatArray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What decoded grid points are worth, and the same by the share that is kept.

    probabilities : (M, classes), the classifier's.
    The first has a line a method, selection and side; the second one a method and share.
    """
    parts = [_judged(found, method, probabilities) for method in METHODS]
    lines, curves = (pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))
    for table in (lines, curves):
        table.insert(0, "repetition", repetition)
    return lines, curves


def _judged(
    found: LatentFindings, method: str, probabilities: FloatArray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    test, size = found.tests[method], len(probabilities)
    values = {
        AGREEMENT: probabilities.argmax(axis=1) == test.classes,
        CONFIDENCE: probabilities.max(axis=1),
        NEARBY: found.nearby,
    }
    start = {"method": method, "sigma": found.sigmas[method]}
    lines = []
    for side, chosen in ((KEPT, test.kept), (DROPPED, ~test.kept), (ALL, test.kept | True)):
        means = {name: mean_of_chosen(each, chosen) for name, each in values.items()}
        line = {**start, "selection": THRESHOLD, "side": side, "share": chosen.mean()}
        lines.append({**line, **means})
    strongest = {name: means_of_strongest(test.ratio, each) for name, each in values.items()}
    count = int(found.tests[HERMITE].kept.sum())
    means = {name: each[count - 1] if count else np.nan for name, each in strongest.items()}
    line = {**start, "selection": EQUAL, "side": KEPT, "share": count / size}
    lines.append({**line, **means})
    places = np.ceil(SHARES * size).astype(int) - 1
    curve = {name: each[places] for name, each in strongest.items()}
    return pd.DataFrame(lines), pd.DataFrame({"method": method, "share": SHARES, **curve})


def decode_prototypes(
    vae: VAE, findings: Sequence[LatentFindings]
) -> dict[str, npt.NDArray[np.uint8]]:
    """Images (R, classes * components, C, H, W) of all prototypes, by the codes they are of.

    findings : of each of the R autoencoders. A missing prototype's image is that of the origin.
    """
    flat = {
        name: np.nan_to_num(np.stack([found.prototypes[name].reshape(-1, 2) for found in findings]))
        for name in findings[0].prototypes
    }
    return {name: decode_codes(vae, codes) for name, codes in flat.items()}


def judged_prototypes(
    repetition: int, found: LatentFindings, probabilities: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """A line for each set of codes: how often the classifier gives a prototype its own class.

    probabilities : (classes * components, classes) of the decoded prototypes, by the codes.

    Classes that have too few codes of one set for a mixture are left out of all.
    """
    known = np.all([np.isfinite(p).all(axis=(1, 2)) for p in found.prototypes.values()], axis=0)
    rows = []
    for name, flat in probabilities.items():
        each = flat.reshape(*found.prototypes[name].shape[:2], -1)
        own = np.arange(len(each))[:, None]
        right = (each.argmax(axis=2) == own)[known]
        rows.append(
            {
                "repetition": repetition,
                "codes": name,
                "used": found.used[name] / found.used[ALL_CODES],
                "prototypes": right.size,
                AGREEMENT: right.mean() if right.size else np.nan,
                CONFIDENCE: each.max(axis=2)[known].mean() if right.size else np.nan,
            }
        )
    return pd.DataFrame(rows)


def judged_truth(name: str, probabilities: Sequence[FloatArray], labels: IntArray) -> pd.DataFrame:
    """A line a repetition: how often the classifier is right about images of known classes."""
    rows = [
        {
            "repetition": repetition,
            "method": name,
            "selection": THRESHOLD,
            "side": ALL,
            AGREEMENT: np.mean(each.argmax(axis=1) == labels),
            CONFIDENCE: each.max(axis=1).mean(),
        }
        for repetition, each in enumerate(probabilities)
    ]
    return pd.DataFrame(rows)


def pictured(
    found: LatentFindings, decoded: Mapping[str, npt.NDArray[np.uint8]]
) -> dict[str, npt.NDArray[Any]]:
    """What the pictures show of the first autoencoder: its tests and prototypes.

    decoded : as `decode_prototypes` gives them.
    """
    arrays: dict[str, npt.NDArray[Any]] = {}
    for method in METHODS:
        arrays[f"classes_{method}"] = found.tests[method].classes
        arrays[f"kept_{method}"] = found.tests[method].kept
    for name, prototypes in found.prototypes.items():
        arrays[f"prototypes_{name}"] = prototypes
        arrays[f"prototype_images_{name}"] = decoded[name][0]
    return arrays
