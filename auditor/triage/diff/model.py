"""One change, and all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeKind(StrEnum):
    """What kind of change; the order is that of reports: what opens first, then what closes, then the rest."""

    GAINED = "gained"
    SETTING = "setting"
    NEW = "new"
    WIDER = "wider"
    COLUMNS = "columns"
    MEMBERSHIP = "membership"
    ROLE = "role"
    LOCK = "lock"
    TEMPLATE = "template"
    MOVED = "moved"
    OWNER = "owner"
    RENAMED = "renamed"
    LOST = "lost"
    NARROWER = "narrower"
    GONE = "gone"


_ORDER = {kind: place for place, kind in enumerate(ChangeKind)}


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `sentence` says it all; the rest is for programs.

    `object_kind`, `object_id` and `path` name the object; `principal` whom it concerns ("anonymous", "everyone",
    "group:NAME", "user:NAME"); `capabilities` are the server's names; `followers` the paths of objects that changed
    with it; `cause` why, where it can be told.
    """

    kind: ChangeKind
    sentence: str
    object_kind: str = ""
    object_id: str = ""
    path: str = ""
    principal: str = ""
    capabilities: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    cause: str = ""
    rule: str = ""
    severity: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what it is of, from when (ISO time, or empty), and whether it read everything it set out to."""

    server: str = ""
    site: str = ""
    when: str = ""
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes in the order of reports, counts of what stayed, and sentences on what cannot be told."""

    of: str  # "snapshots" or "reports"
    old: Side
    new: Side
    changes: tuple[Change, ...] = ()
    unchanged: Mapping[str, int] = field(default_factory=dict)
    untold: tuple[str, ...] = ()


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The order of reports; does not depend on how the changes were found."""
    return tuple(
        sorted(changes, key=lambda c: (_ORDER[c.kind], c.path, c.object_id, c.principal, c.capabilities, c.sentence))
    )
