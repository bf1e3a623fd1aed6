"""Between the rows of the database and the history's types."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from auditor.findings import Exposure, Severity, Verdict
from auditor.history.exposures import Interval
from auditor.history.records import CoverageRow, Expiring, FindingRow, RunRecord
from auditor.history.tables import affected_sets

_CHUNK = 500  # below every database's limit of parameters in a statement


def run_values(run: RunRecord) -> dict[str, Any]:
    """The row of a run."""
    return {
        "id": run.id,
        "server": run.server,
        "site_id": run.site_id,
        "site_name": run.site_name,
        "content_url": run.content_url,
        "started": run.started,
        "finished": run.finished,
        "complete": run.complete,
        "exit_code": run.exit_code,
        "requests": run.requests,
        "snapshot_digest": run.snapshot_digest,
        "policy_digest": run.policy_digest,
        "tool_version": run.tool_version,
        "rules": list(run.rules),
        "coverage": [[line.read, line.expected, line.got, line.missing] for line in run.coverage],
        "expiring": [[one.rule, one.path, one.owner, one.expires, one.expired] for one in run.expiring],
    }


def run_of(row: Mapping[Any, Any], findings: Iterable[FindingRow] = ()) -> RunRecord:
    """The run of a row."""
    lists = {
        "rules": tuple(row["rules"]),
        "coverage": tuple(CoverageRow(*line) for line in row["coverage"]),
        "expiring": tuple(Expiring(*one) for one in row["expiring"]),
    }
    return RunRecord(**{**row, **lists}, findings=tuple(findings))


def finding_values(row: FindingRow) -> dict[str, Any]:
    """The columns of a finding, wherever it is kept."""
    return {
        "rule": row.rule,
        "title": row.title,
        "severity": str(row.severity),
        "verdict": str(row.verdict),
        "exposure": str(row.exposure),
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "subject_name": row.subject_name,
        "path": row.path,
        "url": row.url,
        "audience": row.audience,
        "capabilities": list(row.capabilities),
        "waived": row.waived,
        "preview": row.preview,
        "affected_count": len(row.affected),
        "affected_digest": digest(row.affected),
    }


def finding_of(row: Mapping[Any, Any], sets: Mapping[str, tuple[str, ...]]) -> FindingRow:
    """The finding of a row; `sets` holds the lists of affected content by digest."""
    return FindingRow(
        fingerprint=row["fingerprint"],
        rule=row["rule"],
        title=row["title"],
        severity=Severity(row["severity"]),
        verdict=Verdict(row["verdict"]),
        exposure=Exposure(row["exposure"]),
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        subject_name=row["subject_name"],
        path=row["path"],
        url=row["url"],
        audience=row["audience"],
        capabilities=tuple(row["capabilities"]),
        waived=row["waived"],
        preview=row["preview"],
        affected=sets.get(row["affected_digest"] or "", ()),
    )


def interval_values(interval: Interval, site: tuple[str, str]) -> dict[str, Any]:
    """The row of an interval."""
    return {
        "server": site[0],
        "site_id": site[1],
        "fingerprint": interval.fingerprint,
        "first_seen": interval.first_seen,
        "first_run": interval.first_run,
        "last_seen": interval.last_seen,
        "last_run": interval.last_run,
        "opened_after": interval.opened_after,
        "closed": interval.closed,
        "closed_run": interval.closed_run,
        "note": interval.note,
        "policy_digest": interval.policy_digest,
        **finding_values(interval.sighting),
    }


def interval_of(row: Mapping[Any, Any], sets: Mapping[str, tuple[str, ...]]) -> Interval:
    """The interval of a row."""
    return Interval(
        fingerprint=row["fingerprint"],
        first_seen=row["first_seen"],
        first_run=row["first_run"],
        last_seen=row["last_seen"],
        last_run=row["last_run"],
        sighting=finding_of(row, sets),
        policy_digest=row["policy_digest"],
        opened_after=row["opened_after"],
        closed=row["closed"],
        closed_run=row["closed_run"],
        note=row["note"],
    )


def digest(things: tuple[str, ...]) -> str | None:
    """The name of a list of affected content; None for an empty one."""
    return hashlib.sha256("\x1f".join(things).encode()).hexdigest() if things else None


def keep_sets(connection: Connection, findings: Iterable[FindingRow]) -> None:
    """Keep the lists of affected content that are not kept yet."""
    wanted = {name: row.affected for row in findings if (name := digest(row.affected))}
    known = _known(connection, wanted)
    fresh = [{"digest": name, "things": list(things)} for name, things in sorted(wanted.items()) if name not in known]
    if fresh:
        connection.execute(affected_sets.insert(), fresh)


def sets_of(connection: Connection, rows: Iterable[Mapping[Any, Any]]) -> dict[str, tuple[str, ...]]:
    """The lists of affected content that these rows name."""
    names = sorted({row["affected_digest"] for row in rows if row["affected_digest"]})
    found: dict[str, tuple[str, ...]] = {}
    for chunk in chunks(names):
        statement = select(affected_sets).where(affected_sets.c.digest.in_(chunk))
        found.update({row.digest: tuple(row.things) for row in connection.execute(statement)})
    return found


def chunks(values: list[str]) -> Iterable[list[str]]:
    """The values in lists short enough for one statement."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _known(connection: Connection, wanted: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(sorted(wanted)):
        found.update(
            connection.execute(select(affected_sets.c.digest).where(affected_sets.c.digest.in_(chunk))).scalars()
        )
    return found
