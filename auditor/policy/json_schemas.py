"""JSON Schemas of the files that people write, made from the models, with the short forms that the loader takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from auditor.policy.register import RegisterFile
from auditor.policy.schema import REQUIREMENT_KEYS, PolicyFile
from auditor.policy.testing import TestFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PARAMETER = {
    "type": "object",
    "title": "A parameter",
    "properties": {"parameter": {"type": "string"}},
    "required": ["parameter"],
    "additionalProperties": False,
}
_SPLICE = {"type": "string", "pattern": r"^\$\{.+\}$"}
_PLAIN = [{"type": "boolean"}, {"type": "integer"}, {"type": "string"}]
#: Places where a short form stands for a longer one: definition, property, what may stand there as well.
_SHORT_FORMS: tuple[tuple[str, str, list[dict[str, Any]]], ...] = (
    ("RuleModel", "reachable_by", [{"type": "string"}]),
    ("RuleModel", "expression", [{"type": "string"}]),
    ("Override", "reachable_by", [{"type": "string"}]),
)


def schemas() -> Mapping[str, dict[str, Any]]:
    """Name → JSON Schema (2020-12) of policies, policy tests and the register."""
    return {
        "policy": _schema(PolicyFile, "A bi-auditor policy", parameters=True),
        "policy-tests": _schema(TestFile, "bi-auditor policy tests", parameters=False),
        "register": _schema(RegisterFile, "A bi-auditor register of public content", parameters=False),
    }


def _schema(model: type[BaseModel], title: str, *, parameters: bool) -> dict[str, Any]:
    made = model.model_json_schema(by_alias=True, mode="validation")
    definitions = made.setdefault("$defs", {})
    for name, definition in [(model.__name__, made), *definitions.items()]:
        for key, part in definition.get("properties", {}).items():
            definition["properties"][key] = _widened(
                part, parameters=parameters and (name, key) != ("PolicyFile", "rules")
            )
    for name, key, also in _SHORT_FORMS:
        if name in definitions:
            part = definitions[name]["properties"][key]
            part["anyOf"] = [*part.get("anyOf", []), *also]
    if "RuleModel" in definitions:
        definitions["RuleModel"]["oneOf"] = [{"required": [key]} for key in REQUIREMENT_KEYS]
        definitions["Parameter"] = _PARAMETER
    return {"$schema": _DIALECT, **made, "title": title}


def _widened(part: dict[str, Any], *, parameters: bool) -> dict[str, Any]:
    """One name for a list of one, parameters, and plain values for what a setting must be."""
    if "anyOf" in part:
        options = [option for one in part["anyOf"] for option in _options(one, parameters=parameters)]
        return {**part, "anyOf": _unique(options)}
    options = _options(part, parameters=parameters)
    if len(options) == 1:
        return options[0]
    kept: dict[str, Any] = {key: part[key] for key in ("title", "description", "default") if key in part}
    return {
        **kept,
        "anyOf": _unique([{key: value for key, value in one.items() if key not in kept} for one in options]),
    }


def _options(part: dict[str, Any], *, parameters: bool) -> list[dict[str, Any]]:
    reference = [{"$ref": "#/$defs/Parameter"}] if parameters else []
    if part.get("type") == "array" and _is_name(part.get("items", {})):
        items = part["items"]
        spliced = {**part, "items": {"anyOf": [items, _SPLICE]}} if parameters else part
        return [spliced, items, *reference]
    if part.get("type") == "integer":
        return [part, *reference]
    values = part.get("additionalProperties")
    if isinstance(values, dict) and values.get("$ref", "").endswith("/Expectation"):
        return [{**part, "additionalProperties": {"anyOf": [values, *_PLAIN]}}]
    if isinstance(values, dict) and values.get("items", {}).get("$ref", "").endswith("/AudiencePart"):
        return [{**part, "additionalProperties": {"anyOf": [values, values["items"]]}}]
    if isinstance(values, dict) and _is_name(values.get("items", {})):
        return [
            {**part, "additionalProperties": {"anyOf": [values, values["items"]]}},
            {"type": "array", "items": values["items"]},
        ]
    return [part]


def _is_name(items: dict[str, Any]) -> bool:
    return items.get("type") == "string" or "enum" in items or items.get("$ref", "").endswith("/Kind")


def _unique(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in options:
        if one not in found:
            found.append(one)
    return found
