"""Whom a question is about. Audiences are not nested: each principal gets its own answer, none is inferred from another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Anonymous:
    """The visitor without an account: Tableau's Guest, where the site lets Guest in."""


@dataclass(frozen=True, slots=True, order=True)
class Everyone:
    """What being in All Users confers on an account: no other group, no ownership, the highest role that is no admin's."""


@dataclass(frozen=True, slots=True, order=True)
class GroupPrincipal:
    """What membership in one group (and in All Users) confers on an account."""

    group_id: str


@dataclass(frozen=True, slots=True, order=True)
class UserPrincipal:
    """One account."""

    user_id: str


Principal = Anonymous | Everyone | GroupPrincipal | UserPrincipal
