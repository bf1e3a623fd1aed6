"""What a reading run has so far: facts by id, and the ledger's lines as they grow. One thread writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.model import (
    LIST_READ,
    RULES_READ,
    ConnectedApp,
    Connection,
    Content,
    Coverage,
    Group,
    GroupSet,
    Kind,
    Ledger,
    Miss,
    Project,
    Read,
    Ref,
    RuleSet,
    SettingValue,
    User,
)

#: The list that says how many there are of what a read asks for one by one.
_BASIS: Mapping[Read, Read] = {
    **{read: LIST_READ[kind] for kind, read in RULES_READ.items()},
    Read.DEFAULT_PERMISSIONS: Read.PROJECTS,
    Read.GROUP_MEMBERS: Read.GROUPS,
    Read.WORKBOOK_CONNECTIONS: Read.WORKBOOKS,
    Read.DATASOURCE_CONNECTIONS: Read.DATASOURCES,
}


@dataclass(slots=True)
class Line:
    """One growing line of the ledger. Misses are kept by what they are about, so that a second try can mend one."""

    expected: int = 0
    got: int = 0
    misses: dict[tuple[str, ...], Miss] = field(default_factory=dict)

    def miss(self, one: Miss, *about: str) -> None:
        """Add a miss; `about` tells apart two misses of one object."""
        self.misses[(one.kind, one.id, one.name if not one.id else "", *about)] = one


@dataclass(slots=True)
class Gathered:
    """Mutable twin of a Snapshot."""

    settings: dict[str, SettingValue] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    contents: dict[Ref, Content] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    group_members: dict[str, frozenset[str]] = field(default_factory=dict)
    group_sets: dict[str, GroupSet] = field(default_factory=dict)
    rules: dict[Ref, RuleSet] = field(default_factory=dict)
    default_rules: dict[tuple[str, Kind], RuleSet] = field(default_factory=dict)
    connections: dict[Ref, tuple[Connection, ...]] = field(default_factory=dict)
    connected_apps: tuple[ConnectedApp, ...] | None = None
    #: The server does not have the address of group sets.
    no_group_sets: bool = False
    #: Projects that the server named as governing an item's rules, in the answer about these rules.
    parents: dict[Ref, str] = field(default_factory=dict)
    lines: defaultdict[Read, Line] = field(default_factory=lambda: defaultdict(Line))
    notes: list[str] = field(default_factory=list)
    #: The first and last time at which something of a read came.
    times: dict[Read, tuple[datetime, datetime]] = field(default_factory=dict)
    _interned: dict[RuleSet, RuleSet] = field(default_factory=dict)

    def intern(self, rules: RuleSet) -> RuleSet:
        """One object for all equal sets: most content of a site has one of a few."""
        return self._interned.setdefault(rules, rules)

    def came(self, read: Read, at: datetime) -> None:
        """Something of a read was read at this time, perhaps by an earlier run."""
        first, last = self.times.get(read, (at, at))
        self.times[read] = (min(first, at), max(last, at))

    def note(self, text: str) -> None:
        """A sentence for the reader of the report, once."""
        if text not in self.notes:
            self.notes.append(text)

    def ledger(self) -> Ledger:
        """The finished ledger."""
        return Ledger.of(
            Coverage(str(read), self._expected(read, line), line.got, tuple(line.misses.values()))
            for read, line in self.lines.items()
        )

    def _expected(self, read: Read, line: Line) -> int | None:
        """How many; None for what hangs on a list that did not come: nobody knows then."""
        basis = self.lines.get(_BASIS[read]) if read in _BASIS else None
        unknown = basis is not None and basis.got == 0 and bool(basis.misses)
        return None if unknown else line.expected

    def name_of(self, ref: Ref) -> str:
        """A subject's name for a miss."""
        subject = self.projects.get(ref.id) if ref.kind is Kind.PROJECT else self.contents.get(ref)
        return subject.name if subject is not None else ""
