"""`policy test` itself: it must fail on what is missing, on what is too much, and on what cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.checks.policytest import run_tests
from auditor.errors import InvalidFileError

POLICY = """\
version: 1
rules:
  - {id: A, title: t, severity: low, select: {kinds: [workbook]}, forbid: {audience: anonymous, capabilities: [view]}}
  - {id: B, title: t, severity: low, coverage: {}}
"""
CASE = """\
version: 1
cases:
  - name: one
    rules: [A]
    site: {workbooks: {P / W: {allow: {guest: [view]}}}}
    expect: EXPECT
"""


def run(tmp_path: Path, expect: str, text: str = CASE) -> tuple[tuple[str, ...], ...]:
    (tmp_path / "p.yaml").write_text(POLICY)
    (tmp_path / "p.test.yaml").write_text(text.replace("EXPECT", expect))
    return tuple(case.problems for case in run_tests([str(tmp_path / "p.yaml")]).cases)


def test_as_expected(tmp_path: Path) -> None:
    assert run(tmp_path, "[{rule: A, subject: P/W, capabilities: [view], audience: anonymous, exposure: live}]") == (
        (),
    )
    found = run_tests([str(tmp_path)])
    assert (found.ok, found.untested, dict(found.partly)) == (True, ("B",), {"A": frozenset({"pass", "unknown"})})


@pytest.mark.parametrize(
    ("expect", "problems"),
    [
        ("[]", ["found and not expected: A fail"]),
        ("[{rule: A}, {rule: A, verdict: unknown}]", ["expected and not found: A unknown"]),
        ("[{rule: A, subject: P / X}]", ["expected and not found: A fail on P / X", "found and not expected"]),
        ("[{rule: A, severity: high}]", ["expected and not found", "found and not expected"]),
    ],
)
def test_not_as_expected(tmp_path: Path, expect: str, problems: list[str]) -> None:
    (found,) = run(tmp_path, expect)
    assert [one.startswith(wanted) for one, wanted in zip(found, problems, strict=True)] == [True] * len(problems)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CASE.replace("EXPECT", "[{rule: Z}]"), "no rule 'Z'"),
        (CASE.replace("workbooks", "workboks").replace("EXPECT", "[]"), "Did you mean 'workbooks'"),
        ("version: 1\ncases: []\n", "'cases' is empty"),
        (CASE.replace("expect: EXPECT", "expected: []"), "Did you mean 'expect'"),
        (CASE.replace("EXPECT", "[]\n    site: {}"), "stands here twice"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidFileError, match=words) as caught:
        run(tmp_path, "", text)
    assert ":" in (caught.value.where or "")


def test_no_tests_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    with pytest.raises(InvalidFileError, match="no policy test here"):
        run_tests([str(tmp_path / "p.yaml")])
