"""Opening a site: the server itself, recorded or not, or a recording of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from auditor.sources.interface import Clock
from auditor.sources.tableau import cassette
from auditor.sources.tableau.checkpoint import Kept, Origin, open_kept
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.recording import Tape
from auditor.sources.tableau.settings import RetryPolicy, Secret, TableauSettings, TokenCredentials
from auditor.sources.tableau.source import TableauSource, budget_of
from auditor.sources.tableau.transport import Transport

#: A recording has no load to spare and nothing to wait for.
_NO_PATIENCE = RetryPolicy(attempts=1, pace=0.0, give_up_after=1 << 31)


@contextmanager
def open_live(settings: TableauSettings, clock: Clock) -> Iterator[TableauSource]:
    """Signed in to the server itself; signed out on every path. A recording is written only after a good end."""
    started = clock()
    tape = Tape(settings.record) if settings.record is not None else None
    transport = Transport(
        settings, server=settings.server, recorder=tape, per_hour=budget_of(settings, settings.server)
    )
    connection = Connection(settings.server, settings, transport)
    connection.open()
    try:
        kept = _kept(settings, connection, clock)
        try:
            yield TableauSource(settings, connection, clock, started=started, kept=kept)
        finally:
            if kept is not None:
                kept.close()
    finally:
        connection.close()
    if kept is not None:
        kept.remove()
    if tape is not None:
        tape.save()


def _kept(settings: TableauSettings, connection: Connection, clock: Clock) -> Kept | None:
    """The file of what was read so far, where one is wanted."""
    if settings.checkpoint is None:
        return None
    origin = Origin(connection.address, connection.site_id, connection.user_id)
    return open_kept(settings.checkpoint.path, origin, resume=settings.checkpoint.resume, now=clock())


@contextmanager
def open_replay(settings: TableauSettings, clock: Clock) -> Iterator[TableauSource]:
    """A recorded conversation, answered through requests-mock; nothing leaves this process."""
    assert settings.cassette is not None
    found = cassette.load(settings.cassette)
    settings = replace(
        settings,
        server=found.address,
        credentials=TokenCredentials("replay", Secret("-")),
        record=None,
        retry=_NO_PATIENCE,
    )
    transport = Transport(settings, server=found.address, inner=found.adapter)
    connection = Connection(found.address, settings, transport, assumed_version=found.api_version)
    connection.open()
    try:
        yield TableauSource(settings, connection, clock, started=clock(), cassette=found)
    finally:
        connection.close()
