"""Who can do what on a described site, straight from reference/tableau-access.md, sections 2 to 4.

It looks at the emulator's description (things, not answers), shares nothing with `auditor.access` nor with the
emulator's own evaluation, and has neither proofs nor shortcuts: one person, one thing, one capability at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.emulator.builder import Site
from tests.emulator.content import Content, Table, View
from tests.emulator.project import Project
from tests.emulator.things import Group, GroupSet, Rule, RuleBook, User

ADMINS = {"ServerAdministrator", "SiteAdministrator", "SiteAdministratorCreator", "SiteAdministratorExplorer"}
NOTHING = {"Unlicensed", "UnlicensedWithPublish"}
SAME_AS = {
    "ReadOnly": "Viewer",
    "ViewerWithPublish": "Viewer",
    "Interactor": "Explorer",
    "Publisher": "ExplorerCanPublish",
}

#: What a site role can never hold (section 3, the cells "-" and "*"); "?" is to be assumed to be held.
_SHEET_VIEWER = "ShareView ViewUnderlyingData WebAuthoring ExportXml Write Overwrite ChangeHierarchy Delete ChangePermissions CreateRefreshMetrics"
_SHEET_EXPLORER = "Write Overwrite ChangeHierarchy Delete ChangePermissions CreateRefreshMetrics"
_SHEET_GUEST = _SHEET_EXPLORER + " AddComment ShareView Connect InheritedProjectLeader"
_SOURCE_CHANGES = "Write Overwrite ChangeHierarchy Delete ChangePermissions"
_FLOW_CHANGES = "Execute WebAuthoringForFlows " + _SOURCE_CHANGES
NEVER: dict[str, dict[str, str]] = {
    "Viewer": {
        "project": "Write",
        "workbook": _SHEET_VIEWER,
        "view": _SHEET_VIEWER,
        "datasource": "ExportXml " + _SOURCE_CHANGES,
        "flow": "ExportXml " + _FLOW_CHANGES,
    },
    "Explorer": {
        "project": "Write",
        "workbook": _SHEET_EXPLORER,
        "view": _SHEET_EXPLORER,
        "datasource": _SOURCE_CHANGES,
        "flow": _FLOW_CHANGES,
    },
    "Guest": {
        "project": "Write ProjectLeader InheritedProjectLeader",
        "workbook": _SHEET_GUEST,
        "view": _SHEET_GUEST,
        "datasource": "Connect InheritedProjectLeader " + _SOURCE_CHANGES,
        "flow": "InheritedProjectLeader " + _FLOW_CHANGES,
        "virtualConnection": "Read Connect InheritedProjectLeader " + _SOURCE_CHANGES,
        "database": _SOURCE_CHANGES,
        "table": _SOURCE_CHANGES,
    },
}
#: What each kind has (1.2), at least; the list of decisions may have more but not less.
CAPABILITIES: dict[str, str] = {
    "project": "Read Write ProjectLeader",
    "workbook": "Read Filter ViewComments AddComment ExportImage ExportData RunExplainData ShareView ViewUnderlyingData"
    " WebAuthoring ExportXml Write CreateRefreshMetrics ChangeHierarchy Delete ChangePermissions ExtractRefresh Connect"
    " VizqlDataApiAccess",
    "view": "Read Filter ViewComments AddComment ExportImage ExportData ShareView ViewUnderlyingData WebAuthoring Delete"
    " ChangePermissions RunExplainData",
    "datasource": "Read Connect ExportXml Write SaveAs VizqlDataApiAccess PulseMetricDefine ChangeHierarchy Delete"
    " ChangePermissions ExtractRefresh",
    "flow": "Read ExportXml Execute Write WebAuthoringForFlows ChangeHierarchy Delete ChangePermissions",
    "virtualConnection": "Read Connect Write ChangeHierarchy Delete ChangePermissions",
}
LEADER = ("ProjectLeader", "InheritedProjectLeader")


@dataclass(frozen=True)
class Person:
    """Somebody, as rules see him; `user` None is what a group confers, on an account of the highest plain role."""

    role: str
    user: User | None
    groups: frozenset[str]


def person_of(user: User) -> Person:
    site = user.site
    groups = [g for g in site.things["group"].values() if g is site.all_users or user in getattr(g, "members", ())]
    return _person(site, user.role, user, {g.luid for g in groups})


def member_of(site: Site, group: Group) -> Person:
    """What being in one group, and in All Users, confers."""
    return _person(site, "Creator", None, {site.all_users.luid, group.luid})


def _person(site: Site, role: str, user: User | None, groups: set[str]) -> Person:
    sets = [s for s in site.things["groupSet"].values() if isinstance(s, GroupSet)]
    satisfied = {s.luid for s in sets if s.groups and {g.luid for g in s.groups} <= groups}
    return Person(SAME_AS.get(role, role), user, frozenset(groups | satisfied))


def is_on(site: Site, setting: str) -> bool:
    return site.settings.get(setting) in (True, "true")


def decide(site: Site, person: Person, thing: Content | View | Project, capability: str) -> bool:
    """Section 2.2, with the guest's switch before it and the site's switches (2.7, 5) after it."""
    if person.role == "Guest" and (site.cloud or not is_on(site, "guestAccessEnabled")):
        return False
    if person.role == "Guest" and site.settings.get("state") == "Suspended":
        return False
    if capability == "WebAuthoring" and not is_on(site, "authoringEnabled"):
        return False
    if capability == "RunExplainData" and not is_on(site, "explainDataEnabled"):
        return False
    if capability == "WebAuthoringForFlows" and not (
        is_on(site, "flowsEnabled") and is_on(site, "editingFlowsEnabled")
    ):
        return False
    return role_can(person.role, thing.kind, capability) and _holds(person, thing, capability)


def role_can(role: str, kind: str, capability: str) -> bool:
    if role in ADMINS:
        return True
    return role not in NOTHING and capability not in NEVER.get(role, {}).get(kind, "").split()


def _holds(person: Person, thing: Content | View | Project, capability: str) -> bool:
    if person.role in ADMINS:
        return True
    project = thing if isinstance(thing, Project) else thing.project
    for above in project.chain() if project else ():
        if person.user is not None and above.owner is person.user:
            return True
        if _controlling(above) in (None, above) and _leads(person, above):
            return True
    rules = governing_rules(thing)
    if any(_is_for(person, r) and r.capability == LEADER[1] and r.mode == "Allow" for r in rules):
        return True
    locked = project is not None and _controlling(project) is not None
    if not isinstance(thing, Project) and person.user is not None and thing.owner is person.user:
        return capability not in LEADER and not (capability == "ChangePermissions" and locked)
    if project is None and not isinstance(thing, Project) and thing.kind in ("workbook", "view"):
        return False
    return capability not in LEADER and _by_rules(person, rules, capability)


def _leads(person: Person, project: Project) -> bool:
    return any(_is_for(person, r) and r.capability in LEADER and r.mode == "Allow" for r in project.rules)


def _is_for(person: Person, rule: Rule) -> bool:
    if rule.grantee.element == "user":
        return person.user is not None and rule.grantee.luid == person.user.luid
    return rule.grantee.element in ("group", "groupSet") and rule.grantee.luid in person.groups


def _by_rules(person: Person, rules: list[Rule], capability: str) -> bool:
    mine = [r for r in rules if r.capability == capability and _is_for(person, r)]
    for own in (True, False):  # the user's own rules, then the groups'
        modes = {r.mode for r in mine if (r.grantee.element == "user") is own}
        if modes:
            return "Deny" not in modes
    return False


def _controlling(project: Project) -> Project | None:
    """2.4: the highest lock that includes nested projects; else the project's own lock; else nobody."""
    nested = [p for p in project.chain() if p.lock == "LockedToProject"]
    if nested:
        return nested[-1]
    return project if project.lock == "LockedToProjectWithoutNested" else None


def governing_rules(thing: Content | View | Project) -> list[Rule]:
    """2.4, "Which rule set applies"."""
    if isinstance(thing, Project):
        return (_controlling(thing) or thing).rules
    lock = _controlling(thing.project) if thing.project else None
    if lock is not None:
        plural = "workbooks" if isinstance(thing, View) else thing.plural
        return lock.defaults.get(plural.lower(), RuleBook()).rules
    if isinstance(thing, View) and thing.workbook.tabs:
        return thing.workbook.rules
    return thing.rules


def things(site: Site) -> list[Content | View | Project]:
    kinds = ("project", "workbook", "view", "datasource", "flow", "virtualConnection")
    return [t for kind in kinds for t in site.things[kind].values() if isinstance(t, (Content, View, Project))]


__all__ = [
    "CAPABILITIES",
    "Person",
    "Table",
    "decide",
    "governing_rules",
    "member_of",
    "person_of",
    "role_can",
    "things",
]
