"""What a check may ask: the facts, who can do what, which subjects its rule is about, and the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from auditor.access import Access, UserPrincipal
from auditor.checks.audience import Resolved, resolve
from auditor.findings import Judgement, Verdict
from auditor.model import LIST_READ, Kind, Read, Ref, Snapshot, Subject
from auditor.model.vocabulary import CAPABILITIES
from auditor.policy import Chooser, Policy, PolicyRule
from auditor.policy.register import Register
from auditor.policy.schema import Reach

if TYPE_CHECKING:
    from pyroaring import FrozenBitMap

    from auditor.access.denials import Denial
    from auditor.access.universe import Universe
    from auditor.checks.publication import State

#: Up to so many accounts are asked one by one; beyond, the sets of holders are asked first.
FEW = 8
#: Kinds that a rule without `select.kinds` waits for; others are judged where they are in the snapshot.
USUAL_KINDS: tuple[Kind, ...] = (
    Kind.PROJECT,
    Kind.WORKBOOK,
    Kind.VIEW,
    Kind.DATASOURCE,
    Kind.FLOW,
    Kind.VIRTUAL_CONNECTION,
)


@dataclass(slots=True)
class Shared:
    """What all rules of a run share; the tables are caches of pure questions."""

    policy: Policy
    snapshot: Snapshot
    access: Access
    register: Register | None
    today: date
    resolved: dict[str, Resolved] = field(default_factory=dict)
    bitmaps: dict[str, FrozenBitMap] = field(default_factory=dict)
    _of_kinds: dict[tuple[Kind, ...] | None, tuple[Subject, ...]] = field(default_factory=dict)
    _views: dict[str, list[Ref]] | None = None
    states: dict[tuple[Ref, str], State] = field(default_factory=dict)
    _denials: dict[tuple[str, tuple[str, ...]], Denial] = field(default_factory=dict)

    def subjects(self, kinds: tuple[Kind, ...] | None) -> tuple[Subject, ...]:
        """All subjects of some kinds, or all, in the snapshot's order."""
        if kinds not in self._of_kinds:
            every = self.snapshot.subjects()
            self._of_kinds[kinds] = tuple(one for one in every if kinds is None or one.kind in kinds)
        return self._of_kinds[kinds]

    def views_of(self, workbook_id: str) -> Sequence[Ref]:
        """The views of a workbook, in the snapshot's order."""
        if self._views is None:
            self._views = views_by_workbook(self.snapshot)
        return self._views.get(workbook_id, ())

    def nobody(self, audience: Resolved, capabilities: tuple[str, ...], ref: Ref) -> bool:
        """Is it certain, and quickly told, that none of the audience holds any of these, behind switches neither?"""
        denial = self._denials.get((audience.name, capabilities)) or self.denial(audience, capabilities)
        return denial is not None and denial.on(ref)

    def denial(self, audience: Resolved, capabilities: tuple[str, ...]) -> Denial | None:
        """The question whether nobody of the audience holds any of these; None where it takes more to tell."""
        if audience.unread or len(audience.accounts) > FEW:
            return None
        key = (audience.name, capabilities)
        if key not in self._denials:
            accounts = (UserPrincipal(account) for account in sorted(audience.accounts))
            self._denials[key] = self.access.denial((*audience.principals, *accounts), capabilities)
        return self._denials[key]

    def numbers(self, resolved: Resolved, universe: Universe) -> FrozenBitMap:
        """The accounts of an audience as the numbers that sets of holders are made of."""
        if resolved.name not in self.bitmaps:
            kind = type(universe.accounts)
            found = (universe.number_of.get(UserPrincipal(account)) for account in resolved.accounts)
            self.bitmaps[resolved.name] = kind(number for number in found if number is not None)
        return self.bitmaps[resolved.name]

    def audience(self, name: str) -> Resolved:
        """The principals that an audience stands for on this site."""
        if name not in self.resolved:
            self.resolved[name] = resolve(self.policy.audiences[name], self.snapshot)
        return self.resolved[name]


