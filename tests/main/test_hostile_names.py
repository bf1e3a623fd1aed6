"""Names made to harm, through the commands that print or write them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.cli import say
from tests.emulator import emulate, faults, site
from tests.main.conftest import SECRET, Auditor

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def saved(auditor: Auditor, tmp_path: Path) -> str:
    found = site("Open Justice", content_url="openjustice", guest_access=True)
    place = found.project("Public")
    for name in (*faults.HOSTILE_NAMES, "a\u2028b"):
        inner = place.project(name)
        inner.workbook(name).allow(found.all_users, "Read", "ViewUnderlyingData").view(name)
    with emulate(found, tokens={"auditor": SECRET}) as server:
        source = ("--server", server.url, "--site", "openjustice", "--token-name", "auditor")
        assert auditor("snapshot", *source, "-q", "--output", str(tmp_path / "s")).code in (0, 3)
    return str(tmp_path / "s")


@pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
def test_lists_of_decisions(auditor: Auditor, saved: str, form: str) -> None:
    listed = auditor("access", "list", "--snapshot", saved, "--principal", "anonymous", "--format", form, "-q")
    assert listed.out
    assert not OBEYED.search(listed.out)
    if form == "jsonl":
        assert "\u009b31mred\u0085" in {json.loads(line)["content"]["name"] for line in listed.out.splitlines()}


def test_a_proof_as_json(auditor: Auditor, saved: str) -> None:
    name = "\u202egpj.exe"
    told = auditor(
        "access", "explain", "anonymous", f"Public/{name}/{name}", "view", "--snapshot", saved, "--format", "json"
    )
    assert "gpj.exe" in json.loads(told.out)["content"]["path"]
    assert not OBEYED.search(told.out)


def test_history_as_json(auditor: Auditor, saved: str, tmp_path: Path) -> None:
    kept = ("--history", str(tmp_path / "h.db"))
    auditor("scan", "--snapshot", saved, *kept, "-q", "--output", str(tmp_path / "r.json"))
    shown = auditor("history", "show", "latest", *kept, "--format", "json")
    assert json.loads(shown.out)
    assert not OBEYED.search(shown.out)


def test_a_register_takes_a_path_of_any_length(auditor: Auditor, saved: str, tmp_path: Path) -> None:
    assert auditor("register", "draft", "--snapshot", saved, "-q", "-o", str(tmp_path / "r.yaml")).code in (0, 3)
    assert auditor("register", "check", str(tmp_path / "r.yaml")).code == 0


def _waiver(report: str, folder: Path) -> tuple[str, ...]:
    first = json.loads(Path(report).read_text())["findings"][0]["fingerprint"]
    return ("waiver", "new", first, "--report", report, "--reason", "r", "--owner", "o", "--ticket", "t")


def _render(report: str, folder: Path) -> tuple[str, ...]:
    return ("render", report, "--format", "markdown", "-o", str(folder / "m"))


@pytest.mark.parametrize("command", [_waiver, _render])
def test_half_a_surrogate_pair_in_a_report(
    auditor: Auditor, saved: str, tmp_path: Path, command: Callable[[str, Path], tuple[str, ...]]
) -> None:
    report = tmp_path / "r.json"
    auditor("scan", "--snapshot", saved, "-q", "--output", str(report))
    data = json.loads(report.read_text())
    for finding in data["findings"]:
        finding["subject"]["path"] = finding["title"] = "a\ud800"
    report.write_text(json.dumps(data))
    assert auditor(*command(str(report), tmp_path)).code == 0


def test_no_line_on_stderr_begins_a_command_of_a_runner(capsys: pytest.CaptureFixture[str]) -> None:
    say("Error: there is no 'x\n::error::owned\n  ##[error]owned' here.")
    said = capsys.readouterr().err
    assert "owned" in said
    assert not re.search(r"(?m)^\s*(::|##)", said)
