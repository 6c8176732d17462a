"""From the settings of an experiment to networks, trainings, averages and posteriors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from vicinal.bayes.elbo import posterior_divergence
from vicinal.bayes.hwa import HWA
from vicinal.bayes.mean_field import bayesianize, plain_network
from vicinal.bayes.posterior import GaussianPosterior, posterior_of, predictive
from vicinal.bayes.predictive_metrics import negative_log_likelihood
from vicinal.bayes.rates import Rate
from vicinal.bayes.snapshots import Snapshots
from vicinal.bayes.training import Follower, PosteriorSettings
from vicinal.data.dataset import Dataset
from vicinal.models.registry import backbone_for
from vicinal_workflow.bayes_names import (
    DETERMINISTIC,
    FAMILY_OF,
    HWA_VARIANCES,
    LOW_RANK,
    UNAVERAGED,
    VARIATIONAL,
)

# Images of a batch that batch-norm statistics are taken from.
REFRESH_BATCH = 500
Settings = Mapping[str, Any]
Parameters = Mapping[str, Tensor]


def initial_model(
    dataset: Dataset, experiment: Settings, family: str, seed: int, trained: Parameters | None
) -> nn.Module:
    """The network that a repetition begins at, Gaussian in the variational family.

    seed : of the initial parameters, the same for both families.
    trained : parameters in their place, or None.
    Raises RuntimeError for trained parameters of another network.
    """
    shape = {key: experiment[key] for key in ("architecture", "scaling", "width", "batch_norm")}
    network: nn.Module = backbone_for(dataset, seed=seed, **shape)
    if trained is not None:
        network.load_state_dict(dict(trained))
    return bayesianize(network, **experiment["posterior"]) if family == VARIATIONAL else network


def start_settings(experiment: Settings, family: str) -> PosteriorSettings:
    """How the common first part of a family's runs is trained: at a constant rate."""
    own = experiment[family]
    return PosteriorSettings(
        epochs=experiment["start_epochs"],
        rate=Rate("constant", own["learning_rate"]),
        kl_warm_up=own.get("kl_warm_up", 0),
        **_common(experiment, family),
    )


def run_settings(experiment: Settings, run: str) -> PosteriorSettings:
    """How a run goes on: at rates that fall to 0, or at those of its average or chain."""
    family = FAMILY_OF[run]
    common = _common(experiment, family)
    if run in ("hwa", "swa"):
        own = experiment[run]
        rate = Rate(own["rates"], own["upper"], own["lower"], own["cycle"])
    elif run == "sgld":
        # A clipped gradient would not lead to the posterior.
        common |= {"optimizer": "sgld", "clip_norm": None}
        rate = Rate("constant", experiment["sgld"]["learning_rate"])
    else:
        rate = Rate("cosine", experiment[family]["learning_rate"])
    return PosteriorSettings(epochs=experiment["epochs"], rate=rate, **common)


def _common(experiment: Settings, family: str) -> dict[str, Any]:
    own = experiment[family]
    common = {key: experiment[key] for key in ("batch_size", "shift", "flip")}
    common |= {"clip_norm": own["clip_norm"], "prior_sigma": experiment["posterior"]["prior_sigma"]}
    if family == DETERMINISTIC:
        return common | {"optimizer": "sgd", "momentum": own["momentum"]}
    return common | {"optimizer": own["optimizer"]}


def follower_of(experiment: Settings, run: str, model: nn.Module) -> Follower | None:
    """What follows the network: an average, a chain's snapshots, or nothing."""
    if run == "hwa":
        own = experiment["hwa"]
        return HWA(model, cycle=own["cycle"], variance=own["variance"], rank=own["rank"])
    if run == "swa":
        own = experiment["swa"]
        return HWA(model, cycle=own["cycle"], variance="between", rank=own["rank"])
    if run == "sgld":
        own = experiment["sgld"]
        return Snapshots(model, cycle=own["cycle"], most=own["snapshots"])
    return None


@dataclass(frozen=True)
class Method:
    """A posterior as it is measured.

    network : plain.
    draws : parameters of the network (and buffers, where each draw has its own), one at a time.
    divergence : KL to the prior in nats, None where there is none to speak of.
    """

    network: nn.Module
    draws: Iterable[Parameters]
    divergence: float | None


