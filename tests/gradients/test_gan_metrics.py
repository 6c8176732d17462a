"""Distances between sets of images, by brute force and for Gaussians in closed form."""

import math

import numpy as np
import pytest
from scipy import linalg

from vicinal.gradients.gan_metrics import frechet_distance, mean_image_rmse, pixel_divergence


def images(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def test_rmse_of_mean_images_by_hand():
    real, generated = images(7, 1, 2, 3), images(2, 5, 1, 2, 3, seed=1)
    for trial, found in enumerate(mean_image_rmse(real, generated)):
        total = 0.0
        for y in range(2):
            for x in range(3):
                mean = sum(int(image[0, y, x]) for image in real) / 7
                other = sum(int(image[0, y, x]) for image in generated[trial]) / 5
                total += ((mean - other) / 255) ** 2
        assert found == pytest.approx(math.sqrt(total / 6), rel=1e-12)


def test_rmse_of_black_and_white_is_one():
    black, white = np.zeros((3, 1, 2, 2), np.uint8), np.full((4, 1, 2, 2), 255, np.uint8)
    assert mean_image_rmse(black, white) == 1.0


def test_divergence_by_hand():
    real, generated = images(9, 1, 1, 2), images(2, 5, 1, 1, 2, seed=1)
    bins, c = 3, 0.25
    for trial, found in enumerate(pixel_divergence(real, generated, bins=bins, pseudo_count=c)):
        total = 0.0
        for pixel in range(2):
            for b in range(bins):
                low, high = 256 * b / bins, 256 * (b + 1) / bins
                n = sum(low <= image[0, 0, pixel] < high for image in real)
                m = sum(low <= image[0, 0, pixel] < high for image in generated[trial])
                p, q = (n + c) / (9 + c * bins), (m + c) / (5 + c * bins)
                total += p * math.log(p / q)
        assert found == pytest.approx(total, rel=1e-12)


def test_divergence_of_two_known_distributions():
    real, generated = (np.zeros((10_000, 1, 1, 1), np.uint8) for _ in range(2))
    real[:2000], generated[:5000] = 255, 255
    expected = 0.2 * math.log(0.2 / 0.5) + 0.8 * math.log(0.8 / 0.5)
    found = pixel_divergence(real, generated, pseudo_count=1e-9)
    assert found == pytest.approx(expected, rel=1e-6)


def test_equal_sets_have_no_distance_in_any_order():
    real = images(30, 1, 4, 4)
    shuffled = np.random.default_rng(1).permutation(real)
    assert mean_image_rmse(real, shuffled) == 0
    assert pixel_divergence(real, shuffled) == 0
    assert frechet_distance(real.reshape(30, -1) / 255.0, shuffled.reshape(30, -1) / 255.0) < 1e-12


def test_divergence_of_two_samples_of_one_distribution():
    real, generated = images(4000, 1, 6, 6), images(2000, 1, 6, 6, seed=1)
    expected = 36 * 15 * (1 / 4000 + 1 / 2000) / 2
    assert pixel_divergence(real, generated) == pytest.approx(expected, rel=0.15)


def gaussian_sample(mean, covariance, count, seed):
    """Points whose mean and covariance (by count - 1) are exactly these."""
    points = np.random.default_rng(seed).normal(size=(count, len(mean)))
    points -= points.mean(axis=0)
    white = points @ linalg.inv(linalg.cholesky(np.cov(points.T), lower=True)).T
    return white @ linalg.cholesky(covariance, lower=True).T + mean


def random_covariance(d, seed):
    root = np.random.default_rng(seed).normal(size=(d, d))
    return root @ root.T + 0.1 * np.eye(d)


def test_frechet_distance_of_known_gaussians():
    sigma, tau = np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 0.25])
    first = gaussian_sample(np.zeros(3), np.diag(sigma**2), 50, 0)
    second = gaussian_sample(np.array([1.0, -2.0, 0.0]), np.diag(tau**2), 40, 1)
    # Of commuting covariances: |difference of means|^2 + sum (sigma - tau)^2.
    expected = 5 + ((sigma - tau) ** 2).sum()
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-10)


def test_frechet_distance_against_the_matrix_square_root():
    means = np.random.default_rng(5).normal(size=(2, 6))
    one, other = random_covariance(6, 0), random_covariance(6, 1)
    root = linalg.sqrtm(one @ other).real
    expected = ((means[0] - means[1]) ** 2).sum() + np.trace(one + other - 2 * root)
    first, second = gaussian_sample(means[0], one, 60, 2), gaussian_sample(means[1], other, 30, 3)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(second, first) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_singular_covariances():
    line = np.linspace(-1, 1, 20)
    along_x, along_y = (np.zeros((20, 4)) for _ in range(2))
    along_x[:, 0], along_y[:, 1] = line, 3 * line
    variance = line.var(ddof=1)
    # Orthogonal supports do not overlap: the traces add.
    assert frechet_distance(along_x, along_y) == pytest.approx(10 * variance, rel=1e-10)
    assert frechet_distance(along_x, 3 * along_x) == pytest.approx(4 * variance, rel=1e-10)
    few = np.random.default_rng(0).normal(size=(3, 50))  # fewer than dimensions
    assert frechet_distance(few, few + 1) == pytest.approx(50, rel=1e-10)


def test_frechet_distance_of_many_trials_is_that_of_each():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(25, 5)).astype(np.float32)
    generated = rng.normal(size=(2, 3, 30, 5)).astype(np.float32)
    found = frechet_distance(real, generated)
    assert found.shape == (2, 3)
    assert found.dtype == np.float64
    for index in np.ndindex(2, 3):
        assert found[index] == pytest.approx(float(frechet_distance(real, generated[index])))


@pytest.mark.parametrize("metric", [mean_image_rmse, pixel_divergence])
def test_images_that_do_not_serve(metric):
    good = images(3, 1, 4, 4)
    for real, generated, message in (
        (good / 255, good, "needed is uint8"),
        (good, good.astype(np.int64), "needed is uint8"),
        (good, images(3, 1, 4, 5), r"needed are \(N, C, H, W\)"),
        (good[0], good, r"needed are \(N, C, H, W\)"),
        (good, good[0], r"needed are \(N, C, H, W\)"),
        (good[:0], good, "0 real and 3 generated"),
        (good, good[:0], "3 real and 0 generated"),
    ):
        with pytest.raises(ValueError, match=message):
            metric(real, generated)


def test_arguments_out_of_range():
    good = images(3, 1, 4, 4)
    for bins in (0, 257):
        with pytest.raises(ValueError, match=f"bins is {bins}"):
            pixel_divergence(good, good, bins=bins)
    with pytest.raises(ValueError, match="pseudo_count is 0"):
        pixel_divergence(good, good, pseudo_count=0)
    features = np.zeros((4, 3))
    with pytest.raises(ValueError, match="two images or more"):
        frechet_distance(features, features[:1])
    with pytest.raises(ValueError, match=r"generated ones \(4, 2\)"):
        frechet_distance(features, features[:, :2])
    with pytest.raises(ValueError, match="real features hold NaN"):
        frechet_distance(features * np.nan, features)
