"""What the pictures of HWA show: means, bands, bins, contours and paths, in their places."""

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from vicinal.bayes.predictive_metrics import expected_calibration_error, reliability_bins
from vicinal.figures.loss_surface import LEVELS, loss_surface
from vicinal.figures.posterior_curves import PosteriorCurve, posterior_curves
from vicinal.figures.posterior_methods import STARTS, STYLES
from vicinal.figures.reliability import FEW, reliability_diagram
from vicinal.statistics import mean_interval

CURVES = ("bayes_by_backprop", "hwa", "unaveraged", "sgld", "sgd", "swa")


def drawn(figure):
    for kind in ("png", "svg"):
        file = io.BytesIO()
        figure.savefig(file, format=kind, dpi=40)
        assert len(file.getvalue()) > 2000
    return figure.axes


def curve(first, last, *, low=90.0, high=95.0, repetitions=3, seed=0):
    rng = np.random.default_rng(seed)
    steps = np.linspace(first, last, 6)
    accuracy, nll = rng.uniform(low, high, (repetitions, 6)), rng.random((repetitions, 6)) + 0.1
    return PosteriorCurve(steps, steps / 7, accuracy, nll)


def in_colour(artists, colour):
    found = [a for a in artists if np.allclose(to_rgba(a.get_color()), to_rgba(colour))]
    return [line for line in found if len(line.get_xdata()) > 2]


def test_curves_are_means_in_all_four_panels():
    curves = {name: curve(50, 100, seed=i) for i, name in enumerate(CURVES)}
    starts = {family: curve(10, 50, seed=9) for family in STARTS}
    figure = posterior_curves(curves, starts)
    axes = drawn(figure)
    shown = {STYLES[name]: found for name, found in curves.items()}
    shown |= {STARTS[family]: found for family, found in starts.items()}
    for style, found in shown.items():
        for number, panel in enumerate(axes):
            (line,) = in_colour(panel.lines, style.colour)
            values = found.train_nll if number >= 2 else found.accuracy
            np.testing.assert_allclose(line.get_ydata(), values.mean(axis=0))
            np.testing.assert_array_equal(
                line.get_xdata(), found.seconds if number % 2 else found.steps
            )
            assert line.get_linestyle() == style.line
    # Each band reaches from the least to the largest repetition.
    for values, panel in ((curves["hwa"].accuracy, axes[0]), (curves["hwa"].train_nll, axes[2])):
        band = panel.collections[len(starts) + CURVES.index("hwa")].get_paths()[0].vertices
        at = band[np.isclose(band[:, 0], curves["hwa"].steps[2]), 1]
        np.testing.assert_allclose([at.min(), at.max()], [values[:, 2].min(), values[:, 2].max()])
    # Up to the dotted line, the start.
    for panel, end in zip(axes, (50, 50 / 7, 50, 50 / 7), strict=True):
        ends = [line for line in panel.lines if len(line.get_xdata()) == 2]
        assert [line.get_xdata()[0] for line in ends] == [end]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [style.label for style in (*STARTS.values(), *(STYLES[n] for n in CURVES))]
    assert [panel.get_yscale() for panel in axes] == ["linear", "linear", "log", "log"]


def test_what_a_start_begins_with_leaves_room_for_the_runs():
    curves, poor = {"hwa": curve(50, 100)}, curve(10, 50, low=10, high=92)
    low, high = drawn(posterior_curves(curves, {"variational": poor}))[0].get_ylim()
    values = curves["hwa"].accuracy
    assert low < values.min() < values.max() < high
    assert np.ptp(values) > 0.5 * (high - low)
    # A start that is near is shown as a whole, and none is needed.
    near = replace(poor, accuracy=np.full((1, 6), values.min() - 1), train_nll=np.ones((1, 6)))
    assert posterior_curves(curves, {"variational": near}).axes[0].get_ylim()[0] < values.min() - 1
    assert drawn(posterior_curves(curves))


