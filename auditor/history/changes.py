"""What a run changed against what was known before it: new, wider, narrower, resolved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from auditor.findings import Exposure
from auditor.history.records import Expiring, FindingRow


class Turn(StrEnum):
    """How a finding changed."""

    NEW = "new"
    RETURNED = "returned"  # it was closed before, and is back
    WIDER = "wider"
    NARROWER = "narrower"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that changed, and in words how."""

    turn: Turn
    finding: FindingRow
    reasons: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The word for how it changed."""
        return str(self.turn)

    @property
    def title(self) -> str:
        """The finding's title, and in which ways it changed."""
        return f"{self.finding.title} ({', '.join(self.reasons)})" if self.reasons else self.finding.title

    @property
    def path(self) -> str:
        """Where the subject is."""
        return self.finding.path


@dataclass(frozen=True, slots=True)
class Changes:
    """What people should hear of a run. `not_read` says, a read a line, what is missing of an incomplete run.

    `expiring` holds the waivers that the run before did not name yet.
    """

    run_id: str
    server: str
    site_name: str
    when: datetime
    complete: bool
    changes: tuple[Change, ...] = ()
    became_incomplete: bool = False
    not_read: tuple[str, ...] = ()
    expiring: tuple[Expiring, ...] = ()
    first_run: bool = False
    open_failures: Mapping[str, int] = field(default_factory=dict)

    def of(self, *turns: Turn) -> tuple[Change, ...]:
        """The changes of these kinds, in order."""
        return tuple(change for change in self.changes if change.turn in turns)


@dataclass(frozen=True, slots=True)
class Turned:
    """The findings of a run beside what was known: opened, closed, and seen again (before, now)."""

    opened: Sequence[FindingRow]
    closed: Sequence[FindingRow]
    again: Sequence[tuple[FindingRow, FindingRow]]
    seen_before: frozenset[str] = frozenset()  # fingerprints with an earlier interval


def turn(turned: Turned) -> tuple[Change, ...]:
    """The changes of a run, worst first within each kind.

    A capability more or less makes another fingerprint; where rule, subject and audience are the same, that is told
    as one finding that became wider or narrower, not as one new and one resolved.
    """
    partners = {_place(row): row for row in turned.closed}
    found: list[Change] = []
    replaced: set[str] = set()
    for row in turned.opened:
        old = partners.get(_place(row))
        if old is not None and old.fingerprint not in replaced and (change := _pair(old, row)):
            replaced.add(old.fingerprint)
            found.append(change)
        else:
            found.append(Change(Turn.RETURNED if row.fingerprint in turned.seen_before else Turn.NEW, row))
    for before, now in turned.again:
        if wider := widened(before, now):
            found.append(Change(Turn.WIDER, now, wider))
        elif narrower := narrowed(before, now):
            found.append(Change(Turn.NARROWER, now, narrower))
    found += [Change(Turn.RESOLVED, row) for row in turned.closed if row.fingerprint not in replaced]
    return tuple(sorted(found, key=_order))


def widened(before: FindingRow, now: FindingRow) -> tuple[str, ...]:
    """In which ways `now` says more than `before`; empty where in none."""
    ways: list[str] = []
    if now.severity.rank < before.severity.rank:
        ways.append(f"severity from {before.severity} to {now.severity}")
    if _OPENNESS[now.exposure] > _OPENNESS[before.exposure]:
        ways.append(f"from {before.exposure} to {now.exposure}")
    if gained := set(now.affected) - set(before.affected):
        ways.append(f"{len(gained)} more affected")
    if before.waived and not now.waived:
        ways.append("no longer waived")
    return tuple(ways)


def narrowed(before: FindingRow, now: FindingRow) -> tuple[str, ...]:
    """In which ways `now` says less than `before`; empty where in none."""
    ways: list[str] = []
    if now.severity.rank > before.severity.rank:
        ways.append(f"severity from {before.severity} to {now.severity}")
    if _OPENNESS[now.exposure] < _OPENNESS[before.exposure]:
        ways.append(f"from {before.exposure} to {now.exposure}")
    if lost := set(before.affected) - set(now.affected):
        ways.append(f"{len(lost)} fewer affected")
    if now.waived and not before.waived:
        ways.append("waived now")
    return tuple(ways)


_OPENNESS = {Exposure.DORMANT: 0, Exposure.UNKNOWN: 1, Exposure.LIVE: 2}
_TURNS = tuple(Turn)


def _pair(old: FindingRow, new: FindingRow) -> Change | None:
    before, now = set(old.capabilities), set(new.capabilities)
    if before < now:
        return Change(Turn.WIDER, new, (f"gained {_list(now - before)}", *widened(old, new)))
    if now < before and not widened(old, new):
        return Change(Turn.NARROWER, new, (f"lost {_list(before - now)}",))
    return None


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _place(row: FindingRow) -> tuple[str, str, str, str | None]:
    return (row.rule, row.subject_kind, row.subject_id, row.audience)


def _order(change: Change) -> tuple[int, int, str, str, str]:
    row = change.finding
    return (_TURNS.index(change.turn), row.severity.rank, row.path, row.rule, row.fingerprint)
