"""The nightly job as it really runs, against a recorded conversation; its health check; its units."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from .conftest import ROOT

NIGHTLY = ROOT / ".github" / "nightly"
CASSETTES = sorted((ROOT / "cassettes").glob("*.yaml"))
pytestmark = pytest.mark.skipif(os.name != "posix" or shutil.which("sh") is None, reason="a POSIX shell is needed")


def nightly(state, **more):
    """Run the job; no setting of the tests' own environment reaches it."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(state),
        "AUDITOR_STATE": str(state),
    } | more
    return subprocess.run(
        ["sh", str(NIGHTLY / "nightly.sh")], env=environment, capture_output=True, text=True, check=False, cwd=state
    )


def healthy(path, *words):
    command = [sys.executable, "-I", str(NIGHTLY / "healthy.py"), str(path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not CASSETTES, reason="no recorded conversation is there yet")
def test_a_night_and_the_next(tmp_path):
    pytest.importorskip("sqlalchemy", reason="the package SQLAlchemy is not installed")
    first = nightly(tmp_path, AUDITOR_CASSETTE=str(CASSETTES[0]), AUDITOR_POLICIES="default")
    assert first.returncode == 1, first.stderr
    second = nightly(tmp_path, AUDITOR_CASSETTE=str(CASSETTES[-2]))
    assert second.returncode in (0, 1), second.stderr
    assert {"history.db", "health.json", "bi_auditor.prom", "last.snapshot", "reports"} <= {
        one.name for one in tmp_path.iterdir()
    }
    state = json.loads((tmp_path / "health.json").read_text())
    assert (state["healthy"], state["exit_code"]) == (True, second.returncode)
    assert healthy(tmp_path / "health.json").returncode == 0
    from auditor.history import open_history

    with open_history(str(tmp_path / "history.db"), now=datetime.now(UTC), create=False) as history:
        assert len(history.runs()) == 2
    for name in ("history.db", "last.snapshot"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    assert all(one.stat().st_mode & 0o077 == 0 for one in (tmp_path / "reports").iterdir())


def test_a_night_without_an_audit_says_so_and_keeps_what_was(tmp_path):
    old = tmp_path / "reports" / "old.json"
    old.parent.mkdir()
    old.write_text("{}")
    os.utime(old, (0, 0))
    done = nightly(tmp_path, AUDITOR_SNAPSHOT=str(tmp_path / "nowhere"))
    assert done.returncode == 5, done.stderr
    assert old.exists()
    answer = healthy(tmp_path / "health.json")
    assert answer.returncode == 1
    assert "made no audit" in answer.stderr


def test_two_jobs_do_not_run_at_once(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    if shutil.which("flock") is None:
        pytest.skip("flock is not installed")
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = nightly(tmp_path, AUDITOR_SNAPSHOT="nowhere")
    assert done.returncode == 0
    assert "still running" in done.stderr
    assert not (tmp_path / "health.json").exists()


def test_names_are_words_and_never_shell(tmp_path):
    said = tmp_path / "said"
    stand_in = tmp_path / "auditor"
    stand_in.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {said}\nexit 3\n')
    stand_in.chmod(0o700)
    (tmp_path / "a.yaml").touch()
    done = nightly(
        tmp_path,
        AUDITOR=str(stand_in),
        AUDITOR_SNAPSHOT="a b;touch owned",
        AUDITOR_POLICIES="*.yaml $(touch${IFS}owned)",
        AUDITOR_NOTIFY="ops chat",
        AUDITOR_TOKEN_FILE="/run/token",
    )
    assert done.returncode == 3
    words = said.read_text().splitlines()
    for flag, value in (
        ("--snapshot", "a b;touch owned"),
        ("--policy", "*.yaml"),
        ("--policy", "$(touch${IFS}owned)"),
        ("--notify", "ops"),
        ("--notify", "chat"),
        ("--token-file", "/run/token"),
    ):
        assert (flag, value) in list(pairwise(words))
    assert words[-4:] == ["history", "prune", "--keep", "400"]
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        ({}, None),
        ({"healthy": False, "problem": "the sign-in failed"}, "the sign-in failed"),
        ({"last_run": (datetime.now(UTC) - timedelta(hours=30)).isoformat()}, "more than 26 hours ago"),
        ({"last_run": "yesterday"}, "cannot be read"),
        ({"healthy": "true"}, "made no audit"),
    ],
)
def test_health(tmp_path, state, wrong):
    path = tmp_path / "health.json"
    whole = {"healthy": True, "last_run": datetime.now(UTC).isoformat(), "exit_code": 0, "problem": None} | state
    path.write_text(json.dumps(whole))
    answer = healthy(path)
    assert answer.returncode == (1 if wrong else 0)
    assert (wrong or "") in answer.stderr


def test_health_without_a_file(tmp_path):
    assert "cannot be read" in healthy(tmp_path / "none.json").stderr


def test_the_units_are_well_formed(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    for name in ("bi-auditor.service", "bi-auditor.timer"):
        text = (NIGHTLY / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/bi-auditor/nightly.sh", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(one) for one in tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "bi-auditor" not in done.stderr
    calendar = re.search(r"OnCalendar=(.+)", (NIGHTLY / "bi-auditor.timer").read_text()).group(1)
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True)


def test_the_crontab_line_runs(tmp_path):
    """The command part of the line, with its two places put into the test's folder."""
    (line,) = [one for one in (NIGHTLY / "crontab").read_text().splitlines() if one[0].isdigit()]
    fields = line.split(None, 6)
    assert re.fullmatch(r"[\d*]+ [\d*]+ [\d*]+ [\d*]+ [\d*]+ auditor", " ".join(fields[:6]))
    (tmp_path / "nightly.env").write_text(f"AUDITOR_STATE={tmp_path}\nAUDITOR_SNAPSHOT=from-the-file\n")
    stand_in = tmp_path / "auditor"
    stand_in.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\nexit 5\n')
    stand_in.chmod(0o700)
    command = fields[6].replace("/etc/bi-auditor/nightly.env", str(tmp_path / "nightly.env"))
    command = command.replace("/opt/bi-auditor/bin/auditor", str(stand_in)).replace(
        "/opt/bi-auditor/nightly.sh", str(NIGHTLY / "nightly.sh")
    )
    done = subprocess.run(
        ["sh", "-c", command], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5, done.stderr
    assert "--snapshot from-the-file" in (tmp_path / "said").read_text()


def test_the_container_copies_what_is_there_and_runs_as_nobody():
    text = (ROOT / "Containerfile").read_text()
    kept = (ROOT / ".containerignore").read_text().splitlines()
    for words in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in [word for word in words.split() if not word.startswith("--")][:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in kept
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert text.index("USER ") > text.rindex("RUN ")
    assert "PASSWORD" not in text
    assert "TOKEN" not in text
