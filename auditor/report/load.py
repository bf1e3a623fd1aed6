"""Reads a saved JSON report back, and says in a sentence why it cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.errors import InvalidFileError, SourceError
from auditor.files import from_json
from auditor.report.model import SCHEMA_VERSION, Report

_AGAIN = "Make it again with `auditor scan --format json`."


def load(path: Path) -> Report:
    """The report saved at `path`.

    Raises `SourceError` where the file cannot be read, `InvalidFileError` where it is no report of a known version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidFileError("The report is not text in UTF-8.", where=str(path), next_step=_AGAIN) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(
            f"The report cannot be read: {reason}.", where=str(path), next_step="Check the path and its permissions."
        ) from error
    return loads(text, where=str(path))


def loads(text: str, *, where: str = "report") -> Report:
    """The report in a JSON text; `where` names it in errors. Raises `InvalidFileError`."""
    try:
        data = from_json(text)
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}:{error.colno}"
        raise InvalidFileError(f"The report is not JSON: {error.msg}.", where=place, next_step=_AGAIN) from error
    except ValueError as error:  # a number of thousands of digits
        raise InvalidFileError("The report holds a number that is too long.", where=where, next_step=_AGAIN) from error
    except RecursionError as error:
        raise InvalidFileError("The report is nested too deeply.", where=where, next_step=_AGAIN) from error
    _check_version(data, where)
    try:
        return Report.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidFileError(
            f"The report is not valid at {place}: {first['msg']}.", where=where, next_step=_AGAIN
        ) from error


def _check_version(data: Any, where: str) -> None:
    if not isinstance(data, dict) or "schema_version" not in data:
        raise InvalidFileError(
            "This is JSON, but not a report of bi-auditor: it has no schema_version.", where=where, next_step=_AGAIN
        )
    version = data["schema_version"]
    if version != SCHEMA_VERSION:
        raise InvalidFileError(
            f"The report has schema_version {version!r}; this program reads {SCHEMA_VERSION!r}.",
            where=where,
            next_step="Use the version of bi-auditor that wrote it, or make the report again.",
        )
