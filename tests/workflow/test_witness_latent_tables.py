"""Tables of the latent plane against SciPy, what is measured, and the page's words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from vicinal.witness.latent_tests import LatentTest
from vicinal_workflow.witness_latent_measurement import (
    LatentFindings,
    explore_space,
    judged_points,
    judged_prototypes,
    judged_truth,
)
from vicinal_workflow.witness_latent_names import CODE_PAIRS, CODES, METHODS
from vicinal_workflow.witness_latent_panels import curve_arrays, grid_panels
from vicinal_workflow.witness_latent_section import witness_latent_section
from vicinal_workflow.witness_latent_tables import (
    measured_latent,
    pair_latent,
    summarise_points,
    summarise_prototypes,
)

ROOT = Path(__file__).parents[2]
# Eight points, of which the first four lie among the codes.
NEARBY = np.arange(8) < 4
PROBABILITIES = np.array(
    [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.5, 0.5], [0.2, 0.8], [0.9, 0.1], [0.4, 0.6]]
)


def findings(hermite_kept=3):
    """Both kernels call all points class 0; the ratios fall, the other way round for Gaussian."""
    ratio = np.linspace(2, 0.1, 8)
    tests = {}
    for method in METHODS:
        own = ratio if method.startswith("hermite") else ratio[::-1]
        count = hermite_kept if method == "hermite" else 6
        kept = own >= np.sort(own)[-count] if count else np.zeros(8, dtype=bool)
        tests[method] = LatentTest(np.zeros(8, dtype=int), own, kept)
    prototypes = {name: np.zeros((2, 3, 2)) for name in CODES}
    used = dict.fromkeys(CODES, 10) | {"all_codes": 40, "hermite": 30, "gaussian": 20}
    return LatentFindings(dict.fromkeys(METHODS, 0.5), tests, NEARBY, prototypes, used)


def test_points_that_are_kept_and_dropped():
    points, curves = judged_points(3, findings(), PROBABILITIES)
    assert set(points["repetition"]) == {3}
    lines = points.set_index(["method", "selection", "side"])
    agrees = np.array([1, 1, 0, 1, 1, 0, 1, 0])
    sure = PROBABILITIES.max(axis=1)
    kept = lines.loc[("hermite", "threshold", "kept")]
    assert kept["share"] == 3 / 8
    assert kept["agreement"] == pytest.approx(2 / 3)
    assert kept["confidence"] == pytest.approx(sure[:3].mean())
    assert kept["nearby"] == 1
    dropped = lines.loc[("hermite", "threshold", "dropped")]
    assert dropped["agreement"] == pytest.approx(agrees[3:].mean())
    assert dropped["nearby"] == pytest.approx(1 / 5)
    # The Gaussian kernel's first three are the last ones.
    equal = lines.loc[("gaussian", "equal", "kept")]
    assert (equal["share"], equal["nearby"]) == (3 / 8, 0)
    assert equal["agreement"] == pytest.approx(1 / 3)
    assert equal["confidence"] == pytest.approx(sure[5:].mean())
    own = curves[curves["method"] == "gaussian"].set_index("share")
    assert own["agreement"][0.25] == pytest.approx(agrees[[7, 6]].mean())
    assert own["confidence"][1.0] == pytest.approx(sure.mean())
    shares, values = curve_arrays(curves, "nearby")["hermite"]
    assert values.shape == (1, len(shares))


def test_a_kernel_that_keeps_nothing():
    points, _ = judged_points(0, findings(hermite_kept=0), PROBABILITIES)
    lines = points.set_index(["method", "selection", "side"])["agreement"]
    assert lines[[("hermite", "threshold", "kept"), ("gaussian", "equal", "kept")]].isna().all()


def test_prototypes_of_classes_that_all_have():
    found = findings()
    found.prototypes["hermite"][1] = np.nan
    right = np.tile([[0.9, 0.1]], (6, 1))
    wrong = np.tile([[0.3, 0.7]], (6, 1))
    probabilities = dict.fromkeys(CODES, wrong) | {"hermite": right, "gaussian": right}
    table = judged_prototypes(1, found, probabilities).set_index("codes")
    # Of the first class alone: the second has none by the Hermite kernel.
    assert set(table["prototypes"]) == {3}
    three = table.loc[["all_codes", "hermite", "gaussian"]]
    assert list(three["agreement"]) == [0, 1, 1]
    assert list(three["used"]) == [1, 0.75, 0.5]
    found.prototypes["gaussian"][0] = np.nan
    assert judged_prototypes(1, found, probabilities)["agreement"].isna().all()


def test_codes_that_mixtures_are_fitted_to():
    """Two classes, of which some codes lie on the other's side; one component, so a mean."""
    rng = np.random.default_rng(4)
    labels = np.arange(240) % 2
    codes = rng.normal(size=(240, 2)) + np.where(labels, 1.2, -1.2)[:, None]
    labels[:24] = 1 - labels[:24]
    own = {
        "n": 8, "sigma": 1.0, "sigmas": {"hermite": [1.0], "gaussian": [1.0]}, "permutations": 19,
        "threshold_factor": 1.0, "extent": 3, "grid": 5, "components": 1, "codes": None,
    }  # fmt: skip
    found = explore_space(codes, labels, codes, own, classes=2, seed=7, device="cpu")
    assert tuple(found.prototypes) == CODES
    hermite, gaussian = found.tests["hermite"], found.tests["gaussian"]
    masks = {
        "all_codes": labels >= 0,
        "hermite": hermite.kept & (hermite.classes == labels),
        "significant_only": hermite.kept,
        "class_only": hermite.classes == labels,
        "gaussian": gaussian.kept & (gaussian.classes == labels),
        "gaussian_class_only": gaussian.classes == labels,
    }
    for name, mask in masks.items():
        assert found.used[name] == mask.sum()
        for number in range(2):
            mean = codes[mask & (labels == number)].mean(axis=0)
            np.testing.assert_allclose(found.prototypes[name][number, 0], mean, atol=1e-9)
    used = found.used
    assert 0 < used["hermite"] < min(used["significant_only"], used["class_only"])
    assert found.used["trimmed"] == found.used["hermite"]


