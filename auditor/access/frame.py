"""What bears on an object whoever asks: its chain of projects, the rule sets that may govern it, its owners.

Objects with equal frames get equal answers, so answers are kept by frame, not by object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from auditor.access.decision import NO_READS, Grant
from auditor.access.governing import UNREADABLE, Controllers, content_controllers, is_broken, project_controllers
from auditor.access.membership import Standing
from auditor.access.rules import CompiledRules, RuleBook
from auditor.access.switches import Gated
from auditor.model import (
    LIST_READ,
    RULES_READ,
    Content,
    Grantee,
    Kind,
    Project,
    Read,
    Ref,
    Snapshot,
    project_chain,
)

#: Frames kept at most; about 150 bytes each, since nearly all of a frame is shared.
_KEPT: Final = 600_000


@dataclass(frozen=True, slots=True)
class Governing:
    """One rule set that may govern. `rules` None: it was not read, `read` says which read that is.

    `locked`: it is a locked project's. `personal`: there are no rules, the object is in somebody's personal space.
    """

    rules: CompiledRules | None
    read: str
    locked: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The project of an object and all above it, innermost first: who leads there. Shared by all content of a project."""

    projects: tuple[Project, ...]
    leaders: tuple[tuple[Grantee, ...], ...]
    perhaps: tuple[Grantee, ...]  # leaders if the locks that were not read, or are told in two ways, fall so
    unread_by_all: frozenset[str]  # reads that could make anybody a leader
    unread_by_owners: frozenset[str]  # reads that could make an account a project's owner

    def unread_for(self, standing: Standing) -> frozenset[str]:
        """The reads that might yet show the principal to own or lead a project of the chain."""
        found = self.unread_by_all | (self.unread_by_owners if standing.can_own else NO_READS)
        if any(standing.holds(grantee) is not False for grantee in self.perhaps):
            return found | {str(Read.PROJECTS)}
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """The part of a frame that objects share, and the answers worked out for it so far (kept by `Access`)."""

    kind: Kind
    chain: Chain
    governing: tuple[Governing, ...]
    unread: frozenset[str]  # the reads that would say which of `governing` it is
    answers: dict[tuple[Standing, str, bool | None], tuple[Grant, Gated]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """A core, who owns the object (None among them: not read), and which object each rule set stands on.

    `workbook` is the frame of a view's workbook.
    """

    core: Core
    owners: tuple[str | None, ...]
    sources: tuple[Ref, ...]
    notes: tuple[str, ...] = ()
    workbook: Frame | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class Frames:
    """Makes frames for the objects of one snapshot and keeps their shared parts."""

    snapshot: Snapshot
    book: RuleBook = field(default_factory=RuleBook)
    _chains: dict[str | None, Chain] = field(default_factory=dict)
    _controllers: dict[str, Controllers] = field(default_factory=dict)
    _frames: dict[Ref, Frame] = field(default_factory=dict)
    _locked: dict[tuple[Kind, str], Frame] = field(default_factory=dict)
    _owners: dict[str | None, tuple[str | None, ...]] = field(default_factory=dict)
    _cores: dict[tuple[object, ...], Core] = field(default_factory=dict)

    def of(self, ref: Ref) -> Frame:
        """The frame of an object; one that is not in the snapshot has a frame in which nothing is known."""
        frame = self._frames.get(ref)
        if frame is None:
            if len(self._frames) >= _KEPT:
                self._frames.clear()
            frame = self._make(ref)
            if ref.kind is Kind.VIEW:
                item = self.snapshot.contents.get(ref)
                workbook = self.of(Ref(Kind.WORKBOOK, (item.parent_id if item else None) or ""))
                frame = Frame(frame.core, frame.owners, frame.sources, frame.notes, workbook)
            self._frames[ref] = frame
        return frame

    def _make(self, ref: Ref) -> Frame:
        subject = self.snapshot.subject(ref)
        match subject:
            case Project():
                return self._of_project(subject)
            case Content():
                return self._of_content(subject)
            case None:
                return self._of_stranger(ref)

    def forget_answers(self) -> None:
        """Drop the answers that were kept, not the frames."""
        for core in self._cores.values():
            core.answers.clear()

    def chain(self, project_id: str | None) -> Chain:
        """Who owns and leads a project and those above it."""
        if project_id not in self._chains:
            self._chains[project_id] = self._make_chain(project_id)
        return self._chains[project_id]

    def controllers(self, project_id: str) -> Controllers:
        """Who governs the content of a project."""
        if project_id not in self._controllers:
            self._controllers[project_id] = content_controllers(self.snapshot, project_id)
        return self._controllers[project_id]

    def _make_chain(self, project_id: str | None) -> Chain:
        if project_id is None:
            return Chain((), (), (), NO_READS, NO_READS)
        projects = project_chain(self.snapshot, project_id)
        unread: set[str] = {Read.PROJECTS} if is_broken(projects) else set()
        sure, perhaps = list[tuple[Grantee, ...]](), set[Grantee]()
        for project in projects:
            options = self._leaders_of(project)
            known = [set(option) for option in options if option is not None]
            if len(known) < len(options):
                unread.add(Read.PROJECT_PERMISSIONS)
            certain = set[Grantee].intersection(*known) if len(known) == len(options) else set[Grantee]()
            sure.append(tuple(sorted(certain)))
            perhaps |= set[Grantee]().union(*known) - certain
        ownerless = any(project.owner_id is None for project in projects)
        owners = frozenset({str(Read.PROJECTS)}) if ownerless else NO_READS
        return Chain(projects, tuple(sure), tuple(sorted(perhaps)), frozenset(unread), owners)

    def _leaders_of(self, project: Project) -> list[tuple[Grantee, ...] | None]:
        """Who leads a project, by each rule set that may be its own; None for one that was not read.

        Below a lock that includes nested projects, the rules of the project that holds the lock stand for a project's
        own (tableau-access.md, 2.4), so that its own need not have been read.
        """
        found: list[tuple[Grantee, ...] | None] = []
        for option in project_controllers(self.snapshot, project.id).options:
            rules = self.snapshot.rules.get(Ref(Kind.PROJECT, project.id if option is None else option))
            found.append(None if rules is None else self.book.compiled(rules).leaders)
        return found

    def _core(self, kind: Kind, chain: Chain, governing: tuple[Governing, ...], unread: frozenset[str]) -> Core:
        marks = tuple((g.rules.number if g.rules else -1, g.read, g.locked, g.personal) for g in governing)
        key = (kind, id(chain), marks, unread)
        if key not in self._cores:
            self._cores[key] = Core(kind, chain, governing, unread)
        return self._cores[key]

    def _own_rules(self, ref: Ref) -> Governing:
        rules = self.snapshot.rules.get(ref)
        read = RULES_READ.get(ref.kind, Read.SITE)
        return Governing(None if rules is None else self.book.compiled(rules), read)

    def _template(self, project_id: str, kind: Kind) -> Governing:
        # There is no template for views: they take the workbooks' (tableau-access.md, 1.3).
        template = Kind.WORKBOOK if kind is Kind.VIEW else kind
        rules = None if project_id == UNREADABLE else self.snapshot.default_rules.get((project_id, template))
        return Governing(None if rules is None else self.book.compiled(rules), Read.DEFAULT_PERMISSIONS, locked=True)

    def _of_project(self, project: Project) -> Frame:
        found = project_controllers(self.snapshot, project.id)
        governing, sources = list[Governing](), list[Ref]()
        for option in found.options:
            source = Ref(Kind.PROJECT, project.id if option is None else option)
            governing.append(self._own_rules(source))
            sources.append(project.ref if option == UNREADABLE else source)
        core = self._core(Kind.PROJECT, self.chain(project.id), tuple(governing), found.reads)
        return Frame(core, (), tuple(sources), found.notes)

    def _of_content(self, item: Content) -> Frame:
        parent = self.snapshot.parent_of(item)
        home = parent if parent is not None and parent.project_id is not None else item
        if home.project_id is None:
            return self._of_homeless(item, parent)
        project_id = home.project_id
        alike = self._locked.get((item.kind, project_id))
        if alike is not None:
            return Frame(alike.core, self._owners_of(item, parent), alike.sources, alike.notes)
        found = self.controllers(project_id)
        unread = set(found.reads)
        governing, sources = list[Governing](), list[Ref]()
        for option in found.options:
            if option is None:
                own, own_sources, own_unread = self._of_customizable(item, parent)
                governing.extend(own)
                sources.extend(own_sources)
                unread |= own_unread
            else:
                governing.append(self._template(option, item.kind))
                sources.append(Ref(Kind.PROJECT, project_id if option == UNREADABLE else option))
        core = self._core(item.kind, self.chain(project_id), tuple(governing), frozenset(unread))
        frame = Frame(core, self._owners_of(item, parent), tuple(sources), found.notes)
        if None not in found.options:  # no object's own rules count: all of the kind in this project are alike
            self._locked[item.kind, project_id] = frame
        return frame

    def _owners_of(self, item: Content, parent: Content | None) -> tuple[str | None, ...]:
        """Who may own the object: a view belongs to its workbook's owner, where the two answers differ both are weighed."""
        said = (item.owner_id,) if parent is None or item.kind is not Kind.VIEW else (parent.owner_id, item.owner_id)
        if len(said) == 1 or said[0] == said[1]:
            return self._owners.setdefault(said[0], (said[0],))
        return tuple(owner for owner in said if owner is not None)

    def _of_customizable(
        self, item: Content, parent: Content | None
    ) -> tuple[tuple[Governing, ...], tuple[Ref, ...], frozenset[str]]:
        """The rule sets that may govern an object where nothing is locked: a view's depend on its workbook's tabs."""
        if item.kind is not Kind.VIEW:
            return (self._own_rules(item.ref),), (item.ref,), NO_READS
        workbook = Ref(Kind.WORKBOOK, item.parent_id or "")
        tabs = parent.tabs_shown if parent is not None else None
        if tabs is False:
            return (self._own_rules(item.ref),), (item.ref,), NO_READS
        if tabs is True:
            return (self._own_rules(workbook),), (workbook,), NO_READS
        both = (self._own_rules(item.ref), self._own_rules(workbook))
        return both, (item.ref, workbook if parent is not None else item.ref), frozenset({Read.WORKBOOKS})

    def _of_homeless(self, item: Content, parent: Content | None) -> Frame:
        """Content without a project: a personal space's, a catalogue's external asset, or one whose project was not told."""
        read = LIST_READ.get(item.kind, Read.SITE)
        personal = item.personal_space if item.personal_space is not None else (parent and parent.personal_space)
        owners = self._owners_of(item, parent)
        own_space = Governing(None, read, personal=True)
        if personal:
            core = self._core(item.kind, self.chain(None), (own_space,), NO_READS)
            return Frame(core, owners, (item.ref,))
        if item.kind in (Kind.DATABASE, Kind.TABLE):
            core = self._core(item.kind, self.chain(None), (self._own_rules(item.ref),), NO_READS)
            note = (
                "Whether the database locks its tables' permissions is not among the facts; its own rules were taken."
            )
            return Frame(core, owners, (item.ref,), (note,) if item.kind is Kind.TABLE else ())
        governing = _nowhere(read) if personal is False else (*_nowhere(read), own_space)
        core = self._core(item.kind, self._open_chain(read), governing, frozenset({str(read)}))
        return Frame(core, owners, (item.ref,) * len(governing))

    def _of_stranger(self, ref: Ref) -> Frame:
        read = LIST_READ.get(ref.kind, Read.SITE)
        core = self._core(ref.kind, self._open_chain(read), _nowhere(read), frozenset({str(read)}))
        return Frame(core, (None,), (ref, ref))

    def _open_chain(self, read: Read) -> Chain:
        key = f"\0{read}"
        if key not in self._chains:
            self._chains[key] = Chain((), (), (), frozenset({str(read)}), NO_READS)
        return self._chains[key]


def _nowhere(read: Read) -> tuple[Governing, ...]:
    """The rules of an object whose project was not told: not read, and locked or not."""
    return Governing(None, read), Governing(None, read, locked=True)
