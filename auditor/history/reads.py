"""What reads from a history, each on a connection of the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from auditor.errors import UsageError
from auditor.findings import Severity, Verdict
from auditor.history import rows
from auditor.history.changes import Change, Turned, turn
from auditor.history.exposures import Interval
from auditor.history.records import FindingRow, RunRecord
from auditor.history.tables import exposures, findings, runs


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run in a chart: failures that count by severity, unknown and waived findings."""

    run_id: str
    finished: datetime
    complete: bool
    failures: Mapping[Severity, int]
    unknown: int
    waived: int


def run_list(connection: Connection, *, limit: int, site: str | None) -> tuple[RunRecord, ...]:
    """Runs, newest first, with their findings counted; `site`: only the one of this name, content URL or id."""
    statement = select(runs).order_by(runs.c.finished.desc(), runs.c.id.desc()).limit(limit)
    if site is not None:
        statement = statement.where(or_(runs.c.site_name == site, runs.c.content_url == site, runs.c.site_id == site))
    headers = [rows.run_of(row) for row in connection.execute(statement).mappings()]
    counted = {point.run_id: point.failures for point in trend(connection, headers)}
    return tuple(replace(header, counted=counted[header.id]) for header in headers)


def find_run(connection: Connection, text: str) -> str:
    """The id that starts with `text`, or that of the newest run for "latest". Raises UsageError."""
    statement = select(runs.c.id).order_by(runs.c.finished.desc(), runs.c.id.desc())
    if text != "latest":
        statement = statement.where(func.substr(runs.c.id, 1, len(text)) == text)
    found = connection.execute(statement.limit(1 if text == "latest" else 2)).scalars().all()
    if text in found or len(found) == 1:
        return text if text in found else found[0]
    what = f"More than one run starts with '{text}'." if found else f"The history has no run '{text}'."
    raise UsageError(what, next_step="See `auditor history list`.")


def run(connection: Connection, run_id: str) -> RunRecord:
    """A run with its findings, by its whole id."""
    header = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().one()
    return rows.run_of(header, findings_of(connection, select(findings).where(findings.c.run_id == run_id)))


def findings_of(connection: Connection, statement: Select[Any]) -> tuple[FindingRow, ...]:
    """The findings that a statement over the findings table selects, worst first."""
    found = connection.execute(statement).mappings().all()
    sets = rows.sets_of(connection, found)
    made = (rows.finding_of(row, sets) for row in found)
    return tuple(sorted(made, key=lambda row: (row.severity.rank, row.path, row.rule, row.fingerprint, row.verdict)))


def intervals_of(connection: Connection, statement: Select[Any]) -> tuple[Interval, ...]:
    """The intervals that a statement over the exposures table selects."""
    found = connection.execute(statement).mappings().all()
    sets = rows.sets_of(connection, found)
    return tuple(rows.interval_of(row, sets) for row in found)


def exposure_list(
    connection: Connection, *, only_open: bool, fingerprint: str | None, site: str | None
) -> tuple[Interval, ...]:
    """Intervals: open ones first, then by severity and path, then newest first."""
    statement = select(exposures)
    if only_open:
        statement = statement.where(exposures.c.closed.is_(None))
    if fingerprint is not None:
        statement = statement.where(func.substr(exposures.c.fingerprint, 1, len(fingerprint)) == fingerprint)
    if site is not None:
        same = select(runs.c.server, runs.c.site_id).where(
            or_(runs.c.site_name == site, runs.c.content_url == site, runs.c.site_id == site)
        )
        pairs = {(row.server, row.site_id) for row in connection.execute(same.distinct())}
        statement = statement.where(
            or_(*(and_(exposures.c.server == server, exposures.c.site_id == site_id) for server, site_id in pairs))
            if pairs
            else exposures.c.site_id == site
        )
    found = intervals_of(connection, statement.order_by(exposures.c.first_seen.desc()))
    return tuple(sorted(found, key=lambda one: (not one.is_open, one.sighting.severity.rank, one.sighting.path)))


