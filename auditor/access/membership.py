"""Which grantees a principal answers to: his own id, All Users, his groups, the group sets he satisfies.

Three-valued: None where the members of a group, the groups of a set, or the guest's account were not read. What is not
known is held as *atoms* (a group's id, a set's id, …), so that a possible world is a set of atoms that are true in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, assert_never

from auditor.access.ceilings import Role, role_of
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.model import Grantee, GranteeKind, Read, Snapshot

Atom = tuple[GranteeKind, str]
NOTHING: Final[frozenset[Atom]] = frozenset()


@dataclass(frozen=True, slots=True)
class Directory:
    """Accounts, groups and group sets of a snapshot, asked for membership."""

    snapshot: Snapshot
    everyone_ids: frozenset[str]
    guest_ids: tuple[str, ...]

    @staticmethod
    def of(snapshot: Snapshot) -> Directory:
        """The directory of a snapshot."""
        return Directory(
            snapshot,
            frozenset(group.id for group in snapshot.groups.values() if group.is_everyone),
            tuple(user.id for user in snapshot.users.values() if user.is_guest),
        )

    def in_group(self, group_id: str, ids: frozenset[str]) -> bool | None:
        """Is an account with one of these ids in the group? None where that was not read."""
        if group_id in self.everyone_ids:
            return True
        members = self.snapshot.group_members.get(group_id)
        if members is not None and not ids.isdisjoint(members):
            return True
        if self.may_be_everyone(group_id, lists_members=ids.isdisjoint(self.guest_ids)):
            return None
        return None if members is None else False

    def may_be_everyone(self, group_id: str, *, lists_members: bool) -> bool:
        """Could this be All Users, because no group that was read is?

        `lists_members`: of an account that All Users would list; Guest may be in it unlisted (tableau-access.md, 4.2).
        """
        return not self.everyone_ids and not (lists_members and group_id in self.snapshot.groups)

    def could_hold_guest(self, group_id: str) -> bool | None:
        """Is Guest in the group, where Guest's own account was not found? (tableau-access.md, 4.2)."""
        if group_id in self.everyone_ids:
            return True
        members = self.snapshot.group_members.get(group_id)
        if members is None or self.may_be_everyone(group_id, lists_members=False):
            return None
        return None if any(self.could_be_guest(member) for member in members) else False

    def could_be_guest(self, user_id: str) -> bool:
        """An id that no listed account has, or one of several guests."""
        return user_id not in self.snapshot.users or user_id in self.guest_ids

    def confers(self, group_id: str, membership_of: str | None) -> bool | None:
        """Is an account that is in one group (or none) and in All Users, and in nothing else, in this group?"""
        if group_id in self.everyone_ids or group_id == membership_of:
            return True
        return None if self.may_be_everyone(group_id, lists_members=False) else False

    def read_for(self, atom: Atom) -> Read:
        """The read that would settle an atom."""
        kind, id_ = atom
        match kind:
            case GranteeKind.USER:
                return Read.USERS
            case GranteeKind.GROUP:
                return Read.GROUP_MEMBERS if id_ in self.snapshot.groups and self.everyone_ids else Read.GROUPS
            case GranteeKind.GROUP_SET | GranteeKind.OTHER:
                return Read.GROUP_SETS
            case _:
                assert_never(kind)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A principal as rules see him. `role` None: the site's word could stand for any role, or was not read.

    `can_own`: may own projects and content without our knowing it (a real account other than Guest).
    """

    principal: Principal
    directory: Directory = field(repr=False)
    ids: frozenset[str]
    role: Role | None
    is_guest: bool
    can_own: bool
    in_group: Callable[[str], bool | None]
    may_be: Callable[[str], bool]
    _known: dict[Grantee, bool | None] = field(default_factory=dict)

    def holds(self, grantee: Grantee) -> bool | None:
        """Is the principal meant by this grantee? None: not known."""
        if grantee not in self._known:
            self._known[grantee] = self._look(grantee)
        return self._known[grantee]

    def _look(self, grantee: Grantee) -> bool | None:
        match grantee.kind:
            case GranteeKind.USER:
                return True if grantee.id in self.ids else (None if self.may_be(grantee.id) else False)
            case GranteeKind.GROUP:
                return self.in_group(grantee.id)
            case GranteeKind.GROUP_SET:
                groups = self._groups_of_set(grantee.id)
                return None if groups is None else _all(tuple(self.in_group(group) for group in groups))
            case GranteeKind.OTHER:
                return None
            case _:
                assert_never(grantee.kind)

    def _groups_of_set(self, set_id: str) -> tuple[str, ...] | None:
        group_set = self.directory.snapshot.group_sets.get(set_id)
        # A set without a group would hold everybody or nobody; which of the two is not documented.
        return (group_set.group_ids or None) if group_set else None

    def atoms(self, grantee: Grantee) -> frozenset[Atom]:
        """What has to be true beyond what is known for the principal to be meant. Only for `holds` None."""
        if grantee.kind is GranteeKind.GROUP_SET and (groups := self._groups_of_set(grantee.id)) is not None:
            return frozenset((GranteeKind.GROUP, group) for group in groups if self.in_group(group) is None)
        return frozenset({(grantee.kind, grantee.id)})

    def holds_in(self, grantee: Grantee, assumed: frozenset[Atom]) -> bool:
        """Is the principal meant by this grantee in the world where exactly these atoms are true?"""
        known = self.holds(grantee)
        if known is not None:
            return known
        return bool(assumed) and self.atoms(grantee) <= assumed


def _all(values: tuple[bool | None, ...]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def standing_of(principal: Principal, directory: Directory) -> Standing:
    """The principal as rules see him. An account that is not listed has an unknown role."""
    match principal:
        case UserPrincipal(user_id):
            user = directory.snapshot.users.get(user_id)
            return _account(principal, directory, role_of(user.site_role) if user else None)
        case Anonymous():
            return _anonymous(principal, directory)
        case Everyone():
            return _conferred(principal, directory, None)
        case GroupPrincipal(group_id):
            return _conferred(principal, directory, group_id)
        case _:
            assert_never(principal)


def _account(principal: UserPrincipal, directory: Directory, role: Role | None) -> Standing:
    ids = frozenset({principal.user_id})
    return Standing(
        principal=principal,
        directory=directory,
        ids=ids,
        role=role,
        is_guest=role is Role.GUEST,
        can_own=role is not Role.GUEST,
        in_group=lambda group_id: directory.in_group(group_id, ids),
        may_be=_nobody,
    )


def _anonymous(principal: Principal, directory: Directory) -> Standing:
    if len(directory.guest_ids) == 1:
        return _account(UserPrincipal(directory.guest_ids[0]), directory, Role.GUEST)
    return Standing(
        principal=principal,
        directory=directory,
        ids=frozenset(),
        role=Role.GUEST,
        is_guest=True,
        can_own=False,
        in_group=directory.could_hold_guest,
        may_be=directory.could_be_guest,
    )


def _conferred(principal: Principal, directory: Directory, group_id: str | None) -> Standing:
    return Standing(
        principal=principal,
        directory=directory,
        ids=frozenset(),
        role=Role.CREATOR,
        is_guest=False,
        can_own=False,
        in_group=lambda other: directory.confers(other, group_id),
        may_be=_nobody,
    )


def _nobody(_user_id: str) -> bool:
    return False
