"""Tables of averaged Bayesian networks and the page's words on them, from made-up numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from vicinal_workflow.bayes_bins import recorded_bins
from vicinal_workflow.bayes_curves import recorded_curves
from vicinal_workflow.bayes_section import bayes_section
from vicinal_workflow.bayes_tables import (
    anytime_accuracies,
    labelled,
    measured_bayes,
    pair_variances,
    pair_with_hwa,
    seconds_of_methods,
    speed_of_hwa,
    summarise_methods,
    worse_than_guessing,
)
from vicinal_workflow.published import compare_with_published, join_measured

ROOT = Path(__file__).parents[2]
DESCRIBED = {
    "small": {"row": "mnist_lenet5", "data": "digits", "scale": "ours", "hwa": "hwa_total"},
    "own": {"row": "", "data": "npz", "scale": "not in the paper", "hwa": "hwa_low_rank"},
}


def curve(method, accuracies, repetition=0, start=2):
    """Records of a method: the first where its start ended, ten steps an epoch."""
    epochs = start + np.arange(len(accuracies))
    return pd.DataFrame(
        {
            "method": method,
            "repetition": repetition,
            "epoch": epochs,
            "step": 10 * epochs,
            "test_accuracy": accuracies,
        }
    )


def records(backprop, hwa, unaveraged):
    curves = {"bayes_by_backprop": backprop, "hwa": hwa, "unaveraged": unaveraged}
    curves["sgld"] = backprop
    parts = [
        curve(method, own, repetition)
        for method, of_repetitions in curves.items()
        for repetition, own in enumerate(of_repetitions)
    ]
    return pd.concat(parts).assign(experiment="small")


def times(per_epoch, repetitions=2, start=2, epochs=2):
    """Cumulative seconds of a run (or a start), whose epochs take so long."""
    lines = [
        {"repetition": r, "epoch": epoch, "step": 10 * epoch, "seconds": before + per_epoch * done}
        for r in range(repetitions)
        for before in [10 * start]
        for done, epoch in enumerate(range(start + 1, start + 1 + epochs), 1)
    ]
    return pd.DataFrame(lines)


def metrics(experiment="small", repetitions=5, gain=1.0, methods=("bayes_by_backprop", "sgld")):
    """HWA's accuracy and loss are above Bayes by Backprop's by `gain`, up to a little noise."""
    noise = 0.1 * np.random.default_rng(0).normal(size=(3, repetitions))
    values = {
        ("hwa_total", "accuracy"): 95 + gain + noise[0],
        ("hwa_total", "loss"): 0.5 + gain / 10 + noise[1] / 100,
        ("hwa_total", "train_nll"): 0.3 + gain / 20 + noise[1] / 100,
        ("bayes_by_backprop", "train_nll"): 0.3 + noise[2] / 100,
        ("bayes_by_backprop", "guess_nll"): np.full(repetitions, 2.3),
        ("hwa_total", "ood_entropy"): np.ones(repetitions),
        ("unaveraged", "accuracy"): 95 + noise[2],
        **{(method, "accuracy"): 95 + noise[1] for method in methods},
        ("bayes_by_backprop", "loss"): 0.5 + noise[2] / 100,
        ("sgd", "accuracy"): 96 + noise[2],
    }
    parts = [
        pd.DataFrame(
            {"method": m, "repetition": range(repetitions), "metric": metric, "value": value}
        )
        for (m, metric), value in values.items()
    ]
    return pd.concat(parts).assign(experiment=experiment)


def test_labels_stand_before_what_is_read():
    tables = [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3]})]
    found = labelled(tables, [("one", "sgd"), ("two", "hwa")], "experiment", "run")
    assert found.to_dict("list") == {
        "a": [1, 2, 3],
        "experiment": ["one", "one", "two"],
        "run": ["sgd", "sgd", "hwa"],
    }
    with pytest.raises(ValueError):
        labelled(tables, [("one", "sgd")], "experiment", "run")


def test_means_and_student_intervals():
    found = summarise_methods(metrics(), DESCRIBED).set_index(["method", "metric"])
    values = metrics().query("method == 'sgd'")["value"]
    line = found.loc["sgd", "accuracy"]
    assert line["mean"] == pytest.approx(values.mean())
    low, high = stats.t.interval(0.95, 4, values.mean(), values.std(ddof=1) / 5**0.5)
    assert line["half_width"] == pytest.approx((high - low) / 2)
    assert (line["n"], line["data"], line["scale"]) == (5, "digits", "ours")


def test_an_infinite_divergence_has_no_spread():
    table = metrics()
    table.loc[table["metric"] == "loss", "value"] = np.inf
    found = summarise_methods(table, DESCRIBED).set_index(["method", "metric"])
    assert found.loc["hwa_total", "loss"]["mean"] == np.inf
    assert np.isnan(found.loc["hwa_total", "loss"]["half_width"])
    curves = anytime_accuracies(records([[90, 91]], [[90, 92]], [[90, 91]]))
    assert "loss" not in set(pair_with_hwa(table, curves, DESCRIBED)["metric"])


def test_anytime_accuracy_leaves_out_the_start_and_finds_where_the_target_is_reached():
    table = records(
        backprop=[[80, 85, 90], [80, 90, 88]],
        hwa=[[80, 91, 92], [80, 81, 82]],
        unaveraged=[[91, 70, 80], [80, 84, 88]],
    )
    found = anytime_accuracies(table.sample(frac=1, random_state=1))
    found = found.set_index(["repetition", "method"])
    assert found.loc[(0, "hwa"), "anytime_accuracy"] == 91.5
    assert found.loc[(0, "unaveraged"), "anytime_accuracy"] == 75
    assert found.loc[(1, "bayes_by_backprop"), "target"] == 88
    assert found.loc[(0, "hwa"), ["epoch", "step"]].to_list() == [3, 30]
    assert found.loc[(0, "unaveraged"), "epoch"] == 2  # where the start ended
    assert found.loc[(1, "bayes_by_backprop"), "epoch"] == 3  # before its end
    assert found.loc[(1, "hwa"), ["epoch", "step"]].isna().all()


def test_pairs_are_of_repetitions_and_by_students_t():
    table = metrics().sample(frac=1, random_state=2)
    curves = anytime_accuracies(
        records(
            [[80, 85, 90]] * 2, [[80, 91, 92], [80, 92, 95]], [[80, 81, 82], [80, 81, 83]]
        ).sample(frac=1, random_state=3)
    )
    found = pair_with_hwa(table, curves, DESCRIBED).set_index(["against", "metric"])
    own = metrics().pivot(index="repetition", columns=["method", "metric"], values="value")
    first, second = own["hwa_total", "accuracy"], own["sgd", "accuracy"]
    line = found.loc["sgd", "accuracy"]
    expected = stats.ttest_rel(first, second)
    interval = expected.confidence_interval()
    assert line["mean"] == pytest.approx((first - second).mean())
    assert line["p_value"] == pytest.approx(expected.pvalue)
    assert (line["low"], line["high"]) == pytest.approx((interval.low, interval.high))
    assert line["n"] == 5
    assert found.loc["bayes_by_backprop", "anytime_accuracy"]["mean"] == pytest.approx(5)
    assert found.loc["unaveraged", "anytime_accuracy"]["mean"] == pytest.approx(10.75)
    # Nothing is paired with itself, and only what is compared.
    assert "hwa_total" not in set(found.index.get_level_values("against"))
    assert "ood_entropy" not in set(found.index.get_level_values("metric"))


def test_another_variance_may_be_the_configured_one():
    table = metrics()
    table["method"] = table["method"].replace("hwa_total", "hwa_low_rank")
    extra = table[table["method"] == "hwa_low_rank"].assign(method="hwa_total")
    table = pd.concat([table, extra]).assign(experiment="own")
    curves = anytime_accuracies(records([[1, 2], [1, 2.5]], [[1, 3], [1, 4]], [[1, 2], [1, 2]]))
    found = pair_with_hwa(table, curves.assign(experiment="own"), DESCRIBED)
    pairs = found.set_index(["against", "metric"])
    assert pairs.loc["hwa_total", "accuracy"]["mean"] == 0
    methods = summarise_methods(table, DESCRIBED)
    assert measured_bayes(found, methods, DESCRIBED).empty  # it stands for no row


def test_the_times_of_a_run_are_those_of_all_its_methods():
    seconds = pd.concat(
        [
            times(3).assign(run="hwa"),
            times(2).assign(run="bayes_by_backprop"),
            times(1).assign(run="sgd"),
        ]
    ).assign(experiment="small")
    found = seconds_of_methods(seconds, metrics(), DESCRIBED).set_index("method")
    assert found.loc["hwa_total", "mean"] == found.loc["unaveraged", "mean"] == 26
    assert found.loc["sgd", "mean"] == 22
    assert "swag" not in found.index  # it was not measured
    assert set(found["n"]) == {2}


def test_curves_go_on_at_the_time_that_their_start_ended():
    """Two repetitions, whose starts take 10 seconds an epoch; times are means over them."""
    start = curve("variational", [10, 60, 80], start=0)
    start = pd.concat([start, start.assign(repetition=1, test_accuracy=[12, 62, 82])])
    run = pd.concat([curve("hwa", [80, 85, 90]), curve("hwa", [82, 88, 91], repetition=1)])
    records = pd.concat([start.assign(run="variational"), run.assign(run="hwa")])
    records = records.assign(train_nll=records["test_accuracy"] / 100).sample(
        frac=1, random_state=4
    )
    slower = times(5).query("repetition == 1").assign(repetition=1)
    of_run = pd.concat([times(3).query("repetition == 0"), slower])
    seconds = pd.concat([times(10, start=0).assign(run="variational"), of_run.assign(run="hwa")])
    found = recorded_curves(records, seconds)
    assert list(found["variational"].steps) == [0, 10, 20]
    assert list(found["variational"].seconds) == [0, 10, 20]
    assert list(found["hwa"].seconds) == [20, 24, 28]
    np.testing.assert_array_equal(found["hwa"].accuracy, [[80, 85, 90], [82, 88, 91]])
    np.testing.assert_allclose(found["hwa"].train_nll, found["hwa"].accuracy / 100)
    with pytest.raises(ValueError, match="2 records have no time"):
        recorded_curves(records, seconds[seconds["epoch"] != 3])


def test_bins_are_put_in_order_and_empty_ones_stay_empty():
    lines = [
        {"method": method, "repetition": repetition, "bin": number, "count": 2 * number}
        for method in ("sgd", "bayes_by_backprop")
        for repetition in (0, 1)
        for number in (0, 1, 2)
    ]
    table = pd.DataFrame(lines)
    table["confidence"] = (table["bin"] / 10 + table["repetition"]).where(table["count"] > 0)
    table["accuracy"] = 0.5
    found = recorded_bins(table.sample(frac=1, random_state=5))
    assert list(found) == ["bayes_by_backprop", "sgd"]  # as the tables have them
    first, second = found["sgd"]
    assert first.count.tolist() == [0, 2, 4]
    np.testing.assert_array_equal(first.confidence, [np.nan, 0.1, 0.2])
    np.testing.assert_array_equal(second.confidence, [np.nan, 1.1, 1.2])


def test_speed_is_a_ratio_of_times_where_the_target_is_reached():
    """By hand: 23 over 24 seconds, and the start's 20 over 22; once never."""
    curves = anytime_accuracies(
        records(
            backprop=[[80, 85, 90], [80, 90, 88], [80, 85, 90]],
            hwa=[[80, 91, 92], [89, 81, 82], [80, 81, 82]],
            unaveraged=[[80, 81, 82]] * 3,
        )
    )
    seconds = pd.concat(
        [times(3, 3).assign(run="hwa"), times(2, 3).assign(run="bayes_by_backprop")]
    ).assign(experiment="small")
    starts = pd.concat(
        [
            times(10, 3, start=0).assign(family="variational"),
            times(99, 3, start=0).assign(family="deterministic"),
        ]
    ).assign(experiment="small")
    (line,) = speed_of_hwa(curves, seconds, starts, DESCRIBED).to_dict("records")
    assert line["mean"] == pytest.approx((23 / 24 * 20 / 22) ** 0.5)
    assert (line["n"], line["repetitions"]) == (2, 3)
    never = curves.assign(epoch=np.where(curves["method"] == "hwa", np.nan, curves["epoch"]))
    (line,) = speed_of_hwa(never, seconds, starts, DESCRIBED).to_dict("records")
    assert np.isnan(line["mean"])
    assert line["n"] == 0


