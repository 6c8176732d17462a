"""How the witness test grows with samples and points, its memory, and its two paths.

    python benchmarks/witness_scaling.py [--threads 2] [--largest 160000]

Two dimensions, n = 8, 10 classes, 200 permutations; as many points as samples. Aims: time grows
with an exponent below 1.15; at 20 000 samples and points the path that is taken is at least 4
times as fast as the pairwise one.
"""

import argparse
import math
import multiprocessing
import resource
import time
import warnings

import numpy as np

SIZES = (10_000, 20_000, 40_000, 80_000, 160_000)
COMPARED = 20_000
BLOCK_BYTES = 2**26


def measure(size, path, threads):
    """Seconds of fit and test, and how much the peak of memory rose, in bytes."""
    import torch

    from vicinal import HermiteWitness

    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, size)
    X = rng.normal(0, 1, (size, 2)) + 0.2 * labels[:, None]
    Z = rng.normal(1, 1.5, (size, 2))
    settings = {"n_permutations": 200, "path": path, "block_bytes": BLOCK_BYTES}
    # Whatever is loaded on first use.
    HermiteWitness(8, 0.4, **settings).fit(X[:100], labels[:100] % 2).test(Z[:10])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    HermiteWitness(8, 0.4, **settings).fit(X, labels).test(Z)
    seconds = time.perf_counter() - started
    return seconds, 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    arguments = parser.parse_args()
    sizes = [size for size in SIZES if size <= arguments.largest]
    found = {}
    # A process each: its peak of memory is its own.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for size in sizes:
            arguments_of = (size, "auto", arguments.threads)
            found[size], memory = pool.apply(measure, arguments_of)
            print(f"{size:7} samples and points {found[size]:7.1f} s   {memory / 2**20:5.0f} MiB")
        pairwise, _ = pool.apply(measure, (COMPARED, "pairwise", arguments.threads))
    exponent = np.polyfit(np.log(sizes), np.log([found[size] for size in sizes]), 1)[0]
    labels = 201 * sizes[-1] / 2**20
    print(f"exponent                {exponent:.2f} (aim: below 1.15)")
    print(
        f"blocks of {BLOCK_BYTES / 2**20:.0f} MiB; labels of the largest: {math.ceil(labels)} MiB"
    )
    ratio = pairwise / found[COMPARED]
    print(f"pairwise at {COMPARED}   {pairwise:7.1f} s   {ratio:.1f} x (aim: at least 4)")


if __name__ == "__main__":
    main()
