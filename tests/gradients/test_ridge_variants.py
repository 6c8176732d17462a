"""The variants of figures 5 to 7: the curves of a draw, and what the figures show of them."""

import numpy as np
import pytest

from vicinal.figures.ridge_fits import ridge_gradient_fits, ridge_value_fits
from vicinal.figures.ridge_gains import Gains, ridge_gains
from vicinal.gradients.ridge_comparison import PenaltyGrid
from vicinal.gradients.ridge_variants import (
    RidgeStudy,
    compare_variants,
    draw_study,
    fitted_curves,
    median_draw,
)


def test_curves_are_those_of_the_draw():
    study = RidgeStudy(test=200)
    drawn = draw_study(study, 5, 12, np.random.default_rng(0))
    errors = compare_variants(study, drawn)["corrected", "fixed"]
    ridge = errors["ridge"].value_rmse
    draw = median_draw(ridge)
    assert ridge[draw] == np.median(ridge)
    curves = fitted_curves(study, drawn.training, draw)
    np.testing.assert_array_equal(curves["samples x"], drawn.training.X[draw, :, 0])
    for quantity, fit, own in (
        ("value", "ridge_gradients", errors["ridge_gradients"].value_rmse),
        ("value", "joint_ridge", errors["joint_ridge"].value_rmse),
        ("gradient", "gradient_fit", errors["ridge_gradients"].alone_rmse),
        ("gradient", "ridge", errors["ridge"].gradient_rmse),
    ):
        error = curves[f"{quantity} corrected {fit}"] - curves[f"{quantity} true"]
        # On a grid of 400 points, the errors on 200 random ones.
        assert np.sqrt(np.mean(error**2)) == pytest.approx(own[draw], rel=0.2)
    slope = np.gradient(curves["value corrected ridge"], curves["x"])
    np.testing.assert_allclose(slope[1:-1], curves["gradient corrected ridge"][1:-1], atol=0.01)
    assert "value printed joint_ridge" not in curves
    assert curves["bells"].shape == (7, 400)


def test_variants_share_what_the_slips_and_penalties_leave_alone():
    study = RidgeStudy(test=50, tuned=PenaltyGrid(lambda1=(0.1, 1.0)))
    drawn = draw_study(study, 3, 12, np.random.default_rng(1))
    found = compare_variants(study, drawn)
    assert {name for fits in found.values() for name in fits} == {
        "ridge",
        "ridge_gradients",
        "joint_ridge",
    }
    for penalties in ("fixed", "tuned"):
        corrected, printed = found["corrected", penalties], found["printed", penalties]
        # The slips are in derivatives only, which ridge regression has no use for.
        np.testing.assert_allclose(corrected["ridge"].value_rmse, printed["ridge"].value_rmse)
        assert (corrected["ridge"].gradient_rmse != printed["ridge"].gradient_rmse).all()
        assert "joint_ridge" not in printed
    np.testing.assert_allclose(drawn.test.z, np.sin(drawn.test.X))  # no noise
    assert len(drawn.test.X) == 1
    assert (found["corrected", "fixed"]["ridge"].penalties["lambda1"] == 0.1).all()


@pytest.mark.parametrize(("draws", "expected"), [([3.0, 1.0, 2.0], 2), ([4.0, 1.0, 2.0, 3.0], 2)])
def test_the_median_draw(draws, expected):
    assert median_draw(np.array(draws)) == expected


def test_figures_5_and_6_show_the_curves_with_their_errors():
    study = RidgeStudy()
    drawn = draw_study(study, 1, 12, np.random.default_rng(2))
    curves = fitted_curves(study, drawn.training, 0)
    for figure, quantity, fits in (
        (ridge_value_fits(curves), "value", ["ridge", "ridge_gradients", "joint_ridge"]),
        (ridge_gradient_fits(curves), "gradient", ["ridge", "gradient_fit", "joint_ridge"]),
    ):
        left, right = figure.axes
        shown = [line.get_ydata() for line in left.lines if len(line.get_ydata()) == 400]
        for fit in fits:
            curve = curves[f"{quantity} corrected {fit}"]
            assert any(np.array_equal(curve, other) for other in shown)
            rmse = np.sqrt(np.mean((curve - curves[f"{quantity} true"]) ** 2))
            labels = [text.get_text() for text in left.get_legend().get_texts()]
            assert any(f"({rmse:.2f})" in label for label in labels)
        names = [text.get_text() for text in right.get_legend().get_texts()]
        assert not any("joint" in name for name in names)


def test_figure_7_shows_gains_with_their_intervals():
    sizes = np.array([10.0, 20.0])
    curve = Gains(sizes, np.array([12.0, 6.0]), np.array([2.0, np.nan]))
    panels = {
        "fixed": {"corrected ridge_gradients": curve, "printed ridge_gradients": curve},
        "tuned": {"corrected joint_ridge": curve},
    }
    figure = ridge_gains(panels)
    left, right = figure.axes
    drawn = [line for line in left.lines if list(line.get_ydata()) == [12, 6]]
    assert len(drawn) == 2
    assert left.get_title() == "fixed penalties"
    assert len([line for line in right.lines if list(line.get_ydata()) == [12, 6]]) == 1
