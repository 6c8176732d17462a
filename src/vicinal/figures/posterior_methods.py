"""One name and one colour for each way to a posterior, the same in all figures of averaging."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MethodStyle:
    """How a method is named and drawn."""

    label: str
    colour: str
    line: str = "-"


# Solid are Gaussian posteriors, dashed are networks; of Okabe and Ito's colours, but for the two
# that all studies compare by.
_HWA, _BACKPROP, _ITERATES = "#c8553d", "#3b6fb6", "#e69f00"
STYLES = {
    "bayes_by_backprop": MethodStyle("Bayes by Backprop", _BACKPROP),
    "hwa": MethodStyle("HWA", _HWA),
    "unaveraged": MethodStyle("HWA's iterates, not averaged", _ITERATES),
    "hwa_total": MethodStyle("HWA, total variance", _HWA),
    "hwa_between": MethodStyle("HWA, between iterates", _HWA),
    "hwa_within": MethodStyle("HWA, within iterates", _HWA),
    "hwa_as_printed": MethodStyle("HWA, eq. 4 as printed", _HWA),
    "hwa_low_rank": MethodStyle("HWA, low rank and diagonal", _HWA),
    "sgd": MethodStyle("SGD", "black", "--"),
    "swa": MethodStyle("SWA", "#cc79a7", "--"),
    "swag": MethodStyle("SWAG", "#56b4e9", "--"),
    "sgld": MethodStyle("SGLD", "#009e73", "--"),
}
# What a family's methods have in common before they part, in a greyed colour.
STARTS = {
    "variational": MethodStyle("start, Gaussian", "#7c8fa8", ":"),
    "deterministic": MethodStyle("start, networks", "#9a9a9a", ":"),
}


def style_of(method: str) -> MethodStyle:
    """How a method is named and drawn; ValueError for an unknown one."""
    if method not in STYLES:
        raise ValueError(f"method {method!r} has no style; known are {', '.join(STYLES)}")
    return STYLES[method]
