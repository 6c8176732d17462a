"""Seconds of training until the same error: searches over all complexities and up to delta-min.

    python benchmarks/delta_min_search.py [--repetitions 10] [--searches 20]

The searches of `gradients.search` in the default run (cosine, first step, 100 samples, 100 epochs),
but with the seconds that training takes in the place of counted work. A cell's repetitions are
trained as one program, one kind after the other, and its seconds divided among them.
"""

import argparse
import time

import numpy as np
import torch
from sklearn.base import clone

from vicinal.gradients.hyperparameter_lattice import draw_repetitions, training_work
from vicinal.gradients.hyperparameter_search import Lattice
from vicinal.gradients.joint_fit import fit_together
from vicinal.gradients.search_comparison import (
    SearchSettings,
    compare_searches,
    pooled_bounds,
)
from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.statistics import mean_interval, paired_difference

AXES = ((2, 4, 8, 16, 24), (2, 4), (0.003, 0.01, 0.03))
BOUND_AT = (1, 1)  # four layers, a rate of 0.01
SAMPLES, EPOCHS, TEST = 100, 100, 1000
KINDS = {"without gradients": 1.0, "with gradients": 0.5}
SHOWN = ("full", "full_curve", "bound", "bound_paid")


def train(drawn, place, alpha):
    """Validation and test errors (D,) of one kind's networks at one cell, and seconds of one."""
    complexity, layers, rate = place
    hidden = (4 * complexity,) * layers
    template = GradientSurrogate(hidden=hidden, learning_rate=rate, epochs=EPOCHS, alpha=alpha)
    count = len(drawn.validation)
    surrogates = [clone(template).set_params(random_state=seed) for seed in range(count)]
    samples = [drawn.data.draw(number, SAMPLES) for number in range(count)]
    arguments = [{"theta": s.inputs, "y": s.values, "dy": s.derivatives} for s in samples]
    started = time.perf_counter()
    fit_together(surrogates, arguments)
    seconds = (time.perf_counter() - started) / count
    errors = [
        [
            np.sqrt(np.square(surrogate.predict(runs.inputs) - runs.values).mean())
            for surrogate, runs in zip(surrogates, sets, strict=True)
        ]
        for sets in (drawn.validation, [drawn.data.test] * count)
    ]
    return *np.array(errors), seconds


def tabulate(drawn):
    """By kind: validation and test errors (D, C, L, R), seconds and counted work (C, L, R)."""
    shape, count = tuple(map(len, AXES)), len(drawn.validation)
    found = {}
    for kind, alpha in KINDS.items():
        validation, test = np.empty((2, count, *shape))
        seconds, work = np.empty((2, *shape))
        for cell in np.ndindex(shape):
            place = tuple(axis[i] for axis, i in zip(AXES, cell, strict=True))
            validation[:, *cell], test[:, *cell], seconds[cell] = train(drawn, place, alpha)
            hidden = (4 * place[0],) * place[1]
            work[cell] = training_work(2, 1, hidden, SAMPLES, EPOCHS, with_gradients=alpha < 1)
        found[kind] = validation, test, seconds, work
    return found


def report(kind, found, settings):
    """Seconds until the target, by range, and the difference of each from its counterpart."""
    validation, test, seconds, work = found[kind]
    other = found[next(name for name in KINDS if name != kind)]
    lattices = [
        Lattice(AXES[0], own, seconds, theirs, other[2], BOUND_AT)
        for own, theirs in zip(validation, other[0], strict=True)
    ]
    pooled = pooled_bounds(lattices)
    costs = [
        compare_searches(lattice, own, settings, pooled_bound=pooled, seed=number)
        for number, (lattice, own) in enumerate(zip(lattices, test, strict=True))
    ]
    total, related = seconds.sum(), np.corrcoef(seconds.ravel(), work.ravel())[0, 1]
    print(f"{kind}: {total:.2f} s a lattice; correlation with counted work {related:.3f}")
    spent = {
        name: np.array([total * one["evolution", name].work.mean() for one in costs])
        for name in SHOWN
    }
    for name, values in spent.items():
        found_it = np.mean([one["evolution", name].reached.mean() for one in costs])
        mean = mean_interval(values)
        print(
            f"  {name:11} {mean.mean:6.3f} +- {mean.half_width:.3f} s   "
            f"reached by {100 * found_it:.0f} %"
        )
    for first, second in (("bound", "full"), ("bound_paid", "full_curve")):
        rng = np.random.default_rng(0)
        gap = paired_difference(spent[first], spent[second], resamples=10_000, rng=rng)
        print(
            f"  {first} less {second}: {gap.mean:+.3f} s ({gap.low:+.3f} to {gap.high:+.3f}, "
            f"p {gap.p_value:.3f}, n = {gap.n})"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--searches", type=int, default=20)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    drawn = draw_repetitions(
        make_simulator("cosine"),
        repetitions=arguments.repetitions,
        size=SAMPLES,
        validation=100,
        test=TEST,
        rng=np.random.default_rng(0),
        steps=1,
    )
    train(drawn, (2, 2, 0.01), 0.5)  # what is slow the first time
    found = tabulate(drawn)
    for kind in reversed(KINDS):
        report(kind, found, SearchSettings(searches=arguments.searches))


if __name__ == "__main__":
    main()