def methods_of(
    run: str, model: nn.Module, follower: Follower | None, samples: int, seed: int
) -> Iterator[tuple[str, Method]]:
    """Each method that a run gives, as `bayes_names.METHODS` names them, with `samples` draws.

    Raises ValueError where a chain kept fewer iterates.
    seed : of the draws, each method's own from the same one, so that methods share them.
    """
    if run == "bayes_by_backprop":
        yield run, _gaussian(model, posterior_of(model), model, samples, seed)
    elif run == "hwa":
        assert isinstance(follower, HWA)
        yield UNAVERAGED, _gaussian(model, posterior_of(model), model, samples, seed)
        for variance in HWA_VARIANCES:
            posterior = follower.posterior(variance, 0)  # type: ignore[arg-type]
            yield f"hwa_{variance}", _gaussian(follower.module, posterior, model, samples, seed)
        if follower.rank:
            posterior = follower.posterior()
            yield LOW_RANK, _gaussian(follower.module, posterior, model, samples, seed)
    elif run == "sgd":
        yield run, Method(model, [posterior_of(model).mean], None)
    elif run == "swa":
        assert isinstance(follower, HWA)
        mean = follower.posterior("within", 0).mean
        yield run, Method(follower.module, [mean], None)
        if follower.rank:
            yield "swag", _gaussian(follower.module, follower.posterior(), None, samples, seed)
    else:
        assert isinstance(follower, Snapshots)
        draws = follower.spread(samples)
        if len(draws) < samples:
            raise ValueError(
                f"the chain of sgld kept {len(draws)} iterates, fewer than samples, {samples}; "
                "allowed are fewer samples, or a smaller sgld.cycle"
            )
        yield run, Method(model, draws, None)


def curve_of(
    run: str, model: nn.Module, follower: Follower | None, samples: int, seed: int
) -> Iterator[tuple[str, Method]]:
    """Each method of which a run's records tell; `run` may be a family, at its start.

    An average or a chain that has no iterate yet is where its family's start ended.
    """
    begun = not isinstance(follower, HWA) or int(follower.n_averaged) > 0
    if run == VARIATIONAL or (run == "hwa" and not begun):
        yield run, _gaussian(model, posterior_of(model), model, samples, seed)
    elif run == DETERMINISTIC or (run == "swa" and not begun):
        yield run, Method(model, [posterior_of(model).mean], None)
    elif run == "hwa":
        assert isinstance(follower, HWA)
        # One deviation alone has no covariance.
        rank = follower.rank if follower.n_averaged > 1 else 0
        posterior = follower.posterior(rank=rank)
        yield run, _gaussian(follower.module, posterior, model, samples, seed)
    elif isinstance(follower, Snapshots):
        yield run, Method(model, follower.spread(samples) or [model.state_dict()], None)
    else:
        yield next(methods_of(run, model, follower, samples, seed))
    if run == "hwa":
        yield UNAVERAGED, _gaussian(model, posterior_of(model), model, samples, seed)


def _gaussian(
    network: nn.Module,
    posterior: GaussianPosterior,
    random: nn.Module | None,
    samples: int,
    seed: int,
) -> Method:
    """random : the network whose priors the divergence is to, None for no divergence."""
    device = next(network.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    return Method(
        plain_network(network),
        islice(iter(lambda: posterior.sample(generator), None), samples),
        None if random is None else posterior_divergence(posterior, random),
    )


def refreshing_batches(network: nn.Module, training: Tensor) -> list[Tensor] | None:
    """Batches of training inputs for batch-norm statistics; None for a network without any.

    Every draw of every method takes them anew, so that methods differ in parameters alone. Batches
    are of about the same size, for they count alike.
    """
    if not any(isinstance(layer, _BatchNorm) for layer in network.modules()):
        return None
    return list(training.tensor_split(-(-len(training) // REFRESH_BATCH)))


def surface_loss(
    model: nn.Module, dataset: Dataset, *, images: int, samples: int, seed: int
) -> Callable[[npt.NDArray[np.float64]], float]:
    """Eq. 3 as a function of all posterior means (P,), the variances being those of a network.

    images : of the training split, evenly spread, on which the likelihood is taken.
    samples : draws, the same standard normal numbers at every point, so that the surface is smooth.
    """
    posterior = posterior_of(model)
    n_train = len(dataset.labels["train"])
    step = max(1, -(-n_train // images))
    inputs = torch.tensor(dataset.inputs["train"][::step][:images])
    labels = dataset.labels["train"][::step][:images]
    plain = plain_network(model)
    device = next(plain.parameters()).device
    sizes = [value.numel() for value in posterior.mean.values()]

    def loss(means: npt.NDArray[np.float64]) -> float:
        parts = torch.tensor(means).split(sizes)
        mean = {
            name: part.view_as(value).to(value)
            for (name, value), part in zip(posterior.mean.items(), parts, strict=True)
        }
        here = GaussianPosterior(mean, posterior.variance)
        generator = torch.Generator(device).manual_seed(seed)
        draws = [here.sample(generator) for _ in range(samples)]
        refresh = refreshing_batches(plain, inputs)
        found = predictive(plain, draws, inputs, refresh=refresh).cpu().numpy()
        nll = float(np.mean([negative_log_likelihood(draw, labels) for draw in found]))
        return nll + posterior_divergence(here, model) / n_train

    return loss
