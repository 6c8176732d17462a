"""What VBSW costs for CIFAR-10: weights and ten heads on 50 000 x 64 features.

    python benchmarks/cost_of_vbsw.py [--threads 1] [--features FILE]

The paper (section 5.2): "applying VBSW took less than 15 minutes on a laptop" (i7-7700HQ CPU).
k = 20, m = 40, batch 25, 25 epochs, ten seeds, as in its table 8; VBSW's weights alone, without the
controls that the workflow adds. FILE is a features file of the workflow, such as
results/features/cifar10_ready_resnet20/0.npz; without it features are made up, since the cost
depends on their shape.
"""

import argparse
import time

import faiss
import numpy as np
import torch

from vicinal import HeadSettings, LocalVarianceWeighter, train_heads

CLAIM = 15 * 60


def made_up_features():
    """Ten clusters that overlap."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 50_000)
    centres = rng.normal(size=(10, 64))
    return centres[labels] + 2 * rng.normal(size=(50_000, 64)), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--features", help="a features file of the workflow")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    faiss.omp_set_num_threads(arguments.threads)
    if arguments.features:
        with np.load(arguments.features, allow_pickle=False) as arrays:
            features, labels = arrays["train_features"][0], arrays["train_labels"]
    else:
        features, labels = made_up_features()

    started = time.perf_counter()
    weights = LocalVarianceWeighter(k=20, m=40).fit(features, labels).weights_
    weighed = time.perf_counter()
    train_heads(features, labels, weights[None], range(10), HeadSettings())
    ended = time.perf_counter()
    print(f"features {features.shape[0]} x {features.shape[1]}, {arguments.threads} threads")
    print(f"weights         {weighed - started:8.1f} s")
    print(f"ten heads       {ended - weighed:8.1f} s")
    seconds = ended - started
    print(f"in all          {seconds:8.1f} s   {seconds / CLAIM:.3f} of the paper's 15 minutes")


if __name__ == "__main__":
    main()
