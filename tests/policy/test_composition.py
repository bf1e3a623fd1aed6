"""Packs compose: extends, overrides, disabling, parameters, editions, several policies in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import InvalidFileError, UsageError
from auditor.findings import Severity
from auditor.policy import Policy, load, load_text, select_rules
from auditor.policy.requirements import AllowOnly, Forbid

OWN = """\
version: 1
extends: [default]
parameters: {public_projects: ["Open/**"], public_sites: [opendata]}
overrides:
  DOWN-01: {severity: low, forbid: {audience: [anonymous, everyone]}, status: preview}
disable:
  - {id: SITE-04, reason: our analysts edit on the web}
"""


def test_a_policy_of_ones_own_over_the_default() -> None:
    policy = load_text(OWN, "own.yaml")
    rule = policy.rule("DOWN-01")
    assert (rule.severity, rule.preview) == (Severity.LOW, True)
    assert rule.requirement == Forbid(audience=("anonymous", "everyone"), capabilities=("download_full_data",))
    assert rule.file == "policies/downloads/downloads.yaml"
    assert policy.rule("PROJ-01").select.projects == ("Open/**",)
    assert "SITE-04" not in [one.id for one in policy.rules]
    assert [one.reason for one in policy.disabled] == ["our analysts edit on the web"]


def test_an_override_changes_nothing_else() -> None:
    default = {rule.id: rule for rule in load(["default"]).rules}
    changed = {
        rule.id: rule
        for rule in load_text("version: 1\nextends: [default]\noverrides: {ANON-05: {severity: low}}\n").rules
    }
    assert {key for key, rule in changed.items() if rule != default[key]} == {"ANON-05"}


def test_parameters_are_spliced_into_lists() -> None:
    text = """\
version: 1
parameters: {own: [comment]}
rules:
  - id: X
    title: t
    severity: low
    allow_only: {audience: anonymous, capabilities: [share, "${public_capabilities}", "${own}"]}
"""
    requirement = load_text(text).rules[0].requirement
    assert isinstance(requirement, AllowOnly)
    assert requirement.capabilities == ("share", "view", "filter", "download_image", "comment")


def test_rules_of_a_later_edition_are_previews() -> None:
    text = """\
version: 1
edition: {edition}
rules:
  - {{id: OLD, title: t, severity: low, edition: 2026.1, coverage: {{}}}}
  - {{id: NEW, title: t, severity: low, edition: 2026.10, coverage: {{}}}}
"""
    before = load_text(text.format(edition="2026.9"))
    assert [(rule.id, rule.preview) for rule in before.rules] == [("OLD", False), ("NEW", True)]
    assert not any(rule.preview for rule in load_text(text.format(edition="2026.10")).rules)


def rule_file(path: Path, rule_id: str, extra: str = "") -> str:
    path.write_text(f"version: 1\n{extra}rules:\n  - {{id: {rule_id}, title: t, severity: low, coverage: {{}}}}\n")
    return str(path)


def test_folders_files_and_packs_together(tmp_path: Path) -> None:
    rule_file(tmp_path / "a.yaml", "A")
    rule_file(tmp_path / "b.yml", "B")
    (tmp_path / "a.test.yaml").write_text("not a policy")
    policy = load([str(tmp_path), "monitoring", str(tmp_path / "a.yaml")])
    assert [rule.id for rule in policy.rules] == ["A", "B", "MON-05"]


def test_one_id_in_two_files_is_an_error_with_both_places(tmp_path: Path) -> None:
    first, second = rule_file(tmp_path / "a.yaml", "A"), rule_file(tmp_path / "b.yaml", "A")
    with pytest.raises(InvalidFileError, match=r"b\.yaml:3:6: Two rules.*a\.yaml:3:6"):
        load([first, second])


def test_extends_by_relative_path(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    rule_file(tmp_path / "base" / "b.yaml", "B")
    own = rule_file(tmp_path / "own.yaml", "A", "extends: [base/b.yaml]\noverrides: {B: {severity: high}}\n")
    assert {rule.id: rule.severity for rule in load([own]).rules} == {"B": Severity.HIGH, "A": Severity.LOW}


def ids(policy: Policy) -> list[str]:
    return [rule.id for rule in policy.rules]


def test_select_and_ignore_by_id_and_by_beginning() -> None:
    policy = load(["default"])
    assert ids(select_rules(policy, ["down"])) == ["DOWN-01", "DOWN-02", "DOWN-03"]
    assert ids(select_rules(policy, ["DOWN-01,ANON-02"], ["ANON"])) == ["DOWN-01"]
    with pytest.raises(UsageError, match="Did you mean 'DOWN-01'"):
        select_rules(policy, ["DOWM-01"])
    with pytest.raises(UsageError, match="no rule to judge"):
        select_rules(policy, ["DOWN"], ["DOWN"])
