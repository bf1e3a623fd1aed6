"""Where a report goes that is no plain file: devices, pipes, links, a full disk. Never a bug, never a half."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.main.conftest import Auditor
from tests.stories import CASSETTES

TAPE = str(CASSETTES / "1-as-published.yaml")


def shell(line: str) -> subprocess.CompletedProcess[str]:
    auditor = f"{shlex.quote(sys.executable)} -m auditor scan --cassette {shlex.quote(TAPE)} --quiet --format json"
    return subprocess.run(["bash", "-c", line.replace("AUDITOR", auditor)], capture_output=True, text=True, check=False)


def test_the_name_of_stdout_as_a_file(tmp_path: Path) -> None:
    done = shell("AUDITOR --output /dev/stdout | cat; exit ${PIPESTATUS[0]}")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["findings"]


@pytest.mark.parametrize(
    ("where", "code"), [(">/dev/full", 2), ("--output /dev/full", 2), ("> /dev/null", 1), (">&-", 1)]
)
def test_a_stdout_that_takes_nothing(where: str, code: int) -> None:
    done = shell(f"AUDITOR {where}")
    assert done.returncode == code, done.stderr
    assert "bug" not in done.stderr


def test_links_in_a_circle(auditor: Auditor, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(link)
    result = auditor("scan", "--cassette", TAPE, "--quiet", "--format", "json", "--output", str(link))
    assert result.code == 2
    assert "symbolic links" in result.err


def test_a_report_with_a_number_of_thousands_of_digits_is_not_valid(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text('{"schema_version": "1", "run": {"requests": ' + "9" * 5000 + "}}")
    assert auditor("render", str(file), "--format", "text").code == 4
