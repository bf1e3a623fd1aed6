"""The fields of one `<datasource>`: from column elements, metadata records, maps, relations and the extract's own list.

27 % of the columns in real extracts have no column element (reference/tsc-wire-and-files.md, section 2), so every
place that names a column counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.sources.workbook_file.names import (
    Reference,
    formula_references,
    last_part,
    names_user,
    references,
    unbracket,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

#: Tableau's data types in plain words; a word that is not here stays.
TYPES = {"string": "text", "real": "number", "tuple": "set"}
PARAMETERS = "Parameters"
MEASURE_NAMES = ":Measure Names"
_INTERNAL = ("__tableau_internal_object_id__",)
_COLUMN_REFERENCES = ("source-field", "default-value-field", "aggregate-role-from", "parent-name")


@dataclass(slots=True)
class FieldDraft:
    """One field while it is put together. `needs` are the references that it is made from."""

    name: str
    caption: str | None = None
    remote_name: str | None = None
    type: str | None = None
    role: str | None = None
    hidden: bool = False
    calculated: bool = False
    formula: str | None = None
    table: str | None = None
    needs: tuple[Reference, ...] = ()
    asks_user: bool = False


@dataclass(slots=True)
class Fields:
    """Fields by internal name, field instances (`sum:Sales:qk`) with what they need, and ways from other names."""

    by_name: dict[str, FieldDraft] = field(default_factory=dict)
    instances: dict[str, tuple[Reference, ...]] = field(default_factory=dict)
    #: Physical column of the extract -> internal name, by table where the file says it.
    extract_names: dict[tuple[str | None, str], str] = field(default_factory=dict)
    asks_user: bool = False

    def draft(self, name: str) -> FieldDraft:
        """The field of that internal name, made when new."""
        return self.by_name.setdefault(name, FieldDraft(name))

    def by_caption(self) -> dict[str, str]:
        """Internal names by caption, for the few places that refer to captions."""
        return {item.caption: item.name for item in self.by_name.values() if item.caption}


def read_fields(source: etree._Element) -> Fields:
    """All fields of a data source element."""
    fields = Fields()
    for connection in source.findall("connection"):
        _from_records(fields, connection)
        _from_maps(fields, connection)
        _from_relations(fields, connection)
    for extract in source.findall("extract"):
        _from_extract(fields, extract)
    for column in source.findall("column"):
        _from_column(fields, column)
    for group in source.findall("group"):
        _from_group(fields, group)
    for instance in source.findall("column-instance"):
        add_instance(fields, instance)
    for sort in source.findall("default-sorts/sort"):
        _from_default_sort(fields, sort)
    return fields


def add_dependencies(fields: Fields, dependencies: etree._Element) -> None:
    """What a sheet's copy adds: instances, and calculations that live on the sheet only.

    The copy alone is no use of a field.
    """
    for column in dependencies.findall("column"):
        name = unbracket(column.get("name", ""))
        if name not in fields.by_name:
            _from_column(fields, column)
    for instance in dependencies.findall("column-instance"):
        add_instance(fields, instance)


def add_instance(fields: Fields, instance: etree._Element) -> None:
    """A field instance, with its column and what its table calculations are ordered and addressed by."""
    name = unbracket(instance.get("name", ""))
    needs: list[Reference] = [(None, unbracket(instance.get("column", "")))]
    for below in instance.iterdescendants():
        needs += _attribute_references(below)
    fields.instances[name] = tuple(needs)


def _from_records(fields: Fields, connection: etree._Element) -> None:
    for record in connection.iterfind("metadata-records/metadata-record"):
        if record.get("class") not in {"column", "measure", None}:
            continue
        local = unbracket(_text(record, "local-name"))
        if not local:
            continue
        draft = fields.draft(local)
        draft.remote_name = draft.remote_name or _text(record, "remote-name") or None
        draft.table = draft.table or (last_part(_text(record, "parent-name")) or None)
        draft.type = draft.type or plain_type(_text(record, "local-type"))


def _from_maps(fields: Fields, connection: etree._Element) -> None:
    for entry in connection.iterfind("cols/map"):
        parts = references(entry.get("value", ""))
        draft = fields.draft(unbracket(entry.get("key", "")))
        if parts:
            draft.table = draft.table or parts[0][0]
            draft.remote_name = draft.remote_name or parts[0][1]


def _from_relations(fields: Fields, connection: etree._Element) -> None:
    """Columns that the file's tables list, where nothing else names them."""
    known = {(draft.table, draft.remote_name) for draft in fields.by_name.values()}
    mapped = {draft.remote_name for draft in fields.by_name.values()}
    for relation in connection.iter("relation"):
        table = relation.get("name")
        for column in relation.iterfind("columns/column"):
            name = column.get("name", "")
            if not name or (table, name) in known or name in mapped or name in fields.by_name:
                continue
            draft = fields.draft(name)
            draft.remote_name, draft.table = name, table
            draft.type = plain_type(column.get("datatype", ""))


