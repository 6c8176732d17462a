"""A grid of codes, what is measured on it, prototypes, and a kernel's own best sigma."""

import itertools

import numpy as np
import pytest
import torch

from vicinal.models.backbone import pixel_scaling
from vicinal.models.registry import build_backbone
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.latent_space import (
    class_prototypes,
    has_code_nearby,
    latent_grid,
    mean_probabilities,
    means_of_strongest,
    nearest_codes,
)
from vicinal.witness.latent_tests import most_accurate_sigma, verdicts_on


def blobs(count=60, seed=0):
    """Three classes around the corners of a triangle."""
    rng = np.random.default_rng(seed)
    centres = np.array([[-2.0, 0.0], [2.0, 0.0], [0.0, 3.0]])
    labels = np.arange(count) % 3
    return centres[labels] + 0.3 * rng.normal(size=(count, 2)), labels


def test_the_grid_runs_row_by_row_from_the_top():
    grid = latent_grid(2.0, 3)
    expected = [[x, y] for y in (2, 0, -2) for x in (-2, 0, 2)]
    np.testing.assert_array_equal(grid, expected)
    for extent, side in ((0, 3), (1, 1), (np.inf, 3)):
        with pytest.raises(ValueError, match="needed are a number above 0 and at least 2"):
            latent_grid(extent, side)


def test_the_classifier_is_the_mean_of_its_networks():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (7, 1, 8, 8)).astype(np.uint8)
    scaling = pixel_scaling(images, "unit")
    networks = [build_backbone("lenet5", scaling, 1, 4, seed) for seed in (1, 2)]
    found = mean_probabilities(networks, images)
    with torch.no_grad():
        outputs = [network.eval()(torch.tensor(images)).softmax(1) for network in networks]
    np.testing.assert_allclose(found, (outputs[0] + outputs[1]) / 2, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_codes_nearby_by_all_distances():
    rng = np.random.default_rng(1)
    points, codes = rng.normal(size=(40, 2)), rng.normal(size=(25, 2))
    distances = np.linalg.norm(points[:, None] - codes[None], axis=2)
    for radius in (0.1, 0.4, 1.0):
        found = has_code_nearby(points, codes, radius)
        np.testing.assert_array_equal(found, distances.min(axis=1) <= radius)
        assert 0 < found.sum() < 40 or radius == 1.0


def test_as_many_codes_nearest_to_the_mean_of_their_class():
    points, labels = blobs()
    labels = labels * 2  # classes without any code: 1, 3
    chosen = np.random.default_rng(3).random(len(points)) < 0.4
    found = nearest_codes(points, labels, chosen)
    for label in (0, 2, 4):
        own = labels == label
        distances = np.linalg.norm(points[own] - points[own].mean(axis=0), axis=1)
        count = chosen[own].sum()
        assert 0 < count < own.sum()
        np.testing.assert_array_equal(found[own], distances <= np.sort(distances)[count - 1])


def test_means_of_the_strongest_are_over_all_orders_of_ties():
    ratio = np.array([0.5, 2.0, 0.5, 3.0, 0.5])
    values = np.array([0.1, 0.9, 0.7, 0.2, 1.0])
    orders = [
        order
        for order in itertools.permutations(range(5))
        if all(ratio[a] >= ratio[b] for a, b in itertools.pairwise(order))
    ]
    assert len(orders) == 6
    means = [np.cumsum(values[list(order)]) / np.arange(1, 6) for order in orders]
    np.testing.assert_allclose(means_of_strongest(ratio, values), np.mean(means, axis=0))


def test_prototypes_are_the_means_of_what_is_chosen():
    """Two tight groups a class, so that the mixture's means are those of the groups."""
    rng = np.random.default_rng(0)
    centres = np.array([[[0, 0], [10, 0]], [[0, 10], [10, 10]]], dtype=float)
    labels = np.repeat([0, 1, 2], [50, 50, 3])
    groups = np.tile([0, 0, 0, 1, 1], 20)
    points = np.concatenate([centres[labels[:100], groups], np.zeros((3, 2))])
    points += 0.01 * rng.normal(size=points.shape)
    chosen = np.arange(103) % 7 != 0
    settings = {"classes": 3, "components": 2, "seed": 2**40}
    found = class_prototypes(points, labels, chosen, **settings)
    assert found.shape == (3, 2, 2)
    for number in range(2):
        own = chosen[:100] & (labels[:100] == number)
        # The heavier one first.
        for place in range(2):
            expected = points[:100][own & (groups == place)].mean(axis=0)
            np.testing.assert_allclose(found[number, place], expected, atol=1e-6)
    assert np.isnan(found[2]).all()  # of three codes there are no two components


def test_verdicts_of_several_sets_are_those_of_each_alone():
    codes, labels = blobs()
    witness = HermiteWitness(n=4, sigma=1.0, n_permutations=19).fit(codes, labels)
    rng = np.random.default_rng(2)
    sets = [rng.uniform(-4, 4, (count, 2)) for count in (9, 4)]
    together = verdicts_on(witness, *sets)
    assert [len(found.classes) for found in together] == [9, 4]
    for points, found in zip(sets, together, strict=True):
        alone = witness.test(points)
        np.testing.assert_array_equal(found.classes, alone.predicted)
        np.testing.assert_array_equal(found.kept, alone.significant)
        # Rounding decides nothing here: ratios are far from 1.
        assert np.abs(found.ratio - 1).min() > 1e-6
        np.testing.assert_array_equal(found.ratio > 1, found.kept)
        np.testing.assert_allclose(
            found.ratio * alone.threshold, np.abs(alone.statistic), atol=1e-9
        )
    assert 0 < together[0].kept.sum() < 9


def test_the_most_accurate_sigma_against_each_candidate():
    """Stripes narrower than the larger sigmas, which blur them."""
    rng = np.random.default_rng(0)
    codes = rng.uniform(-2, 2, (400, 2))
    labels = np.floor(codes[:, 0] * 2).astype(int) % 2
    made = []

    def make(sigma):
        made.append(sigma)
        return HermiteWitness(sigma=sigma, n_permutations=1, kernel="gaussian")

    sigmas = [3.0, 0.1, 1.0]
    assert most_accurate_sigma(make, codes, labels, sigmas, seed=5) == 0.1
    assert made == sigmas
    # Of equally good ones, the first: labels that every sigma finds.
    easy = (codes[:, 0] > 0).astype(int)
    codes[:, 0] += 8 * easy
    assert most_accurate_sigma(make, codes, easy, [0.5, 1.0], seed=2**63 - 1) == 0.5
