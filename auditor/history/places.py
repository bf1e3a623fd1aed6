"""Where a history lives: a SQLite file or a PostgreSQL database. Never says a password back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from auditor.errors import UsageError

_POSTGRESQL = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_SECRET_PARAMETERS = frozenset({"password", "sslpassword", "passfile"})
_ELSEWHERE = "Leave it out: libpq takes the password from PGPASSFILE (else ~/.pgpass) or PGPASSWORD."


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A history in one file."""

    path: Path

    @property
    def shown(self) -> str:
        """How messages name it."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """A history in a PostgreSQL database. `url` may hold a password and is not part of the repr."""

    url: str = field(repr=False)
    shown: str
    secrets: tuple[str, ...] = field(default=(), repr=False)


Place = SqliteFile | PostgresDatabase


def parse_place(text: str, *, is_argument: bool = False) -> Place:
    """The place that `text` names: a path, `sqlite:///PATH`, or a `postgresql://` URL.

    `is_argument`: it came from the command line, where other people of the machine can read it, so that a password in
    it is refused. Raises UsageError, which never repeats the URL.
    """
    if not text.strip():
        raise UsageError("The name of the history is empty.", where="--history", next_step="Give a file or a URL.")
    if "://" not in text:
        return SqliteFile(Path(text))
    scheme = text.split("://", 1)[0].lower()
    if scheme == "sqlite":
        return SqliteFile(Path(text.split("://", 1)[1].removeprefix("/")))
    if scheme not in _POSTGRESQL:
        raise UsageError(
            "A history lives in a SQLite file or in PostgreSQL; this URL is of neither.",
            where="--history",
            next_step="Write a file's path, sqlite:///PATH or postgresql://USER@HOST/DATABASE.",
        )
    return _postgres(text, is_argument=is_argument)


def _postgres(text: str, *, is_argument: bool) -> PostgresDatabase:
    try:
        url = urlsplit(text)
        shown = "postgresql://" + (url.hostname or "") + (f":{url.port}" if url.port else "") + url.path
        secrets = [unquote(url.password)] if url.password else []
    except ValueError:
        raise UsageError("The URL of the history is not well-formed.", where="--history") from None
    secrets += [value for key, value in parse_qsl(url.query) if key.lower() in _SECRET_PARAMETERS and value]
    if secrets and is_argument:
        raise UsageError(
            "A secret is never an argument, and this URL holds one.", where="--history", next_step=_ELSEWHERE
        )
    return PostgresDatabase("postgresql+psycopg://" + text.split("://", 1)[1], shown, tuple(secrets))
