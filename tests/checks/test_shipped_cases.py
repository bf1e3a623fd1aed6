"""The policy tests beside the shipped packs, each case a test of its own."""

from __future__ import annotations

import pytest

from auditor.checks.policytest import TestRun, run_tests
from auditor.policy import load, pack_names

PACKS = [name for name in pack_names() if name not in ("default", "strict")]


@pytest.mark.parametrize("pack", PACKS)
def test_every_case_goes_as_expected_and_every_rule_shows_all_verdicts(pack: str) -> None:
    run = run_tests([pack])
    assert [(case.where, case.name, case.problems) for case in run.cases if not case.ok] == []
    assert set(run.rules) == {rule.id for rule in load([pack]).rules}
    assert run.untested == ()
    assert run.partly == {}


def test_a_profile_is_tested_by_its_packs() -> None:
    run: TestRun = run_tests(["strict"])
    assert run.ok
    assert set(run.rules) == {rule.id for rule in load(["strict"]).rules}
