"""What there is to choose from: packs, parameters with the rules that use them, and a policy to begin with."""

from __future__ import annotations

from pathlib import Path

from auditor.policy import load, load_text, pack_names
from auditor.policy.catalogue import packs, parameter_uses
from auditor.policy.json_schemas import schemas
from auditor.policy.skeleton import SKELETON


def test_the_policy_to_begin_with_is_valid_and_shows_every_part() -> None:
    policy = load_text(SKELETON)
    assert {"OUR-01", "DOWN-01", "MIN-06", "CRED-01"} <= {rule.id for rule in policy.rules}
    assert [one.id for one in policy.disabled] == ["SITE-05"]
    assert policy.rule("DOWN-02").severity == "high"
    assert "partners" in policy.audiences
    for key in ("extends", "parameters", "audiences", "rules", "overrides", "disable"):
        assert f"\n{key}:" in SKELETON


def test_every_pack_says_what_it_is_for() -> None:
    found = {pack.name: pack for pack in packs()}
    assert tuple(found) == pack_names()
    assert all(pack.description for pack in found.values())
    assert found["default"].rules == len(load(["default"]).rules)
    assert "leaks" in found["default"].extends


def test_parameters_tell_the_rules_that_use_them(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "version: 1\nextends: [downloads]\nparameters: {ours: [view], public_projects: [Open]}\n"
        "audiences: {robots: {user: {parameter: embedding_accounts}}}\n"
        "rules:\n  - id: X-1\n    title: t\n    severity: low\n"
        '    forbid: {audience: robots, capabilities: [web_edit, "${ours}"]}\n'
    )
    found = {one.name: one for one in parameter_uses([own])}
    assert (found["ours"].rules, found["ours"].meaning) == (("X-1",), "")
    assert found["embedding_accounts"].rules == ("X-1",)
    assert found["public_projects"].value == ("Open",)
    assert found["public_projects"].rules == ("DOWN-02",)
    assert "PROJ-01" in found["public_projects"].elsewhere


def test_every_key_of_a_policy_is_described_in_its_schema() -> None:
    assert [key for key, part in schemas()["policy"]["properties"].items() if not part.get("description")] == []
