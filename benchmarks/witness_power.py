"""Power of global two-sample tests on circle and ellipse: ours beside hyppo's.

    pip install -e ".[benchmarks]"
    python benchmarks/witness_power.py [--draws 200] [--samples 400]

The toy of section 5.1 (`vicinal.witness.toy`). Share of draws rejected at level 0.05, with
Wilson's interval; difference 0 is the level itself. Ours is the largest witness over all samples
(`global_test`).
"""

import argparse
import time
import warnings

import numpy as np
import torch
from hyppo.ksample import MMD, MeanEmbeddingTest
from scipy.stats import binomtest

from vicinal import HermiteWitness
from vicinal.witness.toy import ToySetting, draw_sets

DIFFERENCES = (0.0, 0.09, 0.18, 0.27, 0.36)
NOISE, LEVEL, PERMUTATIONS = 0.1, 0.05, 199


def of_witness(kernel, sigma):
    def p_value(X, y, seed):
        settings = {"kernel": kernel, "n_permutations": PERMUTATIONS, "random_state": seed}
        return HermiteWitness(5, sigma, **settings).fit(X, y).global_test(X).p_value

    return p_value


def of_mmd(X, y, seed):
    # Its permutations take minutes a draw with this many samples; its approximation takes none.
    return MMD().test(X[y == 0], X[y == 1], auto=True, random_state=seed)[1]


def of_mean_embedding(X, y, seed):
    return MeanEmbeddingTest().test(X[y == 0], X[y == 1], random_state=seed)[1]


TESTS = {
    "hermite witness, sigma 0.5": of_witness("hermite", 0.5),
    "gaussian witness, sigma 0.5": of_witness("gaussian", 0.5),
    "gaussian witness, sigma 0.25": of_witness("gaussian", 0.25),
    "hyppo MMD, fast": of_mmd,
    "hyppo mean embedding": of_mean_embedding,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--samples", type=int, default=400, help="of each set")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(f"{arguments.draws} draws of {arguments.samples} samples each, noise {NOISE}")
    print("difference".ljust(30) + "".join(f"{value:18.2f}" for value in DIFFERENCES) + "  seconds")
    for name, test in TESTS.items():
        cells, seconds = "", 0.0
        for place, difference in enumerate(DIFFERENCES):
            rng = np.random.default_rng([0, place])
            setting = ToySetting(difference, NOISE, arguments.samples, inner=0.5, outer=1.5)
            drawn = [draw_sets(setting, rng) for _ in range(arguments.draws)]
            started = time.perf_counter()
            rejected = sum(test(*pair, seed) <= LEVEL for seed, pair in enumerate(drawn))
            seconds += time.perf_counter() - started
            low, high = binomtest(rejected, len(drawn)).proportion_ci(method="wilson")
            cells += f"{rejected / len(drawn):6.2f} ({low:.2f}-{high:.2f})"
        print(f"{name:30}{cells}{seconds / len(DIFFERENCES) / arguments.draws:9.3f}")


if __name__ == "__main__":
    main()
