"""Looking inside the published file itself: where the Metadata API has no answer, or a rule asks what only the file tells.

Each file is streamed into a private temporary folder under a size limit, inspected there and deleted; nothing of its
rows is kept. A download needs Download/Save a Copy, which an administrator has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from auditor.model import Coverage, Inventory, Miss, Read, Ref, Snapshot
from auditor.sources.ledgers import with_line, without_misses
from auditor.sources.tableau.catalogue import KIND
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.run import Run
from auditor.sources.workbook_file import FileReport, inspect_stream

#: The reads that a look into the file settles.
INSIDE = (Read.FILES, Read.EXTRACTS, Read.COLUMNS)


def look_inside(run: Run, snapshot: Snapshot, wanted: Mapping[Read, Collection[Ref]]) -> Snapshot:
    """The snapshot with the inventories that the files of the wanted items give, and the lines that count them."""
    refs = sorted({ref for read in INSIDE for ref in wanted.get(read, ()) if ref in snapshot.contents})
    run.progress.start(str(Read.FILES), len(refs))
    reports: dict[Ref, FileReport] = {}
    for ref, found in run.each(refs, lambda one: _inspect(run, snapshot, one)):
        run.progress.advance(str(Read.FILES), 1)
        if isinstance(found, ReadFailedError):
            reports[ref] = FileReport(snapshot.contents[ref].name, None, ((Read.FILES, _miss(snapshot, ref, found)),))
        else:
            reports[ref] = found
    return _joined(snapshot, dict(sorted(reports.items())))


def _inspect(run: Run, snapshot: Snapshot, ref: Ref) -> FileReport:
    path = run.connection.of_site(KIND[ref.kind].plural, ref.id, "content")
    with run.connection.download(path) as (stream, name):
        return inspect_stream(stream, name or f"{snapshot.contents[ref].name}.twbx")


def _miss(snapshot: Snapshot, ref: Ref, error: ReadFailedError) -> Miss:
    return Miss(ref.kind, ref.id, snapshot.contents[ref].name, error.reason, error.remedy)


def _joined(snapshot: Snapshot, reports: Mapping[Ref, FileReport]) -> Snapshot:
    inventories = dict(snapshot.inventories)
    ledger = snapshot.ledger
    read = {ref for ref, report in reports.items() if report.inventory is not None}
    for ref in read:
        inventory = reports[ref].inventory
        assert inventory is not None
        inventories[ref] = _named(inventory, snapshot, ref)
    # What the Metadata API could not tell, the file did.
    ledger = without_misses(ledger, Read.COLUMNS, {(ref.kind, ref.id) for ref in read})
    for name in (Read.FILES, Read.EXTRACTS):
        concerned = {
            ref: report for ref, report in reports.items() if name is Read.FILES or Read.EXTRACTS in report.attempted
        }
        misses = tuple(
            replace(miss, kind=ref.kind, id=ref.id, name=snapshot.contents[ref].name)
            for ref, report in concerned.items()
            for miss in (report.misses_of(name) or (report.misses if report.inventory is None else ()))
        )
        missed = {(miss.kind, miss.id) for miss in misses}
        got = sum((ref.kind, ref.id) not in missed for ref in concerned)
        ledger = with_line(ledger, Coverage(name, len(concerned), got, misses))
    return replace(snapshot, inventories=inventories, ledger=ledger)


def _named(inventory: Inventory, snapshot: Snapshot, ref: Ref) -> Inventory:
    return replace(inventory, id=ref.id, name=snapshot.contents[ref].name, kind=str(ref.kind), file=None)
