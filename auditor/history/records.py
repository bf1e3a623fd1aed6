"""What the history keeps of a run: plain rows, made from the JSON report (contract, "The JSON report").

The history knows the report's public JSON shape and nothing else of the report's room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auditor.errors import InvalidFileError
from auditor.findings import Exposure, Severity, Verdict


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding of one run. `affected` names the other subjects concerned as "kind:id", sorted."""

    fingerprint: str
    rule: str
    title: str
    severity: Severity
    verdict: Verdict
    exposure: Exposure
    subject_kind: str
    subject_id: str
    subject_name: str
    path: str
    url: str | None = None
    audience: str | None = None
    capabilities: tuple[str, ...] = ()
    waived: bool = False
    preview: bool = False
    affected: tuple[str, ...] = ()

    @property
    def open_failure(self) -> bool:
        """Does it count against the run: fail, neither waived nor of a preview rule?"""
        return self.verdict is Verdict.FAIL and not self.waived and not self.preview


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One line of coverage. `expected` None: nobody could say how many there are; `missing` counts what was not read."""

    read: str
    expected: int | None
    got: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Expiring:
    """A waiver near or past its end."""

    rule: str
    path: str
    owner: str
    expires: str
    expired: bool = False


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One audit of one site. Times are UTC. `rules` names the rules that were run: only they can close a finding.

    `complete` is False also where nothing was judged. `policy_digest` changes when a policy file does. `counted` holds
    the failures by severity of a run that was read without its findings.
    """

    id: str
    server: str
    site_id: str
    site_name: str
    content_url: str
    started: datetime
    finished: datetime
    complete: bool
    exit_code: int
    requests: int = 0
    snapshot_digest: str | None = None
    policy_digest: str | None = None
    tool_version: str = ""
    rules: tuple[str, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    expiring: tuple[Expiring, ...] = ()
    counted: Mapping[Severity, int] | None = None

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return max(0.0, (self.finished - self.started).total_seconds())

    @property
    def site(self) -> tuple[str, str]:
        """What tells one site from another: server and site id."""
        return (self.server, self.site_id)

    @property
    def not_read(self) -> int:
        """How many things were expected and not got, where that is known."""
        return sum(max(line.missing, (line.expected or 0) - line.got, 0) for line in self.coverage)

    def open_by_severity(self) -> Mapping[Severity, int]:
        """How many findings count against the run, worst first; severities without any are left out."""
        if self.counted is not None:
            return {severity: self.counted[severity] for severity in Severity if self.counted.get(severity)}
        failures = [row.severity for row in self.findings if row.open_failure]
        return {severity: failures.count(severity) for severity in Severity if severity in failures}


def record_of(
    report: Mapping[str, Any],
    *,
    rules: Iterable[str],
    exit_code: int,
    snapshot_digest: str | None = None,
    started: datetime | None = None,
    finished: datetime | None = None,
) -> RunRecord:
    """The record of a run from its JSON report, the ids of the rules that were run, and the command's exit code.

    `started` and `finished` stand in where the report has no times. Raises InvalidFileError for what is no report.
    """
    try:
        run, target = report["run"], report["target"]
        site = target.get("site") or {}
        began, ended = _times(_time(run.get("started_at")) or started, _time(run.get("finished_at")) or finished)
        return RunRecord(
            id=clean(run["id"]),
            server=clean(target.get("server") or ""),
            site_id=clean(site.get("id") or ""),
            site_name=clean(site.get("name") or ""),
            content_url=clean(site.get("content_url") or ""),
            started=began,
            finished=ended,
            complete=report["complete"] is True and report.get("judged", 1) != 0,
            exit_code=int(exit_code),
            requests=int(run.get("requests") or 0),
            snapshot_digest=snapshot_digest,
            policy_digest=_policy_digest(report.get("policies") or ()),
            tool_version=clean(report["tool"].get("version") or ""),
            rules=tuple(sorted(set(rules))),
            coverage=tuple(_coverage(line) for line in report.get("coverage") or ()),
            findings=tuple(_finding(item) for item in report.get("findings") or ()),
            expiring=_expiring(report.get("waivers") or {}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidFileError(
            f"This is no report that a history can keep ({type(error).__name__}: {error}).",
            next_step="Make it again with `auditor scan --format json`.",
        ) from error


def clean(text: str) -> str:
    """A server's text as every database takes it: without NUL and without halves of surrogate pairs."""
    return str(text).replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _finding(item: Mapping[str, Any]) -> FindingRow:
    subject = item["subject"]
    affected = {clean(f"{thing['kind']}:{thing['id']}") for thing in item.get("affected") or ()}
    return FindingRow(
        fingerprint=clean(item["fingerprint"]),
        rule=clean(item["rule"]),
        title=clean(item.get("title") or ""),
        severity=Severity(item["severity"]),
        verdict=Verdict(item["verdict"]),
        exposure=Exposure(item.get("exposure") or Exposure.UNKNOWN),
        subject_kind=clean(subject["kind"]),
        subject_id=clean(subject["id"]),
        subject_name=clean(subject.get("name") or ""),
        path=clean(subject.get("path") or subject.get("name") or ""),
        url=clean(subject["url"]) if subject.get("url") else None,
        audience=clean(item["audience"]) if item.get("audience") else None,
        capabilities=tuple(clean(word["name"]) for word in item.get("capabilities") or ()),
        waived=item.get("waiver") is not None,
        preview=bool(item.get("preview")),
        affected=tuple(sorted(affected)),
    )


def _expiring(block: Mapping[str, Any]) -> tuple[Expiring, ...]:
    """The waivers that ended or end soon."""
    return tuple(
        Expiring(
            rule=clean(note.get("rule") or ""),
            path=clean(note.get("path") or ""),
            owner=clean(note.get("owner") or ""),
            expires=clean(note.get("expires") or ""),
            expired=name == "expired",
        )
        for name in ("expired", "expiring")
        for note in block.get(name) or ()
    )


def _coverage(line: Mapping[str, Any]) -> CoverageRow:
    expected = line.get("expected")
    missing = len(line.get("missing") or ())
    return CoverageRow(clean(line["read"]), None if expected is None else int(expected), int(line["got"]), missing)


def _time(text: str | datetime | None) -> datetime | None:
    if not text:
        return None
    when = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def _times(started: datetime | None, finished: datetime | None) -> tuple[datetime, datetime]:
    """Start and end; one stands in for the other."""
    known = started or finished
    if known is None:
        raise InvalidFileError("The report says no time, so it has no place in a history.", where="run.finished_at")
    return started or known, finished or known


def _policy_digest(policies: Sequence[Mapping[str, Any]]) -> str | None:
    """One digest for all policies of the run; None where one of them is not known."""
    digests = [policy.get("digest") for policy in policies]
    if not digests or not all(digests):
        return None
    return hashlib.sha256("\x1f".join(sorted(str(digest) for digest in digests)).encode()).hexdigest()
