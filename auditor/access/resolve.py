"""Who may do what, in every possible world (reference/tableau-access.md, 2.1 to 2.4).

A *world* settles everything that was not read. `settle` is the vendor's algorithm in one world; `resolve` runs it in
all worlds that differ in something relevant. If all agree, that is the answer, however much was not read; if not, the
answer is unknown, and the reads on which the worlds differ are named.

It is enough to try, besides the world in which no unread membership holds, those in which exactly the memberships
behind one grantee hold: whatever else is true in a world that answers differently, its first witness is one of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from auditor.access.ceilings import Ceiling, Role, ceiling
from auditor.access.decision import Grant, Outcome, Reason
from auditor.access.frame import Core, Governing
from auditor.access.membership import NOTHING, Atom, Standing
from auditor.access.rules import LEADER_CAPABILITIES
from auditor.model import LIST_READ, RULES_READ, Grantee, Read

#: A site role that was not read may hold nothing, all that needs no administrator, or everything.
ANY_ROLE: Final[tuple[Role, ...]] = (Role.NONE, Role.CREATOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class World:
    """One way in which everything not read may be. `unread_rules`: what a rule set that was not read would say."""

    role: Role
    governing: Governing
    assumed: frozenset[Atom] = NOTHING
    leads: bool = False
    owns: bool = False
    unread_rules: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer in one world, and the project whose owner or leader it is."""

    allowed: bool
    reason: Reason
    project_id: str | None = None


_NOT_FOR_THE_ROLE: Final = Grant(Outcome.DENY, Reason.SITE_ROLE)
_SITE_ROLE: Final = Settled(allowed=False, reason=Reason.SITE_ROLE)
_ADMIN: Final = Settled(allowed=True, reason=Reason.ADMIN)
_LEADER: Final = Settled(allowed=True, reason=Reason.PROJECT_LEADER)
_OWNER: Final = Settled(allowed=True, reason=Reason.OWNER)
_LOCKED_OWNER: Final = Settled(allowed=False, reason=Reason.OWNER_IN_LOCKED_PROJECT)
_PERSONAL: Final = Settled(allowed=False, reason=Reason.PERSONAL_SPACE)
_USER_ALLOW: Final = Settled(allowed=True, reason=Reason.USER_RULE)
_USER_DENY: Final = Settled(allowed=False, reason=Reason.USER_RULE)
_GROUP_DENY: Final = Settled(allowed=False, reason=Reason.GROUP_DENY)
_GROUP_ALLOW: Final = Settled(allowed=True, reason=Reason.GROUP_ALLOW)
_UNSPECIFIED: Final = Settled(allowed=False, reason=Reason.UNSPECIFIED)
_UNREAD_ALLOW: Final = Settled(allowed=True, reason=Reason.UNREAD)
_UNREAD_DENY: Final = Settled(allowed=False, reason=Reason.UNREAD)


def settle(core: Core, standing: Standing, capability: str, world: World) -> Settled:
    """The answer in one world: role ceiling, then standing, then user rules, then group rules, else no."""
    if ceiling(world.role, core.kind, capability) is Ceiling.NO:
        return _SITE_ROLE
    if world.role is Role.ADMIN:
        return _ADMIN
    return _by_standing(core, standing, capability, world) or _by_rules(standing, capability, world)


def _by_standing(core: Core, standing: Standing, capability: str, world: World) -> Settled | None:
    for project, leaders in zip(core.chain.projects, core.chain.leaders, strict=True):
        if project.owner_id in standing.ids:
            return Settled(allowed=True, reason=Reason.PROJECT_OWNER, project_id=project.id)
        if _any_holds(standing, leaders, world):
            return Settled(allowed=True, reason=Reason.PROJECT_LEADER, project_id=project.id)
    rules = world.governing.rules
    if world.leads or (rules is not None and _any_holds(standing, rules.inherited, world)):
        return _LEADER
    if world.owns and capability not in LEADER_CAPABILITIES:
        return _LOCKED_OWNER if capability == "ChangePermissions" and world.governing.locked else _OWNER
    return _PERSONAL if world.governing.personal else None


def _by_rules(standing: Standing, capability: str, world: World) -> Settled:
    if world.governing.rules is None:
        return _UNREAD_ALLOW if world.unread_rules else _UNREAD_DENY
    if capability in LEADER_CAPABILITIES:  # standing has said no, and a legacy Deny says nothing (case 28)
        return _UNSPECIFIED
    rules = world.governing.rules.of(capability)
    if _any_holds(standing, rules.user_deny, world):
        return _USER_DENY
    if _any_holds(standing, rules.user_allow, world):
        return _USER_ALLOW
    if _any_holds(standing, rules.group_deny, world):
        return _GROUP_DENY
    return _GROUP_ALLOW if _any_holds(standing, rules.group_allow, world) else _UNSPECIFIED


def _any_holds(standing: Standing, grantees: tuple[Grantee, ...], world: World) -> bool:
    return any(standing.holds_in(grantee, world.assumed) for grantee in grantees)


