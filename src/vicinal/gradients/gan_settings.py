"""How a GAN is trained with and without gradients, and what is recorded meanwhile."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from vicinal.models.gan import GanShape

Stored = Literal["before", "after"]


@dataclass(frozen=True)
class GanSettings:
    """Shape of the networks and how they are trained.

    iterations : the paper's "epochs": one update of each network. 15 000 in table 2.
    batch_size : reals, and fakes, of an update; the paper does not say.
    learning_rate, momentum : of both Adams, the latter its beta_1; customary values, for the
        paper does not say.
    gradient_weight : of the matching loss beside the usual one. 1 gives both the same weight, as
        eq. 8 does; the paper gives none for GANs. 0 is the conventional GAN.
    stored : whether the derivatives at the reals are those of the gradient discriminator as it is
        `before` the discriminator's update (algorithm 1, line 4), or `after` it, when it judges
        the fakes.
    record_every : iterations a record.

    Raises ValueError for values out of range.
    """

    shape: GanShape = field(default_factory=GanShape)
    iterations: int = 15_000
    batch_size: int = 32
    learning_rate: float = 2e-4
    momentum: float = 0.5
    gradient_weight: float = 1.0
    stored: Stored = "before"
    record_every: int = 100

    def __post_init__(self) -> None:
        if self.stored not in get_args(Stored):
            raise ValueError(
                f"stored is {self.stored!r}; allowed are {', '.join(get_args(Stored))}"
            )
        for name in ("iterations", "batch_size", "record_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.learning_rate <= 0 or not 0 <= self.momentum < 1:
            raise ValueError(
                f"learning_rate {self.learning_rate} must be above 0, momentum {self.momentum} "
                "from 0 to below 1"
            )
        if not 0 <= self.gradient_weight < float("inf"):
            raise ValueError(f"gradient_weight is {self.gradient_weight}; it must be at least 0")


@dataclass(frozen=True)
class GanRecord:
    """Means over the iterations since the last record; one number a trial.

    iteration : how many are done.
    discriminator_loss : mean cross-entropy on reals and fakes, before the update.
    generator_loss : -log D(fake), mean, before the update; without the matching loss.
    matching_loss : mean squared difference of derivatives; None for the conventional GAN.
    accuracy_on_reals : share of the batch's reals that the updated discriminator calls real.
    accuracy_on_fakes_before, accuracy_on_fakes_after : share of fakes that it calls fake, before
        and after the generator's update. Their noise is the same, and neither update has seen
        it: on the noise of the generator's own batch the share falls by more (digits, iterations
        1000 to 2000: by 0.068 for 0.043).
    """

    iteration: int
    discriminator_loss: list[float]
    generator_loss: list[float]
    matching_loss: list[float] | None
    accuracy_on_reals: list[float]
    accuracy_on_fakes_before: list[float]
    accuracy_on_fakes_after: list[float]
    seconds: float

    @property
    def accuracy_drop(self) -> list[float]:
        """How much the generator's update lowers D's accuracy on reals and fakes together."""
        both = zip(self.accuracy_on_fakes_before, self.accuracy_on_fakes_after, strict=True)
        return [(before - after) / 2 for before, after in both]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a line of JSON."""
        return asdict(self)