def changes(connection: Connection, header: RunRecord) -> tuple[Change, ...]:
    """What a run changed against all that was known before it."""
    here = and_(exposures.c.server == header.server, exposures.c.site_id == header.site_id)
    opened = {
        i.fingerprint
        for i in intervals_of(connection, select(exposures).where(here, exposures.c.first_run == header.id))
    }
    closed = intervals_of(connection, select(exposures).where(here, exposures.c.closed_run == header.id))
    current = findings_of(connection, select(findings).where(_fails(header.id)))
    again = [row for row in current if row.fingerprint not in opened]
    before = _previous_sightings(connection, header, {row.fingerprint for row in again})
    earlier = select(exposures.c.fingerprint).where(here, exposures.c.closed < header.finished)
    return turn(
        Turned(
            opened=[row for row in current if row.fingerprint in opened],
            closed=[interval.sighting for interval in closed],
            again=[(before[row.fingerprint], row) for row in again if row.fingerprint in before],
            seen_before=frozenset(connection.execute(earlier).scalars()),
        )
    )


def previous_run(connection: Connection, header: RunRecord) -> RunRecord | None:
    """The run of the same site before this one, without findings."""
    statement = _earlier(header).limit(1)
    row = connection.execute(statement).mappings().first()
    return None if row is None else rows.run_of(row)


def trend(connection: Connection, headers: Iterable[RunRecord]) -> tuple[TrendPoint, ...]:
    """Counts of the runs, oldest first; findings of preview rules are left out."""
    runs_asked = sorted(headers, key=lambda one: (one.finished, one.id))
    tables: dict[str, list[tuple[str, str, bool, int]]] = {one.id: [] for one in runs_asked}
    keys = (findings.c.run_id, findings.c.severity, findings.c.verdict, findings.c.waived)
    for chunk in rows.chunks(list(tables)):
        counting = select(*keys, func.count()).where(findings.c.run_id.in_(chunk), findings.c.preview.is_(False))
        for run_id, *counted in connection.execute(counting.group_by(*keys)):
            tables[run_id].append((counted[0], counted[1], counted[2], counted[3]))
    return tuple(_point(one, tables[one.id]) for one in runs_asked)


def _point(header: RunRecord, counted: list[tuple[str, str, bool, int]]) -> TrendPoint:
    fails = [(word, waived, number) for word, verdict, waived, number in counted if verdict == Verdict.FAIL]
    failures = {one: sum(number for word, waived, number in fails if word == one and not waived) for one in Severity}
    unknown = sum(number for _, verdict, _, number in counted if verdict == Verdict.UNKNOWN)
    waived = sum(number for _, is_waived, number in fails if is_waived)
    return TrendPoint(header.id, header.finished, header.complete, failures, unknown, waived)


def reopened(interval: Interval, until: datetime) -> Interval:
    """An interval as it was known at a moment at which it was open."""
    return replace(interval, closed=None, closed_run=None, note="", last_seen=min(interval.last_seen, until))


def _fails(run_id: str) -> Any:
    return and_(findings.c.run_id == run_id, findings.c.verdict == str(Verdict.FAIL))


def _earlier(header: RunRecord) -> Select[Any]:
    """The runs of the same site before this one, newest first."""
    older = or_(runs.c.finished < header.finished, and_(runs.c.finished == header.finished, runs.c.id < header.id))
    return (
        select(runs)
        .where(runs.c.server == header.server, runs.c.site_id == header.site_id, older)
        .order_by(runs.c.finished.desc(), runs.c.id.desc())
    )


def _previous_sightings(connection: Connection, header: RunRecord, wanted: set[str]) -> dict[str, FindingRow]:
    """Each wanted finding as it was when it was last seen before this run; usually all in the run before."""
    found: dict[str, FindingRow] = {}
    for row in connection.execute(_earlier(header)).mappings():
        if len(found) == len(wanted):
            break
        for finding in findings_of(connection, select(findings).where(_fails(row["id"]))):
            if finding.fingerprint in wanted:
                found.setdefault(finding.fingerprint, finding)
    return found
