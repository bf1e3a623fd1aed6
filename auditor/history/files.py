"""Files that other programs watch: written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from auditor.history.errors import HistoryError


def write_whole(path: Path, text: str, *, mode: int) -> None:
    """Put the text at `path` in one step, through a hidden file beside it. Raises HistoryError.

    What is there and is no file (/dev/null, a pipe) is written to and never replaced.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(mode)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise HistoryError(
            f"The file cannot be written: {reason}.", where=str(path), next_step="Check the folder and its permissions."
        ) from error
