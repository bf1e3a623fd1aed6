"""`auditor scan` from the outside: a served site, sign-in, formats, faults, secrets."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from auditor.cli.options import FORMATS
from tests.emulator import Emulator, emulate, faults, site
from tests.emulator.builder import Site
from tests.main.conftest import SECRET, Auditor
from tests.stories import as_published, clean

POLICY = """\
version: 1
name: public
rules:
  - id: DOWN-01
    title: The public may download full data
    severity: critical
    select: {kinds: [workbook, view]}
    forbid: {audience: anonymous, capabilities: [download_full_data]}
"""


@pytest.fixture
def policy(tmp_path: Path) -> str:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    return str(file)


@pytest.fixture
def leaky() -> Iterator[Emulator]:
    with emulate(as_published(), tokens={"auditor": SECRET}) as server:
        yield server


def at(server: Emulator, *more: str) -> list[str]:
    return ["--server", server.url, "--site", "openjustice", "--token-name", "auditor", "--quiet", *more]


def test_the_main_job(auditor: Auditor, leaky: Emulator, policy: str) -> None:
    result = auditor("scan", *at(leaky), "--policy", policy)
    assert result.code == 1
    assert "Public / Justice / Firearms" in result.out
    assert "Download Full Data" in result.out
    assert not leaky.writes
    assert leaky.count("auth/signin") == leaky.count("auth/signout") == 1


def test_report_says_as_whom_it_was_read(auditor: Auditor, leaky: Emulator, policy: str) -> None:
    target = auditor("scan", *at(leaky), "--policy", policy, "--format", "json").report["target"]
    assert target["signed_in_as"]["role"] == "ServerAdministrator"
    assert target["site"]["content_url"] == "openjustice"


def test_an_account_that_is_no_administrator_makes_the_report_incomplete(auditor: Auditor, policy: str) -> None:
    described = clean()
    described.user("auditor", role="Explorer")
    with emulate(described, tokens={"auditor": SECRET}) as server:
        result = auditor("scan", *at(server), "--policy", policy, "--format", "json")
    assert result.code == 3
    assert result.report["complete"] is False
    said = json.dumps(result.report["coverage"]) + json.dumps(result.report["notes"])
    assert "administrator" in said


def test_several_formats_in_one_run_and_render_agree(
    auditor: Auditor, leaky: Emulator, policy: str, tmp_path: Path
) -> None:
    wanted = [word for name in FORMATS for word in ("--format", name, "--output", str(tmp_path / name))]
    assert auditor("scan", *at(leaky), "--policy", policy, *wanted).code == 1
    for name in FORMATS:
        again = auditor("render", str(tmp_path / "json"), "--format", name)
        assert again.code == 0
        if name != "json":
            assert again.out.rstrip("\n") == (tmp_path / name).read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_the_exit_code_is_the_same_for_every_format(auditor: Auditor, leaky: Emulator, policy: str, name: str) -> None:
    assert auditor("scan", *at(leaky), "--policy", policy, "--format", name).code == 1
    assert auditor("scan", *at(leaky), "--policy", policy, "--format", name, "--exit-zero").code == 0


def test_no_output_holds_the_secret_or_the_token(auditor: Auditor, tmp_path: Path) -> None:
    with emulate(as_published(), tokens={"auditor": SECRET}) as server:
        wanted = [word for name in FORMATS for word in ("--format", name, "--output", str(tmp_path / name))]
        more = [
            "--record",
            str(tmp_path / "tape.yaml"),
            "--save-snapshot",
            str(tmp_path / "snap"),
            "--verbose",
            "--plan",
        ]
        arguments = ["--server", server.url, "--site", "openjustice", "--token-name", "auditor"]
        result = auditor("scan", *arguments, *wanted, *more)
        tokens = set(server.tokens_given) if hasattr(server, "tokens_given") else set()
    assert result.code == 1
    texts = [result.out, result.err, *(p.read_bytes().decode("utf-8", "replace") for p in tmp_path.iterdir())]
    for secret in (SECRET, *tokens):
        assert not any(secret in text for text in texts)
    assert not re.search(r"x-tableau-auth", (tmp_path / "tape.yaml").read_text(), re.IGNORECASE)
    for name in ("tape.yaml", "snap"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_a_recording_replays_to_the_same_verdicts(auditor: Auditor, leaky: Emulator, tmp_path: Path) -> None:
    tape = tmp_path / "tape.yaml"
    live = auditor("scan", *at(leaky), "--format", "json", "--record", str(tape), "--record-names", "keep").report
    again = auditor("scan", "--cassette", str(tape), "--format", "json", "--quiet").report
    assert [f["fingerprint"] for f in again["findings"]] == [f["fingerprint"] for f in live["findings"]]
    assert again["complete"] is live["complete"] is True


def test_a_recording_names_no_people_unless_asked(auditor: Auditor, leaky: Emulator, tmp_path: Path) -> None:
    tape = tmp_path / "tape.yaml"
    auditor("scan", *at(leaky), "--record", str(tape))
    text = tape.read_text()
    assert "analyst@justice.example" not in text
    assert "Firearms" in text
    assert yaml.safe_load(text)["version"] == 1


def test_snapshot_then_scan_gives_the_same_verdicts(
    auditor: Auditor, leaky: Emulator, tmp_path: Path, policy: str
) -> None:
    file = tmp_path / "tonight.snapshot"
    assert auditor("snapshot", *at(leaky), "--output", str(file), "--columns").code == 0
    live = auditor("scan", *at(leaky), "--policy", policy, "--format", "json").report
    saved = auditor("scan", "--snapshot", str(file), "--policy", policy, "--format", "json", "--quiet").report
    assert [f["fingerprint"] for f in saved["findings"]] == [f["fingerprint"] for f in live["findings"]]
    with_columns = auditor("scan", "--snapshot", str(file), "--format", "json", "--quiet")
    assert "LEAK-01" in with_columns.rules()


def test_no_source_and_two_sources_are_wrong_usage(auditor: Auditor) -> None:
    assert auditor("scan").code == 2
    assert auditor("scan", "--snapshot", "a", "--cassette", "b").code == 2


def test_the_secret_is_no_argument(auditor: Auditor) -> None:
    result = auditor("scan", "--help")
    assert "--token-value" not in result.out
    assert "--password " not in result.out


class TestNoAudit:
    """One sentence each, exit 5, and nothing that looks like a verdict."""

    def check(self, result, *words: str) -> None:
        assert result.code == 5
        assert result.out == ""
        assert "No audit was made." in result.err
        assert "Traceback" not in result.err
        assert SECRET not in result.err
        for word in words:
            assert word in result.err

    def test_nobody_listens(self, auditor: Auditor) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.check(auditor("scan", "--server", f"http://127.0.0.1:{port}", "--token-name", "auditor"))

    def test_wrong_token(self, auditor: Auditor) -> None:
        with emulate(clean(), tokens={"auditor": "another"}) as server:
            self.check(auditor("scan", *at(server)), "401001")

    def test_wrong_site(self, auditor: Auditor) -> None:
        with emulate(clean(), tokens={"auditor": SECRET}) as server:
            self.check(auditor("scan", "--server", server.url, "--site", "nowhere", "--token-name", "auditor"))

    def test_html_instead_of_the_api(self, auditor: Auditor) -> None:
        with emulate(clean(), tokens={"auditor": SECRET}, faults=[faults.html(times=None)]) as server:
            self.check(auditor("scan", *at(server)))

    def test_redirect_elsewhere_is_not_followed(self, auditor: Auditor) -> None:
        with (
            emulate(site("Other")) as other,
            emulate(
                clean(),
                tokens={"auditor": SECRET},
                faults=[faults.redirect("signin", to=other.url, method="POST", times=None)],
            ) as server,
        ):
            self.check(auditor("scan", *at(server)))
            assert not other.requests

    def test_snapshot_that_is_none(self, auditor: Auditor, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("not a snapshot")
        self.check(auditor("scan", "--snapshot", str(tmp_path / "x")))


class TestPartly:
    """One object unread: named, and the report incomplete; never a clean verdict."""

    @pytest.mark.parametrize(
        "fault",
        [
            faults.garbage,
            faults.malformed,
            faults.bomb,
            faults.html,
            lambda path, **when: faults.truncated(path, complete=True, **when),
            lambda path, **when: faults.status(403, path, **when),
        ],
    )
    def test_rules_of_one_workbook(self, auditor: Auditor, policy: str, fault) -> None:
        described = _one_public_workbook()
        with emulate(
            described, tokens={"auditor": SECRET}, faults=[fault("/workbooks/[^/]+/permissions", times=None)]
        ) as server:
            result = auditor("scan", *at(server), "--policy", policy, "--format", "json")
        assert result.code == 3
        (line,) = [c for c in result.report["coverage"] if c["read"] == "workbook-permissions"]
        assert [miss["name"] for miss in line["missing"]] == ["Roads"]
        assert result.rules("unknown") == {"DOWN-01"}


def _one_public_workbook() -> Site:
    found = site("Open Justice", content_url="openjustice", guest_access=True)
    found.project("Public").workbook("Roads").allow(found.all_users, "Read").view("Map")
    return found


def test_hostile_names_stay_harmless_in_every_format(auditor: Auditor, policy: str, tmp_path: Path) -> None:
    found = site("Open Justice", content_url="openjustice", guest_access=True)
    place = found.project("Public")
    for number, name in enumerate(faults.HOSTILE_NAMES):
        place.workbook(name).allow(found.all_users, "Read", "ViewUnderlyingData").view(f"{name}{number}")
    with emulate(found, tokens={"auditor": SECRET}) as server:
        wanted = [word for name in FORMATS for word in ("--format", name, "--output", str(tmp_path / name))]
        result = auditor("scan", *at(server), "--policy", policy, *wanted)
    assert result.code == 1
    terminal = (tmp_path / "text").read_text()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", terminal)
    page = (tmp_path / "html").read_text()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not re.search(
        r"(?m)^::(?!error file=|warning file=|notice file=|error title|warning title|notice title|notice::|error::|warning::)",
        (tmp_path / "github").read_text(),
    )
    assert not re.search(r'(?m)(^|,)"?[=+@-]', (tmp_path / "csv").read_text())


MEMBERS = """\
version: 1
name: members
audiences:
  partners: {members_of: [Partners]}
