"""The repetitions of a start or run: what is kept of one that stops, and of a finished one."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from vicinal.bayes import HWA, PosteriorSettings, PosteriorTraining, Snapshots, bayesianize
from vicinal.bayes.rates import Rate
from vicinal_workflow.bayes_states import kept_of, restore_run
from vicinal_workflow.bayes_training import Repetition, train_repetitions
from vicinal_workflow.resume import Checkpoint

EXPERIMENT = {
    "hwa": {"cycle": 2, "variance": "total", "rank": 0},
    "swa": {"cycle": 2, "rank": 2},
    "sgld": {"cycle": 2, "snapshots": 4},
}


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(20, 3)).astype(np.float32), np.arange(20) % 2


def training(number, epochs=3, run="hwa"):
    torch.manual_seed(number)
    model = nn.Linear(3, 2)
    if run == "hwa":
        model = bayesianize(model)
        follower = HWA(model, cycle=2)
    elif run == "swa":
        follower = HWA(model, cycle=2, variance="between", rank=2)
    else:
        follower = Snapshots(model, cycle=2, most=4)
    settings = PosteriorSettings(
        epochs=epochs, rate=Rate("constant", 0.01), batch_size=5,
        optimizer="sgld" if run == "sgld" else "sgd",
    )  # fmt: skip
    return PosteriorTraining(model, *data(), settings, seed=number, follower=follower)


def repetition(number, breaks=None, path=True):
    """A repetition whose inputs stop being numbers after some epochs."""
    made = training(number)

    def measure():
        if made.epoch == breaks:
            made.samples.inputs[:] = float("nan")
        yield {"method": "hwa", "loss": float(made.epoch)}

    return Repetition(made, measure, lambda: kept_of(made), epochs=10, steps=100, path=path)


def job(tmp_path, build, numbers=(0, 1)):
    checkpoint = Checkpoint(str(tmp_path / "state.pt"), {}, [])
    return train_repetitions(numbers, build, checkpoint, str(tmp_path / "log.jsonl"), 2)


def test_a_loss_that_is_not_finite_leaves_the_last_good_checkpoint(tmp_path):
    with pytest.raises(ArithmeticError, match="not finite in step 9"):
        job(tmp_path, lambda number: repetition(number, breaks=2 if number else None))
    state = Checkpoint(str(tmp_path / "state.pt"), {}, []).load()
    assert list(state["done"]["parameters"]) == [0]
    assert state["training"]["epoch"] == 2
    assert all(torch.isfinite(value).all() for value in state["training"]["model"].values())

    # With the fault gone it goes on from there, and ends as if nothing had been.
    resumed = job(tmp_path, repetition)
    unbroken = job(tmp_path / "other", repetition)
    for name, value in unbroken.parameters[1].items():
        assert torch.equal(value, resumed.parameters[1][name]), name
    assert resumed.records == unbroken.records


def test_records_are_of_the_beginning_every_second_epoch_and_the_end(tmp_path):
    done = job(tmp_path, repetition)
    table = done.records_table()
    assert table["epoch"].tolist() == [10, 12, 13] * 2
    assert table["step"].tolist() == [100, 108, 112] * 2
    assert table["repetition"].tolist() == [0] * 3 + [1] * 3
    paths = done.path()
    assert paths["iterates"].shape == paths["averages"].shape == (6, 8)
    # Before the first average there is none but the iterate itself.
    np.testing.assert_array_equal(paths["averages"][0], paths["iterates"][0])
    assert not np.array_equal(paths["averages"][1], paths["iterates"][1])
    nothing = job(tmp_path / "no_path", lambda number: repetition(number, path=False)).path()
    assert nothing["iterates"].shape == nothing["averages"].shape == (0, 0)


def test_training_time_adds_up_and_goes_on_from_the_start(tmp_path):
    done = job(tmp_path, repetition)
    before = pd.DataFrame({"repetition": [0, 0, 1], "epoch": [1, 2, 2], "seconds": [1.0, 5, 7]})
    table = done.seconds_so_far(before)
    for number, start in ((0, 5.0), (1, 7.0)):
        own = table.loc[table["repetition"] == number, "seconds"].to_numpy()
        each = [line["seconds"] for line in done.seconds if line["repetition"] == number]
        np.testing.assert_allclose(own, start + np.cumsum(each))


@pytest.mark.parametrize("run", ["hwa", "swa", "sgld"])
def test_a_run_is_restored_from_what_is_kept(run):
    made = training(0, run=run)
    list(made.run())
    kept = {name: value.clone() for name, value in kept_of(made).items()}
    other = training(1, run=run)
    follower = restore_run(run, other.model, EXPERIMENT, kept)
    for name, value in made.model.state_dict().items():
        assert torch.equal(value, other.model.state_dict()[name])
    if run == "sgld":
        assert len(follower.draws) == len(made.follower.draws) > 1
        for ours, theirs in zip(follower.draws, made.follower.draws, strict=True):
            assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    else:
        for name, value in made.follower.state_dict().items():
            assert torch.equal(value, follower.state_dict()[name])
