"""Joins the columns that a document tells of with the columns that are really stored in its extract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from auditor.model.data import Column, DataSource, Disclosure, FileConnection
from auditor.sources.workbook_file.judging import Labels
from auditor.sources.workbook_file.readings import PhysicalColumn, Table

#: Stands for whichever table, where neither the table nor the name alone tell a column.
_ANY = "\0any"


def with_extract(
    source: DataSource, names: Mapping[tuple[str | None, str], str], tables: Sequence[Table], *, complete: bool = True
) -> DataSource:
    """The data source with what its extract tells: which columns are stored, rows, classes, figures.

    A stored column that the document does not name becomes a column of its own. `complete` False: some extract of the
    data source could not be read, so that a column not found may be stored all the same.
    """
    columns = {column.name: column for column in source.columns}
    ways = _ways(source.columns, names)
    stored: set[str] = set()
    for table in tables:
        for physical in table.columns:
            name = _internal_name(table.name, physical.name, ways, stored)
            columns[name] = _joined(columns.get(name), name, physical, table.name if len(tables) > 1 else None)
            stored.add(name)
    if complete:
        columns |= {name: replace(column, in_extract=False) for name, column in columns.items() if name not in stored}
    return with_figures(replace(source, columns=tuple(columns.values())), tables)


def with_figures(source: DataSource, tables: Sequence[Table]) -> DataSource:
    """Rows of the largest table, and the worst that any table shows about persons."""
    counted = [table.rows for table in tables if table.rows is not None]
    verdicts = [table.row_level for table in tables]
    reasons = [
        f"{table.name}: {reason}" if len(tables) > 1 else reason
        for table in tables
        for reason in table.row_level_reasons
    ]
    return replace(
        source,
        rows=max(counted, default=None if tables else 0),
        row_level=True if True in verdicts else (None if None in verdicts else False),
        row_level_reasons=tuple(reasons),
        disclosure=worst_disclosure(table.disclosure for table in tables),
    )


def worst_disclosure(found: Iterable[Disclosure | None]) -> Disclosure | None:
    """The figures of the table that shows most of a single person: the smallest smallest group."""
    told = [item for item in found if item is not None]
    return min(told, key=lambda item: (item.smallest_group is None, item.smallest_group or 0), default=None)


def _ways(columns: Iterable[Column], names: Mapping[tuple[str | None, str], str]) -> dict[tuple[str | None, str], str]:
    """From (table, stored name) to internal names; the extract's own list first, then names, captions, origins."""
    ways: dict[tuple[str | None, str], str] = {}
    for column in columns:
        if column.remote_name:
            ways.setdefault((column.table, column.remote_name), column.name)
    for column in columns:
        if column.caption:
            ways.setdefault((None, column.caption), column.name)
    for column in columns:
        if column.remote_name:
            ways.setdefault((_ANY, column.remote_name), column.name)
    ways |= {(None, column.name): column.name for column in columns}
    for (_, stored), name in names.items():
        ways.setdefault((_ANY, stored), name)
    return ways | dict(names)


def labels_of(source: DataSource, names: Mapping[tuple[str | None, str], str]) -> Labels:
    """What a data source's document calls the stored columns of its extract."""
    ways = _ways(source.columns, names)
    columns = {column.name: column for column in source.columns}

    def labels(table: str, name: str) -> tuple[str | None, str | None]:
        column = columns.get(_internal_name(table, name, ways, frozenset()))
        return (column.caption, column.remote_name) if column else (None, None)

    return labels


def _internal_name(
    table: str, stored_name: str, ways: Mapping[tuple[str | None, str], str], taken: AbstractSet[str]
) -> str:
    for key in ((table, stored_name), (None, stored_name), (_ANY, stored_name)):
        name = ways.get(key)
        if name is not None and name not in taken:
            return name
    return stored_name if stored_name not in taken else f"{stored_name} ({table})"


def _joined(column: Column | None, name: str, physical: PhysicalColumn, table: str | None) -> Column:
    if column is None:
        column = Column(name=name, hidden=False)
    return replace(
        column,
        remote_name=column.remote_name or physical.name,
        type=column.type or physical.type,
        in_extract=True,
        distinct=physical.distinct,
        table=column.table or table,
        classes=physical.classes,
        evidence=physical.evidence,
        values=physical.values,
    )


def source_of_tables(name: str, tables: Sequence[Table], *, class_name: str) -> DataSource:
    """A data source that is nothing but stored tables: a .hyper, .csv or .parquet file. It hides and filters nothing."""
    source = DataSource(
        name=name,
        published=False,
        live=False,
        has_extract=class_name == "hyper",
        connections=(FileConnection(class_name, embeds_password=False),),
        user_filter=False,
    )
    columns: dict[str, Column] = {}
    for table in tables:
        for physical in table.columns:
            key = physical.name if physical.name not in columns else f"{physical.name} ({table.name})"
            columns[key] = _joined(
                Column(name=key, hidden=False), key, physical, table.name if len(tables) > 1 else None
            )
    return with_figures(replace(source, columns=tuple(columns.values())), tables)
