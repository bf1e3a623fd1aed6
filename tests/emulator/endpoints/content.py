"""Lists, single items, rules and connections of content."""

from __future__ import annotations

from typing import Any

from tests.emulator import elements, evaluate, people
from tests.emulator.calls import Answer, Call
from tests.emulator.content import (
    Connection,
    Content,
    Database,
    Datasource,
    Flow,
    Table,
    View,
    VirtualConnection,
    Workbook,
)
from tests.emulator.errors import Refusal
from tests.emulator.paging import arranged, page
from tests.emulator.rules import controlling, item_rules
from tests.emulator.things import Thing, User
from tests.emulator.xml import Value, el


def listing(call: Call, site: str, *, kind: type[Thing], wrapper: str) -> Answer:
    """A page of all things of a kind that the caller may see."""
    render = elements.BY_KIND[kind.kind]
    return page(call, wrapper, everything(call, kind), lambda thing: render(thing, everything=call.everything))


def everything(call: Call, kind: type[Thing]) -> list[Thing]:
    """All that the caller may see, arranged; kept until the site changes, because a list is read in many pages."""
    order = (call.query.get("sort", ""), call.query.get("filter", ""))
    key = (call.site.luid, call.user.luid, kind.kind, order)
    with call.site.lock:
        revision, kept = call.site.revision, call.emulator.arranged.get(key)
        if kept is not None and kept[0] == revision:
            return kept[1]
        things = list(call.site.things[kind.kind].values())
    if not call.is_admin:
        things = [t for t in things if evaluate.sees(call.user, t)]
    found = arranged(call, things)
    call.emulator.arranged[key] = (revision, found)
    return found


def visible(call: Call, kind: type[Thing], luid: str) -> Any:
    """One thing; what the caller may not see is not there."""
    thing = call.thing(kind, luid)
    if not call.is_admin and not evaluate.sees(call.user, thing):
        raise Refusal("403004", "The user does not have permission to perform this operation.")
    return thing


def one(call: Call, site: str, luid: str, *, kind: type[Thing]) -> Answer:
    thing = visible(call, kind, luid)
    if isinstance(thing, Workbook):
        return call.xml(elements.workbook(thing, everything=call.everything, with_views=True))
    return call.xml(elements.BY_KIND[kind.kind](thing, everything=call.everything))


def permissions(call: Call, site: str, luid: str, *, kind: type[Content | View]) -> Answer:
    """Explicit rules. Where a lock governs, the answer says so with `parent` (tsc-wire-and-files.md, section 4)."""
    thing = call.thing(kind, luid)
    if not call.is_admin and thing.owner is not call.user:
        raise Refusal("403004", "The user does not have permission to perform this operation.")
    governing = None if thing.keeps_own_rules else controlling(thing.project)
    parent = el("parent", {"type": "Project", "id": governing.luid}) if governing is not None else ""
    item = el(kind.kind, {"id": thing.luid, "name": thing.name}, el("owner", {"id": thing.owner.luid}))
    return call.xml(el("permissions", None, parent, item, people.rules(item_rules(thing))))


def workbook_views(call: Call, site: str, luid: str) -> Answer:
    workbook = visible(call, Workbook, luid)
    views = [v for v in workbook.views if call.is_admin or evaluate.sees(call.user, v)]
    return call.xml(el("views", None, *(elements.view(v, everything=False, bare=True) for v in views)))


def _connection(found: Connection) -> str:
    source = found.datasource
    attributes: dict[str, Value] = {
        "id": found.luid,
        "type": found.type,
        "serverAddress": found.server,
        "serverPort": found.port,
        "userName": found.user,
        "embedPassword": found.embed_password,
    }
    inner = el("datasource", {"id": source.luid, "name": source.name}) if source is not None else ""
    return el("connection", {**attributes, **found.extra}, inner)


def connections(call: Call, site: str, luid: str, *, kind: type[Content]) -> Answer:
    thing = visible(call, kind, luid)
    return call.xml(el("connections", None, *(_connection(c) for c in thing.connections)))


def virtual_connections(call: Call, site: str, luid: str) -> Answer:
    """Virtual connections word their connections differently (TSC's `virtual_connection_populate_connections.xml`)."""
    thing = visible(call, VirtualConnection, luid)
    inner = (
        el(
            "connection",
            {
                "id": c.luid,
                "dbClass": c.type,
                "serverAddress": c.server,
                "serverPort": c.port,
                "username": c.user,
                **c.extra,
            },
        )
        for c in thing.connections
    )
    return call.xml(el("virtualConnectionConnections", None, *inner))


def user_workbooks(call: Call, site: str, luid: str) -> Answer:
    """The workbooks that a user can read (`ownedBy` is not emulated)."""
    user = call.thing(User, luid)
    if user is not call.user:
        call.admins_only()
    found = [b for b in everything(call, Workbook) if evaluate.sees(user, b)]
    return page(call, "workbooks", found, lambda b: elements.workbook(b, everything=call.everything))  # type: ignore[arg-type]


def database_tables(call: Call, site: str, luid: str) -> Answer:
    database = call.thing(Database, luid)
    found = [t for t in call.site.things["table"].values() if isinstance(t, Table) and t.database is database]
    return page(call, "tables", found, lambda t: elements.other(t, everything=False))


S = "sites/([^/]+)/"

# (address, wrapper element, kind, since, permissions since), by tableau-access.md, 1.3.
KINDS: tuple[tuple[str, str, type[Content | View], str, str], ...] = (
    ("workbooks", "workbooks", Workbook, "2.0", "2.0"),
    ("views", "views", View, "2.2", "3.2"),
    ("datasources", "datasources", Datasource, "2.0", "2.0"),
    ("flows", "flows", Flow, "3.3", "3.3"),
    ("(?:virtualconnections|virtualConnections)", "virtualConnections", VirtualConnection, "3.18", "3.22"),
    ("databases", "databases", Database, "3.5", "3.5"),
    ("tables", "tables", Table, "3.5", "3.5"),
)

ROUTES: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    *(
        (f"{S}{address}/([^/]+)/permissions", since, permissions, {"kind": kind})
        for address, _, kind, _, since in KINDS
    ),
    *(
        (f"{S}{address}", since, listing, {"kind": kind, "wrapper": wrapper})
        for address, wrapper, kind, since, _ in KINDS
    ),
    *((f"{S}{address}/([^/]+)", since, one, {"kind": kind}) for address, _, kind, since, _ in KINDS),
    (f"{S}workbooks/([^/]+)/views", "2.0", workbook_views, {}),
    (f"{S}workbooks/([^/]+)/connections", "2.0", connections, {"kind": Workbook}),
    (f"{S}datasources/([^/]+)/connections", "2.3", connections, {"kind": Datasource}),
    (f"{S}flows/([^/]+)/connections", "3.3", connections, {"kind": Flow}),
    (f"{S}(?:virtualconnections|virtualConnections)/([^/]+)/connections", "3.18", virtual_connections, {}),
    (f"{S}users/([^/]+)/workbooks", "2.0", user_workbooks, {}),
    (f"{S}databases/([^/]+)/tables", "3.5", database_tables, {}),
)
