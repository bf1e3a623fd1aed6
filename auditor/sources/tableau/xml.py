"""Tableau's XML as bytes in, values out. An attribute that is not there is None, never a default.

Element names are compared without their namespace: servers before 2018 use another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring


def parse(content: bytes) -> Element:
    """The root of an answer. Raises ParseError, or defusedxml's errors for entities and document types."""
    root: Element = fromstring(content, forbid_dtd=True)
    return root


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str | None = None) -> Iterator[Element]:
    """The child elements (of that name)."""
    return (child for child in element if name is None or local(child) == name)


def child(element: Element, name: str) -> Element | None:
    """The first child of that name."""
    return next(children(element, name), None)


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
    return {"true": True, "false": False}.get(text.strip().lower()) if text is not None else None


def flag(element: Element, attribute: str) -> bool | None:
    """A switch of an element, in three values."""
    return yes_or_no(element.get(attribute))


def number(text: str | None) -> int | None:
    """A whole number, None for anything else. Length is bounded: the value comes from outside."""
    plain = (text or "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 18 else None
