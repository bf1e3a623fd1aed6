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


WAIVED = """
version: 1
waivers:
  - rule: HOUSE-02
    subject: {kind: workbook, id: 872e2ff7-196f-5fc0-a90c-35e00aaa97f5, path: Public / Justice / Firearms}
    audience: anonymous
    capabilities: [download_full_data]
    reason: Published so on purpose, @everyone
    owner: me <b>x</b>
    ticket: T-1
    expires: 2027-02-20
"""
DISABLED = STRICTER + "\ndisable:\n  - {id: HOUSE-02, reason: 'Noisy <img src=x> @boss\u202e'}\n"


def test_a_rule_that_is_switched_off_heads_the_comment_and_fails(change, reviewed):
    base = change({"house.yaml": STRICTER})
    change({"house.yaml": DISABLED})
    done, comment, output = reviewed(base, fail_on_weaker="true")
    assert done.returncode == 1, done.stderr
    head = comment.split("\n\n")[1]
    assert head == (
        "⚠ **This change makes the audit blinder**: <code>HOUSE-02</code> (critical) is switched off, and 1 finding that "
        "fails today is no longer told: <code>Public / Justice / Firearms</code>. Reason given: "
        "“Noisy &#60;img src=x&#62; &#64;<!-- -->boss”."
    )
    assert (
        "::error title=The audit would say less::⚠ This change makes the audit blinder: HOUSE-02 (critical)"
        in done.stdout
    )
    assert "quiet=false\nexit-code=1" in output
    done, _, _ = reviewed(base, fail_on_weaker="false")
    assert done.returncode == 0


def test_a_severity_that_is_lowered_is_told_and_fails_where_the_job_no_longer_does(change, reviewed):
    base = change({"house.yaml": STRICTER})
    change({"house.yaml": STRICTER.replace("severity: critical", "severity: low")})
    done, comment, _ = reviewed(base, fail_on_weaker="true")
    assert done.returncode == 1, done.stderr
    assert comment.split("\n\n")[1] == (
        "⚠ **Severity lowered**: <code>HOUSE-02</code> critical → low: 1 finding no longer fails the job."
    )
    change({"house.yaml": STRICTER.replace("severity: critical", "severity: high")})
    done, comment, _ = reviewed(base, fail_on_weaker="true")
    assert done.returncode == 0, done.stderr
    assert "critical → high: it is told of 1 finding as before." in comment


def test_a_narrower_rule_is_blinder_too(change, reviewed):
    base = change({"house.yaml": STRICTER})
    change({"house.yaml": STRICTER.replace("[download_full_data]", "[delete]")})
    done, comment, _ = reviewed(base, fail_on_weaker="true")
    assert done.returncode == 1, done.stderr
    assert "<code>HOUSE-02</code> (critical) objects to less than before, and 1 finding that fails today" in comment


def test_a_waiver_is_told_and_does_not_fail(change, reviewed):
    base = change({"house.yaml": STRICTER})
    change({"waivers.yaml": WAIVED})
    done, comment, output = reviewed(base, waivers="waivers.yaml", fail_on_weaker="true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert comment.split("\n\n")[1] == (
        "Newly accepted until 2027-02-20: <code>HOUSE-02</code> (critical) on <code>Public / Justice / Firearms</code> "
        "(owner me &#60;b&#62;x&#60;/b&#62;, T-1)."
    )
    assert "quiet=false" in output
    assert "::notice title=The audit would say less::Newly accepted" in done.stdout


def test_a_stricter_policy_is_not_called_weaker(change, reviewed):
    base = change({"house.yaml": POLICY})
    change({"house.yaml": STRICTER})
    _, comment, _ = reviewed(base, fail_on_weaker="true")
    assert "⚠" not in comment.split("#", 1)[0]
    assert "lowered" not in comment
