"""All principals of a site as numbers, and the sets of them that grantees and roles stand for, as bitmaps.

Numbers: listed accounts first, then the anonymous visitor, then everyone, then each group.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from pyroaring import BitMap, FrozenBitMap

from auditor.access.ceilings import Ceiling, Role, ceiling
from auditor.access.membership import Atom, Directory, Standing
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.model import Grantee, GranteeKind, Kind

if TYPE_CHECKING:
    from auditor.access.engine import Access

NOBODY = FrozenBitMap()


@dataclass(frozen=True, slots=True)
class Sure:
    """Of a set: who is in it for sure, and who perhaps (disjoint)."""

    yes: FrozenBitMap
    maybe: FrozenBitMap = NOBODY


@dataclass(slots=True)
class Universe:
    """The numbers of principals, and bitmaps by grantee and by role, made when first asked for."""

    directory: Directory
    principals: tuple[Principal, ...]
    number_of: dict[Principal, int]
    anonymous: Standing
    everyone: Standing
    by_role: dict[Role | None, FrozenBitMap]
    guests: FrozenBitMap
    may_own: FrozenBitMap
    accounts: FrozenBitMap
    conferred: FrozenBitMap
    everybody: FrozenBitMap
    _grantees: dict[Grantee, Sure] = field(default_factory=dict)
    _owners: dict[str | None, FrozenBitMap] = field(default_factory=dict)
    _ceilings: dict[tuple[Kind, str], FrozenBitMap] = field(default_factory=dict)

    @staticmethod
    def of(access: Access) -> Universe:
        """Number the principals of a snapshot."""
        users = [UserPrincipal(user_id) for user_id in access.snapshot.users]
        groups = [GroupPrincipal(group_id) for group_id in access.snapshot.groups]
        principals: tuple[Principal, ...] = (*users, Anonymous(), Everyone(), *groups)
        roles: dict[Role | None, list[int]] = {}
        guests, owners = list[int](), list[int]()
        for number, principal in enumerate(principals):
            standing = access.standing(principal)
            roles.setdefault(standing.role, []).append(number)
            if standing.is_guest:
                guests.append(number)
            if standing.can_own:
                owners.append(number)
        return Universe(
            directory=access.directory,
            principals=principals,
            number_of={principal: number for number, principal in enumerate(principals)},
            anonymous=access.standing(Anonymous()),
            everyone=access.standing(Everyone()),
            by_role={role: FrozenBitMap(numbers) for role, numbers in roles.items()},
            guests=FrozenBitMap(guests),
            may_own=FrozenBitMap(owners),
            accounts=FrozenBitMap(range(len(users))),
            conferred=FrozenBitMap(range(len(users) + 1, len(principals))),
            everybody=FrozenBitMap(range(len(principals))),
        )

    def owners(self, owner_id: str | None) -> FrozenBitMap:
        """The numbers that an owner's id stands for: the account, and the visitor where it is Guest's."""
        if owner_id not in self._owners:
            self._owners[owner_id] = self._owners_of(owner_id)
        return self._owners[owner_id]

    def _owners_of(self, owner_id: str | None) -> FrozenBitMap:
        numbers = BitMap()
        if owner_id is not None:
            number = self.number_of.get(UserPrincipal(owner_id))
            if number is not None:
                numbers.add(number)
            if owner_id in self.anonymous.ids:
                numbers.add(len(self.accounts))
        return FrozenBitMap(numbers)

    def can_hold(self, kind: Kind, capability: str) -> FrozenBitMap:
        """Those of a known role whose ceiling lets them hold the capability."""
        key = (kind, capability)
        if key not in self._ceilings:
            fits = [
                numbers
                for role, numbers in self.by_role.items()
                if role is not None and ceiling(role, kind, capability) is not Ceiling.NO
            ]
            self._ceilings[key] = union(fits)
        return self._ceilings[key]

    def role(self, role: Role | None) -> FrozenBitMap:
        """Those of a role; of an unknown one for None."""
        return self.by_role.get(role, NOBODY)

    def of_grantee(self, grantee: Grantee) -> Sure:
        """Whom a grantee means."""
        if grantee not in self._grantees:
            self._grantees[grantee] = self._look(grantee)
        return self._grantees[grantee]

    def in_world(self, grantee: Grantee, assumed: frozenset[Atom]) -> FrozenBitMap:
        """Whom a grantee means in the world in which exactly these unread memberships hold."""
        known = self.of_grantee(grantee)
        if not known.maybe or not assumed:
            return known.yes
        if grantee.kind is GranteeKind.GROUP_SET and (groups := self.groups_of_set(grantee.id)):
            return intersection(self.in_world(Grantee(GranteeKind.GROUP, group), assumed) for group in groups)
        return known.yes | known.maybe if (grantee.kind, grantee.id) in assumed else known.yes

    def atoms(self, grantee: Grantee) -> frozenset[Atom]:
        """What has to be assumed for all whom the grantee may mean to be meant."""
        if grantee.kind is GranteeKind.GROUP_SET and (groups := self.groups_of_set(grantee.id)):
            return frozenset((GranteeKind.GROUP, group) for group in groups)
        return frozenset({(grantee.kind, grantee.id)})

    def groups_of_set(self, set_id: str) -> tuple[str, ...] | None:
        """The groups of a set; None where they were not read, or where there are none."""
        group_set = self.directory.snapshot.group_sets.get(set_id)
        return (group_set.group_ids or None) if group_set else None

    def _look(self, grantee: Grantee) -> Sure:
        match grantee.kind:
            case GranteeKind.USER:
                number = self.number_of.get(UserPrincipal(grantee.id))
                return self._with_visitors(grantee, BitMap() if number is None else BitMap([number]), BitMap())
            case GranteeKind.GROUP:
                return self._group(grantee)
            case GranteeKind.GROUP_SET:
                groups = self.groups_of_set(grantee.id)
                if groups is None:
                    return Sure(NOBODY, self.everybody)
                parts = [self.of_grantee(Grantee(GranteeKind.GROUP, group)) for group in groups]
                yes = intersection(part.yes for part in parts)
                return Sure(yes, intersection(part.yes | part.maybe for part in parts) - yes)
            case GranteeKind.OTHER:
                return Sure(NOBODY, self.everybody)
            case _:
                assert_never(grantee.kind)

    def _group(self, grantee: Grantee) -> Sure:
        if grantee.id in self.directory.everyone_ids:
            return Sure(self.everybody)
        stranger = self.directory.may_be_everyone(grantee.id, lists_members=True)
        members = self.directory.snapshot.group_members.get(grantee.id)
        numbers = (self.number_of.get(UserPrincipal(member)) for member in members or ())
        yes = BitMap(number for number in numbers if number is not None)
        maybe = BitMap(self.accounts - yes) if members is None or stranger else BitMap()
        own = self.number_of.get(GroupPrincipal(grantee.id))
        if own is not None:
            yes.add(own)
        if self.directory.may_be_everyone(grantee.id, lists_members=False):
            guests = (self.number_of.get(UserPrincipal(guest)) for guest in self.directory.guest_ids)
            maybe |= (self.conferred | BitMap(number for number in guests if number is not None)) - yes
        return self._with_visitors(grantee, yes, maybe)

    def _with_visitors(self, grantee: Grantee, yes: BitMap, maybe: BitMap) -> Sure:
        for number, standing in ((len(self.accounts), self.anonymous), (len(self.accounts) + 1, self.everyone)):
            holds = standing.holds(grantee)
            for numbers, fits in ((yes, holds is True), (maybe, holds is None)):
                (numbers.add if fits else numbers.discard)(number)
        return Sure(FrozenBitMap(yes), FrozenBitMap(maybe))


def union(parts: Iterable[FrozenBitMap]) -> FrozenBitMap:
    """Everybody in any of the sets."""
    return FrozenBitMap.union(NOBODY, *parts)


def intersection(parts: Iterable[FrozenBitMap]) -> FrozenBitMap:
    """Everybody in all of the sets; of no set at all, nobody."""
    several = list(parts)
    return FrozenBitMap.intersection(*several) if several else NOBODY
