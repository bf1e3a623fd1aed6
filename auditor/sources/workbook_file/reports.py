"""What an inspection hands back: the inventory of one file and what of it could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.model.coverage import Miss, Read
from auditor.model.data import Inventory


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: `inventory` is None where nothing of it could be read; `missed` says what not, and by which read.

    `attempted` holds the reads that this file called for (an extract is only read where there is one).
    """

    file: str
    inventory: Inventory | None
    missed: tuple[tuple[Read, Miss], ...] = ()
    notes: tuple[str, ...] = ()
    attempted: frozenset[Read] = frozenset({Read.FILES})

    @property
    def misses(self) -> tuple[Miss, ...]:
        """All that could not be read, in order."""
        return tuple(miss for _, miss in self.missed)

    def misses_of(self, read: Read) -> tuple[Miss, ...]:
        """What one kind of read missed."""
        return tuple(miss for name, miss in self.missed if name is read)
