"""From an audience's definition to the principals that it stands for on this site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.access import Anonymous, Everyone, GroupPrincipal, Principal
from auditor.model import Group, Read, Snapshot, User
from auditor.policy import ANONYMOUS, EVERYONE, Audience, AudiencePart


@dataclass(frozen=True, slots=True)
class Resolved:
    """`principals` judged one by one; `accounts` judged together. `unread`: lists that may hide more of them."""

    name: str
    principals: tuple[Principal, ...] = ()
    accounts: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Certainly nobody."""
        return not self.principals and not self.accounts and not self.unread


def resolve(audience: Audience, snapshot: Snapshot) -> Resolved:
    """The audience on this site."""
    if audience.name == ANONYMOUS:
        return Resolved(audience.name, (Anonymous(),))
    if audience.name == EVERYONE:
        return Resolved(audience.name, (Everyone(),))
    principals: list[Principal] = []
    accounts: set[str] = set()
    unread: set[str] = set()
    warnings: list[str] = []
    for part in audience.parts:
        if part.group is not None:
            groups = _groups(part.group, snapshot, audience.name, unread, warnings)
            principals.extend(Everyone() if group.is_everyone else GroupPrincipal(group.id) for group in groups)
        else:
            accounts |= _accounts(part, snapshot, audience.name, unread, warnings)
    return Resolved(
        audience.name, tuple(dict.fromkeys(principals)), frozenset(accounts), tuple(sorted(unread)), tuple(warnings)
    )


def _groups(
    names: Iterable[str], snapshot: Snapshot, audience: str, unread: set[str], warnings: list[str]
) -> list[Group]:
    found: list[Group] = []
    for name in names:
        fitting = [
            group
            for group in snapshot.groups.values()
            if name.casefold() in (group.name.casefold(), group.id.casefold())
        ]
        found += fitting
        if fitting:
            continue
        if snapshot.ledger.is_complete(Read.GROUPS):
            warnings.append(f"The audience '{audience}' names a group '{name}' that this site does not have.")
        else:
            unread.add(Read.GROUPS)
    return found


def _accounts(part: AudiencePart, snapshot: Snapshot, audience: str, unread: set[str], warnings: list[str]) -> set[str]:
    if not snapshot.ledger.is_complete(Read.USERS):
        unread.add(Read.USERS)
    fitting = {user.id: user for user in snapshot.users.values() if not user.is_guest}
    if part.user is not None:
        names = {name.casefold() for name in part.user}
        fitting = {key: user for key, user in fitting.items() if not names.isdisjoint(_names(user))}
        if not fitting and names and Read.USERS not in unread:
            warnings.append(f"The audience '{audience}' names accounts that this site does not have.")
    if part.site_role is not None:
        roles = {role.casefold() for role in part.site_role}
        fitting = {key: user for key, user in fitting.items() if user.site_role.casefold() in roles}
    if part.email_domain is not None:
        fitting = _in_domains(fitting, part.email_domain, audience, warnings)
    if part.members_of is not None:
        members = _members(part.members_of, snapshot, audience, unread, warnings)
        fitting = {key: user for key, user in fitting.items() if key in members}
    return set(fitting)


def _names(user: User) -> set[str]:
    return {user.id.casefold(), user.name.casefold(), (user.email or user.name).casefold()}


def _in_domains(users: dict[str, User], domains: Iterable[str], audience: str, warnings: list[str]) -> dict[str, User]:
    silent = sum(1 for user in users.values() if "@" not in (user.email or user.name))
    if silent:
        warnings.append(f"{silent} accounts have no e-mail address; the audience '{audience}' cannot include them.")
    wanted = [domain.casefold().lstrip("@") for domain in domains]
    return {key: user for key, user in users.items() if any(_is_in(user, domain) for domain in wanted)}


def _is_in(user: User, domain: str) -> bool:
    own = (user.email or user.name).casefold().rpartition("@")[2] if "@" in (user.email or user.name) else ""
    if domain.startswith("*."):
        return own.endswith(domain[1:])
    return own == domain


def _members(
    names: Iterable[str], snapshot: Snapshot, audience: str, unread: set[str], warnings: list[str]
) -> frozenset[str]:
    members: set[str] = set()
    for group in _groups(names, snapshot, audience, unread, warnings):
        if group.is_everyone:
            members |= set(snapshot.users)
        elif group.id in snapshot.group_members:
            members |= snapshot.group_members[group.id]
        else:
            unread.add(Read.GROUP_MEMBERS)
    return frozenset(members)
