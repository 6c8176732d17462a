"""The localised Hermite kernel in polar coordinates: any dimension, pair by pair.

Mehler's identity makes the projections depend on |x|, |y| and the angle alone (section 4.1). The
eigenfunctions of degree m can be chosen as radial functions times spherical harmonics, so that by
the addition theorem, with t = cos(angle),

    Proj_m(x, y) = sum over l + 2k = m of  R_kl(|x|) R_kl(|y|) P_l(t),

R_kl a Laguerre function and P_l a Gegenbauer polynomial with P_l(1) = 1. The kernel is then

    Phi_n(x, y) = sum_l P_l(t) sum_k H(sqrt(2k + l) / n) R_kl(|x|) R_kl(|y|):

for each l one matrix product over the samples, n^4 / 4 multiplications a pair in all as in the
paper's own formula, and one step of a recurrence in t. Every term is at most
sqrt(Phi(x, x) Phi(y, y)), so nothing cancels, in no dimension: the paper's formula has factors
that grow with the dimension and differences of them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vicinal.witness.hermite_functions import FARTHEST, degree_weights, scaled_recurrence

# Up to this dimension angles come from differences of coordinates, beyond from a matrix product,
# whose rounding matters less the higher the dimension: P_l'(1) = l (l + q - 2) / (q - 1).
DIFFERENCES = 12


class PolarPoints:
    """Points as the kernel sees them.

    points : (N, q) float64 divided by sigma.     n : of the kernel.
    log_factor : the kernel is multiplied by exp(log_factor).

    directions : (N, q) unit vectors, 0 at the origin.
    radial : (L, K, N) R_kl(|x|) for l < L, k < K; 0 where l + 2k >= n^2.
    """

    def __init__(self, points: Tensor, n: int, log_factor: float = 0.0) -> None:
        far = points.abs().amax(1, keepdim=True).clamp(min=torch.finfo(torch.float64).tiny)
        norms = (points / far).norm(dim=1, keepdim=True) * far
        self.directions = points / norms.clamp(min=torch.finfo(torch.float64).tiny)
        self.radial = _radial_functions(norms[:, 0], points.shape[1], n, log_factor)


def angular_degrees(q: int, n: int) -> int:
    """How many degrees l of spherical harmonics there are: in one dimension the even and odd."""
    return min(n * n, 2) if q == 1 else n * n


def polar_kernel(a: PolarPoints, b: PolarPoints, n: int) -> Tensor:
    """Phi_n at all pairs, (N, M) float64, times exp of the two half log factors."""
    weights = degree_weights(n).to(a.radial.device)
    q = a.directions.shape[1]
    away, negative = _angles(a.directions, b.directions)
    # P_l at |t|: P_l(-t) = (-1)^l P_l(t), so that even and odd degrees are summed apart.
    value, change = torch.ones_like(away), torch.zeros_like(away)
    sums = [torch.zeros_like(away), torch.zeros_like(away)]
    part = torch.empty_like(away)
    for degree in range(len(a.radial)):
        count = (n * n - degree + 1) // 2
        left = a.radial[degree, :count] * weights[degree::2, None]
        torch.mm(left.T, b.radial[degree, :count], out=part)
        sums[degree % 2].addcmul_(part, value)
        if degree + 1 < len(a.radial):
            _next_gegenbauer(degree, q, away, value, change, part)
    even, odd = sums
    return even.add_(torch.where(negative, -odd, odd))


def polar_diagonal(points: PolarPoints, n: int) -> Tensor:
    """Phi_n(x, x) of every point, (N,)."""
    weights = degree_weights(n).to(points.radial.device)
    degrees, orders, _ = points.radial.shape
    m = torch.arange(degrees)[:, None] + 2 * torch.arange(orders)
    weighted = torch.where(m < n * n, weights.cpu()[m.clamp(max=n * n - 1)], 0.0)
    return torch.einsum("lk,lkn->n", weighted.to(points.radial.device), points.radial**2)


def _next_gegenbauer(
    degree: int, q: int, away: Tensor, value: Tensor, change: Tensor, work: Tensor
) -> None:
    """From P_l and P_l - P_{l-1} to those of l + 1, in place.

    (l + q - 2) (P_{l+1} - P_l) = l (P_l - P_{l-1}) - (2 l + q - 2) (1 - t) P_l, which keeps its
    accuracy near t = 1 where P_l itself hardly differs from 1 (after Reinsch).
    """
    if degree == 0:
        torch.neg(away, out=change)
    else:
        torch.mul(away, value, out=work)
        change.mul_(degree / (degree + q - 2))
        change.sub_(work, alpha=(2 * degree + q - 2) / (degree + q - 2))
    value.add_(change)


def _angles(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """1 - |t| and t < 0 of all pairs of unit vectors."""
    cosine = a @ b.T
    negative = cosine < 0
    if a.shape[1] > DIFFERENCES:
        return (1 - cosine.abs_()).clamp_(min=0), negative
    # 1 -+ t is half the squared distance of one vector from (minus) the other.
    sign = torch.where(negative, -1.0, 1.0)
    away = torch.zeros_like(cosine)
    for mine, other in zip(a.T, b.T, strict=True):
        away.add_((mine[:, None] - sign * other).square_(), alpha=0.5)
    # A point at the origin has no direction, and no angular part either.
    return away.clamp_(max=1), negative


def _radial_functions(radius: Tensor, q: int, n: int, log_factor: float) -> Tensor:
    """R_kl(r), (L, K, N): normalised Laguerre functions of r^2, times what the angle leaves.

    R_kl(r)^2 = dim_l / |S| 2 k! / Gamma(k + l + q/2) r^(2l) L_k^(l + q/2 - 1)(r^2)^2 exp(-r^2),
    dim_l the number of harmonics of degree l, |S| the area of the unit sphere in R^q.
    """
    degrees = angular_degrees(q, n)
    squared = radius.clamp(max=FARTHEST).square()[None, :]
    order = torch.arange(degrees, dtype=torch.float64, device=radius.device)[:, None]
    alpha = order + q / 2 - 1
    constants = torch.tensor(
        [_log_constant(degree, q) for degree in range(degrees)],
        dtype=torch.float64,
        device=radius.device,
    )[:, None]
    log_first = (constants + log_factor) / 2 + torch.xlogy(order / 2, squared) - squared / 2

    def step(k: int, value: Tensor, before: Tensor) -> Tensor:
        ahead = (2 * k + 1 + alpha - squared) * value - (k * (k + alpha)).sqrt() * before
        return ahead / ((k + 1) * (k + 1 + alpha)).sqrt()

    found = scaled_recurrence(log_first, step, (n * n + 1) // 2)
    return found.transpose(0, 1).contiguous()


def _log_constant(degree: int, q: int) -> float:
    """log of dim_l / |S| 2 / Gamma(l + q/2)."""
    harmonics = 1 if degree == 0 or q == 1 else math.comb(degree + q - 1, q - 1)
    if degree >= 2 and q >= 2:
        harmonics -= math.comb(degree + q - 3, q - 1)
    log_sphere = math.log(2) + q / 2 * math.log(math.pi) - math.lgamma(q / 2)
    return math.log(harmonics) - log_sphere + math.log(2) - math.lgamma(degree + q / 2)
