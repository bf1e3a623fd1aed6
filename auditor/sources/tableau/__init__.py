"""A Tableau Server or Cloud site, or a recorded conversation with one, as a source of facts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from auditor.sources.tableau.settings import (
    Checkpoint,
    Credentials,
    JwtCredentials,
    NamesPolicy,
    PasswordCredentials,
    Recording,
    RetryPolicy,
    Secret,
    TableauSettings,
    TokenCredentials,
)

if TYPE_CHECKING:
    from auditor.sources.interface import Clock
    from auditor.sources.tableau.source import TableauSource

__all__ = [
    "Checkpoint",
    "Credentials",
    "JwtCredentials",
    "NamesPolicy",
    "PasswordCredentials",
    "Recording",
    "RetryPolicy",
    "Secret",
    "TableauSettings",
    "TokenCredentials",
    "open_source",
]


def open_source(settings: TableauSettings, clock: Clock) -> AbstractContextManager[TableauSource]:
    """A site to read from, signed in for the length of a `with` block and signed out on every path.

    Raises SourceError or SignInError when entered. `clock` gives the current time in UTC.
    """
    from auditor.sources.tableau.opening import open_live, open_replay

    return open_live(settings, clock) if settings.cassette is None else open_replay(settings, clock)