@dataclass(frozen=True, slots=True)
class Choices:
    """What is open, by dimension. A dimension with one choice is known."""

    roles: tuple[Role, ...]
    governing: tuple[Governing, ...]
    assumed: tuple[frozenset[Atom], ...]
    leads: tuple[bool, ...]
    owns: tuple[bool, ...]
    unread_rules: tuple[bool, ...]

    @property
    def settled(self) -> bool:
        """Is nothing open?"""
        several = (self.roles, self.governing, self.assumed, self.leads, self.owns, self.unread_rules)
        return all(len(choices) == 1 for choices in several)

    def worlds(self) -> Iterator[tuple[tuple[int, ...], World]]:
        """Every world with its place in each dimension."""
        dimensions = (self.roles, self.governing, self.assumed, self.leads, self.owns, self.unread_rules)
        for places in product(*(range(len(choices)) for choices in dimensions)):
            role, governing, assumed, leads, owns, unread = places
            yield (
                places,
                World(
                    self.roles[role],
                    self.governing[governing],
                    self.assumed[assumed],
                    self.leads[leads],
                    self.owns[owns],
                    self.unread_rules[unread],
                ),
            )


def choices_of(core: Core, standing: Standing, capability: str, *, owns: bool | None) -> Choices:
    """What is open about one principal and one object. `owns` None: the object's owner was not read."""
    uncertain = any(governing.rules is None and not governing.personal for governing in core.governing)
    return Choices(
        roles=ANY_ROLE if standing.role is None else (standing.role,),
        governing=core.governing,
        assumed=(NOTHING, *_assumptions(core, standing, capability)),
        leads=(False, True) if core.chain.unread_for(standing) else (False,),
        owns=(False, True) if owns is None else (owns,),
        unread_rules=(False, True) if uncertain else (False,),
    )


def _assumptions(core: Core, standing: Standing, capability: str) -> tuple[frozenset[Atom], ...]:
    named = [grantee for leaders in core.chain.leaders for grantee in leaders]
    for governing in core.governing:
        if governing.rules is not None:
            named.extend((*governing.rules.inherited, *governing.rules.of(capability).grantees))
    open_ones = (standing.atoms(grantee) for grantee in named if standing.holds(grantee) is None)
    return tuple(dict.fromkeys(open_ones))


def resolve(core: Core, standing: Standing, capability: str, *, owns: bool | None) -> Grant:
    """What rules and standing give, the site's switches left aside."""
    unverified = False
    if standing.role is not None:
        mark = ceiling(standing.role, core.kind, capability)
        if mark is Ceiling.NO:
            return _NOT_FOR_THE_ROLE
        unverified = mark is Ceiling.UNVERIFIED
    choices = choices_of(core, standing, capability, owns=owns)
    if choices.settled:
        world = World(choices.roles[0], choices.governing[0], owns=choices.owns[0])
        return _grant(settle(core, standing, capability, world), unverified=unverified)
    answers = {places: settle(core, standing, capability, world) for places, world in choices.worlds()}
    first = next(iter(answers.values()))
    if all(answer.allowed is first.allowed for answer in answers.values()):
        known = next((a for a in answers.values() if a.reason is not Reason.UNREAD), first)
        return _grant(known, unverified=unverified)
    reads = _reads_that_matter(core, standing, choices, answers)
    return Grant(Outcome.UNKNOWN, Reason.UNREAD, reads, unverified=unverified)


def _grant(settled: Settled, *, unverified: bool) -> Grant:
    outcome = Outcome.ALLOW if settled.allowed else Outcome.DENY
    return Grant(outcome, settled.reason, unverified=unverified and settled.allowed, project_id=settled.project_id)


def _reads_that_matter(
    core: Core, standing: Standing, choices: Choices, answers: dict[tuple[int, ...], Settled]
) -> frozenset[str]:
    """The reads of the dimensions along which some two worlds, alike in all else, give different answers."""
    reads: set[str] = set()
    for places, answer in answers.items():
        for dimension, place in enumerate(places):
            if place == 0:
                continue
            base = answers[(*places[:dimension], 0, *places[dimension + 1 :])]
            if base.allowed is not answer.allowed:
                reads |= _reads_of(core, standing, choices, dimension, places)
    return frozenset(reads)


def _reads_of(
    core: Core, standing: Standing, choices: Choices, dimension: int, places: tuple[int, ...]
) -> frozenset[str]:
    match dimension:
        case 0:
            return frozenset({Read.USERS})
        case 1:
            return core.unread
        case 2:
            other = str(RULES_READ.get(core.kind, Read.GROUP_SETS))
            atoms = choices.assumed[places[2]]
            return frozenset(
                other if kind.value == "other" else str(standing.directory.read_for((kind, id_))) for kind, id_ in atoms
            )
        case 3:
            return core.chain.unread_for(standing)
        case 4:
            return frozenset({str(LIST_READ.get(core.kind, Read.SITE))})
        case _:
            return frozenset({choices.governing[places[1]].read})
