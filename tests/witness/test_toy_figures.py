"""Figure 1, the rates and the density errors hold what they were given, and can be drawn."""

import io

import numpy as np
from matplotlib.colors import to_rgba

from vicinal.figures.density_errors import ErrorCurve, ErrorPanel, density_errors
from vicinal.figures.witness_toy import CIRCLE, ELLIPSE, NEITHER, witness_toy
from vicinal.figures.witness_toy_rates import RULES, TITLES, RateCurve, witness_toy_rates


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=40)
    return len(file.getvalue()) > 2000


def test_points_have_the_colour_of_their_sign():
    rng = np.random.default_rng(0)
    samples, points = rng.normal(size=(2, 8, 2)), rng.normal(size=(2, 30, 2))
    labels = np.tile(np.repeat([0, 1], 4), (2, 1))
    signs = {name: rng.integers(-1, 2, (2, 30)) for name in ("gaussian", "hermite")}
    figure = witness_toy(np.array([0.0, 0.3]), samples, labels, points, signs)
    axes = np.array(figure.axes).reshape(3, 2)
    assert [panel.get_title() for panel in axes[0]] == ["difference 0", "difference 0.3"]
    for row, name in ((1, "gaussian"), (2, "hermite")):
        for column in range(2):
            found = {
                tuple(collection.get_facecolor()[0]): collection.get_offsets()
                for collection in axes[row, column].collections
                if len(collection.get_offsets())
            }
            for sign, colour in ((-1, CIRCLE), (0, NEITHER), (1, ELLIPSE)):
                expected = points[column][signs[name][column] == sign]
                np.testing.assert_array_equal(found[to_rgba(colour)], expected)
    assert drawn(figure)


def curve(values, sigma=0.5):
    differences = np.array([0.0, 0.2, 0.4])[-len(values) :]
    return RateCurve(sigma, differences, np.array(values), np.full(len(values), 0.01))


def test_rates_are_drawn_by_difference():
    curves = {
        (rule, rate): {"hermite": curve([0.1, 0.5]), "gaussian_best": curve([0.0, 0.2, 0.3], 0.1)}
        for rule in RULES
        for rate in TITLES
    }
    figure = witness_toy_rates(curves, {"level": 0.05})
    assert len(figure.axes) == len(RULES) * len(TITLES) == 6
    first, last, wrong = figure.axes[0], figure.axes[-2], figure.axes[-1]
    assert first.lines[0].get_xdata().tolist() == [0.2, 0.4]
    assert first.lines[0].get_ydata().tolist() == [0.1, 0.5]
    # The dotted line is there where the level is known.
    assert (len(first.lines), len(last.lines), len(wrong.lines)) == (2, 3, 2)
    assert last.lines[-1].get_ydata()[0] == 0.05
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [r"Hermite, $\sigma = 0.5$", r"Gaussian, best by detections, $\sigma = 0.1$"]
    assert drawn(figure)


def test_errors_stand_beside_the_bound_of_the_theorem():
    sizes = np.array([128.0, 512.0, 2048.0])
    grown = ErrorCurve(None, sizes, np.array([0.1, 0.05, 0.02]), -0.58)
    kept = ErrorCurve(3, sizes, np.array([0.08, 0.06, 0.05]), -0.17)
    panel = ErrorPanel([grown, kept], np.array([0.5, 0.25, 0.2]), -0.33, 2.0)
    figure = density_errors({"tent_1d": panel, "two_normals_2d": panel})
    axis = figure.axes[0]
    lines = {line.get_label(): line.get_ydata().tolist() for line in axis.lines}
    assert lines["$n$ grows (slope -0.58)"] == [0.1, 0.05, 0.02]
    assert lines["$n = 3$ (-0.17)"] == [0.08, 0.06, 0.05]
    np.testing.assert_allclose(lines["theorem 3.1 (slope -0.33)"], [0.1, 0.05, 0.04])
    assert "gamma = 2" in axis.get_title()
    assert drawn(figure)
