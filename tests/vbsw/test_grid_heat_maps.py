"""Figure 6 holds the errors in their places, the chosen cells and the uniform level."""

import io

import numpy as np
import pytest

from vicinal.figures.grid_heat_maps import GridMap, grid_heat_maps
from vicinal.vbsw.grid_scores import GridScores

KS, MS = [10, 21, 30], [2.0, 50.0]
TEST = np.array([[3.0, 4], [1, 5], [2, 6]])
VALIDATION = np.array([[3.0, 4], [7, 5], [2, 6]])


def scores(test=TEST, validation=VALIDATION, *, ks=KS, ms=MS, uniform=2.5, larger=False):
    def seeds(values):
        return None if values is None else np.asarray(values)[..., None] + np.array([-0.5, 0.5])

    return GridScores(
        ks,
        ms,
        seeds(test),
        seeds(validation),
        seeds(uniform),
        None if validation is None else seeds(uniform),
        larger,
    )


def draw(shown, metric="mse"):
    figure = grid_heat_maps([GridMap("a title", metric, shown)])
    for kind in ("png", "svg"):
        file = io.BytesIO()
        figure.savefig(file, format=kind, dpi=40)
        assert len(file.getvalue()) > 2000
    return figure.axes


def marks(axes, shape):
    return [line.get_xydata().tolist() for line in axes.lines if line.get_marker() == shape]


def test_cells_are_in_their_places():
    axes, _ = draw(scores())
    mesh = axes.collections[0]
    np.testing.assert_allclose(mesh.get_array(), TEST)  # rows go up: k
    corners = mesh.get_coordinates()
    np.testing.assert_allclose(corners[0, :, 0], [-22, 26, 74])  # m: half-way between values
    np.testing.assert_allclose(corners[:, 0, 1], [4.5, 15.5, 25.5, 34.5])
    assert axes.get_title() == "a title"


def test_the_order_of_the_axes_does_not_matter():
    order, reverse = [2, 0, 1], [1, 0]
    shuffled = scores(
        TEST[order][:, reverse],
        VALIDATION[order][:, reverse],
        ks=[KS[i] for i in order],
        ms=[MS[i] for i in reverse],
    )
    axes, _ = draw(shuffled)
    np.testing.assert_allclose(axes.collections[0].get_array(), TEST)
    assert marks(axes, "o")[-1] == [[2, 30]]


def test_both_choices_are_marked():
    axes, _ = draw(scores())
    assert marks(axes, "o") == [[[2, 30]]] * 2  # a white edge below the black one
    assert marks(axes, "x") == [[[2, 21]]] * 2
    text = [entry.get_text() for entry in axes.get_legend().get_texts()]
    assert text == [
        "best on validation data, $k$ = 30, $m$ = 2: 2.00 ± 0.50",
        "best on test data, $k$ = 21, $m$ = 2: 1.00 ± 0.50",
        "uniform weights: 2.50 ± 0.50",
    ]


def test_without_validation_only_the_test_choice_is_marked():
    axes, _ = draw(scores(validation=None))
    assert not marks(axes, "o")
    assert marks(axes, "x")


def test_the_uniform_level_is_a_line_across_the_colour_bar():
    _, bar = draw(scores(uniform=2.5))
    np.testing.assert_allclose(bar.lines[-1].get_ydata(), 2.5)


@pytest.mark.parametrize(("uniform", "shape"), [(0.2, "v"), (8.0, "^")])
def test_a_uniform_level_outside_the_range_is_a_triangle(uniform, shape):
    axes, bar = draw(scores(uniform=uniform))
    assert len(marks(bar, shape)) == 1
    assert axes.collections[0].get_clim() == (1, 6)  # the cells keep their contrast
    assert axes.lines[-1].get_marker() == shape  # and the legend shows it


def test_accuracies_are_shown_as_errors():
    axes, bar = draw(scores(100 - TEST, 100 - VALIDATION, uniform=97.5, larger=True), "accuracy")
    np.testing.assert_allclose(axes.collections[0].get_array(), TEST)
    assert marks(axes, "o")[0] == [[2, 30]]
    np.testing.assert_allclose(bar.lines[-1].get_ydata(), 2.5)
    assert bar.get_ylabel() == "1 - accuracy (%), test data"


def test_a_single_cell_and_one_panel_a_grid():
    single = scores(TEST[:1, :1], None, ks=[10], ms=[2.0], uniform=3.0)
    figure = grid_heat_maps([GridMap("first", "mse", single), GridMap("second", "mse", scores())])
    assert [axes.get_title() for axes in figure.axes[:2]] == ["first", "second"]
    np.testing.assert_allclose(figure.axes[0].collections[0].get_array(), [[3]])
    figure.savefig(io.BytesIO(), format="png", dpi=40)
