"""The addresses that the emulator knows, a table of (pattern, first API version, function)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.emulator.calls import Answer
from tests.emulator.endpoints import content, files, principals, projects, sites

Endpoint = Callable[..., Answer]

ROUTES: tuple[tuple[re.Pattern[str], str, Endpoint, dict[str, Any]], ...] = tuple(
    (re.compile(pattern), since, endpoint, options)
    for table in (content.ROUTES, projects.ROUTES, principals.ROUTES, sites.ROUTES, files.ROUTES)
    for pattern, since, endpoint, options in table
)


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def find(path: str, version: str) -> tuple[Endpoint, tuple[str, ...], dict[str, Any]] | None:
    """The endpoint for a path below `/api/{version}/`, unless this version does not have it yet."""
    for pattern, since, endpoint, options in ROUTES:
        match = pattern.fullmatch(path)
        if match is not None:
            return (endpoint, match.groups(), options) if version_of(version) >= version_of(since) else None
    return None
