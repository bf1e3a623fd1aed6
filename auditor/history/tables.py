"""The tables of a history, as the newest schema version has them. Imported only by the modules that talk to a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC: with a time zone in PostgreSQL, without one in SQLite, always aware in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Always aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()


def _finding_columns() -> tuple[Column[Any], ...]:
    """The columns that a finding of a run and the last sighting of an exposure share."""
    return (
        Column("rule", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("verdict", Text, nullable=False),
        Column("exposure", Text, nullable=False),
        Column("subject_kind", Text, nullable=False),
        Column("subject_id", Text, nullable=False),
        Column("subject_name", Text, nullable=False),
        Column("path", Text, nullable=False),
        Column("url", Text),
        Column("audience", Text),
        Column("capabilities", JSON, nullable=False),
        Column("waived", Boolean, nullable=False),
        Column("preview", Boolean, nullable=False),
        Column("affected_count", Integer, nullable=False),
        Column("affected_digest", Text),
    )


runs = Table(
    "runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("server", Text, nullable=False),
    Column("site_id", Text, nullable=False),
    Column("site_name", Text, nullable=False),
    Column("content_url", Text, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("finished", UtcTime, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("exit_code", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("snapshot_digest", Text),
    Column("policy_digest", Text),
    Column("tool_version", Text, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("coverage", JSON, nullable=False),
    Column("expiring", JSON, nullable=False),
    Index("runs_by_site", "server", "site_id", "finished"),
)

#: The same list of affected content night after night is kept once.
affected_sets = Table(
    "affected_sets",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("things", JSON, nullable=False),
)

findings = Table(
    "findings",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("verdict_key", Text, primary_key=True),  # a rule may fail and be unknown under one fingerprint
    *_finding_columns(),
    Index("findings_by_fingerprint", "fingerprint"),
)

exposures = Table(
    "exposures",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("server", Text, nullable=False),
    Column("site_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("first_run", Text, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    Column("last_run", Text, nullable=False),
    Column("opened_after", UtcTime),
    Column("closed", UtcTime),
    Column("closed_run", Text),
    Column("note", Text, nullable=False),
    Column("policy_digest", Text),
    *_finding_columns(),
    Index("exposures_by_site", "server", "site_id", "fingerprint"),
)
Index(
    "one_open_exposure",
    exposures.c.server,
    exposures.c.site_id,
    exposures.c.fingerprint,
    unique=True,
    sqlite_where=exposures.c.closed.is_(None),
    postgresql_where=exposures.c.closed.is_(None),
)

#: Up to when a site's runs were pruned: a run from before that has no place any more.
sites = Table(
    "sites",
    METADATA,
    Column("server", Text, primary_key=True),
    Column("site_id", Text, primary_key=True),
    Column("pruned_until", UtcTime),
)

schema_version = Table(
    "schema_version",
    METADATA,
    Column("version", Integer, primary_key=True),
    Column("upgraded_at", UtcTime, nullable=False),
)

__all__ = ["METADATA", "UtcTime", "affected_sets", "exposures", "findings", "runs", "schema_version", "sites"]