def pages(gain=1.0, repetitions=5, anytime=2.0, reached=True):
    """Tables of a made-up run as the stage writes them."""
    table = metrics(gain=gain, repetitions=repetitions)
    noise = np.random.default_rng(1).normal(size=repetitions) / 10
    end = 90.0 if reached else 70.0
    curves = anytime_accuracies(
        records(
            [[80, 85, 90]] * repetitions,
            [[80, end + anytime + x - 2.5, end + anytime + x - 2.5] for x in noise],
            [[80, 85, 90]] * repetitions,
        )
    )
    seconds = pd.concat(
        times(seconds, repetitions).assign(run=run)
        for run, seconds in {"hwa": 3, "sgd": 2, "bayes_by_backprop": 2}.items()
    ).assign(experiment="small")
    starts = times(10, repetitions, start=0).assign(family="variational", experiment="small")
    return {
        "methods": summarise_methods(table, DESCRIBED),
        "paired": pair_with_hwa(table, curves, DESCRIBED),
        "variances": pair_variances(table, DESCRIBED),
        "curves": curves,
        "times": seconds_of_methods(seconds, table, DESCRIBED),
        "speed": speed_of_hwa(curves, seconds, starts, DESCRIBED),
    }


def verdicts(**changes):
    _, found = bayes_section(pages(**changes))
    return {verdict.text: verdict.tone for verdict in found}


