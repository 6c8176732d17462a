"""The configuration: strict validation with readable messages, and defaults."""

from __future__ import annotations

import copy
import difflib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from vicinal_workflow.consistency import unfit_settings, wrong_references

Schema = Mapping[str, Any]

# The same parser in C where PyYAML has it: every job that a cluster runs reads these files anew.
_Loader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class ConfigurationError(Exception):
    """One message that lists every fault of a configuration."""


class _UniqueKeys(_Loader):  # type: ignore[misc]
    """YAML of which no key is lost: of two alike in a mapping, YAML would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                line = key.start_mark.line + 1
                if key.value in lines:
                    raise ConfigurationError(
                        f"line {line}: the key {key.value!r} is there already, in line "
                        f"{lines[key.value]}; the first would be lost"
                    )
                lines[key.value] = line
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping. Raises ConfigurationError naming file and fault."""
    try:
        content = yaml.load(path.read_text("utf-8"), _UniqueKeys)
    except (ConfigurationError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: a mapping is needed, not {type(content).__name__}")
    return content


def load_schema(path: Path) -> dict[str, Any]:
    """Read the schema and replace every `$ref` by what it names (its own keys take precedence)."""
    schema = load_yaml(path)
    expanded: dict[str, Any] = _expand(schema, schema["$defs"])
    return expanded


def complete_configuration(config: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The configuration with every default filled in. Named entries set to null are left out.

    Raises ConfigurationError with, for each fault, the path of the key, the value and what is
    allowed: unknown keys, wrong types, values out of range, names that no entry bears.
    """
    plain = _without_dropped(copy.deepcopy(dict(config)), schema)
    faults = list(_keys_that_are_no_text(plain, "")) or [
        _describe(error) for error in _Validator(schema).iter_errors(plain)
    ]
    if not faults:
        plain = _with_defaults(plain, schema)
        faults = list(wrong_references(plain)) or list(unfit_settings(plain, schema))
    if faults:
        faults = sorted(set(faults))
        lines = "\n".join(f"  - {fault}" for fault in faults)
        raise ConfigurationError(f"The configuration has {len(faults)} fault(s):\n{lines}")
    return plain


def _expand(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            target = definitions[node["$ref"].removeprefix("#/$defs/")]
            own = {key: value for key, value in node.items() if key != "$ref"}
            return _expand({**target, **own}, definitions)
        return {key: _expand(value, definitions) for key, value in node.items() if key != "$defs"}
    return [_expand(value, definitions) for value in node] if isinstance(node, list) else node


def _check_case(
    validator: Any, cases: Mapping[str, Schema], instance: Any, schema: Schema
) -> Iterator[ValidationError]:
    """The keyword `x-cases`: the schema that the instance's selecting key names."""
    key = schema["x-select"]
    if not isinstance(instance, dict) or key not in instance:
        return
    if not isinstance(instance[key], str) or instance[key] not in cases:
        yield ValidationError(
            "unknown case",
            validator="enum",
            validator_value=list(cases),
            instance=instance[key],
            path=[key],
        )
        return
    yield from validator.descend(instance, cases[instance[key]])


def _is_finite_number(checker: Any, instance: Any) -> bool:
    if isinstance(instance, int):
        return _is_whole_number(checker, instance)
    return isinstance(instance, float) and math.isfinite(instance)


def _is_whole_number(checker: Any, instance: Any) -> bool:
    """JSON counts 25.0 as an integer; `range(25.0)` does not. Arrays hold none beyond 63 bits."""
    whole = isinstance(instance, int) and not isinstance(instance, bool)
    return whole and abs(instance) < 2**63


_Validator = validators.extend(
    Draft202012Validator,
    {"x-cases": _check_case},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_finite_number, "integer": _is_whole_number}
    ),
)


