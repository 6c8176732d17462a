"""What is kept of a finished run: its network, and what followed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from vicinal.bayes.hwa import HWA
from vicinal.bayes.snapshots import Snapshots
from vicinal.bayes.training import Follower, PosteriorTraining
from vicinal_workflow.bayes_runs import follower_of

MODEL, AVERAGE, DRAW = "model", "average", "draw"


def kept_of(training: PosteriorTraining) -> dict[str, Tensor]:
    """The tensors of a training's end, by names that say whose they are."""
    kept = _under(MODEL, training.model.state_dict())
    follower = training.follower
    if isinstance(follower, HWA):
        kept |= _under(AVERAGE, follower.state_dict())
    if isinstance(follower, Snapshots):
        for number, draw in enumerate(follower.draws):
            kept |= _under(f"{DRAW}{number}", draw)
    return kept


def restore_run(
    run: str, model: nn.Module, experiment: Mapping[str, Any], kept: Mapping[str, Tensor]
) -> Follower | None:
    """Give a network the parameters of a run's end; returns what followed it.

    model : of the experiment, as it was built.
    """
    model.load_state_dict(_of(MODEL, kept))
    follower = follower_of(experiment, run, model)
    if isinstance(follower, HWA):
        follower.load_state_dict(_of(AVERAGE, kept))
    if isinstance(follower, Snapshots):
        number = 0
        while draw := _of(f"{DRAW}{number}", kept):
            follower.draws.append(draw)
            number += 1
    return follower


def _under(owner: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{owner}:{name}": value for name, value in tensors.items()}


def _of(owner: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    own = f"{owner}:"
    return {name[len(own) :]: value for name, value in tensors.items() if name.startswith(own)}