def test_curves_of_one_repetition_have_no_band():
    assert not posterior_curves({"hwa": curve(5, 10, repetitions=1)}).axes[0].collections


def test_wrong_curves():
    good = curve(5, 10)
    for curves, starts, message in (
        ({}, {}, "no curves"),
        ({"adam": good}, {}, "method 'adam' has no style; known are bayes_by_backprop"),
        ({"hwa": good}, {"convex": good}, r"unknown families \['convex'\]; known are variational"),
        ({"hwa": replace(good, seconds=good.seconds[1:])}, {}, "curve 'hwa' has steps"),
        ({"hwa": replace(good, accuracy=good.accuracy[:, 1:])}, {}, "curve 'hwa' has steps"),
        ({"hwa": replace(good, train_nll=good.train_nll[1:])}, {}, "curve 'hwa' has steps"),
    ):
        with pytest.raises(ValueError, match=message):
            posterior_curves(curves, starts)


def predictions(n, seed):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(3), n), rng.integers(0, 3, n)


def test_a_reliability_panel_pools_the_repetitions():
    samples = [predictions(n, n) for n in (80, 120)]
    bins = [reliability_bins(p, y, 8) for p, y in samples]
    pooled = reliability_bins(*(np.concatenate(parts) for parts in zip(*samples, strict=True)), 8)
    above, below = drawn(reliability_diagram({"hwa_total": bins}))
    points = np.concatenate([line.get_xydata() for line in above.lines if line.get_marker() == "o"])
    filled = pooled.count > 0
    np.testing.assert_allclose(
        points[points[:, 0].argsort()], np.c_[pooled.confidence, pooled.accuracy][filled]
    )
    many, few = (line for line in above.lines if line.get_marker() == "o")
    assert len(few.get_xdata()) == (filled & (pooled.count < 2 * FEW)).sum() > 0
    assert many.get_markerfacecolor() != "white" == few.get_markerfacecolor()
    # Bars reach from one repetition to the other.
    for place, segment in zip(
        np.flatnonzero(filled), above.collections[0].get_segments(), strict=True
    ):
        values = [found.accuracy[place] for found in bins if found.count[place]]
        np.testing.assert_allclose(segment[:, 1], [min(values), max(values)])
    heights = [patch.get_height() for patch in below.patches]
    np.testing.assert_allclose(heights, pooled.count / 200)
    np.testing.assert_allclose([patch.get_x() for patch in below.patches], np.arange(8) / 8)
    ece = mean_interval([expected_calibration_error(found) for found in bins])
    title = f"HWA, total variance\nECE {ece.mean:.4f} ± {ece.half_width:.4f}"
    assert above.get_title() == title


def test_there_is_a_panel_a_method():
    bins = [reliability_bins(*predictions(50, 1), 5)]
    for count in (1, 3, 5, 11):
        names = [name for name in STYLES if name != "hwa"][:count]
        axes = drawn(reliability_diagram(dict.fromkeys(names, bins)))
        titles = [panel.get_title() for panel in axes if panel.get_title()]
        assert [title.split("\n")[0] for title in titles] == [STYLES[n].label for n in names]
        assert all("±" not in title for title in titles)
        assert sum(panel.axison for panel in axes) == 2 * count


def test_wrong_bins():
    five, six = (reliability_bins(*predictions(50, 1), bins) for bins in (5, 6))
    for bins, message in (
        ({}, "no methods"),
        ({"sgd": [five], "swa": []}, "no repetitions of swa"),
        ({"sgd": [five], "swa": [six]}, r"numbers of bins \[5, 6\]"),
        ({"adam": [five]}, "method 'adam' has no style"),
    ):
        with pytest.raises(ValueError, match=message):
            reliability_diagram(bins)


X, Y = np.linspace(-3, 5, 9), np.linspace(-1, 2, 7)
BOWL = 0.2 + X**2 + 3 * Y[:, None] ** 2
PATHS = {
    "svi": np.array([[4.0, 1], [1, 0.5], [-1, 0]]),
    "hwa": np.array([[4.0, 1], [2, 0.6]]),
    "bayes_by_backprop": np.array([[4.0, 1], [0, 0], [0, 0.1], [0, 0]]),
}


