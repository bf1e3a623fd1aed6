"""Projects, their rules and the default rules of what is in them."""

from __future__ import annotations

from typing import Any

from tests.emulator import people
from tests.emulator.calls import Answer, Call
from tests.emulator.content import Database
from tests.emulator.endpoints.content import S, listing
from tests.emulator.errors import Refusal
from tests.emulator.project import Project
from tests.emulator.rules import controlling, default_rules, project_rules
from tests.emulator.things import Rule
from tests.emulator.xml import el


def _rules(call: Call, project: Project, found: list[Rule]) -> Answer:
    if not call.is_admin and all(p.owner is not call.user for p in project.chain()):
        raise Refusal("403004", "The user does not have permission to perform this operation.")
    governing = controlling(project)
    parent = el("parent", {"type": "Project", "id": governing.luid}) if governing not in (None, project) else ""
    item = el("project", {"id": project.luid, "name": project.name}, el("owner", {"id": project.owner.luid}))
    return call.xml(el("permissions", None, parent, item, people.rules(found)))


def permissions(call: Call, site: str, luid: str) -> Answer:
    project = call.thing(Project, luid)
    return _rules(call, project, project_rules(project))


def defaults(call: Call, site: str, luid: str, plural: str) -> Answer:
    project = call.thing(Project, luid)
    return _rules(call, project, default_rules(project, plural))


def database_defaults(call: Call, site: str, luid: str) -> Answer:
    database = call.thing(Database, luid)
    item = el("database", {"id": database.luid, "name": database.name}, el("owner", {"id": database.owner.luid}))
    return call.xml(el("permissions", None, item))


_DEFAULTS = f"{S}projects/([^/]+)/default-permissions/"

ROUTES: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    (f"{S}projects", "2.0", listing, {"kind": Project, "wrapper": "projects"}),
    (f"{S}projects/([^/]+)/permissions", "2.0", permissions, {}),
    (f"{_DEFAULTS}(workbooks|datasources)", "2.1", defaults, {}),
    (f"{_DEFAULTS}(metrics)", "3.2", defaults, {}),
    (f"{_DEFAULTS}(flows|dataroles|lenses)", "3.4", defaults, {}),
    (f"{_DEFAULTS}(virtualConnections|virtualconnections|databases|tables)", "3.23", defaults, {}),
    (f"{S}databases/([^/]+)/default-permissions/(?:tables|table)", "3.5", database_defaults, {}),
)
