"""A second, plain evaluation of tableau-access.md, sections 2 to 4, one principal and one object at a time.

Written from the page, not from `auditor.access`, and with nothing shared but the facts. It knows only complete sites:
`verdicts` gives the set of answers of a site on which nothing is unread (two, where the locks and the server's own word
disagree). For a site with holes, `completions` fills them in every way that can matter to one question.

A principal is "anonymous", "everyone", "group:ID" or "user:ID".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from auditor.model import (
    Content,
    Grantee,
    GranteeKind,
    GroupSet,
    Kind,
    Lock,
    Mode,
    Project,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)

Filler = Callable[[Snapshot, Snapshot, str, str], Iterator[Snapshot]]

ADMINS = {"ServerAdministrator", "SiteAdministratorCreator", "SiteAdministratorExplorer", "SiteAdministrator"}
NOBODY = {"Unlicensed", "UnlicensedWithPublish"}
SAME_AS = {
    "ReadOnly": "Viewer",
    "ViewerWithPublish": "Viewer",
    "Interactor": "Explorer",
    "Publisher": "ExplorerCanPublish",
}

_LOOK = "Read Filter ViewComments ExportImage ExportData"
#: What is documented, or by the page to be assumed, to be within reach of a role; Creator reaches everything.
REACH: dict[str, dict[Kind, str]] = {
    "ExplorerCanPublish": {},  # everything
    "Explorer": {
        Kind.PROJECT: "Read ProjectLeader InheritedProjectLeader",
        Kind.WORKBOOK: _LOOK + " AddComment RunExplainData ShareView ViewUnderlyingData WebAuthoring ExportXml"
        " Connect VizqlDataApiAccess AiAccess ExtractRefresh InheritedProjectLeader",
        Kind.VIEW: _LOOK
        + " AddComment RunExplainData ShareView ViewUnderlyingData WebAuthoring AiAccess InheritedProjectLeader",
        Kind.DATASOURCE: "Read Connect ExportXml SaveAs ExtractRefresh PulseMetricDefine VizqlDataApiAccess AiAccess"
        " InheritedProjectLeader",
        Kind.FLOW: "Read ExportXml InheritedProjectLeader",
        Kind.DATA_ROLE: "Read InheritedProjectLeader",
        Kind.METRIC: "Read InheritedProjectLeader",
        Kind.VIRTUAL_CONNECTION: "Read Connect Write Overwrite Delete ChangePermissions ChangeHierarchy InheritedProjectLeader",
        Kind.DATABASE: "Read Write ChangePermissions ChangeHierarchy",
        Kind.TABLE: "Read Write ChangePermissions ChangeHierarchy",
        Kind.LENS: "Read Write Delete ChangePermissions ChangeHierarchy",
    },
    "Viewer": {
        Kind.PROJECT: "Read ProjectLeader InheritedProjectLeader",
        Kind.WORKBOOK: _LOOK
        + " AddComment RunExplainData Connect VizqlDataApiAccess AiAccess ExtractRefresh InheritedProjectLeader",
        Kind.VIEW: _LOOK + " AddComment RunExplainData AiAccess InheritedProjectLeader",
        Kind.DATASOURCE: "Read Connect SaveAs ExtractRefresh PulseMetricDefine VizqlDataApiAccess AiAccess InheritedProjectLeader",
        Kind.FLOW: "Read InheritedProjectLeader",
        Kind.DATA_ROLE: "Read InheritedProjectLeader",
        Kind.METRIC: "Read InheritedProjectLeader",
        Kind.VIRTUAL_CONNECTION: "Read Connect Write Overwrite Delete ChangePermissions ChangeHierarchy InheritedProjectLeader",
        Kind.DATABASE: "Read Write ChangePermissions ChangeHierarchy",
        Kind.TABLE: "Read Write ChangePermissions ChangeHierarchy",
        Kind.LENS: "Read Write Delete ChangePermissions ChangeHierarchy",
    },
    "Guest": {
        Kind.PROJECT: "Read",
        Kind.WORKBOOK: _LOOK
        + " ViewUnderlyingData WebAuthoring ExportXml RunExplainData VizqlDataApiAccess AiAccess ExtractRefresh",
        Kind.VIEW: _LOOK + " ViewUnderlyingData WebAuthoring RunExplainData AiAccess",
        Kind.DATASOURCE: "Read ExportXml SaveAs ExtractRefresh PulseMetricDefine VizqlDataApiAccess AiAccess",
        Kind.FLOW: "Read ExportXml",
        Kind.DATA_ROLE: "Read",
        Kind.METRIC: "Read",
        Kind.VIRTUAL_CONNECTION: "",
        Kind.DATABASE: "Read",
        Kind.TABLE: "Read",
        Kind.LENS: "Read",
    },
}


def reach(role: str, kind: Kind, capability: str) -> bool:
    role = SAME_AS.get(role, role)
    if role in ADMINS:
        return True
    if role in NOBODY:
        return False
    if capability == "FutureThing" or role in ("Creator", "ExplorerCanPublish"):
        return True
    return capability in REACH[role][kind].split()


class Person:
    """Somebody in full: ids, role, groups."""

    def __init__(self, site: Snapshot, principal: str) -> None:
        word, _, name = principal.partition(":")
        guests = [user for user in site.users.values() if user.site_role == "Guest"]
        self.user: str | None = None
        self.role = "Creator"
        if word == "user":
            self.user, self.role = name, site.users[name].site_role
        elif word == "anonymous":
            self.user, self.role = (guests[0].id if guests else None), "Guest"
        self.groups = {group.id for group in site.groups.values() if group.is_everyone}
        self.groups |= {group for group, members in site.group_members.items() if self.user in members}
        if word == "group":
            self.groups.add(name)
        self.sets = {
            one.id
            for one in site.group_sets.values()
            if one.group_ids and all(group in self.groups for group in one.group_ids)
        }

    def is_user(self, grantee: Grantee) -> bool:
        return grantee.kind is GranteeKind.USER and grantee.id == self.user

    def is_in(self, grantee: Grantee) -> bool:
        if grantee.kind is GranteeKind.GROUP:
            return grantee.id in self.groups
        return grantee.kind is GranteeKind.GROUP_SET and grantee.id in self.sets


def somebody(site: Snapshot, principal: str | Person) -> Person:
    """The person that a word stands for; one who was worked out before is taken as he is."""
    return principal if isinstance(principal, Person) else Person(site, principal)


def chain(site: Snapshot, project_id: str | None) -> list[Project]:
    found: list[Project] = []
    while project_id is not None:
        found.append(site.projects[project_id])
        project_id = site.projects[project_id].parent_id
    return found


def controlling(site: Snapshot, project: Project) -> Project | None:
    top = None
    for one in chain(site, project.id):
        if one.lock is Lock.LOCKED:
            top = one
    if top is not None:
        return top
    return project if project.lock is Lock.LOCKED_WITHOUT_NESTED else None


def readings(site: Snapshot, project: Project) -> list[Project | None]:
    """The computed controller, and the server's own word where it says another (2.4)."""
    computed = controlling(site, project)
    said = project.controlling_id
    if said is None or (computed is not None and said == computed.id) or (computed is None and said == project.id):
        return [computed]
    if said == project.id and project.lock is Lock.CUSTOMIZABLE:
        return [computed, None]
    return [computed, site.projects[said]]


