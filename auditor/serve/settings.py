"""What a web view shows and to whom."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from auditor.errors import UsageError
from auditor.history import History
from auditor.model import Snapshot

TOKEN_VARIABLE = "AUDITOR_SERVE_TOKEN"  # noqa: S105 - a name, not a token
_SHORTEST = 20  # characters: too many to guess over a network
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What to show: a history, a snapshot, or both. `token` None: whoever reaches the port may read.

    `hosts` holds the names that a browser may call this server by, without the port; None allows any, which only a
    token makes safe.
    """

    clock: Callable[[], datetime]
    history: History | None = None
    snapshot: Snapshot | None = None
    token: str | None = field(default=None, repr=False)
    hosts: frozenset[str] | None = frozenset(_LOOPBACK_NAMES)


def make_settings(
    *, host: str, clock: Callable[[], datetime], history: History | None, snapshot: Snapshot | None, token: str | None
) -> ServeSettings:
    """Settings for a server on `host`. Raises UsageError where that would show an audit to strangers."""
    if history is None and snapshot is None:
        raise UsageError("There is nothing to show.", where="serve", next_step="Give --history, --snapshot or both.")
    if not is_loopback(host) and token is None:
        raise UsageError(
            f"'{host}' can be reached from other machines, and there is no token.",
            where="--host",
            next_step=f"Set {TOKEN_VARIABLE} or --token-file, or stay on 127.0.0.1.",
        )
    return ServeSettings(clock, history, snapshot, token, _hosts(host))


def read_token(file: str | None, environment: Mapping[str, str]) -> str | None:
    """The token from a file's first line, else from the environment, else None. Raises UsageError; never shows it."""
    if file is None:
        token, where = environment.get(TOKEN_VARIABLE, "").strip(), TOKEN_VARIABLE
        if not token:
            return None
    else:
        where = file
        try:
            token = Path(file).read_text(encoding="utf-8").split("\n", 1)[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text in UTF-8"
            raise UsageError(f"The token cannot be read: {reason}.", where=where) from None
    if len(token) < _SHORTEST:
        raise UsageError(
            f"The token has fewer than {_SHORTEST} characters, so that it could be guessed.",
            where=where,
            next_step="Make one with `openssl rand -hex 24`.",
        )
    return token


def is_loopback(host: str) -> bool:
    """Is this address one that only this machine can reach?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _hosts(host: str) -> frozenset[str] | None:
    if is_loopback(host):
        return frozenset({*_LOOPBACK_NAMES, _as_in_url(host)})
    return None  # behind a name that we cannot know; the token, which no other origin's page can send, guards it


def _as_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
