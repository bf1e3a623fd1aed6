"""What SARIF 2.1.0 demands of the parts that the auditor writes, as a JSON Schema of our own.

Written from the specification (OASIS, sections 3.13 to 3.58); unknown properties are errors, so that a misspelt one is
seen. GitHub's further demands (a file and a line for each result, a fingerprint) are in it too.
"""

from __future__ import annotations

from jsonschema import Draft202012Validator


def _object(required: list[str], **properties: object) -> dict:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(items: dict, **more: object) -> dict:
    return {"type": "array", "items": items, **more}


TEXT = {"type": "string", "minLength": 1}
URI = {"type": "string", "minLength": 1, "pattern": r"^[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$"}
BAG = {"type": "object"}
MESSAGE = _object(["text"], text=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
RULE = _object(
    ["id", "shortDescription"], id=TEXT, name=TEXT, shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE,
    defaultConfiguration=_object([], level=LEVEL),
    properties=_object(["tags", "security-severity"], **{
        "tags": _list(TEXT, maxItems=20, uniqueItems=True),
        "security-severity": {"type": "string", "pattern": r"^\d+\.\d$"},
    }),
)  # fmt: skip
PLACE = _object(
    ["artifactLocation", "region"],
    artifactLocation=_object(["uri"], uri=URI, uriBaseId=TEXT),
    region=_object(["startLine"], startLine={"type": "integer", "minimum": 1}),
)
LOGICAL = _object([], name={"type": "string"}, fullyQualifiedName={"type": "string"}, kind={"type": "string"})
RESULT = {
    **_object(
        ["ruleId", "message", "locations", "partialFingerprints"],
        ruleId=TEXT, ruleIndex={"type": "integer", "minimum": 0}, kind={"enum": ["fail", "open"]}, level=LEVEL, message=MESSAGE,
        locations=_list(_object(["physicalLocation"], physicalLocation=PLACE, logicalLocations=_list(LOGICAL)), minItems=1, maxItems=1),
        partialFingerprints=_object(["primaryLocationLineHash"], **{"primaryLocationLineHash": TEXT, "biAuditorFingerprint/v1": TEXT}),
        properties=BAG, baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
        suppressions=_list(_object(["kind"], kind={"enum": ["inSource", "external"]}, status={"enum": ["accepted"]}, justification={"type": "string"})),
    ),
    "if": {"properties": {"kind": {"const": "open"}}},
    "then": {"properties": {"level": {"const": "none"}}},
}  # fmt: skip
RUN = _object(
    ["tool", "results", "invocations"],
    tool=_object(["driver"], driver=_object(["name"], name=TEXT, semanticVersion=TEXT, rules=_list(RULE, uniqueItems=True))),
    automationDetails=_object(["id"], id=TEXT),
    invocations=_list(_object(
        ["executionSuccessful"], executionSuccessful={"type": "boolean"}, startTimeUtc=TIME, endTimeUtc=TIME,
        toolExecutionNotifications=_list(_object(["message"], level=LEVEL, message=MESSAGE)))),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_list(RESULT, maxItems=25_000),
)  # fmt: skip
SCHEMA = _object(["version", "runs"], **{"$schema": URI, "version": {"const": "2.1.0"}, "runs": _list(RUN, minItems=1)})


def sarif_errors(data: dict) -> list[str]:
    """What is wrong with a SARIF log; also rule indexes that do not name the rule."""
    errors = [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(SCHEMA).iter_errors(data)]
    for run in data.get("runs", []):
        rules = run["tool"]["driver"].get("rules", [])
        wrong = [r for r in run["results"] if rules[r["ruleIndex"]]["id"] != r["ruleId"]]
        errors += [f"ruleIndex {result['ruleIndex']} is not {result['ruleId']}" for result in wrong]
    return errors