def home(site: Snapshot, item: Content) -> str | None:
    if item.kind in (Kind.VIEW, Kind.TABLE) and item.project_id is None:
        parent = site.parent_of(item)
        return parent.project_id if parent else None
    return item.project_id


def rule_set(site: Snapshot, item: Content, controller: Project | None) -> RuleSet:
    if controller is not None:
        kind = Kind.WORKBOOK if item.kind is Kind.VIEW else item.kind
        return site.default_rules[(controller.id, kind)]
    if item.kind is Kind.VIEW:
        workbook = site.contents[Ref(Kind.WORKBOOK, item.parent_id or "")]
        return site.rules[workbook.ref if workbook.tabs_shown else item.ref]
    return site.rules[item.ref]


def leads(site: Snapshot, person: Person, rules: RuleSet, names: tuple[str, ...]) -> bool:
    return any(
        rule.capability in names
        and rule.mode is Mode.ALLOW
        and (person.is_user(rule.grantee) or person.is_in(rule.grantee))
        for rule in rules.rules
    )


def by_rules(person: Person, rules: RuleSet, capability: str) -> bool:
    mine = [rule for rule in rules.rules if rule.capability == capability]
    for applies in (person.is_user, person.is_in):
        modes = {rule.mode for rule in mine if applies(rule.grantee)}
        if Mode.DENY in modes:
            return False
        if Mode.ALLOW in modes:
            return True
    return False


