"""Functions by name: constants reach them, and test labels of chains come from an ODE solver."""

import numpy as np
import pytest
import torch

from vicinal.vbsw.boxes import evaluation_points
from vicinal.vbsw.known_functions import known_function
from vicinal.vbsw.taylor_measure import evaluate_function

RNG = np.random.default_rng(0)


def test_functions_of_one_variable():
    points = RNG.uniform(-1, 1, size=(20, 1))
    runge = known_function("runge", shift=0.25, coefficient=4)
    np.testing.assert_allclose(runge.values(points), 1 / (1 + 4 * (points - 0.25) ** 2))
    tanh = known_function("tanh", shift=-0.5, coefficient=3)
    np.testing.assert_allclose(tanh.values(points), np.tanh(3 * (points + 0.5)))


def test_a_chain_of_one_is_the_closed_form():
    points = np.column_stack([RNG.uniform(size=(30, 2)), RNG.uniform(0, 10, size=30)])
    exact = known_function("bateman", v=1.0, sigma_a=0.7, sigma_r=-0.5).values(points)
    chain = known_function("bateman_chain", sigma_a=[0.7], sigma_r=[[-0.5]], steps=400)
    solved = chain.values(points)
    np.testing.assert_allclose(solved, exact, atol=1e-8)
    stepped = evaluate_function(chain.differentiable, points)
    np.testing.assert_allclose(stepped, exact, atol=1e-6)
    assert not np.array_equal(stepped, solved)  # by other means


def test_a_function_of_one_s_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_ridges.py").write_text(
        "def ridge():\n    return lambda x: (3 * x[0] - x[1]).sin()\n\n"
        "def number():\n    return 5\n"
    )
    points = RNG.uniform(size=(10, 2))
    own = known_function("module", module="own_ridges:ridge")
    expected = np.sin(3 * points[:, :1] - points[:, 1:])
    np.testing.assert_allclose(own.values(points), expected)
    assert isinstance(own.differentiable(torch.ones(2)), torch.Tensor)
    with pytest.raises(ValueError, match=r"number\(\) returns int; a function of one point"):
        known_function("module", module="own_ridges:number")
    with pytest.raises(ValueError, match="own_valleys cannot be imported"):
        known_function("module", module="own_valleys:ridge")


def test_other_names_are_refused():
    with pytest.raises(ValueError, match="'sine' is not known; known are runge, tanh, bateman"):
        known_function("sine")


def test_errors_are_measured_on_a_grid_or_at_uniform_points():
    line = evaluation_points([[-1, 3]], 5, RNG)
    np.testing.assert_array_equal(line[:, 0], [-1, 0, 1, 2, 3])
    box = evaluation_points([[0, 1], [5, 6]], 1000, RNG)
    np.testing.assert_allclose(box.mean(axis=0), [0.5, 5.5], atol=0.05)