def of(found, words):
    (tone,) = [tone for text, tone in found.items() if words in text]
    return tone


def test_claims_that_hold_are_said_to():
    found = verdicts()
    assert of(found, "HWA has the better test accuracy than Bayes by Backprop") == "for"
    assert of(found, "ends with the higher training loss (eq. 3), as the paper says") == "for"
    assert of(found, "HWA trains faster, as the paper claims") == "for"
    assert of(found, "HWA has the better test accuracy than SGLD") == "for"
    assert of(found, "averaging itself raises the test accuracy") == "for"
    assert of(found, "HWA trains faster than SGLD, as the paper claims") == "for"
    assert len(found) == 6  # no NLL was measured


def test_a_difference_in_loss_is_told_from_that_in_divergence():
    (text,) = [text for text in verdicts() if "training loss" in text]
    assert "Of this, +0.051 are the training images' NLL (+0.049" in text
    assert text.endswith("the rest the divergence.")


def test_claims_that_fail_are_said_to():
    found = verdicts(gain=-1, anytime=-2)
    assert of(found, "worse test accuracy than Bayes by Backprop, against") == "against"
    assert of(found, "ends with the lower training loss") == "against"
    assert of(found, "HWA trains slower, against the paper's claim") == "against"


def test_few_repetitions_and_small_differences_leave_claims_open():
    assert set(verdicts(gain=0.01, anytime=0).values()) == {"open"}
    alone = verdicts(repetitions=1)
    assert set(alone.values()) == {"open"}
    assert sum("(1 repetition)" in text for text in alone) == 6


