"""Who can do what on the last snapshot: one question, a page of answers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock

from auditor.access import Access, Anonymous, Decision, Everyone, Outcome, Principal
from auditor.errors import UsageError
from auditor.model import OUTCOMES, Kind, Ref, Snapshot, path_of
from auditor.model.vocabulary import all_capability_names, capability_order, is_on_kind, native_names, neutral_name

MOST = 500


@dataclass(frozen=True, slots=True)
class Question:
    """What was typed. Empty: not asked for."""

    principal: str = ""
    content: str = ""
    capability: str = ""

    @property
    def is_empty(self) -> bool:
        """Was nothing asked?"""
        return not (self.principal or self.content or self.capability)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer in words."""

    principal: str
    kind: str
    path: str
    capability: str
    native: str
    decision: str
    reason: str
    exposure: str
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of answers. `problem` says what could not be understood; `more`: there are more than are shown."""

    rows: tuple[AnswerRow, ...] = ()
    more: bool = False
    problem: str | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """Asks the engine over one snapshot; one question at a time, since the engine keeps what it worked out."""

    access: Access
    lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @staticmethod
    def over(snapshot: Snapshot) -> Search:
        """A search over a snapshot."""
        return Search(Access(snapshot))

    @property
    def unread(self) -> tuple[str, ...]:
        """What the snapshot does not hold in full, a read a line."""
        lines = self.access.snapshot.ledger.lines.values()
        return tuple(
            f"{line.read}: {line.got} of {'an unknown number' if line.expected is None else line.expected}"
            for line in lines
            if not line.complete
        )

    def ask(self, question: Question) -> Answer:
        """The answers; denials only where both a principal and a content are named."""
        if question.is_empty:
            return Answer(unread=self.unread)
        with self.lock:
            try:
                found = list(islice(self._answers(question), MOST + 1))
            except UsageError as error:
                return Answer(problem=str(error), unread=self.unread)
            proofs = bool(question.principal and question.content)
            rows = tuple(self._row(decision, with_proof=proofs) for decision in found[:MOST])
        return Answer(rows, more=len(found) > MOST, unread=self.unread)

    def _answers(self, question: Question) -> Iterator[Decision]:
        who = self.access.find_principal(question.principal) if question.principal else None
        ref = self.access.find_content(question.content) if question.content else None
        names = _natives(question.capability, ref.kind if ref else None) if question.capability else None
        if ref is not None and who is not None:
            yield from self._about(who, ref, names)
        elif ref is not None:
            yield from _interesting(self._holders(ref, names))
        elif who is not None:
            yield from _interesting(self.access.what_can(who, capabilities=names))
        else:
            for audience in (Anonymous(), Everyone()):
                yield from _interesting(self.access.what_can(audience, capabilities=names))

    def _about(self, who: Principal, ref: Ref, names: tuple[str, ...] | None) -> Iterator[Decision]:
        if names is None:
            yield from self.access.decisions(who, ref)
        else:
            for name in names:
                yield self.access.can(who, ref, name)

    def _holders(self, ref: Ref, names: tuple[str, ...] | None) -> Iterator[Decision]:
        """Everybody, where a capability is named; else the audiences that everybody is part of."""
        if names is None:
            for audience in (Anonymous(), Everyone()):
                yield from self.access.decisions(audience, ref)
            return
        for name in names:
            holders = self.access.who_can(ref, name)
            numbers = holders.allowed | holders.unknown | holders.dormant
            people = (holders.universe.principals[number] for number in numbers)
            for who in sorted(people, key=self.access.principal_info):
                yield self.access.can(who, ref, name)

    def _row(self, decision: Decision, *, with_proof: bool) -> AnswerRow:
        kind, _id, name = self.access.principal_info(decision.principal)
        subject = self.access.snapshot.subject(decision.ref)
        return AnswerRow(
            principal=f"{kind}: {name}" if kind in ("user", "group") else kind,
            kind=str(decision.ref.kind),
            path=path_of(self.access.snapshot, subject) if subject is not None else decision.ref.id,
            capability=neutral_name(decision.capability, decision.ref.kind),
            native=decision.capability,
            decision=str(decision.outcome),
            reason=decision.reason,
            exposure=str(decision.exposure),
            proof=decision.proof if with_proof else (),
        )


def _interesting(decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Allowed, unknown, and what one switch would allow."""
    return (one for one in decisions if one.outcome is not Outcome.DENY or one.exposure != "live")


def _natives(name: str, kind: Kind | None) -> tuple[str, ...]:
    """The server's names for what was typed, on a kind where one is known. Raises UsageError with what is near."""
    if name in OUTCOMES:
        return (name,)
    natives = sorted(native_names(name), key=capability_order)
    if not natives:
        near = difflib.get_close_matches(name, [*all_capability_names(), *OUTCOMES], n=1)
        hint = f"Did you mean “{near[0]}”?" if near else "Write a name as in the report, such as download_full_data."
        raise UsageError(f"There is no capability “{name}”.", next_step=hint)
    fitting = [native for native in natives if kind is None or is_on_kind(native, kind) is not False]
    return tuple(fitting or natives)
