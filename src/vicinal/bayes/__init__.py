"""Bayesian networks by variational inference, and the averages of their parameters (HWA)."""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "bayesianize": "vicinal.bayes.mean_field",
    "plain_network": "vicinal.bayes.mean_field",
    "kl_divergence": "vicinal.bayes.elbo",
    "prior_energy": "vicinal.bayes.elbo",
    "negative_elbo": "vicinal.bayes.elbo",
    "GaussianPosterior": "vicinal.bayes.posterior",
    "posterior_of": "vicinal.bayes.posterior",
    "predictive": "vicinal.bayes.posterior",
    "HWA": "vicinal.bayes.hwa",
    "SGLD": "vicinal.bayes.langevin",
    "Snapshots": "vicinal.bayes.snapshots",
    "PosteriorTraining": "vicinal.bayes.training",
    "PosteriorSettings": "vicinal.bayes.training",
    "trajectory_plane": "vicinal.bayes.loss_surface",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'vicinal.bayes' has no attribute {name!r}; it has {__all__}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return [*__all__]
