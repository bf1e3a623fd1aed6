"""Adding to a ledger: what is read later joins the line of what was read before."""

from __future__ import annotations

from collections.abc import Collection

from auditor.model import Coverage, Kind, Ledger


def with_line(ledger: Ledger, line: Coverage) -> Ledger:
    """The ledger with one more line; where there is one of that read, numbers add up and misses join."""
    before = ledger.lines.get(line.read)
    if before is not None:
        counted = None if before.expected is None or line.expected is None else before.expected + line.expected
        line = Coverage(line.read, counted, before.got + line.got, (*before.missing, *line.missing))
    return Ledger.of([*(one for name, one in ledger.lines.items() if name != line.read), line])


def without_misses(ledger: Ledger, read: str, settled: Collection[tuple[Kind, str]]) -> Ledger:
    """The ledger after another way of reading has brought what a read had missed of some objects."""
    line = ledger.lines.get(read)
    if line is None:
        return ledger
    left = tuple(miss for miss in line.missing if (miss.kind, miss.id) not in settled)
    gained = len({(m.kind, m.id) for m in line.missing}) - len({(m.kind, m.id) for m in left})
    return Ledger({**ledger.lines, read: Coverage(line.read, line.expected, line.got + gained, left)})
