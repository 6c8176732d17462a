"""Samples with gradients that the tests of ridges share."""

import numpy as np


def sine(n=12, noise=0.47, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 2 * np.pi, n)
    return x[:, None], np.sin(x) + rng.normal(scale=noise, size=n), np.cos(x)[:, None]


def surface(n=30, seed=0):
    """Two outputs of three coordinates, and their gradients."""
    X = np.random.default_rng(seed).uniform(-1, 1, size=(n, 3))
    a, b, c = X.T
    y = np.column_stack([a * b + c, np.sin(a) * c**2])
    dy = np.stack([[b, a, np.ones(n)], [np.cos(a) * c**2, 0 * a, 2 * np.sin(a) * c]])
    return X, y, dy.transpose(2, 0, 1)