def test_p_values_of_verdicts_are_corrected_for_their_number():
    """Three differences of p 0.04 among six are three of p 0.08."""
    tables = pages()
    own = tables["paired"].assign(mean=1.0, low=0.1, high=2.0, p_value=0.04)
    own.loc[own["against"].isin(["sgld", "unaveraged"]), "p_value"] = 0.9
    _, found = bayes_section({**tables, "paired": own})
    assert {verdict.tone for verdict in found} == {"open"}
    own["p_value"] = 0.04
    _, found = bayes_section({**tables, "paired": own})
    assert "open" not in {verdict.tone for verdict in found}


def test_how_long_hwa_trains_to_the_others_accuracy_is_said():
    """Bayes by Backprop's 90 % are there after 24 s; HWA, at 3 s an epoch, has 91.5 % after 23."""
    (text,) = [text for text in verdicts(anytime=4.0) if "trains faster, as" in text]
    assert "is reached in 5 of 5 repetitions, there after 0.96 times the training time" in text
    assert sum("ends with is reached" in text for text in verdicts()) == 1  # of no other method
    (text,) = [text for text in verdicts(reached=False) if "HWA trains slower, against" in text]
    assert text.endswith(
        "The test accuracy that Bayes by Backprop ends with is reached in 0 of 5 repetitions."
    )