def test_the_surface_and_its_paths():
    figure = loss_surface(BOWL, X, Y, PATHS, [0.871, 0.052])
    axes, bar = drawn(figure)
    assert axes.get_xlabel() == "first principal component (87.1 % of the variance)"
    assert axes.get_ylabel() == "second principal component (5.2 %)"
    assert bar.get_ylabel() == "loss (eq. 3), nats"
    for name, method in (("svi", "unaveraged"), ("hwa", "hwa"), ("bayes_by_backprop",) * 2):
        lines = [line for line in axes.lines if line.get_color() == STYLES[method].colour]
        assert any(np.array_equal(line.get_xydata(), PATHS[name]) for line in lines)
    ends = [
        line.get_xydata()[0].tolist()
        for line in axes.lines
        if line.get_marker() == "*" and len(line.get_xydata())
    ]
    assert sorted(ends) == sorted(path[-1].tolist() for path in PATHS.values())
    assert axes.get_aspect() == 1


def contours(loss):
    return loss_surface(loss, X, Y, {}, [0.8, 0.1]).axes[0].collections[0]


def test_levels_are_spaced_by_ratio_where_losses_differ_much():
    for loss, scale in ((BOWL, np.log), (BOWL + 100, lambda v: np.sqrt(v - v[0]))):
        levels = contours(loss).levels
        assert len(levels) == LEVELS + 1
        np.testing.assert_allclose(levels[[0, -1]], [loss.min(), loss.max()])
        steps = np.diff(scale(levels))
        np.testing.assert_allclose(steps, steps[0])
    # Higher is darker: the least loss is drawn in white.
    shades = contours(BOWL).get_facecolor()[:, :3].mean(axis=1)
    assert shades[0] == 1
    assert (np.diff(shades) < 0).all()


@pytest.mark.parametrize("loss", [BOWL, BOWL / 100 + 123.4, 1e-3 * BOWL + 5, BOWL - 7, 1e5 * BOWL])
def test_no_two_levels_have_the_same_label(loss):
    figure = loss_surface(loss, X, Y, {}, [0.8, 0.1])
    bar = drawn(figure)[1]
    labels = [text.get_text() for text in bar.get_yticklabels() if text.get_text()]
    ticks = bar.get_yticks()
    assert len(set(labels)) == len(labels) == len(ticks) == LEVELS / 4 + 1
    np.testing.assert_allclose([float(label) for label in labels], ticks, rtol=0.006)


def test_rows_go_up():
    """Where the loss is least, at the top right, is where the lowest level's area is."""
    found = contours((X - 5) ** 2 + (Y[:, None] - 2) ** 2 + 0.01)
    lowest = found.get_paths()[0].vertices.mean(axis=0)
    np.testing.assert_allclose(lowest, [5, 2], atol=1.5)


def test_a_plain_and_losses_that_are_not_finite():
    assert drawn(loss_surface(np.full((7, 9), 2.0), X, Y, PATHS, [0.9, 0.1]))
    hole = np.where(BOWL > 20, np.inf, BOWL)
    assert contours(hole).levels[-1] == pytest.approx(BOWL[BOWL <= 20].max())


def test_wrong_surfaces():
    path = {"svi": np.zeros((2, 3))}
    for loss, paths, message in (
        (BOWL.T, {}, r"loss has shape \(9, 7\) on 7 rows and 9 columns"),
        (np.full((7, 9), np.nan), {}, "no loss is finite"),
        (BOWL, {"adam": PATHS["svi"]}, r"unknown paths \['adam'\]; known are bayes_by_backprop"),
        (BOWL, path, r"path 'svi' has shape \(2, 3\); needed is \(T, 2\)"),
    ):
        with pytest.raises(ValueError, match=message):
            loss_surface(loss, X, Y, paths, [0.8, 0.1])
