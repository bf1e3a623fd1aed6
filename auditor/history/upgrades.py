"""The schema's versions: one small function a step, run by itself when an older history is opened.

A step that was released is never edited; a change of the tables is a new step. A history of a newer version than this
program knows is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, inspect, select

from auditor.history import tables
from auditor.history.errors import HistoryError

Upgrade = Callable[[Connection], None]


def first_tables(connection: Connection) -> None:
    """Version 1: all tables."""
    tables.METADATA.create_all(connection)


#: The step at place n leads from version n to n + 1.
UPGRADES: tuple[Upgrade, ...] = (first_tables,)


def version_of(connection: Connection) -> int:
    """The version of the schema in the database; 0 where there is none."""
    if not inspect(connection).has_table(tables.schema_version.name):
        return 0
    return connection.execute(select(func.max(tables.schema_version.c.version))).scalar() or 0


def check(connection: Connection, *, where: str, upgrades: Sequence[Upgrade] = UPGRADES) -> bool:
    """Is the schema the newest? Raises HistoryError where it is newer than this program."""
    version = version_of(connection)
    if version > len(upgrades):
        raise HistoryError(
            f"This history has schema version {version}; this program knows up to {len(upgrades)}.",
            where=where,
            next_step="Use a version of bi-auditor at least as new as the one that wrote it.",
        )
    return version == len(upgrades)


def upgrade(connection: Connection, *, now: datetime, where: str, upgrades: Sequence[Upgrade] = UPGRADES) -> None:
    """Bring the schema to the newest version, in the caller's transaction, which nobody else may write beside."""
    if check(connection, where=where, upgrades=upgrades):
        return
    for version in range(version_of(connection), len(upgrades)):
        upgrades[version](connection)
        connection.execute(tables.schema_version.insert().values(version=version + 1, upgraded_at=now))
