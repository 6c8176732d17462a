"""Errors of surrogates by complexity and samples: summaries, what gradients gain, and delta-min."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from vicinal.gradients.delta_min import DeltaMin, delta_min, resample_delta_min
from vicinal.gradients.sweep_curves import SweepCurves
from vicinal.gradients.sweep_data import METHODS
from vicinal.statistics import mean_interval, paired_difference, ratio_interval

_ASSUMPTIONS = ("convex", "helps", "gains_less")


def summarise_errors(curves: SweepCurves, forced: SweepCurves) -> pd.DataFrame:
    """One line a number of samples, complexity and method: means over the draws.

    forced : the same cells, each step fed with the true output before it.
    Of the error on test samples, also the half-width of its 95 % interval; `n` counts the draws.
    `test_over_train` is the geometric mean of the ratio of both errors, with its 95 % interval and
    the p-value of a t-test of its logarithm.
    """
    rows = []
    for (i, size), (j, complexity), (m, method) in _places(curves):
        test = mean_interval(curves.test_rmse[i, j, m])
        ratio = ratio_interval(curves.test_rmse[i, j, m] / curves.train_rmse[i, j, m])
        rows.append(
            {
                "samples": size,
                "complexity": complexity,
                "method": method,
                "train_rmse": curves.train_rmse[i, j, m].mean(),
                "test_over_train": ratio.mean,
                "ratio_low": ratio.low,
                "ratio_high": ratio.high,
                "ratio_p": ratio.p_value,
                "test_rmse": test.mean,
                "half_width": test.half_width,
                "test_pearson": curves.test_pearson[i, j, m].mean(),
                "forced_test_rmse": forced.test_rmse[i, j, m].mean(),
                "n": test.n,
            }
        )
    return pd.DataFrame(rows)


def gains_of_gradients(
    curves: SweepCurves, *, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """RMSE on test samples with gradients less without, draw by draw: below 0, gradients help.

    One line a number of samples and complexity, and one, `at` best, of each method at its own best
    complexity: `complexity` is then the one without gradients, `complexity_with` the other.
    `without` and `with` are the means of both errors.
    """
    best = curves.best_complexities()
    rows = []
    for i, size in enumerate(curves.sizes):
        pairs = [("each", c, c) for c in curves.complexities]
        pairs.append(("best", int(best[i, 0]), int(best[i, 1])))
        for at, plain, helped in pairs:
            without, with_gradients = (
                curves.test_rmse[i, curves.complexities.index(c), m]
                for m, c in enumerate((plain, helped))
            )
            difference = paired_difference(with_gradients, without, resamples=resamples, rng=rng)
            rows.append(
                {
                    "samples": size,
                    "at": at,
                    "complexity": plain,
                    "complexity_with": helped,
                    "without": without.mean(),
                    "with": with_gradients.mean(),
                    **asdict(difference),
                }
            )
    return pd.DataFrame(rows)


def delta_min_table(
    curves: SweepCurves, *, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Table 1: the bound beside the best complexities, one line a number of samples.

    Beside them, what the draws leave uncertain: the central 95 % of the bound and of the best
    complexity in resamples of the draws, and the shares of these in which the claim and each of the
    three assumptions hold.
    """
    rows = []
    for size, errors in zip(curves.sizes, curves.test_rmse, strict=True):
        without, with_gradients = (errors[:, m].T for m in range(len(METHODS)))
        found = delta_min(curves.complexities, without, with_gradients)
        again = resample_delta_min(
            curves.complexities, without, with_gradients, resamples=resamples, rng=rng
        )
        ranges = {
            f"{name}_{end}": int(np.quantile(getattr(again, name), q, method="nearest"))
            for name in ("bound", "best")
            for end, q in (("low", 0.025), ("high", 0.975))
        }
        shares = {f"{name}_share": getattr(again, name).mean() for name in _ASSUMPTIONS}
        rows.append(
            {
                "samples": size,
                **_plain(found),
                **ranges,
                "share_held": again.share_held,
                "share_held_with": again.share_held_with,
                **shares,
                "n": len(without),
            }
        )
    return pd.DataFrame(rows)


def _plain(found: DeltaMin) -> dict[str, Any]:
    """The bound and the best, whether the claim and the assumptions hold, and their margins."""
    single = ("bound", "best", "best_with", "delta", "ruled_out", "by_chance")
    plain = {name: getattr(found, name) for name in (*single, "holds", "holds_with")}
    for name in _ASSUMPTIONS:
        plain |= {name: getattr(found, name).holds, f"{name}_margin": getattr(found, name).margin}
    return plain


def measured_surrogates(
    tables: Mapping[str, pd.DataFrame], rows: Mapping[str, str]
) -> pd.DataFrame:
    """The lines of the comparison: table 1, its claim, and figure 2's two claims in numbers.

    tables : `surrogate_gains` and `delta_min`, with the columns `problem` and `scale`.
    rows : the paper's problem -> the entry that stands for it.
    """
    lines: list[dict[str, Any]] = []
    for row, problem in rows.items():
        own = {name: table[table["problem"] == problem] for name, table in tables.items()}
        same = {"study": "gradients", "row": row, "scale": own["delta_min"]["scale"].iloc[0]}
        claims = [*_table1(own["delta_min"]), *_figure2(own["surrogate_gains"])]
        lines += [{**same, **line, "measured_error": None} for line in claims]
    columns = ["study", "item", "row", "metric", "measured", "measured_error", "n", "scale"]
    return pd.DataFrame(lines, columns=columns)


def _table1(found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for line in found.to_dict("records"):
        for name, metric in (("best", "optimal complexity"), ("bound", "upper bound")):
            at = f"{metric} at {line['samples']} samples"
            yield {"item": "table1", "metric": at, "measured": line[name], "n": line["n"]}
    held = found["holds"].mean()
    metric = "optimal within bound (share of sizes)"
    yield {"item": "table1", "metric": metric, "measured": held, "n": len(found)}


def _figure2(gains: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Gradients ahead where samples are few, and where complexity is low."""
    each = gains[gains["at"] == "each"]
    few = each[each["samples"] == each["samples"].min()]
    low = each[each["complexity"] == each["complexity"].min()]
    for metric, part in (
        ("gradients ahead at the fewest samples (share of complexities)", few),
        ("gradients ahead at the lowest complexity (share of sizes)", low),
    ):
        ahead = (part["mean"] < 0).mean()
        yield {"item": "figure2", "metric": metric, "measured": ahead, "n": len(part)}


def _places(curves: SweepCurves) -> Iterator[tuple[Any, ...]]:
    """Number and name of every size, complexity and method."""
    for size in enumerate(curves.sizes):
        for complexity in enumerate(curves.complexities):
            for method in enumerate(METHODS):
                yield size, complexity, method
