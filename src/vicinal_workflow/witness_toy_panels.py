"""Tables of the toy sets, read back for their figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vicinal.figures.density_errors import ErrorCurve, ErrorPanel
from vicinal.figures.witness_toy_rates import RULES, TITLES, RateCurve
from vicinal.witness.theorem_rate import theorem_bound


def rate_curves(rates: pd.DataFrame) -> dict[tuple[str, str], dict[str, RateCurve]]:
    """(rule, rate) -> method -> curve, from `summarise_rates`."""
    found: dict[tuple[str, str], dict[str, RateCurve]] = {
        (rule, rate): {} for rule in RULES for rate in TITLES
    }
    own = rates[rates["metric"].isin(TITLES)]
    for (rule, rate, method), part in own.groupby(["rule", "metric", "method"], sort=False):
        part = part.sort_values("difference")
        columns = (part[key].to_numpy() for key in ("difference", "mean", "half_width"))
        curve = RateCurve(float(part["sigma"].iloc[0]), *columns)
        found[str(rule), str(rate)][str(method)] = curve
    return found


def error_panels(errors: pd.DataFrame, slopes: pd.DataFrame) -> dict[str, ErrorPanel]:
    """Density -> its panel, from the errors and from `fit_slopes`."""
    panels = {}
    for name, own in slopes.groupby("density", sort=False):
        drawn = errors[errors["density"] == name]
        curves = []
        for line in own.to_dict("records"):
            grows = pd.isna(line["n_kept"])
            part = drawn[drawn["choice"] == ("theorem" if grows else "fixed")]
            part = part if grows else part[part["n"] == line["n_kept"]]
            # The geometric mean: slopes are of logarithms.
            means = np.exp(part.assign(log=np.log(part["error"])).groupby("samples")["log"].mean())
            n = None if grows else int(line["n_kept"])
            sizes = means.index.to_numpy(dtype=float)
            curves.append(ErrorCurve(n, sizes, means.to_numpy(), float(line["slope"])))
        first = own[own["n_kept"].isna()].iloc[0]
        bound = theorem_bound(curves[0].sizes, int(first["q"]), float(first["gamma"]))
        panels[str(name)] = ErrorPanel(curves, bound, float(first["bound"]), float(first["gamma"]))
    return panels
