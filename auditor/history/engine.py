"""Connections to a history: SQLite and PostgreSQL made to behave alike. One writer at a time, in one transaction."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, assert_never

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import NullPool

from auditor.history.errors import HistoryError
from auditor.history.places import Place, PostgresDatabase, SqliteFile

#: Any constant will do; it only has to be the same for all writers of a history.
_WRITERS_LOCK = 7_310_244_118
_WRITE = "auditor_write"


def engine_for(place: Place, *, create: bool, wait: float = 30.0) -> Engine:
    """An engine on the place; `create`: a SQLite file that is not there is made (0600); `wait`: seconds for a lock."""
    match place:
        case SqliteFile(path):
            _prepare_file(path, create=create)
            return _sqlite(path, wait=wait)
        case PostgresDatabase(url=url):
            return _postgres(place, url, wait=wait)
        case _:
            assert_never(place)


@contextmanager
def reading(engine: Engine, place: Place) -> Iterator[Connection]:
    """A connection that sees one state of the history."""
    with _sentences(place), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, place: Place) -> Iterator[Connection]:
    """A transaction beside which nobody else writes; all of it is kept or nothing."""
    with (
        _sentences(place),
        engine.connect().execution_options(**{_WRITE: True}) as connection,
        connection.begin(),
    ):
        if isinstance(place, PostgresDatabase):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
        yield connection


def _prepare_file(path: Path, *, create: bool) -> None:
    """Make the file with mode 0600 before SQLite would make it with the umask's."""
    if path.is_dir():
        raise HistoryError("This is a folder, not a history.", where=str(path), next_step="Name a file.")
    if path.exists():
        return
    if not create:
        raise HistoryError(
            "There is no history here.", where=str(path), next_step="Make one with `auditor scan --history FILE`."
        )
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return  # another job made it in this moment
    except OSError as error:
        raise HistoryError(
            f"The history cannot be made: {error.strerror}.",
            where=str(path),
            next_step="Check the folder and its permissions.",
        ) from error


def _sqlite(path: Path, *, wait: float) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool, connect_args={"timeout": wait})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own; we say BEGIN
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A reader that becomes a writer would meet "database is locked" at once; a writer that says so first waits.
        writes = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(place: PostgresDatabase, url: str, *, wait: float) -> Engine:
    try:
        return create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={
                "connect_timeout": max(2, round(min(wait, 10))),
                "application_name": "bi-auditor",
                "options": f"-c lock_timeout={int(wait * 1000)}",
            },
        )
    except ModuleNotFoundError as error:
        raise HistoryError(
            "PostgreSQL needs the package psycopg.", where=place.shown, next_step="Install `bi-auditor[postgresql]`."
        ) from error
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise HistoryError("The URL of the history is not well-formed.", where=place.shown) from None


@contextmanager
def _sentences(place: Place) -> Iterator[None]:
    """Turn what the database says into a sentence; the original, which may hold the URL, is not chained."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise HistoryError(_said(error, place), where=place.shown, next_step=_advice(error, place)) from None
    except DBAPIError as error:
        raise HistoryError(
            f"The database refused a statement: {_reason(error, place)}.",
            where=place.shown,
            next_step="Check that the file or database is a history of bi-auditor and is whole.",
        ) from None


def _said(error: DBAPIError, place: Place) -> str:
    reason = _reason(error, place)
    if "locked" in reason or "lock timeout" in reason:
        return "The history is locked by another job, which did not finish in time."
    if "readonly" in reason or "read-only" in reason:
        return "The history cannot be written: it is read-only."
    return f"The history could not be reached or used: {reason}."


def _advice(error: DBAPIError, place: Place) -> str:
    if "lock" in _reason(error, place):
        return "Try again when the other job is done."
    if isinstance(place, PostgresDatabase):
        return "Check that PostgreSQL runs there and that the account may sign in and create tables."
    return "Check the file, its folder and the free space."


def _reason(error: DBAPIError, place: Place) -> str:
    """The database's own words, one line, without any secret of the URL."""
    lines = [line.strip() for line in str(error.orig or type(error).__name__).splitlines() if line.strip()]
    text = (lines[0] if lines else type(error).__name__).rstrip(".")
    for secret in place.secrets if isinstance(place, PostgresDatabase) else ():
        text = text.replace(secret, "***")
    return text
