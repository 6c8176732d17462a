"""A user's own files, networks and factories run through VBSW without touching code."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

HEADS = {"count": 2, "epochs": 2, "learning_rate": 0.05}


def use_only(project, datasets, backbones, experiments):
    project.config["datasets"] = datasets
    project.config["backbones"] = backbones
    project.config |= {"gradients": {}, "bayes": {}, "witness": {}}
    project.config["vbsw"] = {
        "experiments": experiments,
        "further": list(experiments),
        "resamples": 100,
    }
    project.write_config()


@pytest.fixture
def flowers(project):
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, 90)
    table = pd.DataFrame(rng.normal(size=(90, 3)) + kind[:, None], columns=["a", "b", "c"])
    table["kind"] = np.array(["x", "y", "z"])[kind]
    table.to_csv(project.folder / "flowers.csv", index=False)
    dataset = {"kind": "csv", "path": "flowers.csv", "label": "kind"}
    mlp = {"architecture": "mlp", "dataset": "flowers", "hidden": [6], "networks": 2}
    use_only(
        project,
        {"flowers": dataset},
        {"flowers_mlp": mlp | {"networks_per_job": 2, "training": {"epochs": 2}}},
        {"flowers": {"backbone": "flowers_mlp", "k": 5, "m": 10, "heads": HEADS}},
    )
    return project


def test_a_table_runs_through_an_mlp(flowers):
    flowers.run()
    found = pd.read_csv(flowers.folder / "results/vbsw/tables/further.csv")
    assert found[found["method"] == "baseline"]["n"].tolist() == [2]
    assert set(found["scale"]) == {"not in the paper"}
    assert flowers.jobs() == {}
    # A changed file reruns everything made of it; put back, nothing.
    path = flowers.folder / "flowers.csv"
    before = path.read_text()
    path.write_text(before + "1,2,3,x\n")
    assert flowers.jobs()["train_backbone"] == 1
    path.write_text(before)
    assert flowers.jobs() == {}


def test_a_missing_file_is_named_with_its_key(flowers):
    (flowers.folder / "flowers.csv").rename(flowers.folder / "elsewhere.csv")
    done = flowers.snakemake("--dry-run")
    assert done.returncode != 0
    assert "datasets.flowers.path" in done.stdout + done.stderr
    assert "flowers.csv" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_missing_checkpoint_is_named(project):
    backbone = project.config["backbones"]["digits_resnet20"]
    backbone.update(source="checkpoint", checkpoint="mine.th", mean=[0.5], std=[0.2], networks=1)
    project.write_config()
    done = project.snakemake("--dry-run")
    assert done.returncode != 0
    assert "mine.th: no such file" in done.stdout + done.stderr


def test_images_run_through_a_factory_of_the_users(project):
    rng = np.random.default_rng(1)
    for number in range(40):
        folder = project.folder / "pictures" / ("dark", "light")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 100, (6, 6)) + 100 * (number % 2)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    (project.folder / "mine.py").write_text(
        "import torch\n\n\n"
        "class Means(torch.nn.Module):\n"
        "    def forward(self, images):\n"
        "        return images.float().flatten(1)[:, :5] / 255\n\n\n"
        "def build():\n    return Means()\n"
    )
    use_only(
        project,
        {"pictures": {"kind": "images", "path": "pictures"}},
        {"means": {"architecture": "module", "dataset": "pictures", "module": "mine:build"}},
        {"pictures": {"backbone": "means", "k": 4, "m": 10, "heads": HEADS | {"epochs": 60}}},
    )
    project.run("results/vbsw/tables/further.csv")
    found = pd.read_csv(project.folder / "results/vbsw/tables/further.csv")
    assert found[found["method"] == "baseline"]["mean"].item() == 100
