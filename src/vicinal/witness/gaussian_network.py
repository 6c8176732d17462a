"""A witness function as a network of Gaussians with fixed centres (remark 4.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.witness.hermite_functions import hermite_functions
from vicinal.witness.kernel import as_points, blocks
from vicinal.witness.label_columns import Columns
from vicinal.witness.tensor_features import TensorFeatures

FloatArray = npt.NDArray[np.float64]
LARGEST_N, MOST_CENTERS = 6, 10**6
# Pairs of points and centres at once.
_PAIRS = 2**22


@dataclass(frozen=True)
class GaussianNetwork:
    """z -> sum over centres c of coefficient(c) exp(-|(z - center) / sigma - c|^2).

    centers : (C, q), the same whatever the data.
    coefficients : (C, K), one column a class (two for real values: -F and F).
    sigma, center : of the witness function.
    """

    centers: FloatArray
    coefficients: FloatArray
    sigma: float
    center: FloatArray

    def __call__(self, Z: Any) -> FloatArray:
        """F_k at points Z (M, q), (M, K)."""
        points = (as_points(Z, "Z").cpu() - torch.as_tensor(self.center)) / self.sigma
        if points.shape[1] != self.centers.shape[1]:
            raise ValueError(
                f"Z has {points.shape[1]} columns; the centers have {self.centers.shape[1]}"
            )
        centers, coefficients = torch.as_tensor(self.centers), torch.as_tensor(self.coefficients)
        found = np.empty((len(points), coefficients.shape[1]))
        for rows in blocks(len(points), max(1, _PAIRS // len(centers))):
            distances = torch.cdist(
                points[rows], centers, compute_mode="donot_use_mm_for_euclid_dist"
            )
            found[rows] = ((-(distances**2)).exp() @ coefficients).numpy()
        return found


def gaussian_network(
    samples: Tensor,
    columns: Columns,
    n: int,
    sigma: float,
    center: FloatArray,
    nodes: int | None = None,
) -> GaussianNetwork:
    """The network whose values are those of the witness function.

    With w = 1 / sqrt(3) Mehler's identity (4.2) is, in one dimension,

        sum_k psi_k(x) psi_k(u) 3^(-k/2) = sqrt(3 / (2 pi)) exp(-(x - sqrt(3) u / 2)^2 - u^2 / 4),

    so that psi_k(x) = 3^(k/2) sqrt(3 / (2 pi)) times the integral over u of
    exp(-(x - sqrt(3) u / 2)^2) exp(-u^2 / 4) psi_k(u). Gauss-Hermite quadrature with the weight
    exp(-3 u^2 / 4), which u^2 / 4 and psi_k make, turns the integral into Gaussians around
    sqrt(3) u / 2. The factors 3^(k/2) cancel from term to term: digits are lost with n.

    Raises ValueError for n above 6 and more than 10^6 centres.
    """
    q = samples.shape[1]
    if n > LARGEST_N:
        raise ValueError(
            f"n is {n}; at most {LARGEST_N} is allowed: coefficients grow like 3^(n^2 / 2), and "
            "float64 would have no digit left"
        )
    count = 2 * n * n + 40 if nodes is None else nodes
    if count < 1 or count**q > MOST_CENTERS:
        raise ValueError(
            f"{count} nodes in each of {q} dimensions are {count**q} centers; allowed are 1 to "
            f"{MOST_CENTERS}: give fewer nodes, or fewer dimensions"
        )
    roots, weights = np.polynomial.hermite.hermgauss(count)
    u = torch.as_tensor(roots / math.sqrt(0.75))
    own = torch.as_tensor(np.log(weights) + roots**2 - math.log(0.75) / 2) - u**2 / 4
    factors = torch.exp(own + math.log(3 / (2 * math.pi)) / 2)
    table = hermite_functions(u, n * n) * factors * 3 ** (torch.arange(n * n).double() / 2)[:, None]

    features = TensorFeatures(q, n, 0.0, samples.device)
    sums = torch.zeros((len(features.scale), columns.width + 1), dtype=torch.float64)
    for rows in blocks(len(samples), max(1, _PAIRS // len(features.scale))):
        part = features(samples[rows]) @ columns.of(rows, slice(0, 1))
        sums += part.cpu()
    scale, indices = features.scale.cpu(), features.indices.cpu()
    witness = columns.witness((sums * scale[:, None]).double())[:, 0]
    grid = torch.cartesian_prod(*[torch.arange(count)] * q).reshape(-1, q)
    coefficients = torch.zeros((len(grid), witness.shape[1]), dtype=torch.float64)
    for rows in blocks(len(grid), max(1, _PAIRS // len(indices))):
        product = torch.ones((len(indices), len(grid[rows])), dtype=torch.float64)
        for j in range(q):
            product *= table[indices[:, j]][:, grid[rows, j]]
        coefficients[rows] = product.T @ witness
    centers = (math.sqrt(3) / 2 * u)[grid]
    return GaussianNetwork(centers.numpy(), coefficients.numpy(), sigma, center)