rules:
  - id: OUR-01
    title: Partners download nothing
    severity: high
    select: {kinds: [workbook]}
    forbid: {audience: partners, capabilities: [download_full_data]}
"""


def test_members_of_a_group_that_no_rule_names_are_judged(auditor: Auditor, tmp_path: Path) -> None:
    found = site("Open Justice", content_url="openjustice")
    pat = found.user("pat", role="Explorer")
    found.group("Partners", members=[pat])
    found.project("Internal").workbook("Roads").allow(pat, "Read", "ViewUnderlyingData").view("Map")
    (tmp_path / "p.yaml").write_text(MEMBERS)
    with emulate(found, tokens={"auditor": SECRET}) as server:
        live = auditor("scan", *at(server), "--policy", str(tmp_path / "p.yaml"), "--format", "json")
        assert auditor("snapshot", *at(server), "--output", str(tmp_path / "s")).code == 0
    assert (live.code, live.rules()) == (1, {"OUR-01"})
    saved = auditor(
        "scan", "--snapshot", str(tmp_path / "s"), "--policy", str(tmp_path / "p.yaml"), "--format", "json", "-q"
    )
    assert (saved.code, saved.rules()) == (1, {"OUR-01"})


def test_policy_faults_exit_4_with_the_place(auditor: Auditor, tmp_path: Path) -> None:
    bad = {
        "not yaml": "rules: [",
        "unknown key": POLICY.replace("severity:", "severtiy:"),
        "duplicate": POLICY.replace("    title:", "    id: X\n    title:"),
        "capability": POLICY.replace("download_full_data", "download_ful_data"),
        "severity": POLICY.replace("critical", "terrible"),
        "audience": POLICY.replace("anonymous", "anonymos"),
        "empty": "version: 1\nname: x\nrules: []\n",
    }
    for name, text in bad.items():
        file = tmp_path / "bad.yaml"
        file.write_text(text)
        result = auditor("scan", "--snapshot", "unused", "--policy", str(file))
        assert result.code == 4, name
        assert re.search(r"bad\.yaml:\d+:\d+", result.err), (name, result.err)
        assert result.out == ""
