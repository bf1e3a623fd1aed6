"""The history of runs: open it, keep runs, ask it. SQLAlchemy is imported when a history is opened, not before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Self

from auditor.history.changes import Changes
from auditor.history.errors import HistoryError
from auditor.history.exposures import Interval
from auditor.history.places import Place, parse_place
from auditor.history.records import RunRecord, clean

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from auditor.history.reads import TrendPoint


@dataclass(frozen=True, slots=True)
class History:
    """A history that is open. Safe to use from several processes at once; close it, or use it in a `with`."""

    place: Place
    _engine: Engine = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def record(self, run: RunRecord) -> bool:
        """Keep a run. False: it is kept already. Raises HistoryError; then nothing of it is kept."""
        from auditor.history import engine, writes

        with engine.writing(self._engine, self.place) as connection:
            return writes.record(connection, run, where=self.place.shown)

    def runs(self, *, limit: int = 50, site: str | None = None) -> tuple[RunRecord, ...]:
        """The newest runs, newest first, with their findings only counted; `site`: name, content URL or id."""
        from auditor.history import engine, reads

        with engine.reading(self._engine, self.place) as connection:
            return reads.run_list(connection, limit=limit, site=_clean(site))

    def run(self, run_id: str) -> RunRecord:
        """A run with its findings, by the start of its id, or the newest by "latest". Raises UsageError."""
        from auditor.history import engine, reads

        with engine.reading(self._engine, self.place) as connection:
            return reads.run(connection, reads.find_run(connection, clean(run_id)))

    def exposures(
        self, *, only_open: bool = False, fingerprint: str | None = None, site: str | None = None
    ) -> tuple[Interval, ...]:
        """From when to when each exposure was open; first and last seen of a finding by the start of its fingerprint."""
        from auditor.history import engine, reads

        with engine.reading(self._engine, self.place) as connection:
            return reads.exposure_list(
                connection, only_open=only_open, fingerprint=_clean(fingerprint), site=_clean(site)
            )

    def changes(self, run_id: str = "latest") -> Changes:
        """What a run changed against all that was known before it: came, went, wider, narrower, became incomplete."""
        from auditor.history import engine, reads

        with engine.reading(self._engine, self.place) as connection:
            run = reads.run(connection, reads.find_run(connection, clean(run_id)))
            before = reads.previous_run(connection, run)
            return Changes(
                run_id=run.id,
                server=run.server,
                site_name=run.site_name or run.content_url or run.site_id,
                when=run.finished,
                complete=run.complete,
                changes=reads.changes(connection, run),
                became_incomplete=not run.complete and (before is None or before.complete),
                not_read=tuple(_missing(line.read, line.expected, line.got) for line in run.coverage if line.missing),
                expiring=tuple(one for one in run.expiring if before is None or one not in before.expiring),
                first_run=before is None,
                open_failures={str(severity): count for severity, count in run.open_by_severity().items()},
            )

    def trend(self, *, limit: int = 90, site: str | None = None) -> tuple[TrendPoint, ...]:
        """Findings by severity in the last runs, oldest first."""
        from auditor.history import engine, reads

        with engine.reading(self._engine, self.place) as connection:
            return reads.trend(connection, reads.run_list(connection, limit=limit, site=_clean(site)))

    def prune(self, *, keep: int | None = None, before: datetime | None = None) -> int:
        """Delete old runs and say how many: of each site all but the newest `keep`, and those finished before `before`.

        A site's newest run and all exposures stay.
        """
        from auditor.history import engine, writes

        with engine.writing(self._engine, self.place) as connection:
            return writes.prune(connection, keep=keep, before=before)


def open_history(
    where: str, *, now: datetime, create: bool = True, is_argument: bool = False, wait: float = 30.0
) -> History:
    """Open the history at a path or URL, bringing its schema up to date.

    `create`: make it where there is none. `is_argument`: the text came from the command line, where a password is
    refused. `wait`: seconds to wait for another job. Raises UsageError and HistoryError.
    """
    place = parse_place(where, is_argument=is_argument)
    try:
        from auditor.history import engine, upgrades
    except ModuleNotFoundError as error:
        raise HistoryError(
            "A history needs the package SQLAlchemy.", where=place.shown, next_step="Install `bi-auditor[history]`."
        ) from error
    database = engine.engine_for(place, create=create, wait=wait)
    with engine.reading(database, place) as connection:
        current = upgrades.check(connection, where=place.shown)
        empty = upgrades.version_of(connection) == 0
    if empty and not create:
        raise HistoryError(
            "There is no history here.", where=place.shown, next_step="Make one with `auditor scan --history`."
        )
    if not current:
        with engine.writing(database, place) as connection:
            upgrades.upgrade(connection, now=now, where=place.shown)
    return History(place, database)


def _clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _missing(read: str, expected: int | None, got: int) -> str:
    return f"{read}: {got} of {'an unknown number' if expected is None else expected}"
