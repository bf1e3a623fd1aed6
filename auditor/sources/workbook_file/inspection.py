"""Looks into one file: what it is, what lies in it, what could not be read. Never raises for what a file holds."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from auditor.model.coverage import Miss, Read
from auditor.model.data import DataSource, Inventory
from auditor.model.vocabulary import Kind
from auditor.sources.workbook_file import hyper, tabular
from auditor.sources.workbook_file.document import Document, SourceReading, read_document
from auditor.sources.workbook_file.judging import Judge
from auditor.sources.workbook_file.limits import DEFAULT_LIMITS, MIB, Limits
from auditor.sources.workbook_file.markup import parse
from auditor.sources.workbook_file.matching import source_of_tables, with_extract
from auditor.sources.workbook_file.measuring import Query, measure
from auditor.sources.workbook_file.package import ARCHIVES, DOCUMENTS, EXTRACTS, Package, open_package, private_folder
from auditor.sources.workbook_file.readings import Table
from auditor.sources.workbook_file.refusal import RefusedError
from auditor.sources.workbook_file.reports import FileReport

_ZIP = b"PK\x03\x04"
_WORKBOOKS = frozenset({".twb", ".twbx"})
_DATA = tabular.CSV_SUFFIXES | {".parquet"}
SUFFIXES = DOCUMENTS | EXTRACTS | _DATA | {".twbx", ".tdsx"}
_TDE = "it is an extract of the format before Hyper (.tde); its values cannot be read"
_TDE_REMEDY = "open it in a version of Tableau from 10.5 to 2024.2 and save the extract again as .hyper"
_MOST_PACKED = 50


def inspect(
    path: Path,
    *,
    limits: Limits = DEFAULT_LIMITS,
    lexicon: Any = None,
    extracts: bool = True,
    engine: hyper.Engine | None = None,
) -> FileReport:
    """What one file holds. Runs in this process; `inspect_many` puts a process and hard limits around it.

    `extracts=False` leaves extracts and data files closed. `engine` is a running Hyper engine to use; without one a
    process is started for this file when it is needed and stopped again.
    """
    with private_folder() as folder:
        own = engine or hyper.Engine(limits)
        try:
            work = _Inspection(path, folder, limits, Judge(limits, lexicon), own, extracts=extracts)
            return work.report()
        finally:
            if engine is None:
                own.__exit__()


def inspect_stream(
    stream: BinaryIO,
    name: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    lexicon: Any = None,
    extracts: bool = True,
    engine: hyper.Engine | None = None,
) -> FileReport:
    """What a download holds: spooled into a private folder that is gone afterwards. `name` gives only the ending."""
    with private_folder() as folder:
        target = folder / f"download{PurePosixPath(name).suffix.lower()}"
        _spool(stream, target, limits.extract_bytes)
        report = inspect(target, limits=limits, lexicon=lexicon, extracts=extracts, engine=engine)
    stem = PurePosixPath(name).stem
    inventory = replace(report.inventory, name=stem, file=name) if report.inventory else None
    missed = tuple((read, replace(miss, name=name)) for read, miss in report.missed)
    return replace(report, file=name, inventory=inventory, missed=missed)


def inspect_bytes(data: bytes, name: str, *, limits: Limits = DEFAULT_LIMITS, lexicon: Any = None) -> FileReport:
    """As `inspect_stream`, for bytes already in memory."""
    import io

    return inspect_stream(io.BytesIO(data), name, limits=limits, lexicon=lexicon)


def _spool(stream: BinaryIO, target: Path, ceiling: int) -> None:
    size = 0
    with _private_file(target) as out:
        while chunk := stream.read(MIB):
            size += len(chunk)
            if size > ceiling:
                return  # the truncated file is then told of as what it is
            out.write(chunk)


@contextmanager
def _private_file(target: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        yield out


@dataclass(slots=True)
class _Inspection:
    """The work on one file; collects misses and notes on the way."""

    path: Path
    folder: Path
    limits: Limits
    judge: Judge
    engine: hyper.Engine
    extracts: bool = field(kw_only=True)
    missed: list[tuple[Read, Miss]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    attempted: set[Read] = field(default_factory=lambda: {Read.FILES})
    copies: int = 0

    @property
    def kind(self) -> Kind:
        return Kind.WORKBOOK if self.path.suffix.lower() in _WORKBOOKS else Kind.DATASOURCE

    def report(self) -> FileReport:
        inventory = None
        try:
            inventory = self._inventory()
        except RefusedError as refusal:
            self.miss(Read.FILES, refusal.reason, refusal.remedy)
        except OSError as error:
            self.miss(Read.FILES, f"the file cannot be read ({error.strerror or type(error).__name__})")
        if inventory is not None:
            inventory = replace(inventory, file=str(self.path), notes=tuple(self.notes))
        return FileReport(
            str(self.path), inventory, tuple(self.missed), tuple(self.notes), attempted=frozenset(self.attempted)
        )

    def miss(self, read: Read, reason: str, remedy: str = "") -> None:
        self.missed.append((read, Miss(self.kind, "", self.path.name, reason, remedy)))

    def _inventory(self) -> Inventory:
        suffix = self.path.suffix.lower()
        if suffix not in SUFFIXES:
            raise RefusedError(f"files of the kind {suffix or 'without an ending'} are not inspected")
        with self.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            start = stream.read(len(_ZIP))
            stream.seek(0)
            if suffix in EXTRACTS | _DATA:
                inventory = self._data_file()
            elif start == _ZIP:
                inventory = self._package(stream)
            else:
                inventory = self._plain_document(stream)
        return replace(inventory, digest=digest)

    def _plain_document(self, stream: BinaryIO) -> Inventory:
        document = self._document(stream.read(self.limits.document_bytes + 1))
        if any(reading.wiring.has_extract for reading in document.readings):
            self._no_extract("the file is not packaged; its extract is not in it", "inspect the packaged workbook")
        return self._finished(document, {})

    def _document(self, data: bytes) -> Document:
        self.attempted.add(Read.COLUMNS)
        markup = parse(data, self.limits)
        if markup.repaired:
            self.notes.append(markup.repaired)
        if markup.lossy:
            self.miss(Read.COLUMNS, f"{markup.repaired}; columns may be missing", "save the document again with Tableau")
        return read_document(markup.root, self.path.stem)

    def _no_extract(self, reason: str, remedy: str) -> None:
        self.attempted.add(Read.EXTRACTS)
        self.miss(Read.EXTRACTS, reason, remedy)

    def _package(self, stream: BinaryIO) -> Inventory:
        with open_package(stream, self.limits) as package:
            for name, why in package.refused:
                self.miss(Read.FILES, f"the entry {name[:200]} was refused: {why}")
            document = self._main_document(package)
            tables = self._extracts_of(package) if self.extracts else {}
            inventory = self._finished(document, tables)
            extra = self._packed_data(package) if self.extracts else ()
            nested = [name for name in package.packed_along() if PurePosixPath(name).suffix.lower() in ARCHIVES]
            for name in nested:
                self.miss(Read.FILES, f"the archive {name[:200]} inside the package was not opened", "unpack and inspect it")
            if any(name.startswith("TwbxExternalCache") for name in package.entries):
                self.notes.append("the package carries a cache of query results")
            packed = tuple(sorted({*package.packed_along(), *inventory.packed_files}))
            return replace(inventory, packed_files=packed, data_sources=(*inventory.data_sources, *extra))

    def _main_document(self, package: Package) -> Document:
        names = package.names(DOCUMENTS)
        if not names:
            raise RefusedError("the package holds no .twb or .tds")
        document = self._document(package.read(names[0], self.limits.document_bytes))
        for name in names[1:]:
            self.notes.append(f"the package holds another document, {name[:200]}")
            try:
                more = self._document(package.read(name, self.limits.document_bytes))
            except RefusedError as refusal:
                self.miss(Read.FILES, f"{name[:200]}: {refusal.reason}", refusal.remedy)
                continue
            document = _merged(document, more)
        return document

    def _extracts_of(self, package: Package) -> dict[str, tuple[Table, ...]]:
        """Tables of each extract in the package that could be read, by the entry's name."""
        found: dict[str, tuple[Table, ...]] = {}
        for name in package.names(EXTRACTS):
            try:
                found[name] = self._extract_tables(name, lambda name=name: self._unpacked(package, name))
            except RefusedError as refusal:
                self._no_extract(f"{name[:200]}: {refusal.reason}", refusal.remedy)
        return found

    def _unpacked(self, package: Package, name: str) -> Path:
        self.copies += 1
        return package.unpack(name, self.folder, self.copies)

    def _extract_tables(self, name: str, copied: Any) -> tuple[Table, ...]:
        self.attempted.add(Read.EXTRACTS)
        if PurePosixPath(name).suffix.lower() == ".tde":
            raise RefusedError(_TDE, _TDE_REMEDY)
        if not hyper.is_installed():
            raise RefusedError("the Hyper engine is not installed, so the extract was not opened", hyper.INSTALL)
        copy: Path = copied()
        if copy.stat().st_size == 0:
            raise RefusedError("the extract is an empty file of 0 bytes")
        try:
            return self._hyper_tables(copy)
        finally:
            copy.unlink(missing_ok=True)

    def _hyper_tables(self, copy: Path) -> tuple[Table, ...]:
        with self.engine.open(copy) as session:
            return tuple(
                self.judge.table(
                    measure(stored.sql, stored.name, stored.columns, session.query, session.command, self.limits),
                    stored.sql,
                    session.query,
                )
                for stored in session.tables()
            )

    def _finished(self, document: Document, extracts: Mapping[str, tuple[Table, ...]]) -> Inventory:
        """The inventory with extracts joined and names judged; extracts that no data source names stand on their own."""
        left = dict(extracts)
        sources: list[DataSource] = []
        for reading in document.readings:
            tables: list[Table] = []
            for wanted in reading.wiring.extract_files:
                name = _entry_for(wanted, extracts)
                if name is not None:
                    tables += extracts[name]
                    left.pop(name, None)
            source = with_extract(reading.source, reading.extract_names, tables) if tables else reading.source
            sources.append(self.judge.by_name(source))
        sources += [replace(source_of_tables(name, tables, class_name="hyper"), used=False) for name, tables in left.items()]
        return replace(document.inventory, data_sources=tuple(sources), packed_files=tuple(left))

    def _packed_data(self, package: Package) -> tuple[DataSource, ...]:
        """CSV and Parquet packed along, as data sources of their own: whoever has the package has them."""
        names = [name for name in package.packed_along() if PurePosixPath(name).suffix.lower() in {".csv", ".parquet"}]
        found: list[DataSource] = []
        for name in names[:_MOST_PACKED]:
            try:
                table = self._tabular(self._unpacked(package, name))
            except RefusedError as refusal:
                self.miss(Read.EXTRACTS, f"{name[:200]}: {refusal.reason}", refusal.remedy)
            else:
                found.append(source_of_tables(name, (table,), class_name=PurePosixPath(name).suffix.lower()[1:]))
        return tuple(found)

    def _data_file(self) -> Inventory:
        suffix = self.path.suffix.lower()
        self.attempted |= {Read.COLUMNS}
        if suffix in EXTRACTS:
            tables = self._extract_tables(self.path.name, self._copied)
            source = source_of_tables(self.path.stem, tables, class_name="hyper")
        else:
            source = source_of_tables(self.path.stem, (self._tabular(self._copied()),), class_name=suffix[1:])
        return Inventory("datasource", None, self.path.stem, data_sources=(source,))

    def _copied(self) -> Path:
        if self.path.stat().st_size > self.limits.extract_bytes:
            raise RefusedError(f"the file is larger than {self.limits.extract_bytes} bytes")
        self.copies += 1
        target = self.folder / f"{self.copies}{self.path.suffix.lower()}"
        with self.path.open("rb") as source, _private_file(target) as out:
            shutil.copyfileobj(source, out, MIB)
        return target

    def _tabular(self, copy: Path) -> Table:
        self.attempted.add(Read.EXTRACTS)
        if tabular.is_installed():
            return tabular.read_table(copy, self.folder, self.limits, self.judge.table)
        if copy.suffix == ".parquet":
            raise RefusedError("DuckDB is not installed, so the Parquet file was not opened", tabular.INSTALL)
        self.miss(Read.EXTRACTS, "DuckDB is not installed: only the header and first rows were read", tabular.INSTALL)
        return self.judge.table(tabular.read_csv_plainly(copy, self.limits), "", _no_query)


def _no_query(_sql: str) -> list[list[Any]]:
    return []


def _entry_for(wanted: str, entries: Mapping[str, Any]) -> str | None:
    """The package's entry that a document means: by full name, else by file name where only one has it."""
    path = wanted.replace("\\", "/").lstrip("./")
    if path in entries:
        return path
    base = PurePosixPath(path).name
    same = [name for name in entries if PurePosixPath(name).name == base]
    return same[0] if len(same) == 1 else None


def _merged(first: Document, second: Document) -> Document:
    """Two documents of one package as one: the auditor wants all that goes out."""
    inventory = replace(
        first.inventory,
        data_sources=(*first.inventory.data_sources, *second.inventory.data_sources),
        sheets=(*first.inventory.sheets, *second.inventory.sheets),
        secrets=(*first.inventory.secrets, *second.inventory.secrets),
    )
    return Document(inventory, (*first.readings, *second.readings))