def granted(site: Snapshot, principal: str | Person, ref: Ref, capability: str) -> set[bool]:
    """What rules and standing give: one answer, or two where locks are told in two ways."""
    person = somebody(site, principal)
    if person.role not in ADMINS | NOBODY | set(REACH) | set(SAME_AS) | {"Creator"}:
        return {
            answer
            for role in ("Creator", "SiteAdministrator", "Unlicensed")
            for answer in _with_role(site, person, role, ref, capability)
        }
    return _with_role(site, person, person.role, ref, capability)


def _with_role(site: Snapshot, person: Person, role: str, ref: Ref, capability: str) -> set[bool]:
    if not reach(role, ref.kind, capability):
        return {False}
    if role in ADMINS:
        return {True}
    start = ref.id if ref.kind is Kind.PROJECT else home(site, site.contents[ref])
    perhaps: set[bool] = set()
    for project in chain(site, start):
        if project.owner_id == person.user and person.user is not None:
            return {True}
        told = {
            leads(site, person, site.rules[one.ref], ("ProjectLeader", "InheritedProjectLeader"))
            for one in _project_readings(site, project)
        }
        if told == {True}:
            return {True}
        perhaps |= told & {True}
    return perhaps | _below_leaders(site, person, ref, start, capability)


def _below_leaders(site: Snapshot, person: Person, ref: Ref, start: str | None, capability: str) -> set[bool]:
    if ref.kind is Kind.PROJECT:
        return {_on_project(site, person, one, capability) for one in _project_readings(site, site.projects[ref.id])}
    item = site.contents[ref]
    if start is None:
        return {_owned(person, item) and capability != "InheritedProjectLeader"}
    return {_on_item(site, person, item, one, capability) for one in readings(site, site.projects[start])}


def _owned(person: Person, item: Content) -> bool:
    return person.user is not None and item.owner_id == person.user


def _on_item(site: Snapshot, person: Person, item: Content, controller: Project | None, capability: str) -> bool:
    rules = rule_set(site, item, controller)
    if leads(site, person, rules, ("InheritedProjectLeader",)):
        return True
    if capability == "InheritedProjectLeader":
        return False
    if _owned(person, item):
        return not (capability == "ChangePermissions" and controller is not None)
    return by_rules(person, rules, capability)


def _project_readings(site: Snapshot, project: Project) -> list[Project]:
    above = [one for one in chain(site, project.id)[1:] if one.lock is Lock.LOCKED]
    found: list[Project] = [above[-1] if above else project]
    return [*found, *(one or project for one in readings(site, project) if one is not controlling(site, project))]


def _on_project(site: Snapshot, person: Person, controller: Project, capability: str) -> bool:
    rules = site.rules[controller.ref]
    if leads(site, person, rules, ("InheritedProjectLeader",)):
        return True
    return capability not in ("ProjectLeader", "InheritedProjectLeader") and by_rules(person, rules, capability)


def switched_on(site: Snapshot, principal: str | Person, capability: str) -> bool:
    """Do the site's switches let this through?"""
    if somebody(site, principal).role == "Guest" and (
        site.provenance.is_cloud or not site.settings["guestAccessEnabled"] or site.settings.get("state") == "Suspended"
    ):
        return False
    match capability:
        case "WebAuthoring":
            return bool(site.settings["authoringEnabled"])
        case "RunExplainData":
            return bool(site.settings["explainDataEnabled"])
        case "WebAuthoringForFlows":
            return bool(site.settings.get("flowsEnabled", True)) and bool(
                site.settings.get("editingFlowsEnabled", True)
            )
        case _:
            return True


def verdicts(site: Snapshot, principal: str | Person, ref: Ref, capability: str) -> set[bool]:
    """The answers of a complete site: one, or two where it contradicts itself."""
    if not switched_on(site, principal, capability):
        return {False}
    return granted(site, principal, ref, capability)


# -- outcomes (2.7, 4.6, 6.1, 6.2) on a complete site -------------------------------------------------------------------

