"""Writing a file that is for its owner only, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from auditor.errors import UsageError


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` (mode 0600) when the block ends well and else is gone.

    Raises UsageError where the folder cannot be written to.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise UsageError(
            f"Cannot write {path}: {error.strerror}.", next_step="Give a file in a folder that exists and is yours."
        ) from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o600)
        part.replace(path)
    except OSError as error:
        _remove(part)
        raise UsageError(f"Cannot write {path}: {error.strerror}.", next_step="Check room and rights.") from None
    except BaseException:
        _remove(part)
        raise


def _remove(part: Path) -> None:
    with suppress(OSError):
        part.unlink()
