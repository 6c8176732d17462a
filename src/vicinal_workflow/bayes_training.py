"""The repetitions of a start or a run, trained one after another; a killed job resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from vicinal.bayes.hwa import HWA
from vicinal.bayes.posterior import GaussianPosterior, posterior_of
from vicinal.bayes.training import PosteriorTraining
from vicinal_workflow.resume import Checkpoint
from vicinal_workflow.stage import append_record, start_records

Line = dict[str, Any]


@dataclass
class Repetition:
    """One training, and what is written of it.

    measure : the lines of a record, without epoch and step.
    parameters : what is kept of the training at its end.
    epochs, steps : done before this training.
    path : whether the posterior's means are kept at each record, and those of an average.
    """

    training: PosteriorTraining
    measure: Callable[[], Iterable[Line]]
    parameters: Callable[[], dict[str, Tensor]]
    epochs: int = 0
    steps: int = 0
    path: bool = False


@dataclass
class Trained:
    """What a job's repetitions came to."""

    parameters: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    records: list[Line] = field(default_factory=list)
    seconds: list[Line] = field(default_factory=list)
    iterates: list[Tensor] = field(default_factory=list)
    averages: list[Tensor] = field(default_factory=list)

    def records_table(self) -> pd.DataFrame:
        """A line a method, repetition and recorded epoch."""
        return pd.DataFrame(self.records)

    def seconds_so_far(self, before: pd.DataFrame | None = None) -> pd.DataFrame:
        """Training time up to each epoch; `before` is the same table of the start."""
        table = pd.DataFrame(self.seconds)
        table["seconds"] = table.groupby("repetition")["seconds"].cumsum()
        if before is not None:
            earlier = before.groupby("repetition")["seconds"].max()
            table["seconds"] += table["repetition"].map(earlier)
        return table

    def path(self) -> dict[str, npt.NDArray[Any]]:
        """`iterates` and `averages` (T, P) float32, (0, 0) where there are none."""
        empty = np.zeros((0, 0), dtype=np.float32)
        rows = {"iterates": self.iterates, "averages": self.averages}
        return {k: torch.stack(v).numpy() if v else empty for k, v in rows.items()}


def train_repetitions(
    numbers: Sequence[int],
    build: Callable[[int], Repetition],
    checkpoint: Checkpoint,
    log: str,
    record_every: int,
) -> Trained:
    """Train every repetition; measure it at its beginning, every so many epochs, and at its end.

    build : a repetition by its number, untrained.     log : file of a line of JSON an epoch.
    """
    state = checkpoint.load() or {"done": Trained().__dict__, "training": None, "epochs": []}
    done = Trained(**state["done"])
    start_records(log, state["epochs"])
    for number in numbers:
        if number in done.parameters:
            continue
        repetition = build(number)
        of = {"repetition": len(numbers), "epoch": repetition.training.settings.epochs}
        for line in _train(number, repetition, done, state["training"], record_every):
            state |= {"training": repetition.training.state_dict(), "done": done.__dict__}
            state["epochs"].append(line | {"of": of})
            checkpoint.save(state)
            append_record(log, state["epochs"][-1])
        done.parameters[number] = {
            name: value.detach().cpu().clone() for name, value in repetition.parameters().items()
        }
        state |= {"training": None, "done": done.__dict__}
        checkpoint.save(state)
    return done


def _train(
    number: int,
    repetition: Repetition,
    done: Trained,
    state: dict[str, Any] | None,
    record_every: int,
) -> Iterator[Line]:
    """Train one repetition from its beginning or a state; the line of the log of each epoch."""
    training = repetition.training
    epochs = training.settings.epochs
    if state is not None:
        training.load_state_dict(state)
    else:
        _record(number, repetition, done)
    with tqdm(initial=training.epoch, total=epochs, unit="epoch", disable=None) as progress:
        progress.set_description(f"repetition {number}")
        for record in training.run():
            done.seconds.append(_place(number, repetition) | {"seconds": record.seconds})
            if training.epoch % record_every == 0 or training.epoch == epochs:
                _record(number, repetition, done)
            yield {"repetition": number, **record.as_dict()}
            progress.update()
            progress.set_postfix(loss=f"{record.loss:.4f}")


def _place(number: int, repetition: Repetition) -> Line:
    training = repetition.training
    return {
        "repetition": number,
        "epoch": repetition.epochs + training.epoch,
        "step": repetition.steps + training.step,
    }


def _record(number: int, repetition: Repetition, done: Trained) -> None:
    place, training = _place(number, repetition), repetition.training
    done.records += [place | line for line in repetition.measure()]
    if not repetition.path:
        return
    iterate = _flat(posterior_of(training.model))
    done.iterates.append(iterate)
    if isinstance(training.follower, HWA):
        averaged = training.follower.n_averaged > 0
        done.averages.append(_flat(training.follower.posterior()) if averaged else iterate)


def _flat(posterior: GaussianPosterior) -> Tensor:
    """(P,) means in one row."""
    return torch.cat([value.flatten() for value in posterior.mean.values()]).float().cpu()