def test_truth_is_accuracy():
    labels = np.array([0, 0, 1, 1, 1, 1, 0, 0])
    table = judged_truth("true_images", [PROBABILITIES, 1 - PROBABILITIES], labels)
    right = (PROBABILITIES.argmax(axis=1) == labels).mean()
    assert table["agreement"][0] == right
    assert list(table["repetition"]) == [0, 1]


def raw(gain=0.1, repetitions=5):
    """Made-up files: Hermite exceeds Gaussian by `gain`, prototypes of all codes by twice that."""
    rng = np.random.default_rng(0)

    def noise():
        return 0.01 * rng.normal(size=repetitions)

    points, curves, prototypes = [], [], []
    for method in METHODS:
        more = gain * method.startswith("hermite")
        for selection, side in (
            *(("threshold", side) for side in ("kept", "dropped", "all")),
            ("equal", "kept"),
        ):
            level = 0.6 + more + gain * (side == "kept")
            measures = {m: level + noise() for m in ("agreement", "confidence", "nearby")}
            own = {"method": method, "sigma": 0.5, "selection": selection, "side": side}
            points.append({"repetition": range(repetitions), **own, "share": 0.5, **measures})
        measures = {m: 0.6 + more + noise() for m in ("agreement", "confidence", "nearby")}
        curves.append({"repetition": range(repetitions), "method": method, "share": 1, **measures})
    for name in ("true_images", "reconstructions"):
        own = {"method": name, "selection": "threshold", "side": "all"}
        points.append({"repetition": range(repetitions), **own, "agreement": 0.9 + noise()})
    gains = {"hermite": 2, "significant_only": 1, "class_only": 1}
    for codes in CODES:
        level = 0.6 + gain * gains.get(codes, 0)
        measures = {m: level + noise() for m in ("agreement", "confidence")}
        own = {"codes": codes, "used": 0.4 if codes == "hermite" else 0.5, "prototypes": 50}
        prototypes.append({"repetition": range(repetitions), **own, **measures})
    return [
        pd.concat(map(pd.DataFrame, parts), ignore_index=True)
        for parts in (points, curves, prototypes)
    ]


def tables(*arguments, **changes):
    points, curves, prototypes = raw(*arguments, **changes)
    scale = {"data": "digits", "scale": "ours"}
    return {
        "latent_points": summarise_points(points).assign(**scale),
        "latent_paired": pair_latent(points, curves, prototypes).assign(**scale),
        "latent_prototypes": summarise_prototypes(prototypes).assign(**scale),
    }


def test_summaries_and_pairs_against_scipy():
    points, curves, _ = raw()
    found = tables()
    by = points.set_index(["method", "selection", "side"]).sort_index()
    own, other = (
        by.loc[(name, "equal", "kept"), "nearby"].to_numpy() for name in ("hermite", "gaussian")
    )
    line = found["latent_points"].set_index(["method", "selection", "side"])
    line = line.loc[("hermite", "equal", "kept")]
    low, high = stats.t.interval(0.95, 4, own.mean(), stats.sem(own))
    assert line["nearby"] == pytest.approx(own.mean())
    assert line["nearby_half_width"] == pytest.approx((high - low) / 2)
    assert line["n"] == 5
    paired = found["latent_paired"]
    keys = ["what", "first", "second", "selection", "measure"]
    lines = paired.set_index(keys).sort_index()
    found_line = lines.loc[("kernels", "hermite", "gaussian", "equal", "nearby")]
    assert found_line["mean"] == pytest.approx((own - other).mean())
    expected = stats.ttest_rel(own, other)
    assert found_line["p_value"] == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert (found_line["low"], found_line["high"]) == pytest.approx((interval.low, interval.high))
    curve = lines.loc[("kernels", "hermite_best", "gaussian_best", "curve", "agreement")]
    by_curve = curves.set_index("method")["agreement"]
    gap = by_curve["hermite_best"].mean() - by_curve["gaussian_best"].mean()
    assert curve["mean"] == pytest.approx(gap)
    # Two kinds of sides, twice three selections, all by three measures; those of prototypes by two.
    assert len(paired) == 3 * (1 + 2 * 3) + 2 * len(CODE_PAIRS)


