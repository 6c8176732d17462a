"""Data sets, networks and features that runs and users share: Snakemake's `--cache`."""

import copy
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from project import Project

FEATURES = ("features/digits_lenet5/0.npz", "features/entailment_bert/0.npz")
MADE = (
    "datasets/digits.npz",
    "datasets/entailment.npz",
    "backbones/digits_lenet5/0.safetensors",
    "backbones/entailment_bert/0.safetensors",
    "backbones/entailment_bert/0.vocab.txt",
    *FEATURES,
)
TARGETS = [f"results/{path}" for path in FEATURES]


class Checkout(Project):
    """A copy of the project that leaves what it makes in a cache, and takes it from there."""

    def __init__(self, folder, cache):
        folder.mkdir()
        super().__init__(folder)
        self.cache = cache

    def again(self, folder):
        """Another checkout of the same, in which nothing has run, with the same cache."""
        ignored = shutil.ignore_patterns("results", ".snakemake", "__pycache__")
        shutil.copytree(self.folder, folder, ignore=ignored)
        other = copy.copy(self)
        other.folder, other.config = folder, copy.deepcopy(self.config)
        return other

    @property
    def environment(self):
        return super().environment | {"SNAKEMAKE_OUTPUT_CACHE": str(self.cache)}

    def plan(self, *arguments):
        """What a dry run says: the artifacts taken from the cache, and those left there."""
        done = self.run(*arguments, "--dry-run", "--cache")
        text = done.stdout + done.stderr
        found = re.findall(r"Output file (\S+) will be (obtained from|written to)", text)
        return tuple(
            {path.partition("/")[2] for path, how in found if how == words}
            for words in ("obtained from", "written to")
        )


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A checkout whose run has filled the cache. Leave it as you found it."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "cache").mkdir()
    checkout = Checkout(folder / "first", folder / "cache")
    checkout.run(*TARGETS, "--cache")
    return checkout


@pytest.fixture
def second(first, tmp_path):
    """Another checkout, with the same cache."""
    return first.again(tmp_path / "second")


def test_a_run_without_the_cache_knows_nothing_of_it(tiny_run):
    done = tiny_run.run("--dry-run", "--forceall")
    assert "between-workflow cache" not in done.stdout + done.stderr
    assert not any((tiny_run.folder / "results" / path).is_symlink() for path in MADE)


def test_the_cache_holds_what_a_run_without_it_makes(first, tiny_run):
    for path in MADE:
        shared, alone = (run.folder / "results" / path for run in (first, tiny_run))
        assert shared.is_symlink()
        assert shared.resolve().parent == first.cache
        assert shared.read_bytes() == alone.read_bytes(), path


def test_a_second_checkout_trains_nothing(first, second):
    second.config["results_dir"] = "elsewhere/made"  # where results lie is none of the cache's
    second.write_config()
    targets = [f"elsewhere/made/{path}" for path in FEATURES]
    before = {path: path.stat().st_mtime_ns for path in first.cache.iterdir()}
    done = second.run(*targets, "--cache")
    assert "to cache" not in done.stderr
    made = second.folder / "elsewhere/made"
    for path in MADE:
        assert (made / path).samefile(first.folder / "results" / path), path
    # No stage has run: none has written a line, or its time.
    assert not any(path.stat().st_size for path in (made / "logs").rglob("*.*"))
    assert not any(path.stat().st_size for path in (made / "benchmarks").rglob("*.*"))
    assert {path: path.stat().st_mtime_ns for path in first.cache.iterdir()} == before
    assert second.jobs(*targets, "--cache") == {}
    assert second.jobs(*targets) == {}


def test_a_changed_training_is_not_found_in_the_cache(second):
    backbones = second.config["backbones"]
    # Seeds depend on names: networks of equal settings are not the same.
    for name in ("digits_lenet5", "entailment_bert"):
        backbones[f"again_{name}"] = copy.deepcopy(backbones[name])
    backbones["digits_lenet5"]["training"]["epochs"] = 3
    second.write_config()
    again = [path.replace("features/", "features/again_") for path in FEATURES]
    found, missing = second.plan(*TARGETS, *(f"results/{path}" for path in again))
    # Of two files of one job, the first is named.
    assert found == {
        "datasets/digits.npz",
        "datasets/entailment.npz",
        "backbones/entailment_bert/0.safetensors",
        "features/entailment_bert/0.npz",
    }
    assert missing == {
        "backbones/digits_lenet5/0.safetensors",
        "features/digits_lenet5/0.npz",
        "backbones/again_digits_lenet5/0.safetensors",
        "backbones/again_entailment_bert/0.safetensors",
        *again,
    }


