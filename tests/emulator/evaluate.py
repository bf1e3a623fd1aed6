"""Who can do what, in the plainest words (tableau-access.md, sections 2 and 3).

The emulator needs it for what a non-administrator gets to see. It is written apart from the auditor's `access/` on
purpose, so that the two can be compared; it is slow and has no proof.

`can(user, item, capability)`: role ceiling, then administrators, owners of the projects above and their leaders, the
item's owner (who in a locked project may not set permissions), then the user's own rule, then group rules of which a
deny wins, and no otherwise.
"""

from __future__ import annotations

from tests.emulator.content import Content, View
from tests.emulator.project import Project
from tests.emulator.rules import controlling, item_rules, project_rules
from tests.emulator.things import ALLOW, DENY, Group, GroupSet, Rule, Thing, User

ADMINS = frozenset(
    {"ServerAdministrator", "SiteAdministrator", "SiteAdministratorCreator", "SiteAdministratorExplorer"}
)
NOTHING = frozenset({"Unlicensed", "UnlicensedWithPublish"})

_LOOK = {"Read", "Filter", "ViewComments", "AddComment", "ExportImage", "ExportData", "RunExplainData"}
_VIEWER = {"workbook": _LOOK, "view": _LOOK, "datasource": {"Read", "Connect"}, "flow": {"Read"}, "project": {"Read"}}
_GUEST_VIEW = {"Read", "Filter", "ViewComments", "ExportImage", "ExportData", "ViewUnderlyingData", "WebAuthoring"}
_GUEST = {
    "workbook": _GUEST_VIEW | {"ExportXml"},
    "view": _GUEST_VIEW,
    "datasource": {"Read", "ExportXml"},
    "project": {"Read"},
}
_EXPLORE = _LOOK | {"ShareView", "ViewUnderlyingData", "WebAuthoring"}
_EXPLORER = {
    "workbook": _EXPLORE | {"ExportXml"},
    "view": _EXPLORE,
    "datasource": {"Read", "Connect", "ExportXml"},
    "flow": {"Read", "ExportXml"},
    "project": {"Read"},
}
CEILINGS: dict[str, dict[str, set[str]]] = {
    "Viewer": _VIEWER,
    "ReadOnly": _VIEWER,
    "Guest": _GUEST,
    "Explorer": _EXPLORER,
    "Interactor": _EXPLORER,
}


def role_can(role: str, kind: str, capability: str) -> bool:
    """Whether the role can ever hold the capability; roles without a ceiling here can hold all."""
    if role in NOTHING:
        return False
    ceiling = CEILINGS.get(role)
    return ceiling is None or capability in ceiling.get(kind, set())


def groups_of(user: User) -> set[str]:
    """The identifiers of the groups and group sets that a user is in. Guest is in All Users while guests are let in."""
    site = user.site
    groups = {
        g
        for g in site.things["group"].values()
        if isinstance(g, Group) and g is not site.all_users and user in g.members
    }
    if user is not site.guest or site.settings.get("guestAccessEnabled") in (True, "true"):
        groups.add(site.all_users)
    sets = {
        s.luid
        for s in site.things["groupSet"].values()
        if isinstance(s, GroupSet) and s.groups and set(s.groups) <= groups
    }
    return {g.luid for g in groups} | sets


def _by_rules(user: User, rules: list[Rule], capability: str) -> bool:
    relevant = [r for r in rules if r.capability == capability]
    own = [r.mode for r in relevant if r.grantee == user.grantee]
    if own:
        return DENY not in own
    mine = groups_of(user)
    modes = [r.mode for r in relevant if r.grantee.element in ("group", "groupSet") and r.grantee.luid in mine]
    return DENY not in modes and ALLOW in modes


def leads(user: User, project: Project) -> bool:
    """By the rules that count: below a nested-inclusive lock a project's own are as if they were not there."""
    mine = groups_of(user) | {user.luid}
    leader = ("ProjectLeader", "InheritedProjectLeader")
    return any(r.capability in leader and r.mode == ALLOW and r.grantee.luid in mine for r in project_rules(project))


def can(user: User, item: Content | View | Project, capability: str) -> bool:
    site = user.site
    if user is site.guest and site.settings.get("guestAccessEnabled") not in (True, "true"):
        return False
    if not role_can(user.role, item.kind, capability):
        return False
    if user.role in ADMINS:
        return True
    project = item if isinstance(item, Project) else item.project
    above = project.chain() if project is not None else []
    if any(p.owner is user or leads(user, p) for p in above):
        return True
    if item.owner is user:
        return not (capability == "ChangePermissions" and controlling(project) is not None)
    if project is None:
        return False
    rules = project_rules(item) if isinstance(item, Project) else item_rules(item)
    return _by_rules(user, rules, capability)


def sees(user: User, thing: Thing) -> bool:
    """Whether a list shows the thing to the user. People are a matter of their own endpoints."""
    return can(user, thing, "Read") if isinstance(thing, (Content, View, Project)) else True
