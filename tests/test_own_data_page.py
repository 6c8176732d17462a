"""The overlays on the pages about own data are valid beside the default configuration."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from vicinal_workflow.configuration import complete_configuration, load_schema, load_yaml

ROOT = Path(__file__).parents[1]
PATTERN = r"```yaml\n# (\w+)\.yaml\n(.*?)```"
OVERLAYS = re.findall(PATTERN, (ROOT / "docs/own_data.md").read_text("utf-8"), re.S)
README_OVERLAYS = re.findall(PATTERN, (ROOT / "README.md").read_text("utf-8"), re.S)


def overlaid(base, overlay):
    """A configuration under an overlay, as Snakemake merges them."""
    merged = copy.deepcopy(base)
    update_config(merged, overlay)
    return merged


@pytest.mark.parametrize(
    ("name", "overlay"), OVERLAYS + README_OVERLAYS, ids=lambda value: value.split("\n")[0]
)
def test_overlays_are_valid(name, overlay):
    schema = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
    config = load_yaml(ROOT / "config.yaml")
    complete_configuration(overlaid(config, yaml.safe_load(overlay)), schema)


def test_every_kind_and_backbone_of_one_s_own_has_an_example():
    given = [yaml.safe_load(overlay) for _, overlay in OVERLAYS]
    kinds = {entry["kind"] for one in given for entry in one["datasets"].values()}
    backbones = [entry for one in given for entry in one.get("backbones", {}).values()]
    architectures = {entry["architecture"] for entry in backbones}
    assert kinds == {"csv", "npz", "images", "text"}
    assert architectures == {"none", "mlp", "lenet5", "resnet20", "tiny_bert", "module"}
