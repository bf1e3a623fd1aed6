"""Globs over paths and names. Only `*`, `?` and, in paths, `**` are wild; brackets are ordinary characters.

A path pattern is read as paths are: "/" between levels, blanks around it do not count, "//" is a slash in a name.
`**` stands for any number of levels, none included: "Public/**" is Public itself and all that is nested in it.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from auditor.model.paths import UNREADABLE, split_path


@functools.lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    text = "".join(wild.get(character) or re.escape(character) for character in _plain(glob))
    return re.compile(re.sub(r"(?:\.\*)+", ".*", text), re.DOTALL)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def name_matches(glob: str, name: str) -> bool:
    """Does a whole name fit the glob? Case counts."""
    return _pattern(glob).fullmatch(_plain(name)) is not None


@functools.lru_cache(maxsize=4096)
def _levels(glob: str) -> tuple[str, ...]:
    return split_path(glob)


@functools.lru_cache(maxsize=65536)
def path_matches(glob: str, parts: tuple[str, ...]) -> bool | None:
    """Does a path fit the glob? None where it depends on an ancestor that could not be read."""
    levels = _levels(glob)
    if parts and parts[0] == UNREADABLE:
        if levels == ("**",):
            return True
        reachable = frozenset(range(len(levels) + 1))
        return None if _ends(levels, parts[1:], reachable) else False
    return _ends(levels, parts, _skip(levels, frozenset({0})))


def _skip(levels: tuple[str, ...], places: frozenset[int]) -> frozenset[int]:
    """`**` may stand for nothing: also the places behind it are open."""
    found = set(places)
    for place in range(len(levels)):
        if place in found and levels[place] == "**":
            found.add(place + 1)
    return frozenset(found)


def _ends(levels: tuple[str, ...], parts: tuple[str, ...], places: frozenset[int]) -> bool:
    for part in parts:
        following = set()
        for place in places:
            if place < len(levels) and levels[place] == "**":
                following.add(place)
            elif place < len(levels) and name_matches(levels[place], part):
                following.add(place + 1)
        places = _skip(levels, frozenset(following))
    return len(levels) in places
