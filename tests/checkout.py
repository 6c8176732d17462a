"""The checkout under test: its folder, schema, data registry and configurations, read once."""

from pathlib import Path

from vicinal.data.registry import load_registry
from vicinal_workflow.configuration import complete_configuration, load_schema, load_yaml

ROOT = Path(__file__).parents[1]
SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
REGISTRY = load_registry(ROOT / "data/registry.yaml")
# The preset at the paper's scale, completed.
PAPER = complete_configuration(load_yaml(ROOT / "workflow/presets/paper.yaml"), SCHEMA)
