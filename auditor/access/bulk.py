"""Answers for sets of principals at once: the worlds of `resolve`, run on bitmaps instead of one principal.

Equal frames are weighed once, whoever and whatever they belong to; an object's owner is the only thing looked at object
by object. Sets that were worked out are kept up to a limit, so that memory stays flat on the largest sites.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from pyroaring import FrozenBitMap

from auditor.access.ceilings import Role
from auditor.access.decision import Outcome
from auditor.access.frame import Core, Frame, Governing
from auditor.access.membership import NOTHING, Atom
from auditor.access.outcomes import AllOf, AnyOf, ByVisitor, Fact, Formula, Holds
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.access.rules import LEADER_CAPABILITIES
from auditor.access.switches import Gate, switches_for
from auditor.access.universe import NOBODY, Sure, Universe, intersection, union
from auditor.model import CONTENT_KINDS, OUTCOMES, Grantee, Kind, Ref
from auditor.model.vocabulary import is_on_kind

if TYPE_CHECKING:
    from auditor.access.engine import Access

_NONE: Final = Sure(NOBODY)
#: Sets kept at most; a set is between a few bytes and 12 kB for 100,000 accounts.
_KEPT: Final = 4_000


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
    _sets: dict[tuple[Core, str, bool], Sure] = field(default_factory=dict)
    _gates: dict[tuple[str, bool], tuple[Gate, Gate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.universe = Universe.of(self.access)

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
        yes = possible = self.universe.everybody
        for part in parts:
            found = self._weigh(part, open_switches=open_switches)
            yes, possible = yes & found.yes, possible & (found.yes | found.maybe if found.maybe else found.yes)
            if not possible:
                return _NONE
        return Sure(yes, possible - yes)

    # -- single capabilities --------------------------------------------------------------------------------------

    def _held(self, ref: Ref, capability: str, *, open_switches: bool) -> Sure:
        frame = self.access.frames.of(ref)
        if is_on_kind(capability, frame.core.kind) is False:
            return _NONE
        return self._through_switches(self._with_owners(frame, capability), capability, open_switches=open_switches)

    def _through_switches(self, found: Sure, capability: str, *, open_switches: bool) -> Sure:
        for guest in (False, True):
            gate = self._gate(capability, guest=guest, open_switches=open_switches)
            if gate is Gate.OPEN:
                continue
            concerned = self.universe.guests if guest else self.universe.everybody
            yes, maybe = found.yes - concerned, found.maybe - concerned
            if gate is Gate.UNKNOWN:
                maybe = maybe | ((found.yes | found.maybe) & concerned)
            found = Sure(yes, maybe)
        return found

    def _gate(self, capability: str, *, guest: bool, open_switches: bool) -> Gate:
        """The narrowest switch: before everybody, or before Guest."""
        key = (capability, guest)
        if key not in self._gates:
            standing = self.universe.anonymous if guest else self.universe.everyone
            gates = {switch.gate for switch in switches_for(self.access.snapshot, standing, capability)}
            unknown = Gate.UNKNOWN if Gate.UNKNOWN in gates else Gate.OPEN
            opened = Gate.ABSENT if Gate.ABSENT in gates else unknown
            self._gates[key] = (Gate.CLOSED if Gate.CLOSED in gates else opened, opened)
        as_is, opened = self._gates[key]
        return opened if open_switches else as_is

    def _with_owners(self, frame: Frame, capability: str) -> Sure:
        found = self.of_core(frame.core, capability, owns=False)
        if not frame.owners:
            return found
        if len(frame.owners) == 1 and frame.owners[0] is not None:
            owners, certain = self.universe.owners(frame.owners[0]), True
        elif frame.owners == (None,):
            owners, certain = self.universe.may_own, False
        else:
            owners, certain = union(self.universe.owners(owner) for owner in frame.owners), False
        if not owners or (owners <= found.yes and capability != "ChangePermissions"):
            return found
        owned = self.of_core(frame.core, capability, owns=True)
        yes = owned.yes & owners if certain else owned.yes & found.yes & owners
        no = owners - owned.yes - owned.maybe
        if not certain:
            no = no - found.yes - found.maybe
        return Sure((found.yes - owners) | yes, (found.maybe - owners) | (owners - yes - no))

    def of_core(self, core: Core, capability: str, *, owns: bool) -> Sure:
        """Who holds a capability on what has this frame, its owner left aside or everybody taken for its owner."""
        key = (core, capability, owns)
        if key not in self._sets:
            if len(self._sets) >= _KEPT:
                self._sets.clear()
            self._sets[key] = self._resolve(core, capability, owns=owns)
        return self._sets[key]

    def _resolve(self, core: Core, capability: str, *, owns: bool) -> Sure:
        universe = self.universe
        hold = universe.can_hold(core.kind, capability)
        admins = universe.role(Role.ADMIN) & hold
        rest = hold - admins
        no_deny, allow = NOBODY, NOBODY
        for assumed in self._assumptions(core, capability):
            special = self._special(core, assumed)
            leads = self._unread_leaders(core)
            open_to = rest - special
            for governing in core.governing:
                yes, no = self._in_world(governing, capability, open_to, assumed, owns=owns)
                allow = allow | yes | (special & rest) | (leads & open_to)
                no_deny = no_deny | no
        unknown_role = universe.role(None)
        sure = (allow - no_deny) | admins
        return Sure(sure, (allow & no_deny) | unknown_role)

    def _in_world(
        self,
        governing: Governing,
        capability: str,
        open_to: FrozenBitMap,
        assumed: frozenset[Atom],
        *,
        owns: bool,
    ) -> tuple[FrozenBitMap, FrozenBitMap]:
        """Who of `open_to` is allowed and who is denied, given one rule set."""
        rules = governing.rules
        if rules is not None and rules.inherited:
            leaders = self._meant(rules.inherited, assumed) & open_to
            yes, no = self._in_rules(governing, capability, open_to - leaders, assumed, owns=owns)
            return yes | leaders, no
        return self._in_rules(governing, capability, open_to, assumed, owns=owns)

    def _in_rules(
        self,
        governing: Governing,
        capability: str,
        open_to: FrozenBitMap,
        assumed: frozenset[Atom],
        *,
        owns: bool,
    ) -> tuple[FrozenBitMap, FrozenBitMap]:
        if owns and capability not in LEADER_CAPABILITIES:
            denied = capability == "ChangePermissions" and governing.locked
            return (NOBODY, open_to) if denied else (open_to, NOBODY)
        if governing.personal:
            return NOBODY, open_to
        if governing.rules is None:
            return open_to, open_to
        if capability in LEADER_CAPABILITIES:
            return NOBODY, open_to
        rules = governing.rules.of(capability)
        user_deny, user_allow = self._meant(rules.user_deny, assumed), self._meant(rules.user_allow, assumed)
        group_deny, group_allow = self._meant(rules.group_deny, assumed), self._meant(rules.group_allow, assumed)
        yes = open_to & ((user_allow | (group_allow - group_deny)) - user_deny)
        return yes, open_to - yes

    def _meant(self, grantees: tuple[Grantee, ...], assumed: frozenset[Atom]) -> FrozenBitMap:
        return union(self.universe.in_world(grantee, assumed) for grantee in grantees) if grantees else NOBODY

    def _special(self, core: Core, assumed: frozenset[Atom]) -> FrozenBitMap:
        owners = union(self.universe.owners(project.owner_id) for project in core.chain.projects)
        return union([owners, *(self._meant(leaders, assumed) for leaders in core.chain.leaders)])

    def _unread_leaders(self, core: Core) -> FrozenBitMap:
        """Those who might turn out to own or lead a project of the chain."""
        if core.chain.unread_by_all:
            return self.universe.everybody
        perhaps = (self.universe.of_grantee(grantee) for grantee in core.chain.perhaps)
        known = union(found.yes | found.maybe for found in perhaps)
        return known | self.universe.may_own if core.chain.unread_by_owners else known

    def _assumptions(self, core: Core, capability: str) -> tuple[frozenset[Atom], ...]:
        named = [grantee for leaders in core.chain.leaders for grantee in leaders]
        for governing in core.governing:
            if governing.rules is not None:
                named.extend((*governing.rules.inherited, *governing.rules.of(capability).grantees))
        open_ones = (self.universe.atoms(grantee) for grantee in named if self.universe.of_grantee(grantee).maybe)
        return tuple(dict.fromkeys((NOTHING, *open_ones)))


__all__ = ["Bulk", "Holders", "intersection"]
