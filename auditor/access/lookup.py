"""Finding principals and objects by what people type, with suggestions when nothing fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Final, TypeVar, assert_never

from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.errors import UsageError
from auditor.model import Group, Kind, Ref, Snapshot, User, join_path, path_of, split_path
from auditor.model.vocabulary import parse_kind

Account = TypeVar("Account", User, Group)

_ANONYMOUS: Final = frozenset({"anonymous", "guest"})
_EVERYONE: Final = frozenset({"everyone", "all users"})
_HOW: Final = 'Write "anonymous", "everyone", "user:NAME" or "group:NAME".'
#: Suggestions are looked for among this many names at most, so that a wrong name on a large site answers at once.
_SUGGEST_AMONG: Final = 20_000


def principal_info(snapshot: Snapshot, principal: Principal) -> tuple[str, str, str]:
    """Kind, id and name of a principal; the id is empty where there is none."""
    match principal:
        case Anonymous():
            guest = next((user for user in snapshot.users.values() if user.is_guest), None)
            return ("anonymous", guest.id, guest.name) if guest else ("anonymous", "", "guest")
        case Everyone():
            group = next((group for group in snapshot.groups.values() if group.is_everyone), None)
            return ("everyone", group.id, group.name) if group else ("everyone", "", "All Users")
        case GroupPrincipal(group_id):
            named = snapshot.groups.get(group_id)
            return ("group", group_id, named.name if named else group_id)
        case UserPrincipal(user_id):
            user = snapshot.users.get(user_id)
            return ("user", user_id, user.name if user else user_id)
        case _:
            assert_never(principal)


def find_principal(snapshot: Snapshot, text: str) -> Principal:
    """The principal that a text names; UsageError with what may have been meant otherwise."""
    kind, colon, name = text.partition(":")
    kind, name = kind.strip().lower(), name.strip()
    if not colon and kind in _ANONYMOUS:
        return Anonymous()
    if not colon and kind in _EVERYONE:
        return Everyone()
    if colon and kind == "user":
        return UserPrincipal(_named(snapshot.users.values(), name, "user").id)
    if colon and kind == "group":
        return GroupPrincipal(_named(snapshot.groups.values(), name, "group").id)
    raise UsageError(f"“{text}” names no principal.", next_step=_HOW)


def _named(accounts: Iterable[Account], name: str, what: str) -> Account:
    everyone = list(accounts)
    folded = name.casefold()
    for found in (
        [account for account in everyone if account.id == name],
        [account for account in everyone if name in (account.name, _with_domain(account))],
        [account for account in everyone if folded in (account.name.casefold(), _with_domain(account).casefold())],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            ways = ", ".join(sorted(f"{what}:{_with_domain(account)} ({account.id})" for account in found))
            raise UsageError(
                f"More than one {what} is called “{name}”: {ways}.", next_step="Give the domain or the id."
            )
    near = get_close_matches(name, [account.name for account in islice(everyone, _SUGGEST_AMONG)], n=3)
    meant = f"Did you mean {_or(f'{what}:{one}' for one in near)}?" if near else _HOW
    raise UsageError(f"There is no {what} “{name}” on this site.", next_step=meant)


def _with_domain(account: User | Group) -> str:
    return f"{account.domain}\\{account.name}" if account.domain else account.name


def _or(words: Iterable[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)


@dataclass(frozen=True, slots=True)
class ContentIndex:
    """Objects by path and by id."""

    snapshot: Snapshot
    by_path: dict[str, list[Ref]] = field(default_factory=dict)
    by_id: dict[str, list[Ref]] = field(default_factory=dict)

    @staticmethod
    def of(snapshot: Snapshot) -> ContentIndex:
        """Index every object of a snapshot."""
        index = ContentIndex(snapshot)
        for subject in snapshot.subjects():
            index.by_path.setdefault(path_of(snapshot, subject), []).append(subject.ref)
            index.by_id.setdefault(subject.id, []).append(subject.ref)
        return index

    def find(self, text: str) -> Ref:
        """The object that "KIND:ID-or-path" or a path names; UsageError where none or several fit."""
        word, colon, rest = text.partition(":")
        kind = parse_kind(word) if colon else None
        if kind is not None:
            return self._one(rest.strip(), kind, text)
        return self._one(text.strip(), None, text)

    def _one(self, name: str, kind: Kind | None, text: str) -> Ref:
        path = join_path(split_path(name))
        ways: tuple[Callable[[], list[Ref]], ...] = (
            lambda: self.by_id.get(name, []),
            lambda: self.by_path.get(path, []),
            lambda: self._folded(path),  # goes through all paths, so only where nothing else fits
        )
        for look in ways:
            fits = [ref for ref in look() if kind is None or ref.kind is kind]
            if len(fits) == 1:
                return fits[0]
            if fits:
                raise self._ambiguous(fits, text)
        near = get_close_matches(path, list(islice(self.by_path, _SUGGEST_AMONG)), n=3)
        step = f"Did you mean {_or(near)}?" if near else "Give KIND:ID, or the path from the top-level project down."
        what = f"no {kind.value.replace('_', ' ')}" if kind else "nothing"
        raise UsageError(f"There is {what} called “{name}” on this site.", next_step=step)

    def _folded(self, path: str) -> list[Ref]:
        folded = path.casefold()
        return [ref for known, refs in self.by_path.items() if known.casefold() == folded for ref in refs]

    def _ambiguous(self, found: list[Ref], text: str) -> UsageError:
        ways = _or(f"{ref.kind.value}:{ref.id}" for ref in found[:5])
        return UsageError(f"“{text}” fits more than one object.", next_step=f"Write {ways}.")
