"""A Metadata API node as an `Inventory`: names, types, use. Shapes that do not fit become None, never a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.files import whole_text
from auditor.model import Column, DataSource, FileConnection, Inventory, Sheet
from auditor.sensitivity import classify

Node = Mapping[str, Any]


def parse_workbook(node: Node) -> Inventory:
    """A `Workbook` node. Usage is told by the fields on its sheets, followed through calculations to columns."""
    sheets = list(_nodes(node, "sheets"))
    shown, hidden = _used_ids(sheets)
    sources = tuple(
        _data_source(source, shown, hidden) for source in sorted(_nodes(node, "embeddedDatasources"), key=_name)
    )
    return Inventory(
        kind="workbook",
        id=_text(node, "luid"),
        name=_text(node, "name") or "",
        data_sources=sources,
        sheets=(
            *(_sheet(sheet, "worksheet") for sheet in sheets),
            *(_sheet(d, "dashboard") for d in _nodes(node, "dashboards")),
        ),
    )


def parse_datasource(node: Node) -> Inventory:
    """A `PublishedDatasource` node. Which sheets use a column is not asked here: `used` stays None."""
    labels = tuple(
        str(warning.get("warningType"))
        for warning in _nodes(node, "dataQualityWarnings")
        if warning.get("isActive") is not False
    )
    source = DataSource(
        name=_text(node, "name") or "",
        id=_text(node, "id"),
        published=True,
        published_id=_text(node, "luid"),
        live=_not(node.get("hasExtracts")),
        has_extract=_flag(node.get("hasExtracts")),
        connections=_connections(node),
        columns=tuple(_column(entry, used=None, hidden_only=None, labels=labels) for entry in _fields(node)),
        custom_sql=_custom_sql(node),
        user_filter=_user_filter(node),
    )
    return Inventory(kind="datasource", id=_text(node, "luid"), name=source.name, data_sources=(source,))


#: Functions of a calculation that depend on who is signed in (reference/tableau-access.md, 6.4).
USER_FUNCTIONS = (
    "USERNAME(",
    "ISMEMBEROF(",
    "FULLNAME(",
    "USERDOMAIN(",
    "ISFULLNAME(",
    "ISUSERNAME(",
    "USERATTRIBUTE(",
)


def _used_ids(sheets: Iterable[Node]) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the fields on published sheets (a hidden sheet inside a dashboard is shown there), and on hidden ones."""
    shown: set[str] = set()
    hidden: set[str] = set()
    for sheet in sheets:
        ids = {field_id for field in _nodes(sheet, "sheetFieldInstances") if (field_id := _text(field, "id"))}
        visible = bool(_text(sheet, "luid")) or any(_text(d, "luid") for d in _nodes(sheet, "containedInDashboards"))
        (shown if visible else hidden).update(ids)
    return frozenset(shown), frozenset(hidden)


def _data_source(node: Node, shown: frozenset[str], hidden: frozenset[str]) -> DataSource:
    fields = _fields(node)
    needed = _followed(fields, shown)
    needed_by_hidden = _followed(fields, hidden)
    upstream = sorted(_nodes(node, "upstreamDatasources"), key=_name)
    columns = tuple(
        _column(
            entry,
            used=_id(entry) in needed or _id(entry) in needed_by_hidden,
            hidden_only=_id(entry) in needed_by_hidden and _id(entry) not in needed,
        )
        for entry in fields
    )
    return DataSource(
        name=_text(node, "name") or "",
        id=_text(node, "id"),
        published=bool(upstream),
        published_id=_text(upstream[0], "luid") if upstream else None,
        live=_not(node.get("hasExtracts")) if not upstream else None,
        has_extract=_flag(node.get("hasExtracts")),
        used=any(column.used for column in columns),
        connections=_connections(node),
        columns=columns,
        custom_sql=_custom_sql(node),
        user_filter=_user_filter(node),
    )


def _followed(fields: Iterable[Node], start: frozenset[str]) -> frozenset[str]:
    """The fields in `start` and all that their calculations, groups and bins are made of."""
    above = {_id(entry): [_id(up) for up in _nodes(entry, "upstreamFields")] for entry in fields}
    todo, seen = [entry for entry in start if entry in above], set[str]()
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo.extend(above.get(current, ()))
    return frozenset(seen)


def _column(entry: Node, *, used: bool | None, hidden_only: bool | None, labels: tuple[str, ...] = ()) -> Column:
    remote = _mapping(entry.get("remoteField"))
    upstream = [name for column in _nodes(entry, "upstreamColumns") if (name := _text(column, "name"))]
    name = _text(entry, "name") or ""
    formula = _text(entry, "formula") or _text(remote, "formula")
    remote_name = _text(remote, "name") or (upstream[0] if len(upstream) == 1 and formula is None else None)
    classes = dict(classify(name, remote_name=remote_name)) if formula is None else dict(classify(name))
    return Column(
        name=name,
        remote_name=remote_name,
        type=(_text(entry, "dataType") or _text(remote, "dataType") or "").lower() or None,
        role=(_text(entry, "role") or _text(remote, "role") or "").lower() or None,
        hidden=_flag(entry.get("isHidden")),
        used=used,
        used_in_hidden_only=hidden_only,
        calculated=formula is not None or _text(entry, "__typename") == "CalculatedField",
        formula=formula,
        classes=classes,
        evidence=("name",) if classes else (),
        labels=labels,
    )


def _sheet(node: Node, kind: str) -> Sheet:
    luid = _text(node, "luid")
    return Sheet(name=_text(node, "name") or "", kind=kind, hidden=not luid, luid=luid or None)


def _connections(node: Node) -> tuple[FileConnection, ...]:
    kinds = {word for table in _nodes(node, "upstreamTables") if (word := _text(table, "connectionType"))}
    return tuple(FileConnection(class_name=word) for word in sorted(kinds))


def _custom_sql(node: Node) -> tuple[str, ...]:
    queries = {
        query
        for entry in _fields(node)
        for column in _nodes(entry, "upstreamColumns")
        if (query := _text(_mapping(column.get("table")), "query"))
    }
    return tuple(sorted(queries))


def _user_filter(node: Node) -> bool | None:
    formulas = [formula.upper().replace(" ", "") for entry in _fields(node) if (formula := _text(entry, "formula"))]
    # True is certain. Filters of the data source itself are not in these answers, so absence is not known.
    return True if any(word in formula for formula in formulas for word in USER_FUNCTIONS) else None


def _fields(node: Node) -> list[Node]:
    return sorted(_nodes(node, "fields"), key=lambda entry: (_name(entry), _id(entry)))


def _nodes(node: Node, key: str) -> list[Node]:
    value = node.get(key)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _mapping(value: object) -> Node:
    return value if isinstance(value, Mapping) else {}


def _text(node: Node, key: str) -> str | None:
    value = node.get(key)
    return whole_text(value) if isinstance(value, str) else None


def _name(node: Node) -> str:
    return _text(node, "name") or ""


def _id(node: Node) -> str:
    return _text(node, "id") or ""


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _not(value: object) -> bool | None:
    return (not value) if isinstance(value, bool) else None