@dataclass(slots=True)
class Context:
    """One rule's view of the facts.

    `doubts` holds, for each subject that `subjects` gave, the reads that stand between it and being selected or
    reached for certain; the engine turns a fail on such a subject into an unknown.
    """

    shared: Shared
    doubts: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    skipped: list[Judgement] = field(default_factory=list)

    @property
    def snapshot(self) -> Snapshot:
        """The facts."""
        return self.shared.snapshot

    @property
    def access(self) -> Access:
        """Who can do what."""
        return self.shared.access

    @property
    def register(self) -> Register | None:
        """The register of public content, where one was given."""
        return self.shared.register

    @property
    def today(self) -> date:
        """The day of the audit."""
        return self.shared.today

    @property
    def parameters(self) -> Mapping[str, int | str | tuple[str, ...]]:
        """The policy's parameters."""
        return self.shared.policy.parameters

    @property
    def site(self) -> Ref:
        """The site as a subject."""
        return Ref(Kind.SITE, self.snapshot.provenance.site_id)

    def audience(self, name: str) -> Resolved:
        """The principals that an audience stands for on this site."""
        return self.shared.audience(name)

    def subjects(self, rule: PolicyRule, kinds: tuple[Kind, ...] | None = None) -> Iterator[Subject]:
        """The selected subjects that the rule's `reachable_by` audience reaches, in the snapshot's order.

        `kinds`: those that the check can judge at all; others are left out.
        """
        chooser = Chooser(rule.select, self.snapshot)
        for subject in self.shared.subjects(kinds if kinds is not None else rule.select.kinds):
            chosen = chooser.selected(subject)
            if chosen is False:
                continue
            doubts = () if chosen else _selection_reads(rule)
            if rule.reachable_by is not None:
                reached, unread = self.reached(rule.reachable_by, subject.ref)
                if reached is False:
                    self.skipped.append(Judgement(subject.ref, Verdict.NOT_APPLICABLE))
                    continue
                doubts = (*doubts, *unread)
            if doubts:
                self.doubts[subject.ref] = tuple(sorted(set(doubts)))
            yield subject

    def reached(self, reach: Reach, ref: Ref) -> tuple[bool | None, tuple[str, ...]]:
        """Does one of the audiences hold one of the capabilities? With the reads that an unknown waits for."""
        from auditor.checks.access import held_by  # the two modules need each other's half of one question

        answers = [held_by(self, name, reach.capabilities, ref) for name in reach.audience]
        if any(answer.live for answer in answers):
            return True, ()
        unread = tuple(sorted({read for answer in answers for read in answer.unread}))
        return (None, unread) if any(answer.unknown for answer in answers) else (False, ())


def views_by_workbook(snapshot: Snapshot) -> dict[str, list[Ref]]:
    """The views of each workbook that is named as a view's, by its id, in the snapshot's order."""
    found: dict[str, list[Ref]] = {}
    for ref, item in snapshot.contents.items():
        if ref.kind is Kind.VIEW and item.parent_id is not None:
            found.setdefault(item.parent_id, []).append(ref)
    return found


def _selection_reads(rule: PolicyRule) -> tuple[str, ...]:
    selections = [one for one in (rule.select, rule.select.exclude) if one is not None]
    owners = any(one.owners is not None for one in selections)
    return (str(Read.PROJECTS), str(Read.USERS)) if owners else (str(Read.PROJECTS),)


def kinds_of(rule: PolicyRule, able: frozenset[Kind] | None = None) -> tuple[Kind, ...]:
    """The kinds whose lists a rule waits for."""
    chosen = rule.select.kinds or USUAL_KINDS
    return tuple(kind for kind in chosen if able is None or kind in able)


def list_reads(kinds: tuple[Kind, ...]) -> frozenset[Read]:
    """The lists of these kinds, and the projects that hold them. A view's project and tabs are its workbook's."""
    reads = {LIST_READ[kind] for kind in kinds if kind in LIST_READ}
    if Kind.VIEW in kinds:
        reads.add(Read.WORKBOOKS)
    return frozenset(reads | {Read.PROJECTS})


def kinds_with(natives: frozenset[str]) -> frozenset[Kind]:
    """The kinds that have one of these capabilities; all kinds where one of them is not in the table."""
    known = {word.native for word in CAPABILITIES}
    if natives - known:
        return frozenset(LIST_READ)
    return frozenset(kind for word in CAPABILITIES if word.native in natives for kind in word.kinds)
