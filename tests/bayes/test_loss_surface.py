"""The plane of a trajectory against NumPy's SVD; a loss that is known on it."""

import numpy as np
import pytest

from vicinal.bayes import loss_surface
from vicinal.bayes.loss_surface import evaluate_surface, surface_grid, trajectory_plane


def trajectory(count=9, parameters=50, seed=0):
    """Points that move more along some directions than along others, far from the origin."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=(count, parameters)) * np.geomspace(10, 0.1, parameters)
    return 100 + np.cumsum(moves, axis=0)


def in_a_plane(count=8, parameters=30):
    """Points o + a u + b v with orthonormal u and v, and their (a, b)."""
    rng = np.random.default_rng(1)
    basis, _ = np.linalg.qr(rng.normal(size=(parameters, 2)))
    along = rng.normal(size=(count, 2)) * [5, 1]
    return rng.normal(size=parameters), basis.T, along


@pytest.mark.parametrize("block", [1 << 18, 7])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_plane_is_that_of_the_svd(monkeypatch, block, dtype):
    monkeypatch.setattr(loss_surface, "BLOCK", block)
    points = trajectory().astype(dtype)
    plane = trajectory_plane(points)
    exact = points.astype(np.float64)
    left, values, right = np.linalg.svd(exact - exact.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(plane.origin, exact.mean(axis=0))
    np.testing.assert_allclose(plane.explained, (values**2 / (values**2).sum())[:2], rtol=1e-10)
    signs = np.sign((plane.directions * right[:2]).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(plane.directions, signs * right[:2], atol=1e-9)
    np.testing.assert_allclose(plane.project(points), (left * values)[:, :2] * signs.T, atol=1e-8)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-14)


def test_each_axis_leads_from_the_first_point_to_the_last():
    points = trajectory()
    there, back = trajectory_plane(points), trajectory_plane(points[::-1])
    for plane, way in ((there, points), (back, points[::-1])):
        first, *_, last = plane.project(way)
        assert (last > first).all()
    np.testing.assert_allclose(there.directions, -back.directions, atol=1e-9)


def test_points_of_a_plane_are_found_exactly():
    origin, basis, along = in_a_plane()
    points = origin + along @ basis
    plane = trajectory_plane(points)
    assert plane.explained.sum() == pytest.approx(1)
    places = plane.project(points)
    again = np.array([plane.point(x, y) for x, y in places])
    np.testing.assert_allclose(again, points, atol=1e-12)
    # Distances within the plane are those of the parameters.
    distances = np.linalg.norm(along[:, None] - along, axis=2)
    np.testing.assert_allclose(np.linalg.norm(places[:, None] - places, axis=2), distances)
    # A point beside the plane is where its perpendicular meets it.
    normal = np.random.default_rng(2).normal(size=len(origin))
    normal -= basis.T @ (basis @ normal)
    np.testing.assert_allclose(plane.project(points + normal), places, atol=1e-12)


def test_a_second_direction_of_little_variance_is_still_perpendicular():
    origin, basis, along = in_a_plane()
    points = origin + (along * [1e3, 1e-2]) @ basis
    directions = trajectory_plane(points).directions
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-14)
    np.testing.assert_allclose(np.abs((directions * basis).sum(axis=1)), 1, atol=1e-9)


def test_a_quadratic_loss_is_recovered():
    origin, basis, along = in_a_plane()
    plane = trajectory_plane(origin + along @ basis)
    curvature = np.linspace(0.5, 2, len(origin))

    def loss(point):
        return float((curvature * (point - origin) ** 2).sum())

    x, y = np.array([-3.0, 0.0, 1.0, 4.0]), np.array([-1.0, 0.5, 2.0])
    found = evaluate_surface(loss, plane, x, y)
    assert found.shape == (3, 4)
    # On the plane: c + g.(x, y) + (x, y) H (x, y).
    u, away = plane.directions, plane.origin - origin
    hessian, gradient = (u * curvature) @ u.T, 2 * (u * curvature) @ away
    for row, b in enumerate(y):
        for column, a in enumerate(x):
            place = np.array([a, b])
            expected = (curvature * away**2).sum() + gradient @ place + place @ hessian @ place
            assert found[row, column] == pytest.approx(expected)


def test_the_grid_holds_all_paths_with_the_same_margin():
    x, y = surface_grid([np.array([[0.0, 1], [10, 3]]), np.array([[2.0, 0]])], 5, 0.2)
    np.testing.assert_allclose(x, np.linspace(-2, 12, 5))
    np.testing.assert_allclose(y, np.linspace(-2, 5, 5))
    x, y = surface_grid([np.array([[0.0, 1], [10, 3]])], 2, 0)
    np.testing.assert_allclose([x, y], [[0, 10], [1, 3]])


LINE = np.outer(np.arange(5.0), np.ones(4))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (trajectory(2), r"shape \(2, 50\); needed is \(T, P\), T at least 3"),
        (np.zeros(5), r"shape \(5,\)"),
        (np.full((4, 6), 0.1), "on a line"),
        (LINE, "on a line"),
        (0.1 + LINE, "on a line"),
        (np.where(np.eye(4), np.nan, trajectory(4, 4)), "not all finite"),
    ],
)
def test_points_without_a_plane(points, message):
    with pytest.raises(ValueError, match=message):
        trajectory_plane(points)


def test_what_makes_no_grid():
    path = np.array([[0.0, 1], [10, 3]])
    for paths, count, margin, message in (
        ([path], 1, 0.1, "1 points, margin 0.1"),
        ([path], 5, -0.1, "margin -0.1"),
        ([np.zeros((2, 3))], 5, 0.1, r"shapes \[\(2, 3\)\]; needed are \(T, 2\)"),
        ([], 5, 0.1, "needed are"),
        ([path[:1], path[:1]], 5, 0.1, "in one place"),
    ):
        with pytest.raises(ValueError, match=message):
            surface_grid(paths, count, margin)
    with pytest.raises(ValueError, match=r"shape \(2, 3\); needed is \(T, 50\)"):
        trajectory_plane(trajectory()).project(np.zeros((2, 3)))