NEEDS_NO_SIGN_IN = {"hyper", "textscan"}


def outcome(site: Snapshot, principal: str | Person, ref: Ref, name: str) -> set[bool]:
    """The answers to an outcome on a workbook or a view."""
    workbook = Ref(Kind.WORKBOOK, site.contents[ref].parent_id or "") if ref.kind is Kind.VIEW else ref

    def has(target: Ref, capability: str) -> set[bool]:
        return verdicts(site, principal, target, capability)

    takes = {"takes_picture": "ExportImage", "takes_summary": "ExportData", "takes_rows": "ViewUnderlyingData"}
    match name:
        case "takes_file":
            return has(workbook, "ExportXml")
        case "sees":
            return _and(has(ref, "Read"), *_data(site, principal, workbook))
        case "edits":
            sources = [c.datasource_id for c in site.connections[workbook] if c.datasource_id]
            own = [has(Ref(Kind.DATASOURCE, source), "Connect") for source in sources]
            return _and(outcome(site, principal, ref, "sees"), has(ref, "WebAuthoring"), *own)
        case _:
            return _and(outcome(site, principal, ref, "sees"), has(ref, takes[name]))


def _data(site: Snapshot, principal: str | Person, workbook: Ref) -> list[set[bool]]:
    guest = somebody(site, principal).role == "Guest"
    found: list[set[bool]] = []
    for connection in site.connections[workbook]:
        if connection.datasource_id is None:
            opens = (
                connection.embeds_password
                or connection.type in NEEDS_NO_SIGN_IN
                or site.contents[workbook].has_extracts
            )
            found.append({bool(opens) or not guest})
            continue
        source = Ref(Kind.DATASOURCE, connection.datasource_id)
        if not connection.embeds_password:
            found.append(verdicts(site, principal, source, "Connect"))
        if guest and site.contents[source].has_extracts:
            found.append(verdicts(site, principal, source, "Read"))
    return found


def _and(*parts: set[bool]) -> set[bool]:
    if {False} in parts:
        return {False}
    return {True, False} if any(False in part for part in parts) else {True}


# -- holes ---------------------------------------------------------------------------------------------------------------


def completions(full: Snapshot, holed: Snapshot, principal: str, ref: Ref, capability: str) -> Iterator[Snapshot]:
    """Complete sites that agree with `holed` on all that it holds, and differ in what may matter to the question.

    `full` says only which facts a complete site has, never what they are.
    """
    yield from _fill(full, holed, principal, capability, FILLERS)


def _fill(
    full: Snapshot, site: Snapshot, principal: str, capability: str, fillers: tuple[Filler, ...]
) -> Iterator[Snapshot]:
    if not fillers:
        yield site
        return
    for filled in fillers[0](full, site, principal, capability):
        yield from _fill(full, filled, principal, capability, fillers[1:])


def _me(full: Snapshot, principal: str) -> str | None:
    return Person(full, principal).user


def _owners(site: Snapshot, principal: str) -> tuple[str | None, ...]:
    """Who may own what: the asker, if a real account other than Guest, or somebody else."""
    me = _me(site, principal)
    may = principal.startswith("user:") and site.users[str(me)].site_role != "Guest"
    return ("nobody", me) if may else ("nobody",)


def _fill_settings(full: Snapshot, site: Snapshot, principal: str, capability: str) -> Iterator[Snapshot]:
    if "guestAccessEnabled" in site.settings:
        yield site
        return
    names = ("guestAccessEnabled", "authoringEnabled", "explainDataEnabled", "flowsEnabled")
    for value in (True, False):
        yield replace(site, settings={**site.settings, **dict.fromkeys(names, value)})


def _fill_users(full: Snapshot, site: Snapshot, principal: str, capability: str) -> Iterator[Snapshot]:
    lost = [user for user in full.users if user not in site.users]
    me = _me(full, principal)
    if me not in lost:
        yield site
        return
    if principal == "anonymous":  # a guest account may be any id that is not listed
        named = {rule.grantee.id for rules in (*site.rules.values(), *site.default_rules.values()) for rule in rules.rules
                 if rule.grantee.kind is GranteeKind.USER}  # fmt: skip
        named |= {member for members in site.group_members.values() for member in members}
        for one in {"u-nowhere", *(name for name in named if name not in site.users)}:
            yield replace(site, users={**site.users, one: User(one, "guest", "Guest")})
        return
    for role in ("Unlicensed", "Creator", "SiteAdministrator"):
        yield replace(site, users={**site.users, str(me): User(str(me), "lost", role)})


