"""Learning from local information: local variance, gradients, averaged posteriors, witnesses.

Public names are imported on first use, so that `import vicinal` costs nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "LocalVarianceWeighter": "vicinal.vbsw.local_variance",
    "local_variance": "vicinal.vbsw.local_variance",
    "rescale_weights": "vicinal.vbsw.local_variance",
    "relative_density": "vicinal.vbsw.density",
    "nearest_neighbours": "vicinal.neighbours",
    "HeadSettings": "vicinal.training.heads",
    "train_heads": "vicinal.training.heads",
    "RidgeGradients": "vicinal.gradients.ridge",
    "JointRidge": "vicinal.gradients.ridge",
    "RadialRidge": "vicinal.gradients.radial_ridge",
    "GradientSurrogate": "vicinal.gradients.surrogate",
    "SequentialSurrogate": "vicinal.gradients.sequential",
    "Simulator": "vicinal.gradients.simulation",
    "make_simulator": "vicinal.gradients.simulators",
    "fit_together": "vicinal.gradients.joint_fit",
    "delta_min": "vicinal.gradients.delta_min",
    "maximise_likelihood": "vicinal.gradients.maximum_likelihood",
    "likelihood_intervals": "vicinal.gradients.likelihood_intervals",
    "HermiteWitness": "vicinal.witness.hermite_witness",
    "WitnessTest": "vicinal.witness.permutation_test",
    "hermite_kernel": "vicinal.witness.kernel",
    "taylor_measure": "vicinal.vbsw.taylor_measure",
    "taylor_sampling": "vicinal.vbsw.taylor_sampling",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'vicinal' has no attribute {name!r}; it has {__all__}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
