"""A package or a plain document on the desk: document, extracts and files packed along become one inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from auditor.model.coverage import Read
from auditor.model.data import DataSource, Inventory
from auditor.sources.workbook_file.datafiles import data_table, extract_tables
from auditor.sources.workbook_file.desk import NAME_LENGTH, Desk
from auditor.sources.workbook_file.document import Document, read_document
from auditor.sources.workbook_file.judging import NOTHING_TOLD, Told
from auditor.sources.workbook_file.markup import parse
from auditor.sources.workbook_file.matching import labels_of, source_of_tables, with_extract
from auditor.sources.workbook_file.package import ARCHIVES, DOCUMENTS, EXTRACTS, Package, open_package
from auditor.sources.workbook_file.readings import Table
from auditor.sources.workbook_file.refusal import RefusedError

_PACKED_DATA = frozenset({".csv", ".parquet"})
_MOST_PACKED = 50
_CACHE = "TwbxExternalCache"

Extracts = Mapping[str, tuple[Table, ...]]


def read_plain(desk: Desk, stream: BinaryIO) -> Inventory:
    """A .twb or .tds that stands alone. Extracts that it names lie elsewhere and are not followed."""
    return _joined(desk, _document(desk, stream.read(desk.limits.document_bytes + 1)), {})


def read_package(desk: Desk, stream: BinaryIO) -> Inventory:
    """A .twbx or .tdsx with all that is packed in it."""
    with open_package(stream, desk.limits) as package:
        for name, why in package.refused:
            desk.miss(Read.FILES, f"the entry {name[:NAME_LENGTH]} was refused: {why}")
        document = _main_document(desk, package)
        inventory = _joined(desk, document, _extracts(desk, package, document), package.names(EXTRACTS))
        extra = _packed_data(desk, package)
        _tell_of_the_rest(desk, package)
        packed = tuple(sorted({*package.packed_along(), *inventory.packed_files}))
        return replace(inventory, packed_files=packed, data_sources=(*inventory.data_sources, *extra))


def _document(desk: Desk, data: bytes) -> Document:
    desk.attempted.add(Read.COLUMNS)
    markup = parse(data, desk.limits)
    if markup.repaired:
        desk.notes.append(markup.repaired)
    if markup.lossy:
        desk.miss(Read.COLUMNS, f"{markup.repaired}; columns may be missing", "save the document again with Tableau")
    return read_document(markup.root, desk.title)


def _main_document(desk: Desk, package: Package) -> Document:
    names = package.names(DOCUMENTS)
    if not names:
        raise RefusedError("the package holds no .twb or .tds")
    document = _document(desk, package.read(names[0], desk.limits.document_bytes))
    for name in names[1:]:
        desk.notes.append(f"the package holds another document, {name[:NAME_LENGTH]}")
        try:
            document = _merged(document, _document(desk, package.read(name, desk.limits.document_bytes)))
        except RefusedError as refusal:
            desk.refused(Read.FILES, refusal, name)
    return document


def _merged(first: Document, second: Document) -> Document:
    """Two documents of one package as one: all of it goes out."""
    inventory = replace(
        first.inventory,
        data_sources=(*first.inventory.data_sources, *second.inventory.data_sources),
        sheets=(*first.inventory.sheets, *second.inventory.sheets),
        secrets=(*first.inventory.secrets, *second.inventory.secrets),
    )
    return Document(inventory, (*first.readings, *second.readings))


def _unpacked(desk: Desk, package: Package, name: str) -> Path:
    return package.unpack(name, desk.folder, desk.next_number())


def _extracts(desk: Desk, package: Package, document: Document) -> Extracts:
    """Tables of each extract that could be read, by the entry's name."""
    found: dict[str, tuple[Table, ...]] = {}
    entries = package.names(EXTRACTS)
    told = _told(document, entries)
    for name in entries:
        if not desk.extracts:
            desk.miss(Read.EXTRACTS, f"{name[:NAME_LENGTH]}: extracts were not opened in this run", "ask for extracts")
            continue
        try:
            found[name] = extract_tables(
                desk, name, partial(_unpacked, desk, package, name), told.get(name, NOTHING_TOLD)
            )
        except RefusedError as refusal:
            desk.refused(Read.EXTRACTS, refusal, name)
    return found


def _told(document: Document, entries: tuple[str, ...]) -> dict[str, Told]:
    """For each extract, what the data source that uses it says of it."""
    return {
        name: Told(labels_of(reading.source, reading.extract_names), reading.source.aggregated)
        for reading in document.readings
        for wanted in reading.wiring.extract_files
        if (name := _entry_for(wanted, entries)) is not None
    }


def _joined(desk: Desk, document: Document, extracts: Extracts, entries: tuple[str, ...] = ()) -> Inventory:
    """The inventory with extracts joined and names judged; an extract that no data source names stands on its own."""
    orphans = dict.fromkeys(entries)
    sources: list[DataSource] = []
    for reading in document.readings:
        wanted = {_entry_for(name, entries) for name in reading.wiring.extract_files}
        if None in wanted:
            desk.miss(
                Read.EXTRACTS,
                f"the extract of data source {reading.source.name[:NAME_LENGTH]} is not in the file",
                "inspect it packaged",
            )
        read = [name for name in entries if name in wanted and name in extracts]
        for name in wanted & orphans.keys():
            orphans.pop(name or "")
        source = reading.source
        if read:
            tables = [table for name in read for table in extracts[name]]
            source = with_extract(source, reading.extract_names, tables, complete=len(read) == len(wanted))
        sources.append(desk.judge.by_name(source))
    sources += [
        replace(source_of_tables(name, extracts[name], class_name="hyper"), used=False)
        for name in orphans
        if name in extracts
    ]
    return replace(document.inventory, data_sources=tuple(sources), packed_files=tuple(orphans))


def _entry_for(wanted: str, entries: tuple[str, ...]) -> str | None:
    """The package's entry that a document means: by full name, else by file name where only one has it."""
    path = wanted.replace("\\", "/").removeprefix("./")
    if path in entries:
        return path
    base = PurePosixPath(path).name
    same = [name for name in entries if PurePosixPath(name).name == base]
    return same[0] if len(same) == 1 else None


def _packed_data(desk: Desk, package: Package) -> tuple[DataSource, ...]:
    """CSV and Parquet packed along, as data sources of their own: whoever has the package has them."""
    names = [name for name in package.packed_along() if PurePosixPath(name).suffix.lower() in _PACKED_DATA]
    found: list[DataSource] = []
    for name in names[:_MOST_PACKED] if desk.extracts else ():
        try:
            table = data_table(desk, partial(_unpacked, desk, package, name), name)
        except RefusedError as refusal:
            desk.refused(Read.EXTRACTS, refusal, name)
        else:
            found.append(source_of_tables(name, (table,), class_name=PurePosixPath(name).suffix.lower()[1:]))
    if len(names) > _MOST_PACKED:
        desk.miss(Read.EXTRACTS, f"{len(names) - _MOST_PACKED} more packed data files were not opened")
    return tuple(found)


def _tell_of_the_rest(desk: Desk, package: Package) -> None:
    for name in package.packed_along():
        if PurePosixPath(name).suffix.lower() in ARCHIVES:
            desk.miss(Read.FILES, f"the archive {name[:NAME_LENGTH]} was not opened", "unpack and inspect it by itself")
    if any(name.startswith(_CACHE) for name in package.entries):
        desk.notes.append("the package carries a cache of query results")
