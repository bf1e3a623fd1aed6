"""Who holds one capability on what has a given frame: the worlds of `resolve`, run on bitmaps.

What depends on a rule set alone, or on a chain of projects alone, is worked out once for all frames that share it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyroaring import FrozenBitMap

from auditor.access.ceilings import Role
from auditor.access.frame import Chain, Core, Frame, Governing
from auditor.access.membership import NOTHING, Atom
from auditor.access.rules import LEADER_CAPABILITIES, CompiledRules
from auditor.access.switches import Gate, switches_for
from auditor.access.universe import NOBODY, Sure, Universe, union
from auditor.model import Grantee

if TYPE_CHECKING:
    from auditor.access.engine import Access

#: Sets kept at most; a set is between a few bytes and 12 kB for 100,000 accounts.
_KEPT: Final = 4_000


@dataclass(frozen=True, slots=True)
class RuleSets:
    """What one rule set gives in the world in which no unread membership holds."""

    allowed: FrozenBitMap
    leaders: FrozenBitMap
    certain: bool  # no grantee of it is open


@dataclass(frozen=True, slots=True)
class ChainSets:
    """Who owns or leads a project of a chain."""

    special: FrozenBitMap
    certain: bool


@dataclass(slots=True)
class CoreSets:
    """Sets by frame and capability, as the site's switches stand or with those that are closed opened."""

    access: Access
    universe: Universe
    _sets: dict[tuple[Core, str, bool, bool], Sure] = field(default_factory=dict)
    _rules: dict[tuple[CompiledRules, str], RuleSets] = field(default_factory=dict)
    _chains: dict[Chain, ChainSets] = field(default_factory=dict)
    _gates: dict[tuple[str, bool], tuple[Gate, Gate]] = field(default_factory=dict)

    def held(self, frame: Frame, capability: str, *, open_switches: bool) -> Sure:
        """Who holds a capability on an object, its owner among them."""
        found = self.of_core(frame.core, capability, owns=False, open_switches=open_switches)
        if not frame.owners:
            return found
        if len(frame.owners) == 1 and frame.owners[0] is not None:
            owners, certain = self.universe.owners(frame.owners[0]), True
        elif frame.owners == (None,):
            owners, certain = self.universe.may_own, False
        else:
            owners, certain = union(self.universe.owners(owner) for owner in frame.owners), False
        if capability != "ChangePermissions" and owners <= found.yes:
            return found
        owned = self.of_core(frame.core, capability, owns=True, open_switches=open_switches)
        if certain and not found.maybe and not owned.maybe:
            return Sure((found.yes - owners) | (owned.yes & owners))
        return _overlaid(found, owned, owners, certain=certain)

    def of_core(self, core: Core, capability: str, *, owns: bool, open_switches: bool) -> Sure:
        """Who holds a capability on what has this frame, its owner left aside or everybody taken for its owner."""
        key = (core, capability, owns, open_switches)
        found = self._sets.get(key)
        if found is None:
            if len(self._sets) >= _KEPT:
                self._sets.clear()
            granted = self._settled(core, capability, owns=owns) or self._resolve(core, capability, owns=owns)
            found = self._sets[key] = self._through_switches(granted, capability, open_switches=open_switches)
        return found

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

    def _settled(self, core: Core, capability: str, *, owns: bool) -> Sure | None:
        """The sets where nothing is open, which is nearly always: a few operations on sets that are shared."""
        if len(core.governing) != 1 or core.governing[0].rules is None:
            return None
        chain, rules = self._of_chain(core.chain), self._of_rules(core.governing[0].rules, capability)
        if not chain.certain or not rules.certain:
            return None
        hold = self.universe.can_hold(core.kind, capability)
        if owns and capability not in LEADER_CAPABILITIES:
            denied = capability == "ChangePermissions" and core.governing[0].locked
            yes = (chain.special | rules.leaders) & hold if denied else hold
        else:
            yes = (chain.special | rules.leaders | rules.allowed) & hold
        return Sure(yes | self.universe.role(Role.ADMIN), self.universe.role(None))

    def _of_rules(self, rules: CompiledRules, capability: str) -> RuleSets:
        key = (rules, capability)
        if key not in self._rules:
            if len(self._rules) >= _KEPT:
                self._rules.clear()
            named = (*rules.inherited, *rules.of(capability).grantees)
            nothing_open = not any(self.universe.of_grantee(grantee).maybe for grantee in named)
            everybody = self.universe.everybody
            governing = Governing(rules, "")
            yes, _ = self._in_rules(governing, capability, everybody, NOTHING, owns=False)
            self._rules[key] = RuleSets(yes, self._meant(rules.inherited, NOTHING), nothing_open)
        return self._rules[key]

    def _of_chain(self, chain: Chain) -> ChainSets:
        if chain not in self._chains:
            if len(self._chains) >= _KEPT:
                self._chains.clear()
            named = [grantee for leaders in chain.leaders for grantee in leaders]
            nothing_open = not any(self.universe.of_grantee(grantee).maybe for grantee in named)
            unread = self._unread_leaders(chain)
            self._chains[chain] = ChainSets(self._special(chain, NOTHING), nothing_open and not unread)
        return self._chains[chain]

    def _resolve(self, core: Core, capability: str, *, owns: bool) -> Sure:
        universe = self.universe
        hold = universe.can_hold(core.kind, capability)
        admins = universe.role(Role.ADMIN) & hold
        rest = hold - admins
        no_deny, allow = NOBODY, NOBODY
        for assumed in self._assumptions(core, capability):
            special = self._special(core.chain, assumed)
            leads = self._unread_leaders(core.chain)
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

    def _special(self, chain: Chain, assumed: frozenset[Atom]) -> FrozenBitMap:
        owners = union(self.universe.owners(project.owner_id) for project in chain.projects)
        return union([owners, *(self._meant(leaders, assumed) for leaders in chain.leaders)])

    def _unread_leaders(self, chain: Chain) -> FrozenBitMap:
        """Those who might turn out to own or lead a project of the chain."""
        if chain.unread_by_all:
            return self.universe.everybody
        perhaps = (self.universe.of_grantee(grantee) for grantee in chain.perhaps)
        known = union(found.yes | found.maybe for found in perhaps)
        return known | self.universe.may_own if chain.unread_by_owners else known

    def _assumptions(self, core: Core, capability: str) -> tuple[frozenset[Atom], ...]:
        named = [grantee for leaders in core.chain.leaders for grantee in leaders]
        for governing in core.governing:
            if governing.rules is not None:
                named.extend((*governing.rules.inherited, *governing.rules.of(capability).grantees))
        open_ones = (self.universe.atoms(grantee) for grantee in named if self.universe.of_grantee(grantee).maybe)
        return tuple(dict.fromkeys((NOTHING, *open_ones)))


def _overlaid(found: Sure, owned: Sure, owners: FrozenBitMap, *, certain: bool) -> Sure:
    """Answers for others, and for owners those that hold of an owner; an owner who is not certain may be neither."""
    yes = owned.yes & owners if certain else owned.yes & found.yes & owners
    no = owners - owned.yes - owned.maybe
    if not certain:
        no = no - found.yes - found.maybe
    return Sure((found.yes - owners) | yes, (found.maybe - owners) | (owners - yes - no))
