"""Looks into one file: what it is, what lies in it, what could not be read. Never raises for what a file holds."""

from __future__ import annotations

import hashlib
import io
import stat
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from auditor.model.coverage import Miss, Read
from auditor.model.data import Inventory
from auditor.model.vocabulary import Kind
from auditor.sensitivity import Lexicon
from auditor.sensitivity.lexicon import SHIPPED
from auditor.sources.workbook_file.datafiles import DATA, data_table, extract_tables
from auditor.sources.workbook_file.desk import Desk, private_file
from auditor.sources.workbook_file.hyper import Engine
from auditor.sources.workbook_file.judging import Judge
from auditor.sources.workbook_file.limits import DEFAULT_LIMITS, MIB, Limits
from auditor.sources.workbook_file.matching import source_of_tables
from auditor.sources.workbook_file.package import DOCUMENTS, EXTRACTS, private_folder
from auditor.sources.workbook_file.packaged import read_package, read_plain
from auditor.sources.workbook_file.refusal import RefusedError
from auditor.sources.workbook_file.reports import FileReport

_ZIP = b"PK\x03\x04"
_WORKBOOKS = frozenset({".twb", ".twbx"})
SUFFIXES = DOCUMENTS | EXTRACTS | DATA | {".twbx", ".tdsx"}


def inspect(
    path: Path,
    *,
    name: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    lexicon: Lexicon = SHIPPED,
    extracts: bool = True,
    engine: Engine | None = None,
) -> FileReport:
    """What one file holds. Runs in this process; `inspect_many` and `FilePool` put a process and hard limits around it.

    `name` is what the file is called where `path` is only its place for now. `extracts=False` leaves extracts and data
    files closed. `engine` is a Hyper engine that the caller keeps running for several files; without one a process is
    started when this file needs it, and stopped again.
    """
    shown = name or str(path)
    with private_folder() as folder, nullcontext(engine) if engine else Engine(limits) as used:
        return _report(Desk(path, shown, kind_of(shown), folder, limits, Judge(limits, lexicon), used, extracts))


def inspect_stream(
    stream: BinaryIO,
    name: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    lexicon: Lexicon = SHIPPED,
    extracts: bool = True,
    engine: Engine | None = None,
) -> FileReport:
    """What a download holds: spooled into a private folder that is gone afterwards. `name` gives ending and title."""
    with private_folder() as folder:
        target = folder / f"download{PurePosixPath(name).suffix.lower()}"
        if not spool(stream, target, limits.extract_bytes):
            return too_large(name, limits)
        with nullcontext(engine) if engine else Engine(limits) as used:
            return _report(Desk(target, name, kind_of(name), folder, limits, Judge(limits, lexicon), used, extracts))


def inspect_bytes(
    data: bytes, name: str, *, limits: Limits = DEFAULT_LIMITS, lexicon: Lexicon = SHIPPED, extracts: bool = True
) -> FileReport:
    """As `inspect_stream`, for bytes already in memory."""
    return inspect_stream(io.BytesIO(data), name, limits=limits, lexicon=lexicon, extracts=extracts)


def kind_of(name: str) -> Kind:
    """What a file would be on a server: .twb and .twbx are workbooks, everything else a data source."""
    return Kind.WORKBOOK if PurePosixPath(name).suffix.lower() in _WORKBOOKS else Kind.DATASOURCE


def spool(stream: BinaryIO, target: Path, ceiling: int) -> bool:
    """Write a stream to a new private file; False where it is larger than allowed."""
    size = 0
    with private_file(target) as out:
        while chunk := stream.read(MIB):
            size += len(chunk)
            if size > ceiling:
                return False
            out.write(chunk)
    return True


def too_large(name: str, limits: Limits) -> FileReport:
    """The report of a download that was broken off."""
    reason = f"the download is larger than {limits.extract_bytes} bytes"
    return FileReport(name, None, ((Read.FILES, Miss(kind_of(name), "", name, reason, "raise the size limit")),))


def _report(desk: Desk) -> FileReport:
    inventory = None
    try:
        inventory = _inventory(desk)
    except RefusedError as refusal:
        desk.refused(Read.FILES, refusal)
    except OSError as error:
        desk.miss(Read.FILES, f"the file cannot be read ({error.strerror or type(error).__name__})")
    if inventory is not None:
        inventory = replace(inventory, file=desk.name, notes=tuple(desk.notes))
    attempted = frozenset(desk.attempted)
    return FileReport(desk.name, inventory, tuple(desk.missed), tuple(desk.notes), attempted)


def _inventory(desk: Desk) -> Inventory:
    suffix = desk.path.suffix.lower()
    if suffix not in SUFFIXES:
        raise RefusedError(f"files of the kind {suffix or 'without an ending'} are not inspected")
    if not stat.S_ISREG(desk.path.stat().st_mode):
        raise RefusedError("it is no regular file")  # a pipe or a device might never end
    with desk.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        zipped = stream.read(len(_ZIP)) == _ZIP
        stream.seek(0)
        if suffix in EXTRACTS | DATA:
            inventory = _data_file(desk, suffix)
        elif zipped:  # by content: a package may bear the name of a document and the other way round
            inventory = read_package(desk, stream)
        else:
            inventory = read_plain(desk, stream)
    return replace(inventory, digest=digest)


def _data_file(desk: Desk, suffix: str) -> Inventory:
    desk.attempted |= {Read.COLUMNS, Read.EXTRACTS}
    if not desk.extracts:
        raise RefusedError("extracts and data files were not opened in this run", "ask for extracts")
    if suffix in EXTRACTS:
        source = source_of_tables(desk.title, extract_tables(desk, desk.name, desk.copy), class_name="hyper")
    else:
        source = source_of_tables(desk.title, (data_table(desk, desk.copy, desk.name),), class_name=suffix[1:])
    return Inventory("datasource", None, desk.title, data_sources=(source,))