def _fill_groups(full: Snapshot, site: Snapshot, principal: str, capability: str) -> Iterator[Snapshot]:
    sites = [site]
    me = _me(site, principal)
    if not site.groups:  # which of them is All Users was not read either
        sites = [
            replace(
                site,
                groups={group: replace(full.groups[group], is_everyone=group == everyone) for group in full.groups},
            )
            for everyone in full.groups
        ]
    for group in full.groups:
        if group not in site.group_members and me is not None:
            sites = [
                replace(one, group_members={**one.group_members, group: members})
                for one in sites
                for members in (
                    (frozenset[str](),) if one.groups[group].is_everyone else (frozenset[str](), frozenset({me}))
                )
            ]
    yield from sites


def _fill_sets(full: Snapshot, site: Snapshot, principal: str, capability: str) -> Iterator[Snapshot]:
    sites = [site]
    everyone = next(group.id for group in site.groups.values() if group.is_everyone)
    for one in full.group_sets:
        if one not in site.group_sets:
            sites = [
                replace(each, group_sets={**each.group_sets, one: GroupSet(one, one, groups)})
                for each in sites
                for groups in ((everyone,), ("g-nobody",))
            ]
    yield from sites


def _fill_projects(full: Snapshot, site: Snapshot, principal: str, capability: str) -> Iterator[Snapshot]:
    sites = [site]
    for key in full.projects:
        known = site.projects.get(key)
        options: list[Project] = []
        if known is None:
            options = [
                Project(key, key, None, owner, lock)
                for owner in _owners(site, principal)
                for lock in Lock
                if lock is not Lock.UNKNOWN
            ]
        elif known.lock is Lock.UNKNOWN:
            options = [replace(known, lock=lock) for lock in Lock if lock is not Lock.UNKNOWN]
        if options:
            sites = [replace(one, projects={**one.projects, key: option}) for one in sites for option in options]
    yield from sites


def _fill_contents(full: Snapshot, site: Snapshot, principal: str, capability: str) -> Iterator[Snapshot]:
    sites = [site]
    for ref, item in site.contents.items():
        options: list[Content] = []
        if item.kind is Kind.WORKBOOK and item.tabs_shown is None:
            options = [replace(item, tabs_shown=shown) for shown in (True, False)]
        if item.owner_id is None:
            options = [replace(item, owner_id=owner) for owner in _owners(site, principal)]
        if options:
            sites = [replace(one, contents={**one.contents, ref: option}) for one in sites for option in options]
    yield from sites


def _fill_rules(full: Snapshot, site: Snapshot, principal: str, capability: str) -> Iterator[Snapshot]:
    everyone = next(group.id for group in site.groups.values() if group.is_everyone)
    open_to_all = RuleSet.of([Rule(Grantee(GranteeKind.GROUP, everyone), capability, Mode.ALLOW)])
    leader = RuleSet.of([*open_to_all.rules, Rule(Grantee(GranteeKind.GROUP, everyone), "ProjectLeader", Mode.ALLOW)])
    inherited = RuleSet.of(
        [*open_to_all.rules, Rule(Grantee(GranteeKind.GROUP, everyone), "InheritedProjectLeader", Mode.ALLOW)]
    )
    sites = [site]
    for ref in full.rules:
        if ref not in site.rules:
            options = (RuleSet(), leader if ref.kind is Kind.PROJECT else inherited, open_to_all)
            sites = [replace(one, rules={**one.rules, ref: rules}) for one in sites for rules in options]
    for key in full.default_rules:
        if (
            key not in site.default_rules
            and len({place[0] for place in full.default_rules if place not in site.default_rules}) <= 1
        ):
            options = (RuleSet(), inherited)
            sites = [
                replace(one, default_rules={**one.default_rules, key: rules}) for one in sites for rules in options
            ]
    yield from sites


FILLERS: tuple[Filler, ...] = (
    _fill_settings,
    _fill_users,
    _fill_groups,
    _fill_sets,
    _fill_projects,
    _fill_contents,
    _fill_rules,
)
