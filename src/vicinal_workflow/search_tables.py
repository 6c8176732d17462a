"""Tables of hyper-parameter searches: costs by repetition, their means, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from vicinal.gradients.hyperparameter_search import Lattice, least_within
from vicinal.gradients.search_comparison import SearchCosts
from vicinal.statistics import mean_interval, paired_difference
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.search_lattices import RepetitionLattice

GROUP = ["samples", "method"]
KIND = ["strategy", "range"]
MEASURES = ("reached", "evaluations", "work", "spent", "validation", "test")
# The ranges that are paired. The second has what the first has, but for the bound.
PAIRS = (
    ("bound", "full"),
    ("bound_paid", "full"),
    ("bound_paid", "full_curve"),
    ("bound", "chance"),
)


def costs_table(found: Mapping[tuple[str, str], SearchCosts], **columns: Any) -> pd.DataFrame:
    """One line a strategy and range: means over the searches of one repetition.

    columns : further ones, put first.
    """
    rows = [
        {
            **columns,
            **dict(zip(KIND, key, strict=True)),
            **{name: float(np.mean(getattr(costs, name))) for name in MEASURES},
        }
        for key, costs in found.items()
    ]
    return pd.DataFrame(rows)


def bounds_table(
    repetitions: Sequence[RepetitionLattice], tolerance: float, pooled_bound: int
) -> pd.DataFrame:
    """One line a repetition: its bound, and what it rules out.

    best, least_within : complexity of the lattice's best cell, and the least that has a cell within
        the tolerance of it.    pooled_bound : that of the repetitions' mean curves.
    ruled_out : share of the lattice's work that lies above the bound.
    by_chance : share of the complexities that are at least `least_within`.
    curve_work : what measuring the bound takes, as a share of the lattice's work.
    """
    rows = []
    for one in repetitions:
        lattice = one.lattice
        bound, least = lattice.bound().bound, least_within(lattice, tolerance)
        best = lattice.complexities[
            np.unravel_index(lattice.errors.argmin(), lattice.errors.shape)[0]
        ]
        total = lattice.work.sum()
        rows.append(
            {
                "samples": one.samples,
                "method": one.method,
                "repetition": one.repetition,
                "bound": bound,
                "pooled_bound": pooled_bound,
                "best": best,
                "least_within": least,
                "keeps_best": bound >= best,
                "keeps_target": bound >= least,
                "ruled_out": 1 - lattice.work[: lattice.rows_below(bound)].sum() / total,
                "by_chance": float(np.mean(np.asarray(lattice.complexities) >= least)),
                "curve_work": _curve_work(lattice) / total,
            }
        )
    return pd.DataFrame(rows)


def _curve_work(lattice: Lattice) -> float:
    """Work of the networks of both kinds that the bound is measured on."""
    own, other = (work.ravel()[lattice.curve] for work in (lattice.work, lattice.other_work))
    return float(own.sum() + other.sum())


def summarise_searches(costs: pd.DataFrame) -> pd.DataFrame:
    """Means over the repetitions; of evaluations and work half-widths of 95 % intervals too."""
    rows = []
    for key, part in costs.groupby([*GROUP, *KIND], sort=False):
        line: dict[str, Any] = dict(zip([*GROUP, *KIND], key, strict=True))
        for name in MEASURES:
            found = mean_interval(part[name])
            line[name] = found.mean
            if name in ("evaluations", "work"):
                line[f"{name}_half_width"] = found.half_width
        rows.append({**line, "n": len(part)})
    return pd.DataFrame(rows)


def summarise_bounds(bounds: pd.DataFrame) -> pd.DataFrame:
    """One line a number of samples and method: medians of complexities, means of all shares."""
    rows = []
    for key, part in bounds.groupby(GROUP, sort=False):
        line: dict[str, Any] = dict(zip(GROUP, key, strict=True))
        for name in ("bound", "best", "least_within"):
            values = part[name]
            line |= {
                name: values.median(),
                f"{name}_low": values.min(),
                f"{name}_high": values.max(),
            }
        pooled = part["pooled_bound"]
        line |= {
            "pooled_bound": pooled.iloc[0],
            "pooled_keeps_target": (pooled >= part["least_within"]).mean(),
        }
        shares = ("keeps_best", "keeps_target", "ruled_out", "by_chance", "curve_work")
        line |= {name: part[name].astype(float).mean() for name in shares}
        rows.append({**line, "n": len(part)})
    return pd.DataFrame(rows)


def pair_searches(costs: pd.DataFrame, *, resamples: int, seed: int) -> pd.DataFrame:
    """Differences by repetition of evaluations and work (in % of the lattice's) until the target.

    One line a number of samples, method, strategy, pair of ranges and measure: the first of the
    pair less the second, so that below 0 the first is cheaper. seed : the run's root seed.
    """
    rows = []
    for key, part in costs.groupby([*GROUP, "strategy"], sort=False):
        for measure, unit in (("evaluations", 1), ("work", 100)):
            grid = part.pivot(index="repetition", columns="range", values=measure) * unit
            for first, second in PAIRS:
                if first not in grid:
                    continue
                names = (*(str(name) for name in key), measure, first, second)
                rng = np.random.default_rng(derive_seed(seed, "bootstrap", "search", *names))
                found = paired_difference(grid[first], grid[second], resamples=resamples, rng=rng)
                rows.append(
                    {
                        **dict(zip([*GROUP, "strategy"], key, strict=True)),
                        **{"range": first, "over": second, "measure": measure},
                        "ratio": grid[first].mean() / grid[second].mean(),
                        **asdict(found),
                    }
                )
    return pd.DataFrame(rows)
