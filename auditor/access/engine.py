"""`Access`: who can do what on one snapshot, answer by answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from auditor.access import lookup
from auditor.access.decision import Decision, Grant, Outcome, Reason
from auditor.access.denials import Denial
from auditor.access.frame import Core, Frame, Frames
from auditor.access.membership import Directory, Standing, standing_of
from auditor.access.outcomes import Formula, Formulas, Holds, Openings
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.access.resolve import resolve
from auditor.access.switches import Gate, Gated, Switch, apply, switches_for
from auditor.access.weigh import Weighed, weigh
from auditor.access.words import Words
from auditor.findings import Exposure
from auditor.model import CONTENT_KINDS, OUTCOMES, Kind, Ref, Snapshot
from auditor.model.vocabulary import capability_order, is_on_kind, natives_of_kind

if TYPE_CHECKING:
    from auditor.access.bulk import Bulk, Holders
    from auditor.access.explain import Explanation

#: Capabilities of a workbook that people ask of its views; a view's own rules on them are inert (1.2).
OF_THE_WORKBOOK = frozenset({"ExportXml", "Write"})

_NOT_ON_KIND: Final = Grant(Outcome.DENY, Reason.UNSPECIFIED)  # a kind of object that has no such capability
#: Answers kept at most, by frame and principal; about 200 bytes each.
_KEPT: Final = 500_000


class Access:
    """The engine over one snapshot. Answers are worked out when asked for and kept; the snapshot never changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.frames = Frames(snapshot)
        self.directory = Directory.of(snapshot)
        self.words = Words(snapshot)
        self._kept = 0
        self._capabilities: dict[Core, tuple[str, ...]] = {}
        self._spellings: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._switches: dict[tuple[bool, str], tuple[Switch, ...]] = {}
        self._standings: dict[Principal, Standing] = {}
        self._formulas: Formulas | None = None
        self._bulk: Bulk | None = None
        self._index: lookup.ContentIndex | None = None

    # -- one answer ---------------------------------------------------------------------------------------------

    def can(self, principal: Principal, ref: Ref, capability: str) -> Decision:
        """May the principal do that? `capability`: the server's name, or one of `model.OUTCOMES`."""
        if capability in OUTCOMES:
            return self._outcome(principal, ref, capability)
        frame = self.frames.of(self.bearer(ref, capability))
        return self._decision(
            principal, ref, capability, frame, self._grant(self.standing(principal), frame, capability)
        )

    def decisions(self, principal: Principal, ref: Ref) -> tuple[Decision, ...]:
        """Every capability that the kind has, and unknown ones that some rule names, in report order."""
        frame, standing = self.frames.of(ref), self.standing(principal)
        owned = owns(standing, frame)
        return tuple(
            self._decision(principal, ref, name, frame, self._answer(standing, frame, name, owned))
            for name in self.capabilities_of(ref, frame)
        )

    def what_can(
        self,
        principal: Principal,
        *,
        kinds: Iterable[Kind] | None = None,
        capabilities: Iterable[str] | None = None,
        skip_denied: bool = False,
    ) -> Iterator[Decision]:
        """Every answer about a principal, object by object; of some kinds and capabilities only, where they are given.

        A capability that a kind does not have gives no answer for it. `skip_denied` passes quickly over objects on which
        everything that is asked is plainly denied; single denials may still come.
        """
        denials: dict[tuple[str, ...], Denial] = {}
        wanted = frozenset(kinds) if kinds is not None else frozenset({Kind.PROJECT, *CONTENT_KINDS})
        names = tuple(capabilities) if capabilities is not None else None
        for subject in self.snapshot.subjects():
            if subject.kind not in wanted:
                continue
            if skip_denied:
                asked = names if names is not None else self.capabilities_of(subject.ref)
                if asked not in denials:
                    denials[asked] = self.denial((principal,), asked)
                if denials[asked].on(subject.ref):
                    continue
            if names is None:
                yield from self.decisions(principal, subject.ref)
                continue
            for name in names:
                if name in OUTCOMES or is_on_kind(name, subject.kind) is not False:
                    yield self.can(principal, subject.ref, name)

    def capabilities_of(self, ref: Ref, frame: Frame | None = None) -> tuple[str, ...]:
        """The capabilities to answer for on an object: its kind's, and those unknown to us that its rules name."""
        core = (frame or self.frames.of(ref)).core
        found = self._capabilities.get(core)
        if found is None:
            named = (name for g in core.governing if g.rules is not None for name in g.rules.by_capability)
            carried = {name for name in named if is_on_kind(name, ref.kind) is None}
            found = tuple(sorted({*natives_of_kind(ref.kind), *carried}, key=capability_order))
            found = self._capabilities[core] = self._spellings.setdefault(found, found)
        return found

    def governing(self, ref: Ref) -> Ref:
        """The root cause object: the controlling project where locked, the workbook of a tabbed view, else itself."""
        return self.frames.of(ref).sources[0]

    def grant(self, principal: Principal, ref: Ref, capability: str) -> Grant:
        """What rules and standing give, the site's switches left aside."""
        return self._grant(self.standing(principal), self.frames.of(self.bearer(ref, capability)), capability)[0]

    def standing(self, principal: Principal) -> Standing:
        """The principal as rules see him."""
        if principal not in self._standings:
            self._standings[principal] = standing_of(principal, self.directory)
        return self._standings[principal]

    def formula(self, ref: Ref, outcome: str) -> Formula:
        """What an outcome on an object takes."""
        if self._formulas is None:
            self._formulas = Formulas(self.snapshot, Openings.of(self.snapshot))
        return self._formulas.of(ref, outcome)

    def bearer(self, ref: Ref, capability: str) -> Ref:
        """The object whose rules count for a capability: a view's file and overwriting are its workbook's."""
        return self.workbook_of(ref) if ref.kind is Kind.VIEW and capability in OF_THE_WORKBOOK else ref

    def workbook_of(self, ref: Ref) -> Ref:
        """The workbook of a view; anything else itself."""
        if ref.kind is not Kind.VIEW:
            return ref
        item = self.snapshot.contents.get(ref)
        return Ref(Kind.WORKBOOK, (item.parent_id if item else None) or "")

    def likeness(self, principal: Principal, ref: Ref) -> tuple[object, object] | None:
        """What the answers about a principal and an object hang on, the same for all that are alike; outcomes left aside.

        None where it is the principal's own object, or may be: its answers are like no other's.
        """
        frame, standing = self.frames.of(ref), self.standing(principal)
        workbook = frame.workbook or frame
        if owns(standing, frame) is not False or owns(standing, workbook) is not False:
            return None
        return frame.core, workbook.core

    def denial(self, principals: Sequence[Principal], capabilities: Sequence[str]) -> Denial:
        """A question to ask of many objects: are all of these principals plainly denied all of these capabilities?"""
        return Denial(self, principals, capabilities)

    def switches(self, standing: Standing, capability: str) -> tuple[Switch, ...]:
        """The site's switches between a principal and a capability."""
        key = (standing.is_guest, capability)
        if key not in self._switches:
            self._switches[key] = switches_for(self.snapshot, standing, capability)
        return self._switches[key]

    def _grant(self, standing: Standing, frame: Frame, capability: str) -> tuple[Grant, Gated]:
        return self._answer(standing, frame, capability, owns(standing, frame))

    def _answer(
        self,
        standing: Standing,
        frame: Frame,
        capability: str,
        owned: bool | None,  # noqa: FBT001 - private, three-valued
    ) -> tuple[Grant, Gated]:
        key = (standing, capability, owned)
        found = frame.core.answers.get(key)
        if found is None:
            if self._kept >= _KEPT:
                self.frames.forget_answers()
                self._kept = 0
            self._kept += 1
            grant = _NOT_ON_KIND
            if is_on_kind(capability, frame.core.kind) is not False:
                grant = resolve(frame.core, standing, capability, owns=owned)
            found = grant, apply(grant, self.switches(standing, capability))
            frame.core.answers[key] = found
        return found

    def _decision(
        self, principal: Principal, ref: Ref, capability: str, frame: Frame, answer: tuple[Grant, Gated]
    ) -> Decision:
        grant, gated = answer
        cause = frame.sources[0]
        if grant.project_id is not None and gated.reason is grant.reason:
            cause = Ref(Kind.PROJECT, grant.project_id)
        return Decision(
            principal,
            ref,
            capability,
            gated.outcome,
            gated.reason.value,
            gated.exposure,
            cause,
            tuple(sorted(gated.unread)) if gated.unread else (),
            grant.unverified,
            partial(self._proof, principal, ref, capability),
        )

    def _outcome(self, principal: Principal, ref: Ref, outcome: str) -> Decision:
        standing = self.standing(principal)
        formula = self.formula(ref, outcome)
        live = weigh(formula, partial(self._leaf, standing, closed=True), guest=standing.is_guest)
        exposure = Exposure.UNKNOWN if live.outcome is Outcome.UNKNOWN else Exposure.LIVE
        unread = live.unread
        if live.outcome is Outcome.DENY and live.reason in (Reason.GUEST_OFF, Reason.SWITCH_OFF):
            behind = weigh(formula, partial(self._leaf, standing, closed=False), guest=standing.is_guest)
            exposure = {Outcome.ALLOW: Exposure.DORMANT, Outcome.UNKNOWN: Exposure.UNKNOWN}.get(
                behind.outcome, exposure
            )
            unread = behind.unread
        decider = live.decider or Holds(ref, outcome)
        return Decision(
            principal=principal,
            ref=ref,
            capability=outcome,
            outcome=live.outcome,
            reason=live.reason.value,
            exposure=exposure,
            cause=self.governing(decider.ref),
            unread=tuple(sorted(unread)),
            unverified=live.unverified,
            prove=partial(self._proof, principal, ref, outcome),
        )

    def _leaf(self, standing: Standing, holds: Holds, *, closed: bool) -> Weighed:
        """One right in a formula: as the switches stand, or with those that are closed opened."""
        grant, gated = self._grant(standing, self.frames.of(holds.ref), holds.capability)
        if not closed:
            switches = self.switches(standing, holds.capability)
            gated = apply(grant, tuple(switch for switch in switches if switch.gate is not Gate.CLOSED))
        return Weighed(gated.outcome, gated.reason, gated.unread, grant.unverified, holds)

    # -- other questions ----------------------------------------------------------------------------------------

    @property
    def bulk(self) -> Bulk:
        """Answers for sets of principals at once."""
        if self._bulk is None:
            from auditor.access.bulk import Bulk

            self._bulk = Bulk(self)
        return self._bulk

    def who_can(self, ref: Ref, capability: str) -> Holders:
        """Everybody who holds a capability or reaches an outcome on an object."""
        return self.bulk.who_can(ref, capability)

    def explain(self, principal: Principal, ref: Ref, capability: str) -> Explanation:
        """Why, or why not: the chain of steps."""
        from auditor.access.explain import explain

        return explain(self, principal, ref, capability)

    def _proof(self, principal: Principal, ref: Ref, capability: str) -> tuple[str, ...]:
        from auditor.access.explain import proof

        return proof(self, principal, ref, capability)

    def principal_info(self, principal: Principal) -> tuple[str, str, str]:
        """Kind, id and name of a principal, for reports."""
        return self.words.principal_info(principal)

    def find_principal(self, text: str) -> Principal:
        """The principal that a text names: "anonymous", "everyone", "user:NAME", "group:NAME"."""
        return lookup.find_principal(self.snapshot, text)

    def find_content(self, text: str) -> Ref:
        """The object that a text names: "KIND:ID-or-path", or a path alone where only one object has it."""
        if self._index is None:
            self._index = lookup.ContentIndex.of(self.snapshot)
        return self._index.find(text)

    def principals(self) -> Iterator[Principal]:
        """The anonymous visitor, everyone, each group, each listed account."""
        yield Anonymous()
        yield Everyone()
        yield from (GroupPrincipal(group_id) for group_id in self.snapshot.groups)
        yield from (UserPrincipal(user_id) for user_id in self.snapshot.users)


def owns(standing: Standing, frame: Frame) -> bool | None:
    """Does the principal own the object? None where the owner was not read, or two owners were named."""
    if not standing.ids.isdisjoint(owner for owner in frame.owners if owner is not None):
        return True if len(frame.owners) == 1 else None
    return None if None in frame.owners and standing.can_own else False
