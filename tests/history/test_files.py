"""Records from reports; the metrics and the health file."""

import json
import os
import re
import stat
from datetime import UTC, datetime

import pytest

from auditor.errors import InvalidFileError, UsageError
from auditor.findings import Verdict
from auditor.history import Attempt, metrics_text, record_of, write_health, write_metrics
from auditor.history.records import CoverageRow

from .material import finding, report, run


def test_a_record_of_a_report():
    kept = record_of(report(), rules=["B", "A", "B"], exit_code=1, snapshot_digest="d")
    assert (kept.id, kept.site, kept.complete, kept.exit_code, kept.requests) == (
        "run-9",
        ("https://bi.example", "site-1"),
        False,
        1,
        123,
    )
    assert kept.started == datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
    assert kept.seconds == 300
    assert kept.rules == ("A", "B")
    assert kept.coverage == (CoverageRow("workbook-permissions", 40, 39, 1),)
    (row,) = kept.findings
    assert (row.capabilities, row.affected, row.waived) == (("download_full_data",), ("view:v1",), False)


def test_nothing_judged_is_not_complete():
    assert record_of(report(complete=True), rules=[], exit_code=0).complete
    assert not record_of(report(complete=True, judged=0), rules=[], exit_code=3).complete


def test_policies_of_which_one_is_not_known_have_no_digest():
    known, unknown = {"name": "a", "digest": "1"}, {"name": "b", "digest": None}
    assert record_of(report(policies=[known]), rules=[], exit_code=0).policy_digest
    assert record_of(report(policies=[known, unknown]), rules=[], exit_code=0).policy_digest is None


@pytest.mark.parametrize(
    "broken",
    [
        {},
        report(findings=[{}]),
        report(run={"id": "x"}),
        report(coverage=[1]),
        report(target=None),
        report(run={"id": "x", "started_at": "soon"}),
    ],
)
def test_what_is_no_report(broken):
    with pytest.raises(InvalidFileError):
        record_of(broken, rules=[], exit_code=0)


def test_waivers_that_end():
    note = {"rule": "R", "path": "P", "owner": "O", "expires": "2026-04-01"}
    made = report(waivers={"expiring": [note], "expired": [note], "unused": [note]})
    told = record_of(made, rules=[], exit_code=0).expiring
    assert [(one.rule, one.expired) for one in told] == [("R", True), ("R", False)]


def test_metrics_are_prometheus_text():
    made = run(1, finding("a"), finding("b", verdict=Verdict.UNKNOWN), site_name='Quo"te\\and\nline')
    lines = metrics_text(made).splitlines()
    sample = re.compile(r'bi_auditor_\w+\{(\w+="(\\["\\n]|[^"\\\n])*",?)+\} (NaN|-?[0-9.e+]+)$')
    assert all(line.startswith(("# HELP bi_auditor_", "# TYPE bi_auditor_")) or sample.match(line) for line in lines)
    text = "\n".join(lines)
    assert 'severity="critical"} 1' in text
    assert 'severity="low"} 0' in text
    assert (
        'bi_auditor_coverage_expected{server="https://bi.example",site="Quo\\"te\\\\and\\nline",read="columns"} NaN'
        in text
    )
    assert "bi_auditor_unknown_findings" in text
    assert f"}} {made.finished.timestamp()!r}" in text
    assert "Public / a" not in text


def test_metrics_file_is_whole_and_readable_by_the_collector(tmp_path):
    path = tmp_path / "auditor.prom"
    path.write_text("old")
    write_metrics(run(1), path)
    assert path.read_text() == metrics_text(run(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["auditor.prom"]
    with pytest.raises(UsageError, match="node_exporter"):
        write_metrics(run(1), tmp_path / "auditor.txt")
    with pytest.raises(UsageError, match="cannot be written"):
        write_metrics(run(1), tmp_path / "no" / "auditor.prom")


def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_health(Attempt(run(1).finished, 0, complete=True), pipe)
    assert json.loads(os.read(reader, 10_000))["healthy"]
    os.close(reader)
    assert pipe.is_fifo()
    with pytest.raises(UsageError, match="cannot be written"):
        write_health(Attempt(run(1).finished, 0, complete=True), tmp_path)


@pytest.mark.parametrize(
    ("exit_code", "complete", "healthy"),
    [(0, True, True), (1, True, True), (3, False, True), (5, None, False), (70, None, False), (4, None, False)],
)
def test_health(tmp_path, exit_code, complete, healthy):
    path = tmp_path / "health.json"
    write_health(Attempt(run(1).finished, exit_code, complete=complete, problem="no network"), path)
    state = json.loads(path.read_text())
    assert state["healthy"] is healthy
    assert (state["exit_code"], state["complete"], state["last_run"]) == (
        exit_code,
        complete,
        "2026-03-02T02:05:00+00:00",
    )
