"""The kernel by its definition and by the formula of section 4.1, as they stand, in NumPy."""

import itertools
import math

import numpy as np
from scipy.special import gammaln


def psi(x, count):
    """Hermite functions by their three-term recurrence, (count, *x.shape)."""
    x = np.asarray(x, dtype=np.float64)
    found = [math.pi**-0.25 * np.exp(-(x**2) / 2)]
    found.append(math.sqrt(2) * x * found[0])
    for k in range(2, count):
        found.append(math.sqrt(2 / k) * x * found[-1] - math.sqrt((k - 1) / k) * found[-2])
    return np.stack(found[:count])


def weight(m, n):
    """H(sqrt(m) / n)."""
    s = 2 * math.sqrt(m) / n - 1
    if s <= 0:
        return 1.0
    return 1 / (1 + math.exp(min(700.0, 1 / (1 - s) - 1 / s))) if s < 1 else 0.0


def tensor_sum(X, Y, n):
    """sum over |k| < n^2 of H psi_k(x) psi_k(y), (N, M)."""
    q = X.shape[1]
    of_x, of_y = (np.stack([psi(column, n * n) for column in points.T]) for points in (X, Y))
    found = np.zeros((len(X), len(Y)))
    for index in itertools.product(range(n * n), repeat=q):
        if sum(index) < n * n:
            a = np.prod([of_x[j, k] for j, k in enumerate(index)], axis=0)
            b = np.prod([of_y[j, k] for j, k in enumerate(index)], axis=0)
            found += weight(sum(index), n) * np.outer(a, b)
    return found


def section_4_1(X, Y, n):
    """The triple sum over degrees m, j and l of section 4.1, for all pairs, q >= 2."""
    q = X.shape[1]
    a, b = np.linalg.norm(X, axis=1)[:, None], np.linalg.norm(Y, axis=1)[None]
    along = X @ Y.T / a
    across = np.sqrt(np.maximum(b**2 - along**2, 0))
    first, second, third = psi(a, n * n), psi(along, n * n), psi(across, n * n)
    at_zero = psi(0.0, n * n)
    found = np.zeros((len(X), len(Y)))
    for m in range(n * n):
        for j in range(m + 1):
            inner = np.zeros_like(found)
            for order in range(0, m - j + 1, 2):
                factor = at_zero[order] * _d(q - 2, m - j - order)
                if factor:
                    inner += factor * third[order]
            found += weight(m, n) * first[j] * second[j] * inner
    return found


def _d(q, r):
    if q == 0:
        return 1.0 if r == 0 else 0.0
    if r % 2:
        return 0.0
    log = gammaln(q / 2 + r / 2) - gammaln(q / 2) - gammaln(r / 2 + 1)
    return math.exp(log - q / 2 * math.log(math.pi))
