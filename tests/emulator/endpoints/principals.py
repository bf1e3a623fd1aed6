"""Users, groups and group sets: for administrators, but for oneself."""

from __future__ import annotations

from typing import Any

from tests.emulator import people
from tests.emulator.calls import Answer, Call
from tests.emulator.endpoints.content import S, everything
from tests.emulator.errors import not_found
from tests.emulator.paging import arranged, page
from tests.emulator.things import Group, GroupSet, User
from tests.emulator.xml import el


def users(call: Call, site: str) -> Answer:
    call.admins_only()
    listed = [u for u in everything(call, User) if isinstance(u, User) and u.listed]
    return page(call, "users", listed, lambda u: people.user(u, everything=call.everything))


def user(call: Call, site: str, luid: str) -> Answer:
    if luid != call.user.luid:
        call.admins_only()
    found = call.thing(User, luid)
    if not found.listed:
        raise not_found("user", luid)
    return call.xml(people.user(found, everything=True))


def user_groups(call: Call, site: str, luid: str) -> Answer:
    if luid != call.user.luid:
        call.admins_only()
    wanted = call.thing(User, luid)
    found = [g for g in call.site.things["group"].values() if isinstance(g, Group) and wanted in call.site.members(g)]
    return page(call, "groups", arranged(call, found), lambda g: people.group(g, everything=call.everything))


def groups(call: Call, site: str) -> Answer:
    call.admins_only()
    found: list[Any] = everything(call, Group)
    return page(call, "groups", found, lambda g: people.group(g, everything=call.everything))


def group_users(call: Call, site: str, luid: str) -> Answer:
    call.admins_only()
    members = call.site.members(call.thing(Group, luid))
    return page(call, "users", arranged(call, members), lambda u: people.user(u, everything=call.everything))


def group_sets(call: Call, site: str) -> Answer:
    """`resultlevel=members` or nothing: the groups of each set stand in the list (TSC's `groupsets_get.xml`)."""
    call.admins_only()
    found: list[Any] = everything(call, GroupSet)
    return page(call, "groupSets", found, lambda g: people.group_set(g, everything=call.everything))


def group_set(call: Call, site: str, luid: str) -> Answer:
    call.admins_only()
    return call.xml(people.group_set(call.thing(GroupSet, luid), everything=True))


def session(call: Call) -> Answer:
    """Who is signed in (`sessions/current`)."""
    place = el("site", {"id": call.site.luid, "name": call.site.name, "contentUrl": call.site.content_url})
    return call.xml(el("session", None, place, people.user(call.user, everything=True)))


ROUTES: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    (f"{S}users", "2.0", users, {}),
    (f"{S}users/([^/]+)", "2.0", user, {}),
    (f"{S}users/([^/]+)/groups", "3.7", user_groups, {}),
    (f"{S}groups", "2.0", groups, {}),
    (f"{S}groups/([^/]+)/users", "2.0", group_users, {}),
    (f"{S}groupsets", "3.22", group_sets, {}),
    (f"{S}groupsets/([^/]+)", "3.22", group_set, {}),
    ("sessions/current", "3.1", session, {}),
)
