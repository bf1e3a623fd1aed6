"""What all phases of one reading run share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from auditor.model import Read
from auditor.sources.interface import Clock, Progress
from auditor.sources.tableau.checkpoint import Kept
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.gathered import Gathered
from auditor.sources.tableau.lists import Memo
from auditor.sources.tableau.pool import Pool
from auditor.sources.tableau.settings import TableauSettings

J = TypeVar("J")
R = TypeVar("R")


@dataclass(slots=True)
class Run:
    """The conversation, the threads, what was gathered, and who is told."""

    settings: TableauSettings
    connection: Connection
    pool: Pool
    progress: Progress
    needs: frozenset[Read]
    gathered: Gathered = field(default_factory=Gathered)
    #: What worker threads want said; said by the main thread.
    notices: SimpleQueue[str] = field(default_factory=SimpleQueue)
    #: Pages of lists as they were read first.
    pages: Memo[Any] = field(default_factory=dict)
    kept: Kept | None = None
    clock: Clock | None = None

    def came(self, read: Read) -> None:
        """Something of a read came just now."""
        if self.clock is not None:
            self.gathered.came(read, self.clock())

    def recall(self, read: Read, key: str, *, not_before: str | None = None) -> Any | None:
        """What an earlier run read, if this one goes on from it."""
        found = self.kept.recall(key, not_before=not_before) if self.kept is not None else None
        if found is None:
            return None
        self.gathered.came(read, found[0])
        return found[1]

    def remember(self, read: Read, key: str, answer: Any) -> None:
        """Keep an answer for a run that goes on from this one."""
        self.came(read)
        if self.kept is not None and self.clock is not None:
            self.kept.remember(key, answer, now=self.clock())

    def each(self, jobs: Iterable[J], work: Callable[[J], R]) -> Iterable[tuple[J, R | ReadFailedError]]:
        """`Pool.each`, passing notices on between two results."""
        for result in self.pool.each(jobs, work):
            self.pass_notices_on()
            yield result

    def pass_notices_on(self) -> None:
        """Say what threads wanted said."""
        while True:
            try:
                text = self.notices.get_nowait()
            except Empty:
                return
            self.progress.note(text)
            self.gathered.note(text)
