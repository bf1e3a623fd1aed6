"""A parsed .twb or .tds as an inventory: everything that the document alone tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor.model.data import Column, DataSource, Inventory
from auditor.sources.workbook_file.connections import Wiring, read_wiring
from auditor.sources.workbook_file.fields import PARAMETERS, FieldDraft, Fields, read_fields
from auditor.sources.workbook_file.secrets_in_text import without_literals
from auditor.sources.workbook_file.sheets import read_sheets, shown_names
from auditor.sources.workbook_file.usage import Needed, Use, follow, uses_of_workbook

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True, slots=True)
class SourceReading:
    """A data source as the document tells it, with what is needed to match its extract."""

    source: DataSource
    wiring: Wiring
    extract_names: Mapping[tuple[str | None, str], str]


@dataclass(frozen=True, slots=True)
class Document:
    """What a document tells: the inventory without classes, and per data source how to find its extract."""

    inventory: Inventory
    readings: tuple[SourceReading, ...]


def read_document(root: etree._Element, name: str) -> Document:
    """The inventory of a workbook or data source document. `name` is the file's, without its ending."""
    if root.tag == "datasource":
        return _read_data_source(root, name)
    return _read_workbook(root, name)


def _read_workbook(root: etree._Element, name: str) -> Document:
    elements = {element.get("name", ""): element for element in root.iterfind("datasources/datasource")}
    sources = {key: read_fields(element) for key, element in elements.items()}
    sheets = read_sheets(root)
    uses = uses_of_workbook(root, sources, shown_names(root, sheets))
    uses += [use for key, element in elements.items() for use in _relationship_keys(key, element, uses)]
    needed = follow(uses, sources)
    readings = tuple(
        _reading(elements[key], fields, needed, key) for key, fields in sources.items() if not _is_parameters(key)
    )
    inventory = Inventory(
        kind="workbook",
        id=None,
        name=name,
        data_sources=tuple(reading.source for reading in readings),
        sheets=sheets,
        tabs_shown=None,  # chosen when publishing; no document that we know of says it
        secrets=tuple(where for reading in readings for where in reading.wiring.secrets),
        source_version=root.get("source-build") or root.get("version"),
    )
    return Document(inventory, readings)


def _read_data_source(root: etree._Element, name: str) -> Document:
    fields = read_fields(root)
    reading = _reading(root, fields, None, root.get("name") or root.get("formatted-name") or name, title=name)
    inventory = Inventory(
        kind="datasource",
        id=None,
        name=name,
        data_sources=(reading.source,),
        secrets=reading.wiring.secrets,
        source_version=root.get("source-build") or root.get("version"),
    )
    return Document(inventory, (reading,))


def _is_parameters(key: str) -> bool:
    return key == PARAMETERS


def _reading(
    element: etree._Element, fields: Fields, needed: Needed | None, key: str, title: str | None = None
) -> SourceReading:
    shown = element.get("caption") or title or element.get("name") or key
    wiring = read_wiring(element, shown)
    columns = tuple(_column(draft, key, needed) for draft in fields.by_name.values())
    source = DataSource(
        name=shown,
        id=key,
        published=wiring.published,
        content_url=wiring.content_url,
        live=wiring.live,
        has_extract=wiring.has_extract,
        aggregated=wiring.aggregated,
        used=None if needed is None else key in needed.sources,
        connections=wiring.connections,
        columns=columns,
        custom_sql=wiring.custom_sql,
        user_filter=True if fields.asks_user else (None if wiring.published else False),
    )
    return SourceReading(source, wiring, dict(fields.extract_names))


def _column(draft: FieldDraft, source: str, needed: Needed | None) -> Column:
    column = Column(
        name=draft.name,
        remote_name=draft.remote_name,
        caption=draft.caption,
        type=draft.type,
        role=draft.role,
        hidden=draft.hidden,
        calculated=draft.calculated,
        formula=without_literals(draft.formula, sql=False) if draft.formula is not None else None,
        table=draft.table,
    )
    if needed is None:
        return column
    node = (source, draft.name)
    used = node in needed.all
    return replace(
        column,
        used=used,
        used_in_hidden_only=used and node not in needed.shown,
        shelves=tuple(needed.shelves[node]) if node in needed.shelves else (),
    )


def _relationship_keys(key: str, element: etree._Element, uses: list[Use]) -> list[Use]:
    """Fields that relate the tables of a data source are needed wherever the data source is."""
    if not any(use.source == key for use in uses):
        return []
    from auditor.sources.workbook_file.names import references

    operands = element.iterfind("object-graph/relationships/relationship//expression")
    return [
        Use(key, name, "relationship", shown=True)
        for operand in operands
        for _, name in references(operand.get("op", ""))
    ]
