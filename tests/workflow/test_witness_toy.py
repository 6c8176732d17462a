"""The toy sets in the workflow: faults, summaries, verdicts, what is made, and what runs again."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, ROOT, SCHEMA
from vicinal.witness.theorem_rate import fitted_slope, theorem_bound
from vicinal_workflow.artifacts import read_arrays
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.published import compare_with_published, join_measured
from vicinal_workflow.studies import PartResults, page_studies
from vicinal_workflow.witness_toy_levels import levels_of_rules
from vicinal_workflow.witness_toy_names import METHODS, OWN_BEST, PAIRS
from vicinal_workflow.witness_toy_panels import error_panels, rate_curves
from vicinal_workflow.witness_toy_section import witness_toy_section
from vicinal_workflow.witness_toy_settings import best_methods, candidates, tuning_table
from vicinal_workflow.witness_toy_tables import (
    calibrate,
    fit_slopes,
    measured_toys,
    pair_kernels,
    summarise_rates,
)
from vicinal_workflow.witness_toy_verdicts import toy_verdicts

SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
TABLES = {"build_toy_tables": 1, "plot_toy_rates": 1, "plot_density_errors": 1}


def completed(**changes):
    config = load_yaml(ROOT / "config.yaml")
    config["witness"]["toy"].update(changes)
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": 0}, "noise: 0 is not allowed; allowed is a number, above 0"),
        ({"differences": [0, 2]}, "differences.1: 2 is not allowed; allowed is a number,"),
        ({"differences": [0]}, "differences: [0] is not allowed; one must be above 0"),
        ({"inner": 1.5}, "inner: 1.5 is not allowed; allowed is less than outer"),
        ({"equal": 0.25}, "equal: 0.25 is not allowed; allowed is less than different"),
        ({"permutations": 18}, "no p-value would be at most level, 0.05: allowed is at least 19"),
        ({"sigma": 0.2}, "sigma: 0.2 is not allowed; the Hermite kernel vanishes beyond sqrt(2)"),
        (
            {"tuning": {"hermite": [0.4, 0.1]}},
            "tuning.hermite.1: 0.1 is not allowed; the Hermite kernel vanishes beyond",
        ),
        ({"rate": {"sizes": [128]}}, "rate.sizes: [128] is not allowed; allowed is a list"),
        ({"rate": {"densities": ["square"]}}, "densities.0: 'square' is not allowed; allowed is"),
        ({"calibration": {"points": [[1]]}}, "points.0: [1] is not allowed; allowed is a list"),
        ({"degree": 25}, "toy: unknown key 'degree'; known are differences,"),
    ],
)
def test_faults_are_named(changes, message):
    with pytest.raises(ConfigurationError) as error:
        completed(**changes)
    assert "1 fault(s)" in str(error.value)
    assert "witness.toy" in str(error.value)
    assert message in str(error.value)


def test_enough_permutations_for_the_level_are_allowed():
    assert completed(permutations=19)["witness"]["toy"]["permutations"] == 19
    assert completed(permutations=99, level=0.01)


def test_the_differences_are_the_paper_s_and_all_else_is_ours():
    ours = "all settings but the differences ours (paper: not legible)"
    assert Plan(completed(), PAPER, {}).witness_toy.scale == ours
    other = Plan(completed(differences=[0.5], draws=3), PAPER, {}).witness_toy.scale
    assert other == f"{ours}; differences 0.5 (paper 0 0.09 0.18 0.27 0.36)"


def test_the_default_run_has_draws_enough():
    toy = completed()["witness"]["toy"]
    assert toy["draws"] >= 50
    assert toy["calibration"]["draws"] >= 200


def test_null_leaves_the_part_out():
    config = completed()
    config["witness"]["toy"] = None
    part = Plan(config, PAPER, {}).witness_toy
    assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
    assert list(part.drawn()) == []
    assert (list(part.figures()), part.comparison, part.calibration, part.rate) == ([], {}, {}, {})
    comparison = pd.DataFrame({"study": []})
    assert page_studies({"witness_toy": PartResults({}, [])}, comparison, {}) == []


def rates(draws=6, seed=0):
    """Made-up rates: Hermite finds 0.2 more than the Gaussian kernel, at its own best as much."""
    rng = np.random.default_rng(seed)
    lines = []
    for difference in (0.0, 0.2, 0.4):
        for draw in range(draws):
            for number, method in enumerate(METHODS):
                for rule in ("threshold", "level"):
                    base = {"hermite": 0.5, "gaussian": 0.3}.get(method, 0.5)
                    noise = 0.01 * rng.standard_normal(3)
                    lines.append(
                        {
                            "difference": difference,
                            "draw": draw,
                            "method": method,
                            "sigma": [0.5, 0.5, 0.3, 0.1][number],
                            "rule": rule,
                            "detection": base + noise[0] if difference else np.nan,
                            "false_positives": 0.1 + 0.1 * ("gaussian" in method) + noise[1],
                            "wrong_sign": 0.05 + 0.1 * ("gaussian" in method) - noise[1],
                            "false_discoveries": 0.2 + noise[2],
                        }
                    )
    return pd.DataFrame(lines)


def test_summaries_against_scipy():
    table = rates()
    summary = summarise_rates(table).set_index(["difference", "method", "rule", "metric"])
    own = table.query("difference == 0.2 and method == 'hermite' and rule == 'level'")["detection"]
    found = summary.loc[0.2, "hermite", "level", "detection"]
    low, high = stats.t.interval(0.95, 5, own.mean(), stats.sem(own))
    assert (found["mean"], found["n"], found["sigma"]) == (own.mean(), 6, 0.5)
    assert found["half_width"] == pytest.approx((high - low) / 2)
    # Nothing is to be detected where both sets are the same.
    assert (0.0, "hermite", "level", "detection") not in summary.index
    assert (0.0, "hermite", "level", "false_positives") in summary.index


def test_kernels_are_paired_by_draw_over_the_differences():
    table = rates()
    paired = pair_kernels(table).set_index(["method", "against", "rule", "metric"])
    assert len(paired) == len(PAIRS) * 2 * 3
    own = table.query("difference > 0 and rule == 'threshold'")
    means = own.groupby(["method", "draw"])["detection"].mean()
    expected = stats.ttest_rel(means["hermite"], means["gaussian"])
    found = paired.loc["hermite", "gaussian", "threshold", "detection"]
    assert found["p_value"] == pytest.approx(expected.pvalue)
    assert found["mean"] == pytest.approx((means["hermite"] - means["gaussian"]).mean())
    low, high = expected.confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((low, high))
    assert found["n"] == 6
    assert found["first"] - found["second"] == pytest.approx(found["mean"])


def test_the_claim_is_in_the_comparison():
    published = pd.read_csv(ROOT / "data/published.csv")
    own = published[(published["study"] == "witness") & (published["item"] == "figure1")]
    paired = pair_kernels(rates()).assign(scale="ours")
    found = compare_with_published(own, join_measured({"toy": measured_toys(paired)}))
    found = found[found["metric"] != "drawn"]
    assert found["row"].tolist() == ["circle_ellipse"]
    assert found[["published", "measured"]].to_numpy().tolist() == [[1, 1]]
    assert found["scale"].tolist() == ["ours"]
    # The other way round it fails; of a single draw nothing can be told.
    turned = paired.assign(low=-paired["high"], high=-paired["low"])
    assert measured_toys(turned)["measured"].tolist() == [0]
    alone = pair_kernels(rates(1)).assign(scale="ours")
    assert measured_toys(alone)["measured"].isna().all()


def test_the_calibration_against_binomial_tests():
    rng = np.random.default_rng(0)
    p_values = {"hermite": rng.integers(1, 101, (400, 2)) / 100}
    p_values["gaussian"] = np.where(rng.uniform(size=(400, 2)) < 0.2, 0.05, 0.5)
    points = np.array([[1.0, 0.0], [0.0, -1.0]])
    table = calibrate(p_values, points, 0.05, 99)
    assert table["expected"].unique() == [0.05]
    at = table[table["x"].notna()].set_index(["kernel", "x"])
    hits = (p_values["gaussian"] <= 0.05).sum(0)
    for x, count in zip((1, 0), hits, strict=True):
        line = at.loc["gaussian", x]
        low = stats.beta.ppf(0.025, count, 400 - count + 1)
        high = stats.beta.ppf(0.975, count + 1, 400 - count)
        assert line["share"] == count / 400
        assert (line["low"], line["high"]) == pytest.approx((low, high))
        assert line["p_value"] < 1e-6
    over = table[table["x"].isna()].set_index("kernel").loc["hermite"]
    shares = (p_values["hermite"] <= 0.05).mean(1)
    low, high = stats.t.interval(0.95, 399, shares.mean(), stats.sem(shares))
    assert (over["share"], over["n"]) == (shares.mean(), 400)
    assert (over["low"], over["high"]) == pytest.approx((low, high))
    assert over["p_value"] == pytest.approx(stats.ttest_1samp(shares, 0.05).pvalue)


def test_levels_that_permutations_can_have():
    assert levels_of_rules(0.05, 99, 1) == {"threshold": 0.01, "level": 0.05}
    # The p-values are multiples of 1/31: one of them is at most 0.05.
    assert levels_of_rules(0.05, 30, 2) == {"level": 1 / 31}


def errors(slope=-0.6):
    """Errors that fall as N^slope where n grows, and not at all where it is kept."""
    lines = [
        {
            "repetition": repetition,
            "samples": size,
            "choice": choice,
            "n": n if choice == "fixed" else number + 2,
            "error": (1 + 0.02 * repetition**number)
            * (size**slope if choice == "theorem" else 0.1),
            "density": "two_normals_1d",
        }
        for repetition in range(4)
        for number, size in enumerate((64, 256, 1024))
        for choice, n in (("theorem", None), ("fixed", 3), ("fixed", 2))
    ]
    return pd.DataFrame(lines)


def test_slopes_are_held_against_the_bound():
    table = errors()
    found = fit_slopes(table, 2)
    assert found["n_kept"].fillna(0).tolist() == [0, 2, 3]
    grown = found.iloc[0]
    sizes = np.array([64, 256, 1024])
    assert grown["bound"] == pytest.approx(fitted_slope(sizes, theorem_bound(sizes, 1, 2)))
    own = table[table["choice"] == "theorem"].groupby("repetition")["error"]
    slopes = [np.polyfit(np.log(sizes), np.log(part), 1)[0] for _, part in own]
    assert grown["slope"] == pytest.approx(np.mean(slopes))
    expected = stats.ttest_1samp(slopes, grown["bound"])
    assert grown["p_value"] == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert (grown["low"], grown["high"]) == pytest.approx((low, high))
    assert (grown["n_first"], grown["n_last"], grown["n"]) == (2, 4, 4)
    kept = found.iloc[1]
    assert np.isnan(kept["bound"])
    assert np.isnan(kept["p_value"])
    assert (kept["n_first"], kept["n_last"]) == (2, 2)


def tables(seed=1, slope=-0.6):
    rng = np.random.default_rng(seed)
    p_values = {"hermite": rng.integers(1, 101, (4000, 2)) / 100}
    p_values["gaussian"] = rng.integers(1, 51, (4000, 2)) / 100
    made = {
        "toy_rates": summarise_rates(rates()),
        "toy_paired": pair_kernels(rates()),
        "toy_calibration": calibrate(p_values, np.eye(2), 0.05, 99),
        "toy_densities": fit_slopes(errors(slope), 2),
    }
    return {name: table.assign(scale="ours") for name, table in made.items()}


def test_the_page_answers_in_words():
    shown, verdicts = witness_toy_section(tables(), pd.DataFrame())
    tones = [verdict.tone for verdict in verdicts]
    # Detections of the three pairs, false positives, wrong signs, both kernels' level, one density.
    detections, others = ["for", "open", "open"], ["for"] * 6
    assert tones == [*detections, *others, "for", "against", "open"]
    first, sign, level, rate = (verdicts[k].text for k in (0, 6, 10, 11))
    assert first.startswith(
        "The Hermite kernel at sigma of 0.5 finds more of the points where the densities differ "
        "than the Gaussian kernel at sigma of 0.5, by the paper's threshold: "
    )
    assert "n = 6 draws" in first
    assert "the Gaussian kernel at sigma of 0.1 (best by detections), by" in verdicts[2].text
    assert "calls fewer of all points significant for the wrong set than the Gaussian" in sign
    assert level.startswith("Gaussian: where both sets are the same, 10")
    assert "the level is exceeded" in level
    assert "falls faster than theorem 3.1's bound" in rate
    assert "gamma = 2 is our choice" in rate
    assert all(len(table.columns) <= 9 for table in shown)
    assert [group.title for group in shown[0].groups] == [f"difference {d}" for d in (0, 0.2, 0.4)]
    assert shown[0].groups[0].rows[0][2].is_missing
    assert shown[0].groups[1].rows[0][2].value == pytest.approx(0.5, abs=0.02)
    rows = shown[1].groups[0].rows
    assert list(dict.fromkeys(row[0] for row in rows)) == [
        "Hermite − Gaussian",
        "Hermite − Gaussian, sigma best by detections",
        "Hermite, sigma best by detections − Gaussian, sigma best by detections",
    ]
    assert {row[1] for row in rows} == {"detected", "false positives", "wrong sign"}
    assert {row[4].emphasis for row in rows if row[1] == "wrong sign"} == {"for"}
    assert rows[0][2].value - rows[0][3].value == pytest.approx(rows[0][4].value)
    assert shown[3].groups[0].rows[1][2] == "2, kept"
    # The caption names the steepest by its numbers.
    assert "Steepest: two normal densities on the line, n = 2 to 4 (-0." in shown[3].caption


def test_a_faster_rate_speaks_for_the_bound_where_gamma_is_the_density_s_own():
    own = fit_slopes(errors().assign(density="tent_1d"), 2)
    assert own["gamma"].tolist() == [1] * 3
    assert not own["gamma_ours"].any()
    made = tables()
    verdict = toy_verdicts(*(made | {"toy_densities": own}).values())[-1]
    assert verdict.tone == "for"
    assert "our choice" not in verdict.text


def test_levels_are_judged_by_corrected_p_values():
    made = tables()
    level = made["toy_calibration"].assign(low=0.051, high=0.06, share=0.055, p_value=0.04)
    # Where all else is far from significant, 0.04 among so many is, corrected, not.
    paired = made["toy_paired"].assign(p_value=0.9)
    slopes = made["toy_densities"].assign(p_value=0.9)
    verdicts = toy_verdicts(made["toy_rates"], paired, level, slopes)
    assert [v.tone for v in verdicts if "both sets are the same" in v.text] == ["for", "for"]
    alone = toy_verdicts(made["toy_rates"], paired, level.assign(p_value=0.001), slopes)
    assert [v.tone for v in alone if "both sets are the same" in v.text] == ["against"] * 2


def test_a_slower_rate_speaks_against():
    made = tables(slope=-0.1)
    verdict = toy_verdicts(*made.values())[-1]
    assert verdict.tone == "against"
    assert "falls more slowly" in verdict.text


def test_one_draw_has_no_verdict():
    made = {
        "toy_rates": summarise_rates(rates(1)),
        "toy_paired": pair_kernels(rates(1)),
        "toy_calibration": tables()["toy_calibration"].assign(low=np.nan, high=np.nan),
        "toy_densities": fit_slopes(errors().query("repetition == 0"), 2),
    }
    verdicts = toy_verdicts(*made.values())
    assert {verdict.tone for verdict in verdicts} == {"open"}
    assert not any("nan" in verdict.text for verdict in verdicts)
    shown, _ = witness_toy_section({k: t.assign(scale="") for k, t in made.items()}, pd.DataFrame())
    assert len(shown) == 4


@pytest.mark.parametrize(
    ("false_positives", "expected"),
    [
        ({}, (0.3, 0.2)),
        # The bound is the Hermite kernel's at 0.6, the common sigma.
        ({"hermite 0.6": 0.05, "gaussian 0.1": 0.05, "hermite 0.3": 0.06}, (0.6, 0.1)),
        # Where none keeps to it, the fewest false positives.
        ({"hermite 0.6": 0.01, "gaussian 0.05": 0.02}, (0.6, 0.05)),
    ],
)
def test_the_best_sigma_detects_most_within_the_bound(false_positives, expected):
    tuning = {"hermite": [0.3, 0.5], "gaussian": [0.05, 0.1, 0.2]}
    tried = candidates({"n": 5, "sigma": 0.6, "tuning": tuning})
    found = {"hermite 0.3": 0.4, "hermite 0.5": 0.2, "hermite 0.6": 0.1}
    found |= {"gaussian 0.05": 0.2, "gaussian 0.1": 0.3, "gaussian 0.2": 0.3}
    assert set(tried) == set(found)
    lines = [
        {
            "difference": difference, "draw": 0, "method": name, "rule": rule,
            # By p-values the others would be the best.
            "detection": value if rule == "threshold" else 1 - value,
            "false_positives": false_positives.get(name, 0.1), "wrong_sign": 0.0,
            "false_discoveries": 0.0,
        }
        for name, value in found.items()
        for difference in (0.1, 0.2)
        for rule in ("threshold", "level")
    ]  # fmt: skip
    sigmas = tuning_table(pd.DataFrame(lines), tried, 0.6, OWN_BEST)
    best = best_methods(sigmas, 5)
    # Of equals the larger.
    assert {name: (m.kernel, m.n, m.sigma) for name, m in best.items()} == {
        "hermite_best": ("hermite", 5, expected[0]),
        "gaussian_best": ("gaussian", 5, expected[1]),
    }


def test_curves_and_panels_are_read_back():
    curves = rate_curves(summarise_rates(rates()))
    own = curves["threshold", "detection"]["gaussian_best"]
    assert (own.differences.tolist(), own.sigma) == ([0.2, 0.4], 0.1)
    assert curves["level", "false_positives"]["hermite"].differences.tolist() == [0, 0.2, 0.4]
    (panel,) = error_panels(errors(), fit_slopes(errors(), 2)).values()
    assert [curve.n for curve in panel.curves] == [None, 2, 3]
    first = errors().query("choice == 'theorem' and samples == 256")["error"]
    assert panel.curves[0].errors[1] == pytest.approx(stats.gmean(first))
    np.testing.assert_allclose(panel.bound, theorem_bound([64, 256, 1024], 1, 2))


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    found = pd.read_csv(results / "witness/tables/toy_rates.csv")
    assert set(found["difference"]) == {0, 0.36}
    assert set(found["method"]) == set(METHODS)
    assert (found["n"] == 3).all()
    points = read_arrays(results / "witness/toy/points.npz")
    assert points["samples"].shape == (2, 60, 2)
    assert points["hermite"].shape == points["gaussian"].shape == (2, 20)
    for figure in ("toy_points", "toy_rates", "density_errors"):
        for suffix in ("png", "svg"):
            assert (results / f"witness/figures/{figure}.{suffix}").stat().st_size > 5000
    comparison = pd.read_csv(results / "summary/comparison.csv")
    own = comparison[(comparison["study"] == "witness") & (comparison["item"] == "figure1")]
    assert own["metric"].tolist()[0] == "drawn"
    assert own["scale"].str.contains("ours").all()
    page = (results / "summary/index.html").read_text("utf-8")
    for text in (
        "Hermite witness functions: a circle against ellipses",
        "Figure 1: where a circle and an ellipse differ",
        "Section 5.1: detections and false positives",
        "p-values where both sets are the same",
    ):
        assert text in page


def test_targets_make_what_they_name(project):
    listed = project.run("--list-target-rules").stdout
    for name in ("witness", "witness_figure1", "witness_section5_1"):
        assert f"\n{name} (" in f"\n{listed}", name
    assert project.jobs("witness_figure1") == {
        "compare_toys": 1,
        "plot_toy_points": 1,
        "witness_figure1": 1,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"draws": 4}, {"compare_toys": 1, "plot_toy_points": 1, **TABLES, **SUMMARY}),
        ({"calibration": {"draws": 4}}, {"calibrate_toys": 1, **TABLES, **SUMMARY}),
        (
            {"rate": {"sizes": [16, 32], "repetitions": 3, "fixed": [2]}},
            {"measure_density_errors": 1, **TABLES, **SUMMARY},
        ),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["witness"]["toy"].update(change)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}


def test_editing_a_module_runs_what_imports_it(tiny_run):
    for module, expected in (
        (
            "vicinal/figures/witness_toy.py",
            {"plot_toy_points": 1, "write_manifest": 1, "build_page": 1, "all": 1},
        ),
        ("vicinal_workflow/witness_toy_section.py", {"build_page": 1, "all": 1}),
        ("vicinal_workflow/witness_toy_tables.py", {**TABLES, **SUMMARY}),
    ):
        with tiny_run.edited_file(tiny_run.folder / "src" / module, "\n# edited\n"):
            assert tiny_run.jobs() == expected, module


def test_two_runs_give_the_same_bytes(tiny_run):
    again = [f"toys_again/witness/figures/{n}.svg" for n in ("toy_points", "density_errors")]
    tiny_run.run(
        "toys_again/witness/tables/toy_rates.csv",
        *again,
        "--config",
        "results_dir=toys_again",
        "--cores",
        "1",
    )
    folder = tiny_run.folder / "toys_again"
    made = [path for path in (folder / "witness").rglob("[!.]*") if path.is_file()]
    assert len(made) == 14
    tiny_run.assert_same_bytes(made, folder)


def test_a_further_difference_leaves_the_others_as_they_are(tiny_run):
    with tiny_run.edited_config(
        lambda c: c["witness"]["toy"].update(differences=[0.2, 0, 0.36], draws=4)
    ):
        tiny_run.run("more/witness/toy/rates.csv", "--config", "results_dir=more")
    first, more = (
        pd.read_csv(tiny_run.folder / folder / "witness/toy/rates.csv")
        for folder in ("results", "more")
    )
    shared = more[more["difference"].isin([0, 0.36]) & (more["draw"] < 3)]
    common = first[first["method"].isin(["hermite", "gaussian"])].reset_index(drop=True)
    shared = shared[shared["method"].isin(["hermite", "gaussian"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(common, shared)
