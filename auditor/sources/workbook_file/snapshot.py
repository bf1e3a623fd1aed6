"""A snapshot from files alone, so that policies about columns and credentials judge them before they are published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath

from auditor.model.coverage import Coverage, Ledger, Miss, Read
from auditor.model.data import Inventory
from auditor.model.facts import Content, Provenance, Ref
from auditor.model.snapshot import Snapshot
from auditor.sources.workbook_file.naming import file_refs
from auditor.sources.workbook_file.reports import FileReport

PLATFORM = "file"


def snapshot_of_files(reports: Sequence[FileReport], clock: Callable[[], datetime]) -> Snapshot:
    """All files as subjects of one snapshot; a file that could not be read is a subject too, without an inventory."""
    from auditor import __version__

    refs = file_refs(reports)
    now = clock()
    pairs = tuple(zip(refs, reports, strict=True))
    notes = tuple(dict.fromkeys(f"{report.file}: {note}" for report in reports for note in report.notes))
    return Snapshot(
        provenance=Provenance(
            platform=PLATFORM, started_at=now, finished_at=now, tool_version=__version__, notes=notes
        ),
        contents={ref: content_of(ref, report) for ref, report in pairs},
        inventories={ref: report.inventory for ref, report in pairs if report.inventory is not None},
        ledger=Ledger.of(file_lines(pairs)),
    )


def content_of(ref: Ref, report: FileReport) -> Content:
    """A file as an item that nobody owns and no project holds."""
    inventory = report.inventory
    if inventory is None:
        return Content(ref.kind, ref.id, PurePath(report.file).name)
    return Content(
        kind=ref.kind,
        id=ref.id,
        name=inventory.name,
        tabs_shown=inventory.tabs_shown,
        has_extracts=has_extracts(inventory),
        views_total=sum(1 for sheet in inventory.sheets if not sheet.hidden) or None,
    )


def has_extracts(inventory: Inventory) -> bool:
    """Does some data source carry its rows along?"""
    return any(source.has_extract for source in inventory.data_sources)


def file_lines(pairs: Sequence[tuple[Ref, FileReport]]) -> list[Coverage]:
    """The ledger's lines on files, their columns and their extracts; every miss names the subject it concerns.

    Only files that carry or name an extract count in its line, and those of which nothing could be read.
    """
    with_data = [pair for pair in pairs if Read.EXTRACTS in pair[1].attempted or pair[1].inventory is None]
    return [_line(Read.FILES, pairs), _line(Read.COLUMNS, pairs), _line(Read.EXTRACTS, with_data)]


def _line(read: Read, pairs: Sequence[tuple[Ref, FileReport]]) -> Coverage:
    missing: list[Miss] = []
    for ref, report in pairs:
        found = report.misses_of(read)
        if report.inventory is None and not found:
            found = report.misses
        missing += [replace(miss, id=ref.id, kind=ref.kind) for miss in found]
    concerned = {miss.id for miss in missing}
    return Coverage(read, len(pairs), sum(ref.id not in concerned for ref, _ in pairs), tuple(missing))
