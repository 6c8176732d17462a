"""The pictures of the latent plane hold what they were given, and can be drawn."""

import io

import numpy as np
import pytest

from vicinal.figures.witness_latent_curves import latent_curves
from vicinal.figures.witness_latent_prototypes import Prototypes, latent_prototypes
from vicinal.figures.witness_latent_space import (
    DecodedGrid,
    ShownPoints,
    class_colours,
    latent_space,
    tinted,
)
from vicinal.statistics import mean_interval

RNG = np.random.default_rng(0)
CODES, LABELS = RNG.normal(size=(30, 2)), np.arange(30) % 3
NAMES = ["a", "b", "c"]


def images(count, channels=1):
    return RNG.integers(0, 256, (count, channels, 4, 5)).astype(np.uint8)


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=40)
    return len(file.getvalue()) > 2000


def test_decoded_points_stand_in_their_places():
    grid = DecodedGrid(2.0, images(9))
    kept = np.array([1, 0, 0, 1, 1, 0, 0, 0, 1], dtype=bool)
    classes = np.array([0, 0, 0, 1, 2, 0, 0, 0, 2])
    panels = {"all": ShownPoints(np.ones(9, dtype=bool)), "kept": ShownPoints(kept, classes)}
    figure = latent_space(CODES, LABELS, NAMES, grid, panels)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["codes of training images", "all", "kept", ""]
    np.testing.assert_array_equal(figure.axes[0].collections[0].get_offsets(), CODES)
    whole, chosen = (figure.axes[n].images[0] for n in (1, 2))
    # Half a tile beyond the outer points, so that the middle of a tile is its point.
    assert whole.get_extent() == [-3, 3, -3, 3]
    for number in range(9):
        row, column = divmod(number, 3)
        place = (slice(4 * row, 4 * row + 4), slice(5 * column, 5 * column + 5))
        ink = 1 - grid.images[number, 0] / 255
        np.testing.assert_allclose(whole.get_array()[place], np.repeat(ink[..., None], 3, 2))
        tile = chosen.get_array()[place]
        if not kept[number]:
            assert (tile == 1).all()
            continue
        tint = 1 - 0.45 * (1 - class_colours(3)[classes[number]])
        np.testing.assert_allclose(tile, ink[..., None] * tint)
    assert drawn(figure)


def test_grids_and_panels_that_do_not_match():
    with pytest.raises(ValueError, match="8 images; needed are those of a square grid"):
        DecodedGrid(1.0, images(8))
    panel = {"kept": ShownPoints(np.ones(4, dtype=bool))}
    with pytest.raises(ValueError, match=r"a panel is of \(4,\) points, the grid of 9"):
        latent_space(CODES, LABELS, NAMES, DecodedGrid(1.0, images(9)), panel)


def test_coloured_images_stay_as_they_are_on_white():
    own = images(2, channels=3)
    tints = np.array([[1, 1, 1], [0.2, 0.4, 0.6]])
    found = tinted(own, tints)
    np.testing.assert_allclose(found[0], own[0].transpose(1, 2, 0) / 255)
    expected = 0.7 * own[1].transpose(1, 2, 0) / 255 + 0.3 * tints[1]
    np.testing.assert_allclose(found[1], expected)


def test_many_classes_have_colours_of_their_own():
    for count in (3, 10, 17):
        colours = class_colours(count)
        assert colours.shape == (count, 3)
        assert len(np.unique(colours.round(3), axis=0)) == count


def test_prototypes_and_their_images():
    codes = RNG.normal(size=(3, 2, 2))
    codes[1] = np.nan
    own = Prototypes(codes, images(6))
    figure = latent_prototypes(CODES, LABELS, NAMES, {"all": own, "significant": own})
    plane, _, mosaic, _ = figure.axes
    assert plane.get_title() == "all"
    for number, collection in enumerate(plane.collections[1:]):
        shown = np.ma.filled(collection.get_offsets(), np.nan)
        np.testing.assert_array_equal(shown, codes[number])
    picture = mosaic.images[0].get_array()
    assert picture.shape == (3 * 5, 2 * 6, 3)
    np.testing.assert_allclose(picture[:4, 6:11, 0], 1 - own.images[1, 0] / 255)
    assert (picture[5:10] == 1).all()  # the class that has none
    assert drawn(figure)
    wrong = {"all": Prototypes(codes, images(5))}
    with pytest.raises(ValueError, match="6 prototypes have 5 images"):
        latent_prototypes(CODES, LABELS, NAMES, wrong)


def test_curves_are_means_with_their_intervals():
    shares = np.array([0.25, 0.5, 1.0])
    curves = {name: (shares, RNG.random((4, 3))) for name in ("hermite", "gaussian_best")}
    figure = latent_curves(curves, curves)
    for axes in figure.axes:
        for line, band, (_, values) in zip(
            axes.lines, axes.collections, curves.values(), strict=True
        ):
            np.testing.assert_allclose(line.get_ydata(), values.mean(axis=0))
            corners = band.get_paths()[0].vertices
            middle = corners[corners[:, 0] == 0.5, 1]
            half = mean_interval(values[:, 1]).half_width
            np.testing.assert_allclose(np.ptp(middle), 2 * half)
    assert drawn(figure)
    one = {name: (shares, values[:1]) for name, (_, values) in curves.items()}
    assert not latent_curves(one, one).axes[0].collections