def _from_extract(fields: Fields, extract: etree._Element) -> None:
    for record in extract.iter("metadata-record"):
        local, remote = unbracket(_text(record, "local-name")), _text(record, "remote-name")
        if not local:
            continue
        table = last_part(_text(record, "parent-name")) or None
        fields.extract_names[table, remote or local] = local
        draft = fields.draft(local)
        draft.type = draft.type or plain_type(_text(record, "local-type"))


def _from_column(fields: Fields, column: etree._Element) -> None:
    raw = column.get("name", "")
    if not raw or raw.startswith(tuple(f"[{word}]" for word in _INTERNAL)) or column.get("datatype") == "table":
        return
    draft = fields.draft(unbracket(raw))
    draft.caption = column.get("caption") or draft.caption
    draft.type = plain_type(column.get("datatype", "")) or draft.type
    draft.role = column.get("role") or draft.role
    draft.hidden = draft.hidden or column.get("hidden") == "true"
    needs = [found for key in _COLUMN_REFERENCES for found in references(column.get(key, ""))]
    for calculation in column.iter("calculation"):
        draft.calculated = True
        formula = calculation.get("formula")
        if formula is not None:
            draft.formula = draft.formula or formula
            draft.asks_user = draft.asks_user or names_user(formula)
            needs += formula_references(formula)
        needs += _attribute_references(calculation)
        for below in calculation.iterdescendants():
            needs += _attribute_references(below)
    draft.needs = tuple(dict.fromkeys((*draft.needs, *needs)))
    fields.asks_user = fields.asks_user or draft.asks_user


def _from_group(fields: Fields, group: etree._Element) -> None:
    """A set, a group made by hand, a combined field or a user filter."""
    draft = fields.draft(unbracket(group.get("name", "")))
    draft.caption = group.get("caption") or draft.caption
    draft.calculated = True
    draft.type = draft.type or "set"
    draft.role = draft.role or "dimension"
    draft.hidden = draft.hidden or group.get("hidden") == "true"
    draft.needs = tuple(dict.fromkeys(filter_references(group)))
    draft.asks_user = group.get("ui-builder") == "identity-set" or any(
        names_user(step.get("expression", "")) for step in group.iter("groupfilter")
    )
    fields.asks_user = fields.asks_user or draft.asks_user


def _from_default_sort(fields: Fields, sort: etree._Element) -> None:
    by = references(sort.get("using", ""))
    for _, name in references(sort.get("column", "")):
        if name in fields.by_name and by:
            draft = fields.by_name[name]
            draft.needs = (*draft.needs, *by)


def filter_references(element: etree._Element) -> Iterator[Reference]:
    """References in a filter or set: levels and expressions; members only where the level is Measure Names."""
    for step in element.iter("groupfilter"):
        yield from references(step.get("level", ""))
        yield from references(step.get("count", ""))
        yield from formula_references(step.get("expression", ""))
        if MEASURE_NAMES in step.get("level", ""):
            for key in ("member", "from", "to"):
                yield from references(step.get(key, ""))


def _attribute_references(element: etree._Element) -> list[Reference]:
    skipped = ("formula", "name", "member", "value", "default")
    return [found for key, value in element.attrib.items() if key not in skipped for found in references(value)]


def plain_type(word: str) -> str | None:
    """A data type in plain words, None for none."""
    return TYPES.get(word, word) or None


def _text(record: etree._Element, tag: str) -> str:
    return (record.findtext(tag) or "").strip()