def test_tables_show_every_method_and_nine_columns():
    (methods, paired, variances), _ = bayes_section(pages())
    assert len(methods.columns) == len(paired.columns) == len(variances.columns) == 9
    (group,) = methods.groups
    assert [row[0] for row in group.rows] == [
        "Bayes by Backprop", "HWA's iterates, not averaged", "HWA, total variance", "SGD", "SGLD",
    ]  # fmt: skip
    (setting,) = {group.setting for table in (methods, paired) for group in table.groups}
    assert (setting.data, setting.scale) == ("digits", "ours")
    (group,) = paired.groups
    assert [row[0] for row in group.rows] == [
        "Bayes by Backprop", "HWA's iterates, not averaged", "SGD", "SGLD",
    ]  # fmt: skip
    assert group.remark == "HWA, total variance; 5 pairs"
    first = group.rows[0]
    assert first[1].emphasis == "for"
    assert first[8].emphasis == "against"  # a higher loss is no gain, whoever foretold it
    assert "corrected p" in first[1].title
    assert first[2].is_missing


def test_every_variance_is_held_against_bayes_by_backprop():
    table = metrics()
    other = table[table["method"] == "hwa_total"].assign(method="hwa_between")
    other["value"] += 1
    found = pair_variances(pd.concat([table, other]), DESCRIBED).set_index(["method", "metric"])
    assert set(found.index.get_level_values("method")) == {
        "unaveraged", "hwa_total", "hwa_between",
    }  # fmt: skip
    own = table.pivot(index="repetition", columns=["method", "metric"], values="value")
    expected = (own["hwa_total", "accuracy"] - own["bayes_by_backprop", "accuracy"]).mean()
    assert found.loc["hwa_total", "accuracy"]["mean"] == pytest.approx(expected)
    assert found.loc["hwa_between", "accuracy"]["mean"] == pytest.approx(expected + 1)
    (_, _, shown), _ = bayes_section(pages())
    (group,) = shown.groups
    assert [row[0] for row in group.rows] == ["HWA's iterates, not averaged", "HWA, total variance"]
    assert group.remark == "5 pairs"


def claims(**changes):
    tables = pages(**changes)
    return measured_bayes(tables["paired"], tables["methods"], DESCRIBED)


def test_claims_are_lines_of_the_comparison():
    found = claims()
    assert list(found["measured"]) == [1, 1, 1]
    assert list(claims(gain=-1)["measured"]) == [0, 0, 1]
    assert claims(gain=0.01, anytime=0)["measured"].isna().all()  # open ones have no number
    published = pd.read_csv(ROOT / "data/published.csv")
    joined = compare_with_published(published, join_measured({"bayes": found}))
    own = joined[(joined["study"] == "bayes") & joined["measured"].notna()]
    assert set(own["row"]) == {"mnist_lenet5"}
    assert set(own["item"]) == {"figure1"}
    assert len(own) == 3
    assert set(own["n"]) == {5}


def test_a_loss_above_that_of_guessing_tells_nothing_of_learning():
    tables = pages()
    methods = tables["methods"].copy()
    methods.loc[methods["metric"] == "guess_nll", "mean"] = 0.4  # the losses are about 0.5
    assert worse_than_guessing(methods) == {"small": 0.4}
    assert worse_than_guessing(tables["methods"]) == {}
    _, found = bayes_section({**tables, "methods": methods})
    (verdict,) = [verdict for verdict in found if "training loss" in verdict.text]
    assert verdict.tone == "open"
    assert "nats, that of guessing 0.40" in verdict.text
    measured = measured_bayes(tables["paired"], methods, DESCRIBED)["measured"]
    assert measured.isna().tolist() == [False, True, False]
