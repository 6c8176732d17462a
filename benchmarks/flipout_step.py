"""A training step of a Bayesian LeNet-5 with Flipout, beside bayesian-torch and the plain network.

    pip install -e ".[benchmarks]"
    python benchmarks/flipout_step.py [--threads 2] [--steps 200]

A step: forward, loss with the KL divergence over n, backward, Adam. Contestants take turns step by
step, so that noise reaches all alike. Aims: at most the time of bayesian-torch; 0.8 of it.
"""

import argparse
import copy
import statistics
import time

import torch
from bayesian_torch.models.dnn_to_bnn import dnn_to_bnn, get_kl_loss
from torch import nn

from vicinal.bayes import bayesianize, kl_divergence
from vicinal.models.backbone import PixelScaling
from vicinal.models.registry import build_backbone

BATCH, N_TRAIN, WARM_UP = 128, 55_000, 20
PEER = {
    "prior_mu": 0.0,
    "prior_sigma": 1.0,
    "posterior_mu_init": 0.0,
    "posterior_rho_init": -3.0,
    "type": "Flipout",
    "moped_enable": False,
}


def contestants():
    """Name -> network and its divergence (None for a plain one)."""
    scaling = PixelScaling(torch.zeros(1, 1, 1), torch.ones(1, 1, 1))
    plain = build_backbone("lenet5", scaling, 1, 10, seed=0)
    peer = copy.deepcopy(plain)
    dnn_to_bnn(peer, PEER)
    return {
        "bayesian-torch, Flipout": (peer, get_kl_loss),
        "vicinal, Flipout": (bayesianize(plain), kl_divergence),
        "vicinal, one draw": (bayesianize(plain, estimator="reparametrised"), kl_divergence),
        "plain network": (plain, None),
    }


def step(network, divergence, optimizer, images, labels):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(network(images), labels)
    if divergence is not None:
        loss = loss + divergence(network) / N_TRAIN
    loss.backward()
    optimizer.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=200)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    images = torch.randint(0, 256, (BATCH, 1, 28, 28), dtype=torch.uint8)
    labels = torch.randint(0, 10, (BATCH,))
    found = contestants()
    optimizers = {name: torch.optim.Adam(n.parameters(), 1e-3) for name, (n, _) in found.items()}
    times = {name: [] for name in found}
    for _ in range(WARM_UP + arguments.steps):
        for name, (network, divergence) in found.items():
            started = time.perf_counter()
            step(network.train(), divergence, optimizers[name], images, labels)
            times[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values[WARM_UP:]) for name, values in times.items()}
    first = next(iter(medians.values()))
    print(f"batch {BATCH}, threads {arguments.threads}, median of {arguments.steps} steps")
    for name, median in medians.items():
        print(f"{name:24} {1000 * median:6.2f} ms   {median / first:.2f} of bayesian-torch")


if __name__ == "__main__":
    main()
