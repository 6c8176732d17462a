"""The overlays on the page about own data are valid beside the default configuration."""

import re
from pathlib import Path

import pytest
import yaml

from vicinal_workflow.configuration import complete_configuration, load_schema, load_yaml

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/own_data.md").read_text("utf-8")
OVERLAYS = re.findall(r"```yaml\n# (\w+)\.yaml\n(.*?)```", PAGE, re.S)


@pytest.mark.parametrize(("name", "overlay"), OVERLAYS, ids=lambda value: value.split("\n")[0])
def test_overlays_are_valid(name, overlay):
    schema = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
    config, own = load_yaml(ROOT / "config.yaml"), yaml.safe_load(overlay)
    for section in ("datasets", "backbones"):
        config[section] = config[section] | own[section]
    config["vbsw"]["experiments"] |= own["vbsw"]["experiments"]
    config["vbsw"]["further"] = own["vbsw"]["further"]
    complete_configuration(config, schema)


def test_every_kind_and_backbone_of_one_s_own_has_an_example():
    given = [yaml.safe_load(overlay) for _, overlay in OVERLAYS]
    kinds = {entry["kind"] for one in given for entry in one["datasets"].values()}
    architectures = {entry["architecture"] for one in given for entry in one["backbones"].values()}
    assert kinds == {"csv", "npz", "images", "text"}
    assert architectures == {"none", "mlp", "lenet5", "resnet20", "tiny_bert", "module"}
