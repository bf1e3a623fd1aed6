"""All facts of one site at one time, and the ledger that says how complete they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from auditor.model.coverage import Ledger
from auditor.model.data import Inventory
from auditor.model.facts import (
    ConnectedApp,
    Connection,
    Content,
    Group,
    GroupSet,
    Project,
    Provenance,
    Ref,
    RuleSet,
    Subject,
    User,
)
from auditor.model.vocabulary import Kind

SettingValue = bool | int | str
_EMPTY: Mapping[str, SettingValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an audit judges. A key that is missing was not read; an empty value was read and is empty.

    - `settings`: the site's switches, by the server's own attribute name ("guestAccessEnabled"), typed by the source.
      Embedding settings are under "embedding.unrestrictedEmbedding" and "embedding.allowList".
    - `contents`: everything but projects. `rules[ref]`: the explicit rules of an object, as its own answer gave them.
      Content that a locked project governs need not have an entry.
    - `default_rules[(project_id, kind)]`: the project's template for a kind of content.
    - `group_members[group_id]`: user ids; a group without an entry was not read. All Users needs none.
    - `inventories[ref]`: what lies below a workbook or data source, where columns were read.
    """

    provenance: Provenance = field(default_factory=Provenance)
    settings: Mapping[str, SettingValue] = field(default_factory=lambda: _EMPTY)
    projects: Mapping[str, Project] = field(default_factory=dict)
    contents: Mapping[Ref, Content] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    group_members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    group_sets: Mapping[str, GroupSet] = field(default_factory=dict)
    rules: Mapping[Ref, RuleSet] = field(default_factory=dict)
    default_rules: Mapping[tuple[str, Kind], RuleSet] = field(default_factory=dict)
    connections: Mapping[Ref, tuple[Connection, ...]] = field(default_factory=dict)
    connected_apps: tuple[ConnectedApp, ...] | None = None
    inventories: Mapping[Ref, Inventory] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    #: Paths of projects that were asked for (auditor.model.paths), kept because each is the beginning of many paths.
    kept_paths: dict[str | None, tuple[str, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def subject(self, ref: Ref) -> Subject | None:
        """The project or item that a reference names, or None."""
        if ref.kind is Kind.PROJECT:
            return self.projects.get(ref.id)
        return self.contents.get(ref)

    def subjects(self) -> Iterator[Subject]:
        """Every project and item, projects first, in the order of the lists."""
        yield from self.projects.values()
        yield from self.contents.values()

    def parent_of(self, item: Content) -> Content | None:
        """The workbook of a view or the database of a table, where it is known."""
        if item.parent_id is None:
            return None
        kind = {Kind.VIEW: Kind.WORKBOOK, Kind.TABLE: Kind.DATABASE}.get(item.kind)
        return self.contents.get(Ref(kind, item.parent_id)) if kind else None

    def project_of(self, subject: Subject) -> str | None:
        """The id of the project that holds a subject (for a project: its parent); a view takes its workbook's."""
        if isinstance(subject, Project):
            return subject.parent_id
        if subject.project_id is None and (parent := self.parent_of(subject)) is not None:
            return parent.project_id
        return subject.project_id
