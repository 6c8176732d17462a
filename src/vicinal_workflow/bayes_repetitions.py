"""The repetitions of starts and runs as they are trained and measured along the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import nn

from vicinal.bayes.training import Follower, PosteriorSettings, PosteriorTraining
from vicinal.data.dataset import Dataset
from vicinal_workflow.bayes_names import FAMILY_OF
from vicinal_workflow.bayes_records import Splits, curve_point, splits_of
from vicinal_workflow.bayes_runs import (
    Parameters,
    curve_of,
    follower_of,
    initial_model,
    run_settings,
    start_settings,
)
from vicinal_workflow.bayes_states import kept_of
from vicinal_workflow.bayes_training import Repetition
from vicinal_workflow.randomness import derive_seed


@dataclass(frozen=True)
class Repetitions:
    """The repetitions of an experiment.

    name, settings : of the experiment; the settings as far as the start or run needs them.
    root : seed that all others derive from. Repetition r of every method has the same initial
        parameters, the same order of images, and the same noise of its draws.
    curve_samples : draws that a record is measured with.
    """

    name: str
    settings: Mapping[str, Any]
    dataset: Dataset
    root: int
    curve_samples: int
    device: torch.device

    @cached_property
    def splits(self) -> Splits:
        """What records are measured on."""
        return splits_of(self.dataset)

    def start(self, family: str, trained: Mapping[int, Parameters], number: int) -> Repetition:
        """The start of a family.

        trained : parameters to begin with by repetition; empty for initial ones.
        """
        initial = trained[number] if trained else None
        seed = self._seed(number)
        model = initial_model(self.dataset, self.settings, family, seed, initial).to(self.device)
        settings = start_settings(self.settings, family)
        training = self._training(model, settings, "start", number, None)
        ends = self.settings["start_epochs"]
        measure = self._measure(family, number, training, ends)
        return Repetition(training, measure, model.state_dict)

    def run(
        self, run: str, starts: Mapping[int, Parameters], with_path: bool, number: int
    ) -> Repetition:
        """What a method does after its family's start, whose ends `starts` are by repetition.

        with_path : whether repetition 0 keeps its posterior means.
        """
        model = initial_model(self.dataset, self.settings, FAMILY_OF[run], 0, None)
        model.load_state_dict(dict(starts[number]))
        model.to(self.device)
        follower = follower_of(self.settings, run, model)
        settings = run_settings(self.settings, run)
        training = self._training(model, settings, "run", number, follower)
        epochs = self.settings["start_epochs"]
        return Repetition(
            training,
            self._measure(run, number, training, 0),
            lambda: kept_of(training),
            epochs=epochs,
            steps=epochs * training.steps_per_epoch,
            path=with_path and number == 0,
        )

    def _seed(self, *names: str | int) -> int:
        return derive_seed(self.root, "bayes", self.name, *names)

    def _training(
        self,
        model: nn.Module,
        settings: PosteriorSettings,
        part: str,
        number: int,
        follower: Follower | None,
    ) -> PosteriorTraining:
        inputs, labels = self.dataset.inputs["train"], self.dataset.labels["train"]
        seed = self._seed(part, number)
        return PosteriorTraining(
            model, inputs, labels, settings, seed=seed, follower=follower, device=self.device
        )

    def _measure(
        self, run: str, number: int, training: PosteriorTraining, parting: int
    ) -> Callable[[], list[dict[str, Any]]]:
        """parting : epoch of the training at which methods part; all measure it with one seed."""
        n_train = len(self.dataset.labels["train"])

        def lines() -> list[dict[str, Any]]:
            seed = self._seed("draws", number, training.epoch - parting)
            found = curve_of(run, training.model, training.follower, self.curve_samples, seed)
            return [
                {"method": name, **curve_point(method, self.splits, n_train)}
                for name, method in found
            ]

        return lines
