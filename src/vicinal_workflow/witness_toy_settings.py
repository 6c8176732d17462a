"""Settings of the toy sets as the library takes them, and the choice of each kernel's sigma."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vicinal.witness.toy import ToySetting
from vicinal.witness.toy_rates import Method, Procedure, Regions
from vicinal_workflow.witness_toy_names import KERNELS, RATES


def toy_setting(settings: Mapping[str, Any], difference: float) -> ToySetting:
    """Both sets, and the ring around them."""
    same = ("noise", "samples", "inner", "outer")
    return ToySetting(difference, **{key: settings[key] for key in same})


def toy_procedure(settings: Mapping[str, Any]) -> Procedure:
    """How significance is tested."""
    return Procedure(
        settings["permutations"], float(settings["threshold_factor"]), settings["level"]
    )


def toy_regions(settings: Mapping[str, Any]) -> Regions:
    """Which points count as different, and which as equal."""
    return Regions(settings["different"], settings["equal"])


def common_methods(settings: Mapping[str, Any]) -> dict[str, Method]:
    """Both kernels at the common sigma, by name."""
    return {k: Method(k, settings["n"], float(settings["sigma"])) for k in KERNELS}


def candidates(settings: Mapping[str, Any]) -> dict[str, Method]:
    """Every kernel at every sigma that its best is chosen from."""
    return {
        f"{kernel} {sigma}": Method(kernel, settings["n"], float(sigma))
        for kernel in KERNELS
        for sigma in settings["tuning"][kernel]
    }


def tuning_table(
    rates: pd.DataFrame, tried: Mapping[str, Method], names: Mapping[str, str]
) -> pd.DataFrame:
    """One line a kernel and sigma: mean rates by the paper's threshold, and which is `chosen`.

    rates : difference, draw, method (a name of `tried`), rule, and the rates.
    names : kernel -> name of the method with its best sigma.

    Chosen is the sigma of the highest detection rate, in the mean over the differences; of equals,
    the largest. Where both sets are the same, permutations keep the level for any sigma.
    """
    own = rates[rates["rule"] == "threshold"]
    means = own.groupby(["method", "difference"], sort=False)[list(RATES)].mean()
    means = means.groupby("method", sort=False).mean().reset_index()
    means.insert(1, "kernel", [tried[name].kernel for name in means["method"]])
    means.insert(2, "sigma", [tried[name].sigma for name in means["method"]])
    order = means.sort_values(["detection", "sigma"])
    best = order.groupby("kernel")["method"].last()
    means["chosen"] = means["method"].isin(best)
    means["method"] = [names[kernel] for kernel in means["kernel"]]
    return means


def best_methods(sigmas: pd.DataFrame, n: int) -> dict[str, Method]:
    """The methods with each kernel's own best sigma, by name, from `tuning_table`."""
    own = sigmas[sigmas["chosen"]]
    return {
        line["method"]: Method(line["kernel"], n, float(line["sigma"]))
        for line in own.to_dict("records")
    }
