"""What is shipped: the whole catalogue, each rule complete, everything generated in step."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.checks.registry import REGISTRY
from auditor.policy import Policy, load, pack_names, planned_rules, schemas, shipped_policies
from auditor.policy.compliance import frameworks
from auditor.policy.marked_yaml import parse
from auditor.policy.parameters import KNOWN
from tests.policy.regenerate import pages, schema_files

SCHEMAS = schemas()
CATALOGUE = {
    "ANON": 9,
    "DOWN": 7,
    "MIN": 12,
    "CRED": 5,
    "PROJ": 6,
    "SITE": 7,
    "PUB": 8,
    "MON": 6,
    "LEAK": 1,
}  # reference/incident-standards-rules.md, section 4


@pytest.fixture(scope="module")
def everything() -> Policy:
    return load([name for name in pack_names() if name not in ("default", "strict")])


def test_the_whole_catalogue_is_there_and_nothing_is_both_shipped_and_planned(everything: Policy) -> None:
    shipped = [rule.id for rule in everything.rules]
    planned = [rule.id for rule in planned_rules()]
    assert not set(shipped) & set(planned)
    wanted = {f"{theme}-{number:02}" for theme, last in CATALOGUE.items() for number in range(1, last + 1)}
    assert {*shipped, *planned} == wanted


def test_the_profile_default_has_what_the_issue_asks_for() -> None:
    least = (
        [f"ANON-0{n}" for n in range(1, 8)] + [f"DOWN-0{n}" for n in (1, 2, 3)] + [f"PROJ-0{n}" for n in range(1, 7)]
    )
    assert {*least, "SITE-03", "SITE-04", "SITE-05", "MON-05", "LEAK-01"} <= {
        rule.id for rule in load(["default"]).rules
    }


def test_every_rule_says_why_what_to_do_and_where_it_comes_from(everything: Policy) -> None:
    for rule in everything.rules:
        assert rule.rationale, rule.id
        assert rule.remediation, rule.id
        assert rule.references, rule.id
        assert rule.edition, rule.id
        assert type(rule.requirement) in REGISTRY, rule.id


def test_compliance_names_only_rules_that_there_are(everything: Policy) -> None:
    known = {rule.id for rule in everything.rules} | {rule.id for rule in planned_rules()}
    named = {rule for one in frameworks() for control in one.controls.values() for rule in control.rules}
    assert named <= known
    assert known - named == {"MIN-08", "SITE-06", "DOWN-07"} - named


def test_pages_and_schemas_are_in_step() -> None:
    for path, text in {**pages(), **schema_files()}.items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: run `python -m tests.policy.regenerate`"
    assert {path.name for path in (shipped_policies() / "pages").iterdir()} == {path.name for path in pages()}


def yaml_files() -> list[Path]:
    return sorted(path for path in shipped_policies().glob("*/*.yaml") if path.parent.name != "compliance")


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: path.name)
def test_shipped_files_name_their_schema_and_fit_it(path: Path) -> None:
    kind = "policy-tests" if path.name.endswith(".test.yaml") else "policy"
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema=../schema/{kind}.schema.json\n")
    jsonschema.Draft202012Validator(SCHEMAS[kind]).validate(plain(parse(text, path.name).data))


def plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    return data.isoformat() if isinstance(data, dt.date) else data


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "X", "title": "t", "severity": "low"},
        {
            "id": "X",
            "title": "t",
            "severity": "low",
            "coverage": {},
            "forbid": {"audience": "a", "capabilities": ["view"]},
        },
        {"id": "X", "title": "t", "severity": "bad", "coverage": {}},
        {"id": "X", "title": "t", "severity": "low", "coverage": {}, "extra": 1},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(rule: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMAS["policy"]).validate({"version": 1, "rules": [rule]})


def test_every_parameter_is_used_or_told(everything: Policy) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in yaml_files())
    assert {name for name in KNOWN if f"parameter: {name}" not in text} <= {"internal_domains", "inactive_days"}
    assert all(parameter.meaning for parameter in KNOWN.values())
    assert everything.rules
