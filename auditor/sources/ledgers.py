"""Adding to a ledger: what is read later joins the line of what was read before."""

from __future__ import annotations

from auditor.model import Coverage, Ledger


def with_line(ledger: Ledger, line: Coverage) -> Ledger:
    """The ledger with one more line; where there is one of that read, numbers add up and misses join."""
    before = ledger.lines.get(line.read)
    if before is not None:
        counted = None if before.expected is None or line.expected is None else before.expected + line.expected
        line = Coverage(line.read, counted, before.got + line.got, (*before.missing, *line.missing))
    return Ledger.of([*(one for name, one in ledger.lines.items() if name != line.read), line])
