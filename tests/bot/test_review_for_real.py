"""The review with the real auditor: a loosened policy, a waiver, a workbook, as a pull request would bring them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

pytestmark = pytest.mark.xdist_group("review")
CASSETTE = ROOT / "cassettes" / "1-as-published.yaml"
POLICY = """
version: 1
name: house
description: What the public may not do.
rules:
  - id: HOUSE-01
    title: The public may look at <b>content</b>
    severity: low
    select: {kinds: [workbook]}
    forbid: {audience: anonymous, capabilities: [view]}
    rationale: R.
    remediation: M.
"""
STRICTER = (
    POLICY
    + """
  - id: HOUSE-02
    title: The public may download full data
    severity: critical
    select: {kinds: [workbook]}
    forbid: {audience: anonymous, capabilities: [download_full_data]}
    rationale: R.
    remediation: M.
"""
)
WORKBOOK = """<?xml version='1.0' encoding='utf-8' ?>
<workbook version='18.1'><datasources><datasource caption='Permits' name='x'><connection class='textscan' filename='a.csv'/>
<column caption='Date of Birth' datatype='date' name='[dob]' role='dimension' type='ordinal'/></datasource></datasources>
<worksheets><worksheet name='S'><table><view><datasources><datasource name='x'/></datasources></view></table></worksheet></worksheets>
</workbook>"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    if not CASSETTE.exists():
        pytest.skip("no recorded conversation is there yet")
    path = tmp_path_factory.mktemp("snapshot") / "last.snapshot"
    command = [
        sys.executable,
        "-I",
        "-m",
        "auditor",
        "snapshot",
        "--cassette",
        str(CASSETTE),
        "-o",
        str(path),
        "--quiet",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert path.exists(), done.stderr
    return path


@pytest.fixture
def reviewed(tmp_path, snapshot):
    def run(base, **inputs):
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output")}
        given = {
            "snapshot": str(snapshot),
            "policy": "house.yaml",
            "base": base,
            "comment_file": str(tmp_path / "comment.md"),
        }
        environment |= {f"INPUT_{name.upper()}": value for name, value in (given | inputs).items()}
        script = [sys.executable, "-I", str(ROOT / ".github" / "review" / "review.py")]
        done = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
        return done, (tmp_path / "comment.md").read_text(), (tmp_path / "output").read_text()

    return run


def test_a_stricter_policy_shows_only_what_is_new(change, reviewed):
    base = change({"house.yaml": POLICY})
    change({"house.yaml": STRICTER})
    done, comment, output = reviewed(base)
    assert done.returncode == 1, done.stderr
    assert comment.startswith("<!-- bi-auditor-report -->\n")
    assert comment.count("bi-auditor-report") == 1
    assert "HOUSE-02" in comment
    assert "HOUSE-01" not in comment
    assert "::error file=house.yaml,line=" in done.stdout
    assert "HOUSE-01" not in done.stdout
    assert "quiet=false" in output


def test_a_change_that_alters_no_verdict_is_quiet(change, reviewed):
    base = change({"house.yaml": POLICY})
    change({"house.yaml": POLICY.replace("rationale: R.", "rationale: Because.")})
    done, _, output = reviewed(base)
    assert done.returncode == 0, done.stderr
    assert "quiet=true" in output


def test_a_rule_that_is_dropped_is_told(change, reviewed):
    base = change({"house.yaml": STRICTER})
    change({"house.yaml": POLICY})
    done, comment, output = reviewed(base)
    assert done.returncode == 0, done.stderr
    assert "HOUSE-02" in comment
    assert "quiet=false" in output


def test_a_workbook_file_is_looked_into(change, reviewed):
    base = change({"house.yaml": POLICY})
    change({"new dashboards/permits.twb": WORKBOOK})
    done, comment, output = reviewed(base, policy="default", snapshot="", command="preflight")
    assert done.returncode in (0, 1, 3), done.stderr
    assert "Files in this change" in comment
    assert f"exit-code={done.returncode}" in output
    assert Path("new dashboards/permits.twb").exists()
