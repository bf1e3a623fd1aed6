"""Connections of a data source as written in the document: class, server, user; published or not; extract or live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.model.data import FileConnection
from auditor.sources.workbook_file.secrets_in_text import (
    secret_attributes,
    secret_shape,
    without_literals,
    without_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

#: The class of a connection to a published data source (tableau-access.md, 6.1).
PUBLISHED = frozenset({"sqlproxy"})
#: Connection classes that are themselves an extract.
EXTRACT_CLASSES = frozenset({"hyper", "dataengine"})
#: Accounts that the product writes for its own engine; no person and no database account.
_INTERNAL_USERS = frozenset({"tableau_internal_user"})
_TRUE = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, slots=True)
class Wiring:
    """How a data source gets its rows. None means "the document does not say"."""

    connections: tuple[FileConnection, ...]
    published: bool
    content_url: str | None
    has_extract: bool
    live: bool | None
    aggregated: bool | None
    extract_files: tuple[str, ...]  # as the document names them
    custom_sql: tuple[str, ...]
    secrets: tuple[str, ...]


def read_wiring(source: etree._Element, title: str) -> Wiring:
    """The connections and the extract of a data source element; `title` names it in places."""
    leaves = list(_leaves(source))
    extracts = [item for item in source.findall("extract") if item.get("enabled") != "false"]
    stored = [leaf for item in extracts for leaf in item.iter("connection") if leaf.get("class") in EXTRACT_CLASSES]
    direct = [leaf for leaf in leaves if leaf.get("class") in EXTRACT_CLASSES]
    published = any(leaf.get("class") in PUBLISHED for leaf in leaves)
    has_extract = bool(extracts or direct)
    connections = tuple(dict.fromkeys(_connection(leaf, title) for leaf in (*leaves, *stored)))
    return Wiring(
        connections=connections,
        published=published,
        content_url=_content_url(source, leaves) if published else None,
        has_extract=has_extract,
        live=None if published and not has_extract else bool(leaves) and not has_extract,
        aggregated=_aggregated(extracts),
        extract_files=tuple(dict.fromkeys(leaf.get("dbname", "") for leaf in stored or direct)),
        custom_sql=tuple(dict.fromkeys(without_literals(text, sql=True) for text in _custom_sql(source))),
        secrets=tuple(dict.fromkeys(_secrets(source, title))),
    )


def _leaves(source: etree._Element) -> Iterator[etree._Element]:
    for connection in source.findall("connection"):
        named = connection.findall("named-connections/named-connection/connection")
        if named:
            yield from named
        elif connection.get("class") not in {None, "federated"}:
            yield connection


def _connection(leaf: etree._Element, title: str) -> FileConnection:
    kind = leaf.get("class") or "unknown"
    user = leaf.get("username") or None
    secret = any(True for _ in secret_attributes(leaf))
    return FileConnection(
        class_name=kind,
        server=without_secrets(leaf.get("server", "")) or None,
        user=None if user in _INTERNAL_USERS else user,
        secret_in_file=secret,
        place=f"data source {title}, connection {kind}",
        embeds_password=True if secret else None,
        filename=_filename(leaf) if kind not in EXTRACT_CLASSES | PUBLISHED else None,
    )


def _filename(leaf: etree._Element) -> str | None:
    name = leaf.get("filename") or ""
    folder = leaf.get("directory") or ""
    whole = f"{folder}/{name}" if folder and name and "/" not in name else name or folder
    return without_secrets(whole) or None


def _content_url(source: etree._Element, leaves: list[etree._Element]) -> str | None:
    place = source.find("repository-location")
    if place is not None and place.get("id"):
        return str(place.get("id"))
    names = (str(leaf.get("dbname", "")) for leaf in leaves if leaf.get("class") in PUBLISHED)
    return next(filter(None, names), None)


def _aggregated(extracts: list[etree._Element]) -> bool | None:
    """Was "aggregate data for visible dimensions" on? Said by some documents; silence is no answer."""
    for extract in extracts:
        for element in (extract, *extract.iterfind("*")):
            for key, value in element.attrib.items():
                if "rollup" in key or ("aggregat" in key and "visible" in key) or key == "aggregate":
                    return value.lower() in _TRUE
    return None


def _custom_sql(source: etree._Element) -> Iterator[str]:
    for relation in source.iter("relation"):
        if relation.get("type") == "text" and relation.text and relation.text.strip():
            yield relation.text.strip()


def _secrets(source: etree._Element, title: str) -> Iterator[str]:
    for element in source.iter("connection", "named-connection", "oauth", "query-band", "refresh", "refresh-event"):
        for where in secret_attributes(element):
            kind = element.get("class") or element.tag
            yield f"data source {title}, {kind}: {where}"
        for child in element.iterchildren("query-band", "initial-sql", "one-time-sql", "oauth"):
            if found := secret_shape(child.text or ""):
                yield f"data source {title}, {child.tag}: {found}"
    for number, relation in enumerate(source.iter("relation"), 1):
        if relation.get("type") == "text" and (found := secret_shape(relation.text or "")):
            yield f"data source {title}, custom SQL {number}: {found}"
    for column in source.iter("calculation"):
        if found := secret_shape(column.get("formula", "")):
            yield f"data source {title}, a calculation: {found}"
