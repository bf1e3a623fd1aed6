"""What every source of facts offers: `read` gives a Snapshot, `plan` says what reading will cost.

A source is opened by its own package (`auditor.sources.tableau.open_source`, `auditor.sources.saved.load`). What could
not be read stands in the snapshot's ledger; only "nothing at all could be read" is an error (`errors.SourceError`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auditor.model import Read, Ref, Snapshot

#: The one function that knows the time, handed in from above. Gives an aware UTC time.
Clock = Callable[[], datetime]


class Progress(Protocol):
    """Told how far reading has got. Called from one thread only."""

    def start(self, read: str, total: int | None) -> None:
        """A kind of read begins; `total` objects are expected, None where nobody knows yet."""

    def advance(self, read: str, n: int) -> None:
        """`n` more objects of a read are done, read or missed."""

    def note(self, text: str) -> None:
        """A sentence for the user: waiting for the server, a session opened again, a shortcut given up."""


class NoProgress:
    """A listener that does nothing."""

    def start(self, read: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, read: str, n: int) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """So many requests of one read, and why not fewer or more."""

    read: str
    requests: int
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a read of the source will ask for, worked out from its lists before the first rule is read.

    `made` requests are already behind us (sign-in and lists); `seconds` estimates the rest; `budget` is how many
    requests an hour the source allows itself, None without limit.
    """

    lines: tuple[PlanLine, ...]
    made: int
    seconds: float
    budget: int | None = None

    @property
    def requests(self) -> int:
        """Requests still to be made."""
        return sum(line.requests for line in self.lines)

    @property
    def within_budget(self) -> bool:
        """Can all of it be read within an hour's budget?"""
        return self.budget is None or self.made + self.requests <= self.budget

    def to_text(self) -> str:
        """The plan for a terminal: a line for each read, the sum, the estimated time, and a warning where needed."""
        width = max((len(line.read) for line in self.lines), default=0)
        rows = [f"{line.read:<{width}}  {line.requests:>7,}  {line.why}" for line in self.lines]
        rows.append(f"{'in all':<{width}}  {self.requests:>7,}  about {self.seconds:,.0f} s; {self.made:,} made so far")
        if not self.within_budget:
            rows.append(
                f"The budget of {self.budget:,} requests an hour does not suffice: what is over it will be missing. "
                "Select fewer rules, or take a snapshot and go on with --resume in the next hour."
            )
        return "\n".join(rows)


#: Reads that cost a request an item and matter for few items: `Source.read` leaves them out unless asked for, and
#: `Source.read_more` makes them for the items on which a verdict hangs.
LATER: frozenset[Read] = frozenset(
    {Read.COLUMNS, Read.FILES, Read.EXTRACTS, Read.WORKBOOK_CONNECTIONS, Read.DATASOURCE_CONNECTIONS}
)


class Source(Protocol):
    """Where facts come from."""

    def read(self, needs: frozenset[Read], *, progress: Progress) -> Snapshot:
        """Everything that `needs` names and what those reads rest on.

        `Read.DEFAULT_PERMISSIONS` covers the kinds of content whose lists are needed too; where none is, all kinds
        that the server's version has. Raises `SourceError` when nothing could be read, never for a part.
        """

    def read_more(self, snapshot: Snapshot, wanted: Mapping[Read, Collection[Ref]], *, progress: Progress) -> Snapshot:
        """The snapshot with more of `LATER` read: columns or connections of just these workbooks and data sources.

        Every wanted object ends in the snapshot or among the misses of the read's line in the ledger.
        """

    def plan(self, needs: frozenset[Read], *, progress: Progress) -> Plan:
        """What `read` would ask for. Reads the lists, no rules."""
