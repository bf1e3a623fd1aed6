"""Reports and runs in a few words, for the tests of history, notify and serve."""

from datetime import UTC, datetime, timedelta

from auditor.findings import Exposure, Severity, Verdict
from auditor.history import FindingRow, RunRecord
from auditor.history.records import CoverageRow

START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
RULES = ("DOWN-01", "ANON-04")


def finding(name, rule="DOWN-01", **changes):
    values = {
        "fingerprint": f"{name}-{rule}",
        "rule": rule,
        "title": "The public may download full data",
        "severity": Severity.CRITICAL,
        "verdict": Verdict.FAIL,
        "exposure": Exposure.LIVE,
        "subject_kind": "workbook",
        "subject_id": name,
        "subject_name": name,
        "path": f"Public / {name}",
        "url": "https://bi.example/#/workbooks/7",
        "audience": "anonymous",
        "capabilities": ("download_full_data",),
        "affected": (f"view:{name}-1",),
    } | changes
    return FindingRow(**values)


def run(day, *findings, **changes):
    values = {
        "id": f"run-{day:03}",
        "server": "https://bi.example",
        "site_id": "site-1",
        "site_name": "Justice",
        "content_url": "justice",
        "started": START + timedelta(days=day),
        "finished": START + timedelta(days=day, minutes=5),
        "complete": True,
        "exit_code": 1 if findings else 0,
        "requests": 42,
        "snapshot_digest": "ab" * 32,
        "policy_digest": "policy-1",
        "tool_version": "0.1.0",
        "rules": RULES,
        "coverage": (CoverageRow("workbooks", 40, 40), CoverageRow("columns", None, 3, 1)),
        "findings": tuple(findings),
    } | changes
    return RunRecord(**values)


def report(**changes):
    """A JSON report as the contract shows it."""
    return {
        "schema_version": "1",
        "tool": {"name": "bi-auditor", "version": "0.1.0"},
        "run": {
            "id": "run-9",
            "started_at": "2026-03-09T02:00:00Z",
            "finished_at": "2026-03-09T02:05:00Z",
            "requests": 123,
        },
        "target": {
            "platform": "tableau",
            "server": "https://bi.example",
            "site": {"id": "site-1", "name": "Justice", "content_url": "justice"},
            "signed_in_as": {"id": "u", "name": "auditor", "role": "SiteAdministratorExplorer"},
        },
        "complete": False,
        "coverage": [
            {
                "read": "workbook-permissions",
                "expected": 40,
                "got": 39,
                "missing": [
                    {"kind": "workbook", "id": "w", "name": "W", "reason": "HTTP 403", "remedy": "be an administrator"}
                ],
            }
        ],
        "summary": {"fail": {"critical": 1}, "unknown": 0, "waived": 0, "pass": 310, "not_applicable": 4},
        "findings": [
            {
                "fingerprint": "f1",
                "rule": "DOWN-01",
                "title": "The public may download full data",
                "severity": "critical",
                "verdict": "fail",
                "waiver": None,
                "policy": {"file": "default.yaml", "line": 9},
                "subject": {
                    "kind": "workbook",
                    "id": "w1",
                    "name": "Firearms",
                    "path": "Public / Firearms",
                    "url": None,
                },
                "affected": [{"kind": "view", "id": "v1", "name": "Map", "path": "Public / Firearms / Map"}],
                "audience": "anonymous",
                "exposure": "live",
                "capabilities": [{"name": "download_full_data", "native": "ViewUnderlyingData"}],
                "message": "…",
                "proof": ["…"],
                "columns": [],
                "remediation": "…",
                "references": [],
            }
        ],
    } | changes
