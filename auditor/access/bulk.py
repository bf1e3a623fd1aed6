"""Answers for sets of principals at once: the worlds of `resolve`, run on bitmaps instead of one principal.

Equal frames are weighed once, whoever and whatever they belong to; an object's owner is the only thing looked at object
by object. Sets that were worked out are kept up to a limit, so that memory stays flat on the largest sites.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from pyroaring import FrozenBitMap

from auditor.access.decision import Outcome
from auditor.access.outcomes import AllOf, AnyOf, ByVisitor, Fact, Formula, Holds
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.access.sets import CoreSets
from auditor.access.universe import NOBODY, Sure, Universe, union
from auditor.model import CONTENT_KINDS, OUTCOMES, Kind, Ref
from auditor.model.vocabulary import is_on_kind

if TYPE_CHECKING:
    from auditor.access.engine import Access

_NONE: Final = Sure(NOBODY)


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody who holds a capability on an object: bitmaps over `universe`, and the same in words.

    `dormant`: those whom only a closed switch keeps from it.
    """

    ref: Ref
    capability: str
    universe: Universe = field(repr=False)
    allowed: FrozenBitMap
    unknown: FrozenBitMap
    dormant: FrozenBitMap

    def of(self, principal: Principal) -> Outcome:
        """The answer for one of the site's principals."""
        number = self.universe.number_of.get(principal)
        if number is None or number in self.unknown:
            return Outcome.UNKNOWN
        return Outcome.ALLOW if number in self.allowed else Outcome.DENY

    @property
    def anonymous(self) -> Outcome:
        """The visitor without an account."""
        return self.of(Anonymous())

    @property
    def everyone(self) -> Outcome:
        """Whoever is in All Users, by that alone."""
        return self.of(Everyone())

    def users(self) -> tuple[str, ...]:
        """The ids of the accounts that hold it."""
        return self._ids(self.allowed & self.universe.accounts)

    def unknown_users(self) -> tuple[str, ...]:
        """The ids of the accounts of which it is not known."""
        return self._ids(self.unknown & self.universe.accounts)

    def groups(self) -> tuple[str, ...]:
        """The ids of the groups whose membership confers it."""
        held = (self.universe.principals[number] for number in self.allowed - self.universe.accounts)
        return tuple(principal.group_id for principal in held if isinstance(principal, GroupPrincipal))

    def _ids(self, numbers: FrozenBitMap) -> tuple[str, ...]:
        held = (self.universe.principals[number] for number in numbers)
        return tuple(principal.user_id for principal in held if isinstance(principal, UserPrincipal))


@dataclass(slots=True)
class Bulk:
    """Sets of principals over one snapshot. Use `Access.bulk`."""

    access: Access
    universe: Universe = field(init=False, repr=False)
    core_sets: CoreSets = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.universe = Universe.of(self.access)
        self.core_sets = CoreSets(self.access, self.universe)

    # -- questions ----------------------------------------------------------------------------------------------

    def who_can(self, ref: Ref, capability: str) -> Holders:
        """Everybody who holds a capability or reaches an outcome on an object."""
        live = self.sets(ref, capability)
        behind = self.sets(ref, capability, open_switches=True)
        return Holders(ref, capability, self.universe, live.yes, live.maybe, behind.yes - live.yes - live.maybe)

    def reached_by(
        self, principals: Iterable[Principal], capability: str, *, kinds: Iterable[Kind] | None = None
    ) -> Iterator[Holders]:
        """The content on which any of these principals holds a capability or reaches an outcome, or may do so.

        Each answer tells who of them; content that none of them can be said to reach is left out.
        """
        numbers = (self.universe.number_of.get(principal) for principal in principals)
        asked = FrozenBitMap(number for number in numbers if number is not None)
        wanted = frozenset(kinds) if kinds is not None else frozenset({Kind.PROJECT, *CONTENT_KINDS})
        for subject in self.access.snapshot.subjects():
            if subject.kind not in wanted:
                continue
            found = self.sets(subject.ref, capability)
            yes, maybe = found.yes & asked, found.maybe & asked
            if yes or maybe:
                yield Holders(subject.ref, capability, self.universe, yes, maybe, NOBODY)

    def sets(self, ref: Ref, capability: str, *, open_switches: bool = False) -> Sure:
        """Who holds a capability or reaches an outcome; `open_switches`: as if the closed switches were open."""
        if capability in OUTCOMES:
            return self._weigh(self.access.formula(ref, capability), open_switches=open_switches)
        return self._held(self.access.bearer(ref, capability), capability, open_switches=open_switches)

    # -- outcomes -----------------------------------------------------------------------------------------------

    def _weigh(self, formula: Formula, *, open_switches: bool) -> Sure:
        match formula:
            case Holds(ref=ref, capability=capability):
                return self._held(ref, capability, open_switches=open_switches)
            case Fact(value=value):
                everybody = self.universe.everybody
                return {True: Sure(everybody), False: _NONE, None: Sure(NOBODY, everybody)}[value]
            case ByVisitor(guest=for_guest, account=for_account):
                guest = self._weigh(for_guest, open_switches=open_switches)
                account = self._weigh(for_account, open_switches=open_switches)
                guests = self.universe.guests
                return Sure(guest.yes & guests | account.yes - guests, guest.maybe & guests | account.maybe - guests)
            case AllOf(parts=parts):
                return self._all(parts, open_switches=open_switches)
            case AnyOf(parts=parts):
                weighed = [self._weigh(part, open_switches=open_switches) for part in parts]
                yes = union(part.yes for part in weighed)
                return Sure(yes, union(part.maybe for part in weighed) - yes)
            case _:
                assert_never(formula)

    def _all(self, parts: tuple[Formula, ...], *, open_switches: bool) -> Sure:
        if not parts:
            return Sure(self.universe.everybody)
        first = self._weigh(parts[0], open_switches=open_switches)
        yes, possible = first.yes, first.yes | first.maybe if first.maybe else first.yes
        for part in parts[1:]:
            if not possible:
                return _NONE
            found = self._weigh(part, open_switches=open_switches)
            certain = possible is yes and not found.maybe
            yes = yes & found.yes
            possible = yes if certain else possible & (found.yes | found.maybe)
        return Sure(yes) if possible is yes else Sure(yes, possible - yes)

    def _held(self, ref: Ref, capability: str, *, open_switches: bool) -> Sure:
        frame = self.access.frames.of(ref)
        if is_on_kind(capability, frame.core.kind) is False:
            return _NONE
        return self.core_sets.held(frame, capability, open_switches=open_switches)


__all__ = ["Bulk", "Holders"]
