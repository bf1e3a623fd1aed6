"""Tableau's XML as bytes in, values out. An attribute that is not there is None, never a default.

Element names are compared without their namespace: servers before 2018 use another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import fromstring as fromstring_quickly

from defusedxml.ElementTree import fromstring

#: The beginning of a document in UTF-8, said or by default; every other encoding could hide a "<!".
_UTF8 = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml(?:\s+version=["'][\d.]+["'])?(?:\s+encoding=["'](?:utf-8|us-ascii)["'])?"""
    rb"""(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>)?\s*<[A-Za-z_]""",
    re.IGNORECASE,
)

_SWITCHES: Mapping[str, bool] = {"true": True, "false": False}


def parse(content: bytes) -> Element:
    """The root of an answer. Raises ParseError, or defusedxml's errors for entities and document types.

    defusedxml's parser is written in Python and slow. An answer in UTF-8 without "<!" cannot hold a document type, and
    without one no entity; it goes to the quick parser of the standard library.
    """
    if b"<!" not in content and _UTF8.match(content) is not None:
        return fromstring_quickly(content)  # noqa: S314 - see above
    root: Element = fromstring(content, forbid_dtd=True)
    return root


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return _local(element.tag)


@lru_cache(maxsize=1024)
def _local(tag: object) -> str:
    """Kept: an answer of a thousand items has the same few names tens of thousands of times."""
    return str(tag).rpartition("}")[2]


def children(element: Element, name: str | None = None) -> Iterator[Element]:
    """The child elements (of that name)."""
    return (child for child in element if name is None or local(child) == name)


def child(element: Element, name: str) -> Element | None:
    """The first child of that name."""
    for one in element:
        if _local(one.tag) == name:
            return one
    return None


def element_named(root: Element, name: str) -> Element | None:
    """The element itself if it has that name, else the first such element anywhere below."""
    return next((element for element in root.iter() if local(element) == name), None)


def child_text(element: Element, name: str) -> str | None:
    """The text of the first child of that name, blanks removed; None where there is none or it is empty."""
    found = child(element, name)
    return (found.text or "").strip() or None if found is not None else None


def child_attribute(element: Element, name: str, attribute: str) -> str | None:
    """An attribute of the first child of that name; None where either is missing, or where it is empty."""
    found = child(element, name)
    return (found.get(attribute) or None) if found is not None else None


def yes_or_no(text: str | None) -> bool | None:
    """Three values: "true", "false", and None for missing or any other word (bool("false") is True)."""
    if text is None:
        return None
    known = _SWITCHES.get(text)
    return known if known is not None else _SWITCHES.get(text.strip().lower())


def flag(element: Element, attribute: str) -> bool | None:
    """A switch of an element, in three values."""
    return yes_or_no(element.get(attribute))


def number(text: str | None) -> int | None:
    """A whole number, None for anything else. Length is bounded: the value comes from outside."""
    plain = (text or "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 18 else None