def test_a_changed_module_is_not_found_in_the_cache(second):
    path = second.folder / "src/vicinal/training/network.py"
    with second.edited_file(path, "\n# edited\n"):
        _, missing = second.plan(TARGETS[0])
    assert missing == {"backbones/digits_lenet5/0.safetensors", "features/digits_lenet5/0.npz"}


def test_an_image_that_moves_to_another_class_is_not_found_in_the_cache(second):
    rng = np.random.default_rng(0)
    for number in range(20):
        image = second.folder / f"pets/{'cat' if number % 2 else 'dog'}/{number // 2}.png"
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (8, 8), dtype=np.uint8)).save(image)
    second.config["datasets"]["pets"] = {"kind": "images", "path": "pets"}
    second.write_config()
    second.run("results/datasets/pets.npz", "--cache")
    cat, dog = (second.folder / "pets" / kind / "0.png" for kind in ("cat", "dog"))
    # In the same place the same images are known again.
    (second.folder / "results/datasets/pets.npz").unlink()
    assert second.plan("results/datasets/pets.npz") == ({"datasets/pets.npz"}, set())
    content = cat.read_bytes()
    cat.write_bytes(dog.read_bytes())
    dog.write_bytes(content)
    assert second.plan("results/datasets/pets.npz") == (set(), {"datasets/pets.npz"})


def test_every_kind_of_data_and_backbone_can_be_looked_up(second):
    datasets = second.config["datasets"] | {"rte": {"kind": "rte"}, "cifar10": {"kind": "cifar10"}}
    bert = {"architecture": "tiny_bert", "dataset": "rte", "vocabulary": "uncased"}
    second.config["datasets"] = datasets
    second.config["backbones"] |= {
        "columns": {"architecture": "none", "dataset": "diabetes", "columns": "standard"},
        "table": {"architecture": "mlp", "dataset": "diabetes", "hidden": [4]},
        "ready": {
            "architecture": "resnet20",
            "dataset": "cifar10",
            "source": "checkpoint",
            "checkpoint": "resnet20_cifar10_checkpoint",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.2, 0.2, 0.2],
        },
        "hub": bert | {"source": "hub", "hub_revision": "a" * 40},
        "random": bert | {"source": "random"},
        "own": {"architecture": "module", "dataset": "digits", "module": "nets:factory"},
    }
    (second.folder / "nets.py").write_text("def factory(): ...\n")
    second.write_config()
    names = ("columns", "table", "ready", "hub", "random", "own")
    found, missing = second.plan(*(f"results/features/{name}/0.npz" for name in names))
    assert found == {"datasets/digits.npz"}
    assert {path.split("/")[1] for path in missing if path.startswith("feat")} == set(names)
    assert len(missing) == 6 + 4 + 3  # features, networks, data sets


def test_two_checkouts_that_run_at_once_share_one_cache(first, tmp_path, tiny_run):
    (tmp_path / "cache").mkdir()
    checkouts = [first.again(tmp_path / name) for name in ("left", "right")]
    made = ("datasets/double_moon.npz", "features/double_moon_inputs/0.npz")
    runs = []
    for checkout in checkouts:
        checkout.cache = tmp_path / "cache"
        command = checkout.command(f"results/{made[-1]}", "--cache")
        options = {"cwd": checkout.folder, "env": checkout.environment}
        runs.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options))
    for run in runs:
        assert run.wait(300) == 0, run.stderr.read()[-4000:]
    for path in made:
        left, right, alone = (
            checkout.folder / "results" / path for checkout in (*checkouts, tiny_run)
        )
        assert left.samefile(right)
        assert left.read_bytes() == alone.read_bytes(), path
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


def test_a_cache_that_cannot_serve_is_refused_before_anything_runs(second):
    second.cache = second.folder / "not_there"
    done = second.snakemake(*TARGETS, "--cache")
    assert done.returncode != 0
    assert "not_there is no folder; make it" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (second.folder / "results").exists()
