"""What lies below the items that somebody can take something of: by the Metadata API, in threads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.model import Coverage, Kind, Miss, Read, Ref, Snapshot
from auditor.sources.interface import Progress
from auditor.sources.ledgers import with_line
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.metadata import FIRST_PAGE, ColumnsRead, MetadataUnavailable, read_columns
from auditor.sources.tableau.pool import Pool


def columns_of(
    connection: Connection,
    pool: Pool,
    snapshot: Snapshot,
    wanted: Collection[Ref],
    *,
    page: int = FIRST_PAGE,
    progress: Progress,
) -> Snapshot:
    """The snapshot with inventories of the wanted workbooks and data sources, and a ledger line that counts them.

    `page` objects are asked for at once; a recorded conversation asks for one at a time, so that its answers serve
    whatever is asked of it later. The published data sources that a wanted workbook uses are read as well: what can be
    taken of the workbook lies there.
    """
    names = {ref: snapshot.contents[ref].name for ref in wanted if ref in snapshot.contents}
    read = _read(connection, pool, names, page, progress)
    behind = {ref: name for ref, name in _published_below(snapshot, read).items() if ref not in names}
    more = _read(connection, pool, behind, page, progress)
    inventories = {**snapshot.inventories, **read.inventories, **more.inventories}
    misses = (*read.misses, *more.misses)
    expected = len(names) + len(behind)
    missed = {(miss.kind, miss.id) for miss in misses}
    line = Coverage(Read.COLUMNS, expected, expected - len(missed), misses)
    return replace(snapshot, inventories=inventories, ledger=with_line(snapshot.ledger, line))


def _read(connection: Connection, pool: Pool, names: Mapping[Ref, str], page: int, progress: Progress) -> ColumnsRead:
    """All batches, many at once; a batch that fails for a reason of ours or the server's is a miss for its objects."""

    def ask(text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return connection.query(text, variables)
        except ReadFailedError as error:
            remedy = error.remedy or "Look into the files, or switch the Metadata API on."
            raise MetadataUnavailable(f"the Metadata API: {error.reason}", remedy) from error

    def work(batch: Sequence[Ref]) -> ColumnsRead:
        return read_columns(ask, {ref: names[ref] for ref in batch}, page=page)

    progress.start(Read.COLUMNS, len(names))
    whole = ColumnsRead()
    for batch, part in pool.each(_batches(names, page), work):
        progress.advance(Read.COLUMNS, len(batch))
        if isinstance(part, ReadFailedError):
            whole.misses += [Miss(ref.kind, ref.id, names[ref], part.reason, part.remedy) for ref in batch]
        else:
            whole.inventories |= part.inventories
            whole.misses += part.misses
    return whole


def _batches(names: Mapping[Ref, str], page: int) -> list[tuple[Ref, ...]]:
    by_kind = [sorted(ref for ref in names if ref.kind is kind) for kind in (Kind.WORKBOOK, Kind.DATASOURCE)]
    return [tuple(refs[start : start + page]) for refs in by_kind for start in range(0, len(refs), page)]


def _published_below(snapshot: Snapshot, read: ColumnsRead) -> dict[Ref, str]:
    """The published data sources that the inventories go through, with their names."""
    found = {
        Ref(Kind.DATASOURCE, source.published_id): source.name
        for inventory in read.inventories.values()
        for source in inventory.data_sources
        if source.published_id
    }
    return {ref: snapshot.contents[ref].name if ref in snapshot.contents else name for ref, name in found.items()}
