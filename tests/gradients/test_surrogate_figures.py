"""Figures 1 to 3 and 10 to 12 hold what they were given, and can be drawn."""

import io

import numpy as np

from vicinal.figures.parameter_errors import parameter_errors
from vicinal.figures.surrogate_errors import surrogate_errors
from vicinal.figures.surrogate_overfitting import surrogate_overfitting
from vicinal.figures.training_curves import training_curves
from vicinal.gradients.parameter_recovery import Recovery
from vicinal.gradients.sweep_curves import SweepCurves
from vicinal.gradients.training_curves import TrainingCurves
from vicinal.statistics import mean_interval


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=40)
    return len(file.getvalue()) > 2000


def curves(draws=3):
    rng = np.random.default_rng(0)
    return SweepCurves((4, 8, 16), (50, 300), *rng.uniform(0.1, 0.9, size=(4, 2, 3, 2, draws)))


def test_training_curves_are_means_over_the_runs():
    rng = np.random.default_rng(0)
    found = {size: TrainingCurves(*rng.uniform(0.5, 2, size=(3, 2, 4, 10))) for size in (250, 1000)}
    figure = training_curves(found, noise=1.0)
    first, second = figure.axes[0], figure.axes[1]
    for axes, one in ((first, found[250]), (second, found[1000])):
        expected = [one.test_rmse[0], one.train_rmse[0], one.test_rmse[1], one.train_rmse[1]]
        for line, values in zip(axes.lines, expected, strict=False):
            np.testing.assert_allclose(line.get_ydata(), values.mean(axis=0))
            assert line.get_xdata().tolist() == list(range(1, 11))
    below = figure.axes[2].lines[1].get_ydata()
    np.testing.assert_allclose(below, found[250].updates[1].mean(axis=0))
    assert drawn(figure)
    alone = TrainingCurves(*rng.uniform(0.5, 2, size=(3, 2, 1, 1)))
    assert drawn(training_curves({100: alone}))


def test_errors_by_complexity():
    given = curves()
    figure = surrogate_errors(given)
    left, right = figure.axes
    for axes, values in ((left, given.test_rmse), (right, 1 - given.test_pearson)):
        shown = [container.lines[0].get_ydata() for container in axes.containers]
        expected = values.mean(axis=3).transpose(0, 2, 1).reshape(4, 3)
        np.testing.assert_allclose(shown, expected)
    bars = left.containers[0].lines[2][0].get_segments()
    spread = given.test_rmse[0, :, 0].std(axis=1, ddof=1) / np.sqrt(3)
    np.testing.assert_allclose([np.ptp(bar[:, 1]) for bar in bars], 2 * spread)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["50 without", "50 with", "300 without", "300 with"]
    low, high = right.get_ylim()
    assert low > high  # upside down: better is up in both readings
    assert drawn(figure)
    assert drawn(surrogate_errors(curves(draws=1)))


def test_train_against_test():
    given = curves()
    figure = surrogate_overfitting(given)
    for method, axes in enumerate(figure.axes[:2]):
        assert len(axes.collections) == 4  # each size's points, and its entry in the legend
        for row, points in enumerate(axes.collections[::2]):
            expected = np.stack(
                [x[row, :, method].mean(axis=1) for x in (given.train_rmse, given.test_rmse)],
                axis=1,
            )
            np.testing.assert_allclose(points.get_offsets(), expected)
            assert points.get_array().tolist() == [4, 8, 16]
    assert drawn(figure)


def test_parameter_errors_by_size():
    rng = np.random.default_rng(0)
    shape = (2, 2, 3, 6, 4)  # sizes, methods, estimators, sets, parameters
    simulator, errors, distances = (rng.uniform(0.5, 1, size=s) for s in (shape[3:], shape, shape))
    found = Recovery((50, 300), simulator, errors, distances, np.ones(shape[:4]))
    figure = parameter_errors({"[5, 5]": found, "[4, 9]": found})
    above, below = figure.axes[1], figure.axes[3]
    assert above.get_title() == "[4, 9]"
    np.testing.assert_allclose(above.lines[0].get_ydata(), simulator.mean())
    for axes, values in ((above, errors), (below, distances)):
        for method, container in enumerate(axes.containers):
            shown = container.lines[0].get_ydata(orig=False)
            np.testing.assert_allclose(shown, values[:, method].mean(axis=(1, 2, 3)))
            bars = [np.ptp(bar[:, 1]) for bar in container.lines[2][0].get_segments()]
            half = [mean_interval(v.mean(axis=(0, 2))).half_width for v in values[:, method]]
            np.testing.assert_allclose(bars, 2 * np.array(half))
    assert drawn(figure)
    ones = np.ones((1, 2, 1, 1, 1))
    alone = Recovery((50,), np.ones((1, 1)), ones, ones, ones[..., 0])
    assert drawn(parameter_errors({"once": alone}))
