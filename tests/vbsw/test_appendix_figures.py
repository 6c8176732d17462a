"""Figures 1, 4 and 5 hold what they were given, and can be drawn."""

import io

import numpy as np
import pytest
import torch

from vicinal.figures.bateman_maps import Trajectory, bateman_maps
from vicinal.figures.generalization_bound import generalization_bound
from vicinal.figures.taylor_points import SampledFunction, taylor_points
from vicinal.vbsw.generalization_bound import bound_example


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=40)
    return len(file.getvalue()) > 2000


def test_the_bound():
    example = bound_example(torch.sin, np.linspace(0, 3, 5), 1.0)
    figure = generalization_bound(example)
    above, below = figure.axes
    assert [text.get_text() for text in above.texts] == ["$S_{1}$", "$S_{2}$", "$S_{3}$", "$S_{4}$"]
    shares = [int(text.get_text().split()[0]) for text in below.texts]
    np.testing.assert_allclose(shares, 100 * example.worst / example.worst.sum(), atol=0.5)
    assert drawn(figure)


def test_the_drawn_points():
    grid = np.linspace(0, 1, 30)
    shown = SampledFunction("square", grid, grid**2, 2 * grid, np.array([0.5]), np.array([0.25]))
    figure = taylor_points([shown, shown])
    assert len(figure.axes) == 4  # two panels with two scales each
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_xydata(), [[0.5, 0.25]])
    assert drawn(figure)


def test_the_bateman_maps():
    times = np.linspace(0, 10, 20)
    both = {"uniform": times, "taylor": -times}
    path = Trajectory((0.2, 0.3), times, times**2, both)
    measure, reduction = np.arange(12.0).reshape(4, 3), np.linspace(-1, 1, 12).reshape(4, 3)
    arguments = (path, {"uniform": path, "taylor": path}, measure)
    bounds = [[0, 1], [0, 2], [0, 10]]
    figure = bateman_maps(*arguments, reduction, bounds)
    # Rows of an image go up its second axis: u0 runs to the right, eta0 upwards.
    np.testing.assert_array_equal(figure.axes[2].images[0].get_array(), measure.T)
    assert figure.axes[3].images[0].get_clim() == (-0.1, 0.1)
    assert drawn(figure)
    # What Taylor points save may be small everywhere: it is seen all the same.
    low, high = bateman_maps(*arguments, reduction / 1000, bounds).axes[3].images[0].get_clim()
    assert -low == high == pytest.approx(1e-3, rel=0.2)
