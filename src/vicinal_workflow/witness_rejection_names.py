"""Scores by which predictions of a network are kept, as files and tables name them."""

from __future__ import annotations

from typing import Literal

Kernel = Literal["hermite", "gaussian"]
HERMITE: Kernel = "hermite"
GAUSSIAN: Kernel = "gaussian"
KERNELS: tuple[Kernel, ...] = (HERMITE, GAUSSIAN)
# By the witness alone, as the paper; or only where its class is the network's, which is ours.
ALONE, AGREEING = RULES = ("alone", "agreeing")
# Sigma: the paper's, the median distance between nearest neighbours, or the one of the
# configured multiples of it with each kernel's least area on other data.
PAPERS, CHOSEN = ("", "_chosen")


def witness_score(kernel: Kernel, rule: str, scale: str) -> str:
    """The name of a witness's score: `hermite`, `gaussian_agreeing_chosen` and so on."""
    return f"{kernel}{'' if rule == ALONE else f'_{rule}'}{scale}"


WITNESSES, AGREEING_WITNESSES = (
    tuple(witness_score(kernel, rule, scale) for scale in (PAPERS, CHOSEN) for kernel in KERNELS)
    for rule in RULES
)
SOFTMAX_GAP, ENTROPY, NEARNESS = BASELINES = ("softmax_gap", "entropy", "nearness")
SCORES = (*WITNESSES, *AGREEING_WITNESSES, *BASELINES)
# What a score that knows nothing does: its area is the error of all predictions.
RANDOM = "random"
# A share of the points: the paper's "reduced set" has no size that we know.
HALF = 0.5