def _keys_that_are_no_text(value: Any, path: str) -> Iterator[str]:
    """YAML reads `5:` and `yes:` as a number and a truth value."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                where = path or "the configuration"
                yield f"{where}: the key {key!r} is not a text; write it in quotation marks"
            yield from _keys_that_are_no_text(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _keys_that_are_no_text(item, f"{path}.{number}")


def _path(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.absolute_path)


def _describe(error: ValidationError) -> str:
    path = _path(error) or "the configuration"
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])  # type: ignore[index,call-overload]
        unknown = [key for key in error.instance if key not in known]  # type: ignore[union-attr]
        return "; ".join(_unknown_key(path, str(key), known) for key in unknown)
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]  # type: ignore[union-attr,operator]
        return f"{path}: the key {', '.join(missing)} is missing"
    if "propertyNames" in error.schema_path:
        return (
            f"{path}: the name {_shown(error.instance)} is not allowed; letters, digits and _ are"
        )
    if error.validator == "uniqueItems":
        return f"{path}: {_shown(error.instance)} names an entry twice; each is allowed once"
    hint = _number_hint(error.instance)
    allowed = allowed_in_words(error.schema, error)
    return f"{path}: {_shown(error.instance)} is not allowed{hint}; allowed is {allowed}"


def _shown(value: Any) -> str:
    """A value as YAML has it in Python, cut short where it is a whole section."""
    text = "null" if value is None else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _number_hint(value: Any) -> str:
    """YAML 1.1 takes 1e-3 for a text: the one trap that most people fall into."""
    if isinstance(value, str) and "e" in value.lower() and "." not in value:
        try:
            return f" (a text to YAML; write {float(value):.1e} for the number)"
        except ValueError:
            pass  # not a number in any spelling: no hint to give
    return ""


def _unknown_key(path: str, key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1) or [k for k in known if k == key.lower()]
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"{path}: unknown key {key!r}{hint}; known are {', '.join(known)}"


def allowed_in_words(schema: Any, error: ValidationError | None = None) -> str:
    """What a schema allows, in words."""
    if error is not None and error.validator == "enum":
        schema = {"enum": error.validator_value}
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kinds = schema.get("type", "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    words = [_TYPE_WORDS[kind] for kind in kinds]
    limits = [
        f"{word} {schema[key]}"
        for key, word in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in schema
    ]
    if "pattern" in schema:
        limits.append(f"matching {schema['pattern']}")
    if "maxLength" in schema:
        longest = schema["maxLength"]
        limits.append(f"of at most {longest} character{'s' if longest > 1 else ''}")
    if schema.get("minLength") or schema.get("minItems"):
        limits.append("not empty")
    if schema.get("uniqueItems"):
        limits.append("all different")
    if "array" in kinds and "items" in schema:
        limits.append(f"each {allowed_in_words(schema['items'])}")
    return " or ".join(words) + ("".join(f", {limit}" for limit in limits))


_TYPE_WORDS = {
    "integer": "an integer",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def _without_dropped(value: Any, schema: Schema) -> Any:
    """Leave out named entries, and sections that may be absent, that an overlay set to null."""
    entries = schema.get("additionalProperties")
    if isinstance(value, dict):
        if isinstance(entries, dict):
            return {key: item for key, item in value.items() if item is not None}
        known = schema.get("properties", {})
        return {
            key: _without_dropped(item, known.get(key, {}))
            for key, item in value.items()
            if item is not None or not _may_be_absent(known.get(key, {}))
        }
    return value


def _may_be_absent(schema: Schema) -> bool:
    """Whether it is a section that an empty one stands for, and null has no meaning of its own."""
    return schema.get("type") == "object" and schema.get("default") == {}


def _with_defaults(value: Any, schema: Schema) -> Any:
    if "x-cases" in schema:
        schema = schema["x-cases"][value[schema["x-select"]]]
    if not isinstance(value, dict):
        return value
    entries = schema.get("additionalProperties")
    if isinstance(entries, dict):
        return {key: _with_defaults(item, entries) for key, item in value.items()}
    filled = {}
    for key, described in schema.get("properties", {}).items():
        if key in value or "default" in described:
            item = value.get(key, copy.deepcopy(described.get("default")))
            filled[key] = _with_defaults(item, described)
    return filled
