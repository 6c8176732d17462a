"""Seeds, shards, code inputs and the comparison with the papers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from vicinal.data.build import KINDS
from vicinal_workflow.evidence import adjusted, beyond_chance, claim_value
from vicinal_workflow.published import compare_with_published, measured_in_methods
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.score_table import best_seed, read_scores
from vicinal_workflow.shards import join_networks, split_networks
from vicinal_workflow.source_files import modules_of, modules_of_function
from vicinal_workflow.stage import choose_device
from vicinal_workflow.vbsw_section import vbsw_section

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"


def test_a_claim_holds_where_its_difference_lies_on_its_side():
    assert [claim_value(found) for found in ("up", "down")] == [1, 0]
    assert [claim_value(found, better="down") for found in ("up", "down")] == [0, 1]
    assert np.isnan(claim_value(""))


def test_seeds_differ_by_every_name_and_never_collide_by_joining():
    seeds = {derive_seed(0, "a", 1), derive_seed(0, "a", 2), derive_seed(1, "a", 1)}
    seeds |= {derive_seed(0, "a1"), derive_seed(0, "a", "1", "")}
    assert len(seeds) == 5
    assert derive_seed(0, "a", 1) == derive_seed(0, "a", 1)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_networks_of_a_shard_come_back_in_order():
    networks = {10: {"a.b": torch.ones(1)}, 2: {"a.b": torch.zeros(1)}}
    found = split_networks(join_networks(networks))
    assert list(found) == [2, 10]
    assert found[10]["a.b"] == 1


def test_code_inputs_follow_imports_through_modules():
    found = modules_of(ROOT / "scripts/vbsw/weigh_samples.py", SOURCE)
    names = {str(Path(path).relative_to(SOURCE)) for path in found}
    assert "vicinal/vbsw/local_variance.py" in names
    assert "vicinal/neighbours.py" in names  # imported by local_variance, not by the script
    assert not any("heads" in name or "bert" in name for name in names)


def test_a_data_set_depends_on_its_own_reader_only():
    base = modules_of(ROOT / "scripts/data/build_dataset.py", SOURCE, lazy=False)
    assert not any(path.endswith("mnist.py") for path in base)
    mnist = modules_of_function(KINDS["mnist"].builder, SOURCE)
    assert any(path.endswith("data/mnist.py") for path in mnist)
    assert not any(path.endswith("glue.py") for path in mnist)


def test_scripts_import_from_modules_so_that_their_code_inputs_are_complete():
    for script in (ROOT / "scripts").rglob("*.py"):
        text = script.read_text("utf-8")
        assert "from vicinal import" not in text, script
        assert "import vicinal\n" not in text, script
        assert modules_of(script, SOURCE), script


def test_what_describes_a_whole_run_is_no_input_of_its_stages():
    """Else each remark added to the manifest would train all networks anew."""
    for script in (ROOT / "scripts").rglob("*.py"):
        if script.parent.name != "summary":
            found = {Path(path).name for path in modules_of(script, SOURCE)}
            assert not found & {"manifest.py", "page.py", "run_facts.py"}, script


def test_an_import_of_nothing_is_an_error(tmp_path):
    (tmp_path / "s.py").write_text("from vicinal.nowhere import x\n")
    with pytest.raises(FileNotFoundError, match=r"vicinal\.nowhere"):
        modules_of(tmp_path / "s.py", SOURCE)


def test_cuda_is_never_silently_replaced(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "cpu"
    with pytest.raises(RuntimeError, match="device: cuda is set"):
        choose_device("cuda")


def scores_table(networks):
    rows = [
        (network, weighting, seed, split, "accuracy", 90.0 + seed + (weighting == "vbsw"))
        for network in range(networks)
        for weighting in ("vbsw", "uniform", "shuffled")
        for seed in range(2)
        for split in ("validation", "test")
    ]
    rows += [
        (network, "network", -1, "test", "accuracy", 80.0 + network) for network in range(networks)
    ]
    rows += [(network, "guess", -1, "test", "accuracy", 10.0) for network in range(networks)]
    return pd.DataFrame(rows, columns=["network", "weighting", "seed", "split", "metric", "value"])


def test_scores_are_read_as_grids_of_networks_and_seeds():
    ((metric, scores),) = read_scores(scores_table(3))
    assert metric == "accuracy"
    assert scores.test["vbsw"].shape == (3, 2)
    np.testing.assert_array_equal(scores.network, [80, 81, 82])
    assert scores.guess == 10
    assert best_seed(scores_table(1), "vbsw") == 1


def test_agreement_is_said_only_at_the_papers_scale_and_with_both_errors():
    methods = pd.DataFrame(
        {
            "row": ["a", "b", "c"],
            "metric": "accuracy",
            "method": "vbsw",
            "best": [91.0, 91.0, 91.0],
            "mean": [90.0, 90.0, 90.0],
            "standard_error": [0.3, 0.3, 0.3],
            "n": 5,
            "scale": ["paper", "paper", "digits in place of mnist"],
        }
    )
    published = pd.DataFrame(
        {
            "study": "vbsw",
            "item": "table2",
            "row": ["a", "b", "c", "a", "d"],
            "metric": ["vbsw mean accuracy"] * 3 + ["vbsw best accuracy", "vbsw mean accuracy"],
            "published": [90.9, 91.1, 90.0, 91.0, 50.0],
            "published_error": [0.4, 0.4, 0.4, np.nan, 0.1],
            "n": 40,
            "error_kind": "standard_error",
        }
    )
    found = compare_with_published(published, measured_in_methods(methods, "table2"))
    # 1.96 * hypot(0.3, 0.4) = 0.98: 0.9 away agrees, 1.1 away does not.
    assert found["agrees"].tolist() == [True, False, None, None, None]
    assert found["scale"].iloc[-1] == "not run"
    assert np.isnan(found["measured"].iloc[-1])
    assert len(found) == len(published)


@pytest.mark.parametrize(
    ("low", "high", "p", "over_guess", "tone", "words"),
    [
        (0.1, 0.3, 0.01, 5.0, "for", "VBSW beats uniform weights by 0.2"),
        (0.1, 0.3, 0.0625, 5.0, "open", "no difference"),
        (-0.5, 0.9, 0.5, 5.0, "open", "no difference"),
        (-0.3, -0.1, 0.0001, 5.0, "against", "corrected p < 0.001, n = 5 networks"),
        (0.1, 0.3, 0.01, -0.5, "open", "no better than a guess in accuracy"),
        (np.nan, np.nan, np.nan, 5.0, "open", "a single comparison"),
    ],
)
def test_what_the_page_says_follows_from_interval_and_p(low, high, p, over_guess, tone, words):
    gains = pd.DataFrame(
        {
            "row": "r",
            "experiment": "e",
            "data": "digits",
            "metric": "accuracy",
            "gain": ["vbsw_over_uniform", "uniform_over_guess"],
            "mean": [np.nan_to_num((low + high) / 2, nan=1.0), over_guess],
            "low": [low, over_guess - 1],
            "high": [high, over_guess + 1],
            "p_value": p,
            "n": 5,
            "unit": "networks",
            "scale": "paper",
        }
    )
    study = vbsw_section({}, {"table1": gains}, pd.DataFrame({"item": []}), [])
    (verdict,) = study.verdicts
    assert verdict.tone == tone
    assert words in verdict.text


def test_p_values_are_corrected_for_their_number():
    # Benjamini and Hochberg by hand: p n / rank, made monotone from the largest down.
    found = adjusted([0.01, np.nan, 0.04, 0.03])
    np.testing.assert_allclose(found, [0.03, np.nan, 0.04, 0.04])
    assert np.isnan(adjusted([np.nan])).all()


def test_what_chance_brings_about():
    for held in range(6):
        more, fewer = beyond_chance(held, [0.3] * 5)
        assert more == pytest.approx(stats.binom.sf(held - 1, 5, 0.3))
        assert fewer == pytest.approx(stats.binom.cdf(held, 5, 0.3))
    # Different chances: all three, and the certain one alone.
    assert beyond_chance(3, [0.5, 0.2, 1.0])[0] == pytest.approx(0.1)
    assert beyond_chance(1, [0.5, 0.2, 1.0])[1] == pytest.approx(0.5 * 0.8)
