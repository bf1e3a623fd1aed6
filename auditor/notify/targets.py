"""Whom to tell: receivers by name. Their addresses hold secrets and come from the environment or from files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.errors import InvalidFileError, UsageError

PREFIX = "AUDITOR_NOTIFY_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver: its name, and its Apprise URL, which is never shown."""

    name: str
    url: str = field(repr=False)


def find_targets(
    names: Sequence[str], *, environment: Mapping[str, str], settings: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[Target, ...]:
    """The receivers of these names.

    A name stands in the settings' section `notify` as `{url_env: VARIABLE}` or `{url_file: FILE}`; one that does not is
    the environment variable AUDITOR_NOTIFY_NAME ("ops-mail": AUDITOR_NOTIFY_OPS_MAIL). Raises UsageError for what is
    not a known name, InvalidFileError for a setting that cannot be used.
    """
    return tuple(_find(name, environment, settings or {}) for name in dict.fromkeys(names))


def _find(name: str, environment: Mapping[str, str], settings: Mapping[str, Mapping[str, str]]) -> Target:
    if not _NAME.fullmatch(name):
        raise UsageError(
            "A receiver is given by its name; an address may hold a secret, and a secret is never an argument.",
            where="--notify",
            next_step=f"Put the address in the environment variable {PREFIX}NAME and say --notify NAME.",
        )
    variable = PREFIX + name.upper().replace("-", "_")
    if name in settings:
        return Target(name, _from_setting(name, settings[name], environment))
    if url := environment.get(variable, "").strip():
        return Target(name, url)
    known = [
        *settings,
        *(key.removeprefix(PREFIX).lower().replace("_", "-") for key in environment if key.startswith(PREFIX)),
    ]
    close = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else f"Set {variable}, or name it in the settings under 'notify'."
    raise UsageError(f"There is no receiver '{name}'.", where="--notify", next_step=hint)


def _from_setting(name: str, setting: Mapping[str, str], environment: Mapping[str, str]) -> str:
    place = f"notify.{name}"
    match dict(setting):
        case {"url_env": str(variable), **rest} if not rest:
            url = environment.get(variable, "").strip()
            problem = f"The environment variable {variable} is not set."
        case {"url_file": str(file), **rest} if not rest:
            url, problem = _from_file(file)
        case _:
            raise InvalidFileError(
                "A receiver needs exactly one of url_env and url_file; an address itself does not belong in the settings.",
                where=place,
                next_step="Write `url_env: VARIABLE` or `url_file: FILE`.",
            )
    if not url:
        raise InvalidFileError(problem, where=place, next_step="Put the receiver's Apprise URL there.")
    return url


def _from_file(file: str) -> tuple[str, str]:
    """The first line of the file, and what to say where there is none."""
    try:
        lines = Path(file).read_text(encoding="utf-8").split("\n", 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        return "", f"The file {file} cannot be read: {reason}."
    return lines[0].strip(), f"The file {file} is empty."
