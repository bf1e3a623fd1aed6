"""Looking inside the published file itself: where the Metadata API has no answer, or a rule asks what only the file tells.

Each file is streamed into a private temporary folder under a size limit, inspected in a process of its own with limits
of time and memory, and deleted; nothing of its rows is kept. A download needs Download/Save a Copy, which an
administrator has.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace

from auditor.model import Coverage, Inventory, Kind, Ledger, Miss, Read, Ref, Snapshot
from auditor.sources.ledgers import with_line, without_misses
from auditor.sources.tableau.catalogue import KIND
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.merging import merged
from auditor.sources.tableau.run import Run
from auditor.sources.workbook_file import FilePool, FileReport

#: The reads that a look into the file settles.
INSIDE = (Read.FILES, Read.EXTRACTS, Read.COLUMNS)
_MOST_PROCESSES = 4
#: Where the server gives a download no name.
_ENDING = {Kind.WORKBOOK: ".twbx", Kind.DATASOURCE: ".tdsx"}


def look_inside(run: Run, snapshot: Snapshot, wanted: Mapping[Read, Collection[Ref]]) -> Snapshot:
    """The snapshot with the inventories that the files of the wanted items give, and the lines that count them."""
    refs = sorted({ref for read in INSIDE for ref in wanted.get(read, ()) if ref in snapshot.contents})
    run.progress.start(str(Read.FILES), len(refs))
    reports: dict[Ref, FileReport] = {}
    if refs:
        with FilePool(min(os.cpu_count() or 1, _MOST_PROCESSES, len(refs))) as files:
            for ref, found in run.each(refs, lambda one: _inspect(run, files, snapshot, one)):
                run.progress.advance(str(Read.FILES), 1)
                reports[ref] = _failed(snapshot, ref, found) if isinstance(found, ReadFailedError) else found
    return _joined(snapshot, dict(sorted(reports.items())))


def _inspect(run: Run, files: FilePool, snapshot: Snapshot, ref: Ref) -> FileReport:
    path = run.connection.of_site(KIND[ref.kind].plural, ref.id, "content")
    with run.connection.download(path) as (stream, name):
        return files.inspect_stream(stream, name or f"{snapshot.contents[ref].name}{_ENDING[ref.kind]}")


def _failed(snapshot: Snapshot, ref: Ref, error: ReadFailedError) -> FileReport:
    name = snapshot.contents[ref].name
    return FileReport(name, None, ((Read.FILES, Miss(ref.kind, ref.id, name, error.reason, error.remedy)),))


def _joined(snapshot: Snapshot, reports: Mapping[Ref, FileReport]) -> Snapshot:
    inventories = dict(snapshot.inventories)
    for ref, report in reports.items():
        if report.inventory is not None:
            whole = not report.misses_of(Read.COLUMNS)
            inventories[ref] = _named(
                merged(report.inventory, snapshot.inventories.get(ref), whole=whole), snapshot, ref
            )
    ledger = _columns_told(snapshot, reports)
    for name in (Read.FILES, Read.EXTRACTS):
        concerned = [ref for ref, report in reports.items() if name is Read.FILES or Read.EXTRACTS in report.attempted]
        misses = tuple(miss for ref in concerned for miss in _misses(snapshot, ref, reports[ref], name))
        got = len(concerned) - len({miss.id for miss in misses})
        ledger = with_line(ledger, Coverage(name, len(concerned), got, misses))
    return replace(snapshot, inventories=inventories, ledger=ledger)


def _misses(snapshot: Snapshot, ref: Ref, report: FileReport, name: Read) -> tuple[Miss, ...]:
    """What a kind of read missed of a file; all that there is to say of one of which nothing could be read."""
    found = report.misses_of(name) or (report.misses if report.inventory is None else ())
    return tuple(replace(miss, kind=ref.kind, id=ref.id, name=snapshot.contents[ref].name) for miss in found)


def _columns_told(snapshot: Snapshot, reports: Mapping[Ref, FileReport]) -> Ledger:
    """The ledger after files told what the Metadata API could not; a document that was damaged leaves its doubt."""
    read = {ref: report for ref, report in reports.items() if report.inventory is not None}
    before = {(miss.kind, miss.id) for miss in snapshot.ledger.misses(Read.COLUMNS)}
    counted = [ref for ref in read if ref in snapshot.inventories or (ref.kind, ref.id) in before]
    ledger = without_misses(snapshot.ledger, Read.COLUMNS, {(ref.kind, ref.id) for ref in read})
    doubts = tuple(
        miss
        for ref, report in read.items()
        if report.misses_of(Read.COLUMNS)
        for miss in _misses(snapshot, ref, report, Read.COLUMNS)
    )
    new = len(read) - len(counted)
    return (
        with_line(ledger, Coverage(Read.COLUMNS, new, new - len({miss.id for miss in doubts}), doubts))
        if read
        else ledger
    )


def _named(inventory: Inventory, snapshot: Snapshot, ref: Ref) -> Inventory:
    """As the item's own. A published source that only a document names is found by its address."""
    by_url = {
        item.content_url: item.id
        for item in snapshot.contents.values()
        if item.kind is Kind.DATASOURCE and item.content_url
    }
    sources = tuple(
        replace(source, published_id=source.published_id or by_url.get(source.content_url or ""))
        if source.published
        else source
        for source in inventory.data_sources
    )
    name = snapshot.contents[ref].name
    return replace(inventory, id=ref.id, name=name, kind=str(ref.kind), file=None, data_sources=sources)
