"""What lies below a subject: its data sources and columns, also through published sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.checks.context import Context
from auditor.findings import ColumnNote
from auditor.model import Column, DataSource, Inventory, Kind, Read, Ref

BELOW_KINDS: tuple[Kind, ...] = (Kind.WORKBOOK, Kind.DATASOURCE)


@dataclass(frozen=True, slots=True)
class Below:
    """The inventory of a subject and all data sources that count for it. `unread`: what of it was not read."""

    inventory: Inventory | None
    sources: tuple[DataSource, ...] = ()
    unread: tuple[str, ...] = ()


def below(context: Context, ref: Ref) -> Below:
    """What lies below a workbook or data source; nothing read gives the read that is missing, never "nothing below"."""
    inventories = context.snapshot.inventories
    inventory = inventories.get(ref)
    if inventory is None:
        return Below(None, (), (str(Read.COLUMNS),))
    sources: list[DataSource] = []
    # An inventory beside a miss may lack columns: what it shows is true, what it does not show proves nothing.
    doubted = any((miss.kind, miss.id) == ref for miss in context.snapshot.ledger.misses(Read.COLUMNS))
    unread: set[str] = {str(Read.COLUMNS)} if doubted else set()
    for source in inventory.data_sources:
        if source.columns or not source.published:
            sources.append(source)
            continue
        published = inventories.get(Ref(Kind.DATASOURCE, source.published_id or ""))
        if published is None:
            unread.add(str(Read.COLUMNS))
            sources.append(source)
        else:
            sources += published.data_sources
    return Below(inventory, tuple(sources), tuple(unread))


def columns(sources: Iterable[DataSource]) -> Iterator[Column]:
    """All columns of some data sources."""
    for source in sources:
        yield from source.columns


def classes_of(column: Column, wanted: tuple[str, ...], min_confidence: float) -> tuple[str, ...]:
    """The wanted classes that a column belongs to; with none wanted, all of its classes."""
    return tuple(
        sorted(
            name
            for name, confidence in column.classes.items()
            if confidence >= min_confidence and (not wanted or name in wanted)
        )
    )


def note(column: Column, classes: tuple[str, ...]) -> ColumnNote:
    """A column as a finding names it."""
    return ColumnNote(column.caption or column.name, classes, column.used)


def named(notes: Iterable[ColumnNote]) -> str:
    """At most eight columns by name, and how many more."""
    found = list(dict.fromkeys(notes))
    words = [f"'{one.name}'" + (f" ({', '.join(one.classes)})" if one.classes else "") for one in found[:8]]
    return ", ".join(words) + (f" and {len(found) - 8} more" if len(found) > 8 else "")


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """Three-valued and: one no decides; else one "not told" leaves it open."""
    found = list(answers)
    if False in found:
        return False
    return None if None in found else True


def is_as(wanted: bool | None, told: bool | None) -> bool | None:  # noqa: FBT001 - a mark and its value, both tri-state
    """Does a mark hold? A mark that is not asked for always does; one that was not told leaves it open."""
    if wanted is None:
        return True
    return None if told is None else told is wanted
