"""What a run has read so far, kept beside its output, so that a stopped run can go on.

Lists are always read anew; only answers about single items are kept, each with the time when it was read. The file is
one JSON object a line, mode 0600; a line that was cut off by the end of the earlier run is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from auditor.errors import UsageError

_FORMAT, _VERSION = "bi-auditor-checkpoint", 1
#: Older answers are not gone on from: rules change without a trace (tableau-api-and-scale.md, section 6).
_LONGEST = timedelta(hours=24)
_LARGEST = 4 << 30


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose answers these are: another server, site or account must not share a file."""

    server: str
    site_id: str
    user_id: str

    def header(self) -> dict[str, Any]:
        """The first line of the file."""
        names = {"server": self.server, "site": self.site_id, "user": self.user_id}
        return {"format": _FORMAT, "version": _VERSION, **names}


@dataclass(slots=True)
class Kept:
    """Answers of earlier runs by key, and the file that takes new ones. Used by one thread."""

    path: Path
    _stream: IO[str]
    _answers: dict[str, tuple[datetime, Any]]
    #: The first and last time of the answers that were used again.
    used: list[datetime] = field(default_factory=list)

    def recall(self, key: str, *, not_before: str | None = None) -> tuple[datetime, Any] | None:
        """An earlier answer and its time, unless the object was changed after it was read (`not_before`: the server's time of it)."""
        found = self._answers.get(key)
        if found is None or (not_before is not None and not_before > found[0].strftime("%Y-%m-%dT%H:%M:%SZ")):
            return None
        self.used.append(found[0])
        return found

    def remember(self, key: str, answer: Any, *, now: datetime) -> None:
        """Write an answer down at once."""
        line = {"key": key, "at": now.astimezone(UTC).isoformat(), "answer": answer}
        self._stream.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Leave the file for the next run."""
        self._stream.close()

    def remove(self) -> None:
        """The run came to its end: nothing to go on from."""
        self._stream.close()
        with suppress(OSError):
            self.path.unlink()


def open_kept(path: Path, origin: Origin, *, resume: bool, now: datetime) -> Kept:
    """The file to go on with (`resume`), or a new one in its place.

    Raises UsageError where there is nothing to go on from, or where it is another site's.
    """
    answers = _read(path, origin, now) if resume else {}
    try:
        if not resume:
            path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise UsageError(
            f"Cannot write {path}: {error.strerror}.", next_step="Give an --output that is yours."
        ) from None
    stream = os.fdopen(handle, "a", encoding="utf-8")
    if stream.tell() == 0:
        stream.write(json.dumps(origin.header()) + "\n")
    else:
        stream.write("\n")  # ends a line that an earlier run did not finish
    stream.flush()
    return Kept(path, stream, answers)


def _read(path: Path, origin: Origin, now: datetime) -> dict[str, tuple[datetime, Any]]:
    if not path.exists():
        return {}
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to go on from.", next_step="Run without --resume.")
        with path.open(encoding="utf-8", errors="replace") as stream:
            if _object(stream.readline()) != origin.header():
                raise UsageError(
                    f"{path} belongs to another server, site or account.", next_step="Run without --resume."
                )
            entries = [_entry(_object(line), now) for line in stream]
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", next_step="Run without --resume.") from None
    return {key: (at, answer) for key, at, answer in filter(None, entries)}


def _object(line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _entry(line: Mapping[str, Any], now: datetime) -> tuple[str, datetime, Any] | None:
    key, at = line.get("key"), line.get("at")
    if not isinstance(key, str) or not isinstance(at, str):
        return None
    try:
        read_at = datetime.fromisoformat(at)
    except ValueError:
        return None
    recent = read_at.tzinfo is not None and timedelta(0) <= now - read_at <= _LONGEST
    return (key, read_at, line.get("answer")) if recent else None
