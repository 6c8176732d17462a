"""Figures 8 and 9 and the samples hold what they were given, and can be drawn."""

import io
import itertools

import numpy as np
import pytest
import torch

from vicinal.figures.gan_accuracy_drop import gan_accuracy_drop, rolling_mean
from vicinal.figures.gan_architecture import gan_architecture
from vicinal.figures.gan_samples import gan_samples
from vicinal.models.gan import Discriminator, GanShape, Generator
from vicinal.statistics import mean_interval


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=40)
    return len(file.getvalue()) > 2000


@pytest.mark.parametrize(
    ("shape", "linear", "activation"),
    [
        (GanShape(5, (7, 9), (8,), "silu"), ["5 → 7", "7 → 9", "9 → 12"], "silu"),
        (GanShape(5, (7,), (8, 6)), ["5 → 7", "7 → 12"], "leaky ReLU 0.2"),
    ],
)
def test_the_architecture_is_that_of_the_modules(shape, linear, activation):
    draws = [torch.Generator().manual_seed(seed) for seed in range(2)]
    networks = [network((1, 3, 4), shape, draws) for network in (Generator, Discriminator)]
    figure = gan_architecture(*networks)
    texts = [text.get_text() for text in figure.axes[0].texts]
    judging = [12, *shape.discriminator, 1]
    expected = linear + 2 * [f"{a} → {b}" for a, b in itertools.pairwise(judging)]
    found = [line for text in texts for line in text.split("\n") if line.startswith("linear")]
    assert sorted(found) == sorted(f"linear {layer}" for layer in expected)
    hidden = sum(activation in text and f"→ {judging[1]}" in text for text in texts)
    assert hidden == 2  # in either discriminator
    assert sum("1 × 3 × 4" in text for text in texts) == 2  # of true and of fake images
    assert drawn(figure)


def test_the_rolling_mean_lies_in_the_middle():
    values = np.random.default_rng(0).normal(size=(3, 11))
    for window in (1, 4, 5, 30):
        found = rolling_mean(values, window)
        for place in range(11):
            low, high = max(0, place - window // 2), min(11, place + (window + 1) // 2)
            np.testing.assert_allclose(found[:, place], values[:, low:high].mean(axis=1))


def test_the_drop_of_accuracy():
    rng = np.random.default_rng(0)
    iterations = np.arange(1, 13) * 50
    drops = {"conventional": rng.random((4, 12)), "with gradients": rng.random((4, 12))}
    figure = gan_accuracy_drop(iterations, drops, window=3)
    above, below = figure.axes
    both = list(drops.values())
    for values, line, rolling in zip(both, above.lines[::2], above.lines[1::2], strict=False):
        np.testing.assert_allclose(line.get_ydata(), 100 * values.mean(axis=0))
        mean = 100 * rolling_mean(values, 3).mean(axis=0)
        np.testing.assert_array_equal(rolling.get_xdata(), iterations)
        np.testing.assert_allclose(rolling.get_ydata(), mean)
    np.testing.assert_allclose(below.lines[0].get_ydata(), 100 * (both[1] - both[0]).mean(axis=0))
    # The band is the interval over the trials of what the thick line is the mean of.
    interval = mean_interval(100 * rolling_mean(both[0], 3)[:, 5])
    band = above.collections[0].get_paths()[0].vertices
    at_fifth = band[band[:, 0] == iterations[5], 1]
    np.testing.assert_allclose(np.ptp(at_fifth), 2 * interval.half_width)
    assert drawn(figure)
    assert drawn(gan_accuracy_drop(iterations, {name: drop[:1] for name, drop in drops.items()}))


def test_drops_that_are_no_pair():
    drop = np.zeros((2, 3))
    for drops in ({"a": drop}, {"a": drop, "b": drop[:1]}, {"a": drop[:, :2], "b": drop[:, :2]}):
        with pytest.raises(ValueError, match="needed are two of the same"):
            gan_accuracy_drop([1, 2, 3], drops)
    with pytest.raises(ValueError, match="window is 0"):
        gan_accuracy_drop([1, 2, 3], {"a": drop, "b": drop}, window=0)


def test_the_samples():
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (7, 1, 4, 5)).astype(np.uint8)
    figure = gan_samples({"true": grey, "generated": 255 - grey}, columns=3, rows=2)
    assert [axes.get_title() for axes in figure.axes] == ["true", "generated"]
    picture = figure.axes[0].images[0].get_array()
    assert picture.shape == (2 * 5 - 1, 3 * 6 - 1)
    for number in range(6):
        row, column = divmod(number, 3)
        tile = picture[5 * row : 5 * row + 4, 6 * column : 6 * column + 5]
        np.testing.assert_array_equal(tile, grey[number, 0])
    assert drawn(figure)
    colour = rng.integers(0, 256, (2, 3, 4, 4)).astype(np.uint8)
    assert gan_samples({"few": colour}).axes[0].images[0].get_array().shape == (4, 39, 3)


def test_samples_of_another_kind():
    for bad in (
        np.zeros((2, 1, 4, 4)),
        np.zeros((2, 4, 4), np.uint8),
        np.zeros((0, 1, 2, 2), "u1"),
    ):
        with pytest.raises(ValueError, match="images of 'true' have dtype"):
            gan_samples({"true": bad})
