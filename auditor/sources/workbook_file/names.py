"""How a Tableau document refers to fields: bracketed names, qualified names, instances, formulas.

`[federated.1abc].[sum:Sales:qk]` is a field instance of a data source; a formula says `[Sales]`; `]]` stands for `]`
(shapes seen in reference/tsc-wire-and-files.md, section 2, and the real files).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

_BRACKET = r"\[((?:[^\]]|\]\])*+)\]"
#: One to three bracketed names joined by dots. Cubes use three.
REFERENCE = re.compile(_BRACKET + r"(?:\." + _BRACKET + r")?(?:\." + _BRACKET + r")?")
#: String literals and comments of Tableau's formula language; what stands in them refers to nothing. One that is not
#: closed runs to the end, so that hostile formulas take no longer than others.
QUIET = re.compile(
    r"""//[^\r\n]*+|/\*.*?(?:\*/|\Z)|"(?:[^"\\]|\\.)*+(?:"|\Z|\\)|'(?:[^'\\]|\\.)*+(?:'|\Z|\\)""", re.DOTALL
)
#: `derivation:name:type`, perhaps with table calculation prefixes before and an instance number after.
_INSTANCE = re.compile(r"^((?:[a-z]{2,8}:)+)(.*?):(?:[a-z]{2})(?::\d+)?$", re.DOTALL)
_LONGEST_NAME = 1_000
USER_FUNCTIONS = re.compile(
    r"\b(USERNAME|ISUSERNAME|FULLNAME|ISFULLNAME|USERDOMAIN|ISMEMBEROF|ISCURRENTUSER|USERATTRIBUTE|"
    r"USERATTRIBUTEINCLUDES)\s*\(",
    re.IGNORECASE,
)

Reference = tuple[str | None, str]


def unbracket(name: str) -> str:
    """The name without its brackets: `[A]]B]` is `A]B`. A name without brackets stays."""
    if len(name) >= 2 and name[0] == "[" and name[-1] == "]":
        return name[1:-1].replace("]]", "]")
    return name


def last_part(qualified: str) -> str:
    """The last name of `[a].[b].[c]`, without brackets."""
    found = REFERENCE.fullmatch(qualified.strip())
    if not found:
        return unbracket(qualified)
    return [part for part in found.groups() if part is not None][-1].replace("]]", "]")


def references(text: str) -> tuple[Reference, ...]:
    """All field references in a shelf, attribute or text: (data source or None, field or instance name)."""
    if "%5B" in text or "%5b" in text:
        text = unquote(text)
    if "[" not in text:
        return ()
    return tuple(_found(text))


def _found(text: str) -> Iterator[Reference]:
    """Left to right. A bracket that is not closed means that none after it is, so that hostile text ends the search."""
    place = text.find("[")
    while place >= 0:
        found = REFERENCE.match(text, place)
        if found is None:
            return
        yield _split(found)
        place = text.find("[", found.end())


def formula_references(formula: str) -> tuple[Reference, ...]:
    """All references in a formula, literals and comments apart."""
    return references(QUIET.sub(" ", formula)) if "[" in formula else ()


def names_user(formula: str) -> bool:
    """Does a formula ask who is looking? (tableau-access.md, 6.4)."""
    return bool(USER_FUNCTIONS.search(QUIET.sub(" ", formula)))


def _split(found: re.Match[str]) -> Reference:
    first, second, third = (part.replace("]]", "]") if part is not None else None for part in found.groups())
    if second is None:
        return None, first or ""
    if third is not None:  # a cube: [source].[dimension].[level]
        return first, f"{second}].[{third}"
    return first, second


def base_of_instance(name: str) -> str:
    """The field of an instance name by its shape: `sum:Sales:qk` is Sales. A name of another shape is itself."""
    found = _INSTANCE.match(name) if len(name) <= _LONGEST_NAME else None
    return found[2] if found else name
