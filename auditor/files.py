"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from auditor.errors import UsageError

PRIVATE = 0o600

_HALVES = re.compile("[\ud800-\udfff]")
_HALF_IN_JSON = re.compile(r"\\u[dD][89a-fA-F]")


def whole_text(text: str) -> str:
    """U+FFFD for each half of a surrogate pair: JSON can name such a half, and no file in UTF-8 can hold it."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def from_json(text: str) -> Any:
    """What a JSON text of unknown origin says, all of its texts whole. Raises ValueError and RecursionError as `json`."""
    found = json.loads(text)
    if _HALF_IN_JSON.search(text) is None:
        return found
    return json.loads(whole_text(json.dumps(found, ensure_ascii=False)))


@contextmanager
def written_whole(path: Path, *, mode: int | None = None) -> Iterator[IO[bytes]]:
    """A stream whose bytes take the place of `path` when the block ends well, and vanish when it does not.

    `mode` None is what the umask gives; PRIVATE is for the owner alone. A link is followed. What is there and is no file
    (/dev/null, a pipe) is written to and never replaced. Raises UsageError where it cannot be written.
    """
    if path.exists() and not path.is_file():
        with _told(path), tempfile.TemporaryFile() as stream:
            yield stream
            stream.seek(0)
            with path.open("wb") as place:  # as it was named: what /dev/stdout leads to may have no name of its own
                place.write(stream.read())
        return
    with _told(path):
        target = _followed(path)
    with _told(path):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    part = Path(name)
    try:
        with _told(path), os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        with _told(path):
            part.chmod(_usual_mode() if mode is None else mode)
            part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _followed(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError as error:  # how pathlib tells of links that lead round in a circle
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"It cannot be written: {error.strerror or type(error).__name__}.",
            where=str(path),
            next_step="Name a file in a folder that exists, is yours and has room.",
        ) from error


def _usual_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def write_whole(path: Path, text: str, *, mode: int | None = None) -> None:
    """Put a text (UTF-8) at `path` in one step. Raises UsageError."""
    with written_whole(path, mode=mode) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))
