"""Settings of the toy sets as the library takes them, and the choice of each kernel's sigma."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vicinal.witness.toy import ToySetting
from vicinal.witness.toy_rates import Method, Procedure, Regions
from vicinal_workflow.witness_toy_names import HERMITE, KERNELS, RATES


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
    """Every kernel at every sigma that its best is chosen from, and the one that sets the bound."""
    tried = {kernel: settings["tuning"][kernel] for kernel in KERNELS}
    named = [(kernel, float(sigma)) for kernel, sigmas in tried.items() for sigma in sigmas]
    named.append((HERMITE, float(settings["sigma"])))
    return {f"{kernel} {sigma:g}": Method(kernel, settings["n"], sigma) for kernel, sigma in named}


def tuning_table(
    rates: pd.DataFrame, tried: Mapping[str, Method], sigma: float, names: Mapping[str, str]
) -> pd.DataFrame:
    """One line a kernel and sigma: mean rates by the paper's threshold, and which is `chosen`.

    rates : difference, draw, method (a name of `tried`), rule, and the rates.
    sigma : the common one.     names : kernel -> name of the method with its best sigma.

    The rule is the same for both kernels. Allowed are as many false positives as the Hermite kernel
    has at the common sigma, in the mean over the differences: without a bound the sigma of most
    detections is one that calls more of all points significant. Chosen is, of the sigmas that keep
    to this `bound`, that of the most detections (of equals, the largest); of a kernel of which none
    does, that of the fewest false positives.
    """
    own = rates[rates["rule"] == "threshold"]
    means = own.groupby(["method", "difference"], sort=False)[list(RATES)].mean()
    means = means.groupby("method", sort=False).mean().reset_index()
    means.insert(1, "kernel", [tried[name].kernel for name in means["method"]])
    means.insert(2, "sigma", [tried[name].sigma for name in means["method"]])
    common = (means["kernel"] == HERMITE) & (means["sigma"] == sigma)
    means["bound"] = means.loc[common, "false_positives"].iloc[0]
    excess = (means["false_positives"] - means["bound"]).clip(lower=0)
    order = means.assign(excess=-excess).sort_values(["excess", "detection", "sigma"])
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
