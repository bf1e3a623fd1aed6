"""A snapshot that may be shared: names of people and e-mail addresses replaced by stable stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from auditor.model import (
    Connection,
    Content,
    Coverage,
    Inventory,
    Kind,
    Ledger,
    Miss,
    Project,
    Provenance,
    Ref,
    SettingValue,
    Snapshot,
    User,
)
from auditor.sources.stand_ins import StandIns

K = TypeVar("K")
_NOTE = "names of people and e-mail addresses are replaced by stand-ins"


def pseudonymise(snapshot: Snapshot) -> Snapshot:
    """The same facts without people's names: accounts get `user-1`, `User 1`, `user-1@example.invalid`.

    Identifiers stay, so that two shared snapshots of a site can be compared; so do names of content and groups, but
    for addresses and full names in them. Accounts of the server's own (guest) keep their names.
    """
    people = StandIns()
    for user in snapshot.users.values():
        people.meet(user.id, user.name, user.full_name, user.email)
    return replace(
        snapshot,
        provenance=_provenance(snapshot.provenance, people),
        settings={name: _setting(value, people) for name, value in snapshot.settings.items()},
        projects={key: _project(one, people) for key, one in snapshot.projects.items()},
        contents={key: _content(one, people) for key, one in snapshot.contents.items()},
        users={key: _user(one, people) for key, one in snapshot.users.items()},
        connections={
            key: tuple(_connection(one, people) for one in found) for key, found in snapshot.connections.items()
        },
        inventories=_inventories(snapshot.inventories, people),
        ledger=Ledger.of(_line(line, people) for line in snapshot.ledger.lines.values()),
    )


def _user(user: User, people: StandIns) -> User:
    return replace(
        user,
        name=people.person(user.name, user.id),
        full_name=people.full_name(user.full_name, user.id) if user.full_name else user.full_name,
        email=people.person(user.email, user.id) if user.email else user.email,
    )


def _provenance(found: Provenance, people: StandIns) -> Provenance:
    me = found.signed_in_as
    notes = tuple(people.without_people(note) for note in found.notes)
    return replace(found, signed_in_as=replace(me, name=people.person(me.name, me.id)), notes=(*notes, _NOTE))


def _setting(value: SettingValue, people: StandIns) -> SettingValue:
    return people.without_people(value) if isinstance(value, str) else value


def _maybe(text: str | None, people: StandIns) -> str | None:
    return people.without_people(text) if text else text


def _project(one: Project, people: StandIns) -> Project:
    return replace(one, name=people.without_people(one.name), description=_maybe(one.description, people))


def _content(one: Content, people: StandIns) -> Content:
    return replace(one, name=people.without_people(one.name), description=_maybe(one.description, people))


def _connection(one: Connection, people: StandIns) -> Connection:
    return replace(one, user_name=people.thing("account", one.user_name) if one.user_name else one.user_name)


def _inventories(found: Mapping[Ref, Inventory], people: StandIns) -> dict[Ref, Inventory]:
    return {
        ref: replace(
            inventory,
            data_sources=tuple(
                replace(
                    source,
                    connections=tuple(
                        replace(one, user=people.thing("account", one.user) if one.user else one.user)
                        for one in source.connections
                    ),
                )
                for source in inventory.data_sources
            ),
        )
        for ref, inventory in found.items()
    }


def _line(line: Coverage, people: StandIns) -> Coverage:
    return replace(line, missing=tuple(_miss(miss, people) for miss in line.missing))


def _miss(miss: Miss, people: StandIns) -> Miss:
    name = people.person(miss.name, miss.id or None) if miss.kind is Kind.USER else people.without_people(miss.name)
    return replace(miss, name=name, reason=people.without_people(miss.reason))
