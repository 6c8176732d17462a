"""The table of gains over ridge regression, read back for figure 7."""

from __future__ import annotations

import pandas as pd

from vicinal.figures.ridge_gains import Gains


def gain_panels(gains: pd.DataFrame) -> dict[str, dict[str, Gains]]:
    """Figure 7's panels (`fixed` and `tuned` penalties) and curves, by `<formulas> <fit>`."""
    own = gains[(gains["figure"] == "figure7") & (gains["over"] == "ridge")]
    panels: dict[str, dict[str, Gains]] = {}
    for (penalties, formulas, fit), part in own.groupby(
        ["penalties", "formulas", "fit"], sort=False
    ):
        part = part.sort_values("samples")
        curve = Gains(*(part[key].to_numpy() for key in ("samples", "mean", "half_width")))
        panels.setdefault(str(penalties), {})[f"{formulas} {fit}"] = curve
    return panels