def test_an_autoencoder_without_such_points_is_left_out_of_the_pair():
    points, curves, prototypes = raw()
    where = points.query("method == 'gaussian' and side == 'dropped' and repetition == 2").index
    points.loc[where, "agreement"] = np.nan
    where = points.query("method == 'hermite' and selection == 'threshold' and side == 'kept'")
    points.loc[where.index[:1], "agreement"] = np.nan
    paired = pair_latent(points, curves, prototypes)
    sides = paired[(paired["what"] == "sides") & (paired["measure"] == "agreement")]
    assert sides["n"].item() == 4
    points.loc[where.index, "agreement"] = np.nan
    paired = pair_latent(points, curves, prototypes)
    sides = paired[(paired["what"] == "sides") & (paired["measure"] == "agreement")]
    assert (sides["n"].item(), sides["mean"].isna().item()) == (0, True)
    named = {"data": "digits", "scale": "ours"}
    _, (first, *_) = witness_latent_section(
        {**tables(), "latent_paired": paired.assign(**named)}, pd.DataFrame()
    )
    assert first.tone == "open"
    assert "nothing to compare" in first.text


@pytest.mark.parametrize(("gain", "tone"), [(0.1, "for"), (-0.1, "against"), (0.0, "open")])
def test_the_page_answers_in_words(gain, tone):
    shown, verdicts = witness_latent_section(tables(gain), pd.DataFrame())
    assert {verdict.tone for verdict in verdicts} == {tone}
    assert len(verdicts) == 12
    # Between kernels that keep unlike numbers, both shares are said, and nothing is coloured.
    unequal = [
        verdict.text for verdict in verdicts if "by the Gaussian kernel of the" in verdict.text
    ]
    assert [" (of 40.0 % of the codes) and " in text for text in unequal] == [True]
    assert all("n = 5 autoencoders" in verdict.text for verdict in verdicts)
    assert [len(table.columns) <= 9 for table in shown] == 3 * [True]
    points, prototypes, paired = shown
    assert [len(group.rows) for group in points.groups] == [4, 4, 3]
    # What is left when nothing is dropped, and nothing that was not measured.
    assert points.groups[1].rows[0][4].is_missing
    assert points.groups[2].rows[2][0] == "true test images"
    assert points.groups[2].rows[2][3].value == pytest.approx(90, abs=1)
    assert len(prototypes.groups[0].rows) == len(CODES)
    rows = paired.groups[0].rows
    assert len(rows) == 21 + 2 * len(CODE_PAIRS)
    for name, selection in (
        ("Hermite less Gaussian, same σ", "beyond the threshold"),
        ("Hermite, both, less Gaussian, both", "prototypes"),
    ):
        found = [row[3].emphasis for row in rows if row[:2] == [name, selection]]
        assert set(found) == {""}
    equal = [row[3].emphasis for row in rows if row[1] == "as many as Hermite keeps"]
    assert set(equal[:3]) == {"" if tone == "open" else tone}


@pytest.mark.parametrize(("gain", "expected"), [(0.1, 1.0), (-0.1, 0.0), (0.0, None)])
def test_what_becomes_of_the_published_claims(gain, expected):
    published = pd.read_csv(ROOT / "data/published.csv").query("study == 'witness'")
    measured = measured_latent(tables(gain)["latent_paired"])
    keys = ["study", "item", "row", "metric"]
    both = published.merge(measured, on=keys)
    assert list(both["item"]) == ["figure2", "figure3"]
    if expected is None:
        assert both["measured"].isna().all()
    else:
        assert list(both["measured"]) == [expected] * 2


def test_one_autoencoder_has_no_interval():
    shown, verdicts = witness_latent_section(tables(repetitions=1), pd.DataFrame())
    assert {verdict.tone for verdict in verdicts} == {"open"}
    assert not any("nan" in verdict.text for verdict in verdicts)
    assert shown[2].groups[0].rows[0][4].is_missing


def test_the_panels_of_figure_2():
    kept = {method: np.arange(8) % 2 == number % 2 for number, method in enumerate(METHODS)}
    arrays = {f"kept_{method}": mask for method, mask in kept.items()}
    arrays |= {f"classes_{method}": np.arange(8) for method in METHODS}
    panels = grid_panels({**arrays, "grid": np.zeros((8, 2))})
    whole, dropped, hermite, gaussian, best = panels.values()
    assert whole.shown.all()
    np.testing.assert_array_equal(dropped.shown, ~kept["hermite"])
    for panel, method in ((hermite, "hermite"), (gaussian, "gaussian"), (best, "gaussian_best")):
        np.testing.assert_array_equal(panel.shown, kept[method])
        np.testing.assert_array_equal(panel.classes, np.arange(8))
    assert whole.classes is None
    assert dropped.classes is None
