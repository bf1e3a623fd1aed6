"""What writes to a history, each in a transaction of the caller's beside which nobody else writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, delete, or_, select, update

from auditor.history import reads, rows
from auditor.history.errors import HistoryError
from auditor.history.exposures import Interval, RunView, fold, step
from auditor.history.records import FindingRow, RunRecord
from auditor.history.tables import affected_sets, exposures, findings, runs, sites

Site = tuple[str, str]
_LOOK_BACK = 200  # runs that are searched for the last one that could have seen a rule's findings


def record(connection: Connection, run: RunRecord, *, where: str) -> bool:
    """Keep a run and fold it into the exposures. False: a run of this id is kept already, and nothing was done."""
    if connection.execute(select(runs.c.id).where(runs.c.id == run.id)).first() is not None:
        return False
    _check_not_pruned(connection, run, where=where)
    latest = _newest(connection, run.site)
    connection.execute(runs.insert().values(rows.run_values(run)))
    rows.keep_sets(connection, run.findings)
    unique = {(row.fingerprint, str(row.verdict)): row for row in run.findings}
    if unique:
        connection.execute(findings.insert(), [_finding_row(run.id, row) for row in unique.values()])
    if latest is None or (run.finished, run.id) > latest:
        _fold_in(connection, run)
    else:
        _fold_again(connection, run.site)
    return True


def prune(connection: Connection, *, keep: int | None, before: datetime | None) -> int:
    """Delete runs with their findings: of each site all but the newest `keep`, and all finished before `before`.

    The newest run of a site always stays, and so do the exposures: how long something was open is not forgotten.
    """
    gone = 0
    for site in connection.execute(select(runs.c.server, runs.c.site_id).distinct()).all():
        listed = _listed(connection, (site.server, site.site_id))
        old = [
            (finished, name)
            for place, (finished, name) in enumerate(listed)
            if place > 0 and ((keep is not None and place >= keep) or (before is not None and finished < before))
        ]
        if not old:
            continue
        for chunk in rows.chunks([name for _, name in old]):
            connection.execute(delete(findings).where(findings.c.run_id.in_(chunk)))
            connection.execute(delete(runs).where(runs.c.id.in_(chunk)))
        _note_pruned(connection, (site.server, site.site_id), max(finished for finished, _ in old))
        gone += len(old)
    used = select(findings.c.affected_digest).where(findings.c.affected_digest.is_not(None))
    used_too = select(exposures.c.affected_digest).where(exposures.c.affected_digest.is_not(None))
    connection.execute(delete(affected_sets).where(affected_sets.c.digest.not_in(used.union(used_too))))
    return gone


def _finding_row(run_id: str, row: FindingRow) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "fingerprint": row.fingerprint,
        "verdict_key": str(row.verdict),
        **rows.finding_values(row),
    }


def _at(table: Table, site: Site) -> ColumnElement[bool]:
    return and_(table.c.server == site[0], table.c.site_id == site[1])


def _listed(connection: Connection, site: Site) -> list[tuple[datetime, str]]:
    """Time and id of a site's runs, newest first."""
    statement = (
        select(runs.c.finished, runs.c.id).where(_at(runs, site)).order_by(runs.c.finished.desc(), runs.c.id.desc())
    )
    return [(row.finished, row.id) for row in connection.execute(statement)]


def _newest(connection: Connection, site: Site) -> tuple[datetime, str] | None:
    return next(iter(_listed(connection, site)), None)


def _check_not_pruned(connection: Connection, run: RunRecord, *, where: str) -> None:
    pruned = connection.execute(select(sites.c.pruned_until).where(_at(sites, run.site))).scalar()
    if pruned is not None and run.finished <= pruned:
        raise HistoryError(
            f"The run of {run.finished:%Y-%m-%d %H:%M} UTC is older than what was pruned from this history.",
            where=where,
            next_step="Keep it in a history of its own.",
        )


def _fold_in(connection: Connection, run: RunRecord) -> None:
    """The usual case: the run is the newest, so that only the open exposures matter."""
    statement = select(exposures).where(_at(exposures, run.site), exposures.c.closed.is_(None))
    known = reads.intervals_of(connection, statement)
    outcome = step({interval.fingerprint: interval for interval in known}, _view(run), _conclusive(connection, run))
    _update(connection, (*outcome.seen, *outcome.closed), run.site)
    _add(connection, outcome.opened, run.site)


def _fold_again(connection: Connection, site: Site) -> None:
    """A run came late (two jobs, an import): fold all kept runs again, from what is known of the pruned ones."""
    pruned = connection.execute(select(sites.c.pruned_until).where(_at(sites, site))).scalar()
    seed: tuple[Interval, ...] = ()
    again: ColumnElement[bool] = _at(exposures, site)
    if pruned is not None:
        again = and_(again, or_(exposures.c.closed.is_(None), exposures.c.closed > pruned))
        early = reads.intervals_of(connection, select(exposures).where(again, exposures.c.first_seen <= pruned))
        seed = tuple(reads.reopened(interval, pruned) for interval in early)
    connection.execute(delete(exposures).where(again))
    views = (_view(reads.run(connection, name)) for _, name in reversed(_listed(connection, site)))
    _add(connection, fold(views, seed), site)


def _update(connection: Connection, intervals: Sequence[Interval], site: Site) -> None:
    """Bring open exposures up to date, by their key: thousands of them are one statement."""
    statement = select(exposures.c.fingerprint, exposures.c.id).where(
        _at(exposures, site), exposures.c.closed.is_(None)
    )
    keys = {row.fingerprint: row.id for row in connection.execute(statement)}
    values = [{"key": keys[one.fingerprint], **rows.interval_values(one, site)} for one in intervals]
    if values:
        connection.execute(update(exposures).where(exposures.c.id == bindparam("key")), values)


def _add(connection: Connection, intervals: Sequence[Interval], site: Site) -> None:
    if intervals:
        connection.execute(exposures.insert(), [rows.interval_values(interval, site) for interval in intervals])


def _view(run: RunRecord) -> RunView:
    return RunView(run.id, run.finished, run.complete, frozenset(run.rules), run.policy_digest, run.findings)


def _conclusive(connection: Connection, run: RunRecord) -> dict[str, datetime]:
    """When an earlier run last could have seen the findings of each rule of this run."""
    statement = (
        select(runs.c.finished, runs.c.rules)
        .where(_at(runs, run.site), runs.c.complete.is_(True), runs.c.id != run.id)
        .order_by(runs.c.finished)
    )
    table: dict[str, datetime] = {}
    for row in connection.execute(statement).all()[-_LOOK_BACK:]:
        table.update(dict.fromkeys(row.rules, row.finished))
    return table


def _note_pruned(connection: Connection, site: Site, until: datetime) -> None:
    changed = connection.execute(update(sites).where(_at(sites, site)).values(pruned_until=until))
    if not changed.rowcount:
        connection.execute(sites.insert().values(server=site[0], site_id=site[1], pruned_until=until))
