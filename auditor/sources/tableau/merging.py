"""One inventory from what a file holds and what the Metadata API said of the same item.

The file's columns win: they are what can be taken. From the Metadata API stay what no file tells: labels and quality
warnings, ids, and columns that lie in a published source and not in the workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from auditor.model import Column, DataSource, Inventory, Sheet


def merged(file: Inventory, told: Inventory | None, *, whole: object) -> Inventory:
    """The file's inventory, filled up from the Metadata API's. `whole` is false where the document was damaged, so that
    what only the Metadata API names may be in the file all the same.
    """
    if told is None:
        return file
    known = _by_name(told.data_sources)
    sources = [_source(source, known.get(source.name.casefold()), whole) for source in file.data_sources]
    if not whole:
        names = {source.name.casefold() for source in file.data_sources}
        sources += [source for source in told.data_sources if source.name.casefold() not in names]
    luids = {sheet.name: sheet.luid for sheet in told.sheets if sheet.luid}
    return replace(
        file, data_sources=tuple(sources), sheets=tuple(_sheet(sheet, luids) for sheet in file.sheets) or told.sheets
    )


def _by_name(sources: Iterable[DataSource]) -> Mapping[str, DataSource]:
    """Sources by their name as people read it; names that two of them bear lead nowhere."""
    found: dict[str, DataSource] = {}
    twice: set[str] = set()
    for source in sources:
        name = source.name.casefold()
        if name in found:
            twice.add(name)
        found[name] = source
    return {name: source for name, source in found.items() if name not in twice}


def _source(file: DataSource, told: DataSource | None, whole: object) -> DataSource:
    if told is None:
        return file
    published = told.published if file.published is None else file.published
    return replace(
        file,
        id=told.id or file.id,
        published=published,
        published_id=file.published_id or told.published_id,
        live=told.live if file.live is None else file.live,
        has_extract=told.has_extract if file.has_extract is None else file.has_extract,
        used=told.used if file.used is None else file.used,
        user_filter=told.user_filter if file.user_filter is None else file.user_filter,
        connections=file.connections or told.connections,
        custom_sql=file.custom_sql or told.custom_sql,
        columns=_columns(file.columns, told.columns, add=published or not whole),
    )


def _columns(file: tuple[Column, ...], told: tuple[Column, ...], *, add: object) -> tuple[Column, ...]:
    by_name = {column.name.casefold(): column for column in told}
    taken: set[str] = set()
    found: list[Column] = []
    for column in file:
        name = next((name for name in _names(column) if name in by_name), None)
        if name is None:
            found.append(column)
            continue
        taken.add(name)
        other = by_name[name]
        found.append(
            replace(
                column,
                labels=tuple(dict.fromkeys((*column.labels, *other.labels))),
                hidden=other.hidden if column.hidden is None else column.hidden,
                used=other.used if column.used is None else column.used,
            )
        )
    more = [column for name, column in by_name.items() if name not in taken] if add else []
    return (*found, *more)


def _names(column: Column) -> tuple[str, ...]:
    """The names by which the Metadata API may know a column: as people read it, as the document writes it."""
    return tuple(name.casefold() for name in (column.caption, column.name) if name)


def _sheet(sheet: Sheet, luids: Mapping[str, str | None]) -> Sheet:
    return replace(sheet, luid=sheet.luid or luids.get(sheet.name))
