"""Principals in words, and as stable keys."""

from __future__ import annotations

from typing import assert_never

from auditor.access import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.model import Snapshot


def principal_words(principal: Principal, snapshot: Snapshot) -> str:
    """As an administrator says it: Guest, All Users, group 'Press', user 'ann'."""
    match principal:
        case Anonymous():
            return "Guest"
        case Everyone():
            return "All Users"
        case GroupPrincipal(group_id):
            group = snapshot.groups.get(group_id)
            return f"Group '{group.name if group else group_id}'"
        case UserPrincipal(user_id):
            user = snapshot.users.get(user_id)
            return f"User '{user.name if user else user_id}'"
        case _:
            assert_never(principal)


def principal_key(principal: Principal) -> str:
    """For programs, and for the order: "anonymous", "everyone", "group:ID", "user:ID"."""
    match principal:
        case Anonymous():
            return "anonymous"
        case Everyone():
            return "everyone"
        case GroupPrincipal(group_id):
            return f"group:{group_id}"
        case UserPrincipal(user_id):
            return f"user:{user_id}"
        case _:
            assert_never(principal)
