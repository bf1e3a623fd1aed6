"""A snapshot holds what the policies need: scanning it says the same as scanning the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.main.conftest import Auditor
from tests.stories import CASSETTES, STORIES


@pytest.mark.parametrize("story", STORIES)
def test_snapshot_without_further_options_can_be_audited(auditor: Auditor, tmp_path: Path, story: str) -> None:
    cassette, file = str(CASSETTES / f"{story}.yaml"), str(tmp_path / "s")
    assert auditor("snapshot", "--cassette", cassette, "--output", file, "--quiet").code == 0
    live = auditor("scan", "--cassette", cassette, "--format", "json", "--quiet")
    saved = auditor("scan", "--snapshot", file, "--format", "json", "--quiet")
    assert saved.code == live.code
    assert saved.report["complete"] is True
    assert [f["fingerprint"] for f in saved.report["findings"]] == [f["fingerprint"] for f in live.report["findings"]]


def test_what_a_snapshot_lacks_is_told_with_a_remedy_that_works(auditor: Auditor, tmp_path: Path) -> None:
    cassette, file = str(CASSETTES / "1-as-published.yaml"), str(tmp_path / "s")
    auditor("snapshot", "--cassette", cassette, "--output", file, "--quiet")
    found = auditor("scan", "--snapshot", file, "--format", "json", "--quiet", "-p", "minimisation").report
    lacking = {miss["remedy"] for line in found["coverage"] for miss in line["missing"]}
    assert any("--policy" in remedy for remedy in lacking)


def test_pseudonyms_replace_people(auditor: Auditor, tmp_path: Path) -> None:
    cassette, file = str(CASSETTES / "1-as-published.yaml"), str(tmp_path / "s")
    assert auditor("snapshot", "--cassette", cassette, "--output", file, "--quiet", "--pseudonymise").code == 0
    listed = auditor("access", "list", "--snapshot", file, "--quiet", "--format", "jsonl").out
    assert "analyst@justice.example" not in listed
