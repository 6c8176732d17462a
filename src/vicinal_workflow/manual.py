"""The manual of the configuration, docs/configuration.md, made from its schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from vicinal_workflow.configuration import Schema, allowed_in_words, load_schema

_HEADER = ["| key | allowed | default | what it does |", "| --- | --- | --- | --- |"]


def describe_configuration(schema: Schema) -> str:
    """The manual of all keys, as a Markdown page."""
    parts = [
        "# Configuration",
        "",
        "Every key of `config.yaml`, made from `workflow/schemas/config.schema.yaml` by "
        "`make docs`; do not edit this page. Change single values with an overlay file, "
        "`snakemake --configfile mine.yaml`: mappings are merged key by key, lists replaced. "
        "(`--config key=value` passes nested values as strings and is of use for top-level keys "
        "only.) In an overlay, a named entry or a whole section set to `null` is left out: "
        "`gradients: null`.",
        "",
    ]
    for name, value in schema["properties"].items():
        if "properties" in value or isinstance(value.get("additionalProperties"), dict):
            parts += [f"## `{name}`", "", value["description"], ""]
            parts += _section(value, name)
        else:
            parts += [] if "## Top level" in parts else ["## Top level", "", *_HEADER]
            parts.append(_row(name, value))
    return "\n".join(_blank_before_headings(parts)).rstrip() + "\n"


def _row(name: str, schema: Schema) -> str:
    default = "needed" if "default" not in schema else f"`{_yaml(schema['default'])}`"
    # A pattern's alternatives would end the cell.
    allowed = allowed_in_words(schema).replace("|", "\\|")
    return f"| `{name}` | {allowed} | {default} | {schema['description']} |"


def _yaml(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=1000).strip()
    return text.removesuffix("\n...").strip()


def _section(schema: Schema, path: str) -> list[str]:
    """Rows of an object's own keys, then one section for each nested object."""
    entries = schema.get("additionalProperties")
    if isinstance(entries, dict):
        return _cases(entries, f"{path}.<name>")
    rows, nested = [], []
    for name, value in schema["properties"].items():
        if "x-cases" in value:
            nested += _cases(value, f"{path}.{name}")
        elif "properties" in value or isinstance(value.get("additionalProperties"), dict):
            nested += [f"### `{path}.{name}`", "", value["description"], ""]
            nested += _section(value, f"{path}.{name}")
        else:
            rows.append(_row(name, value))
    return [*(_HEADER if rows else []), *rows, "", *nested]


def _cases(schema: Schema, path: str) -> list[str]:
    if "x-cases" not in schema:
        return _section(schema, path)
    parts, key = [], schema["x-select"]
    grouped: dict[str, list[str]] = {}
    for case, described in schema["x-cases"].items():
        shape = _yaml({k: v for k, v in described["properties"].items() if k != key})
        grouped.setdefault(shape, []).append(case)
    for cases in grouped.values():
        names = ", ".join(f"`{case}`" for case in cases)
        parts += [f"### `{path}` with `{key}:` {names}", ""]
        parts += [f"- `{case}`: {schema['x-cases'][case]['description']}" for case in cases]
        shared = schema["x-cases"][cases[0]]
        own = {k: v for k, v in shared["properties"].items() if k != key}
        parts += ["", *_section({"properties": own}, path)]
    return parts


def _blank_before_headings(lines: list[str]) -> list[str]:
    spaced: list[str] = []
    for line in lines:
        if line.startswith("#") and spaced and spaced[-1] != "":
            spaced.append("")
        if line == "" and spaced and spaced[-1] == "":
            continue
        spaced.append(line)
    return spaced


if __name__ == "__main__":
    schema_path, page_path = map(Path, sys.argv[1:])
    page_path.write_text(describe_configuration(load_schema(schema_path)), "utf-8")
