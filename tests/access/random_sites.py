"""Random sites of all shapes, as plain data: `random_site(seed_or_rng, size) -> Snapshot`, and `sites()` for hypothesis.

A site from here is complete: every fact is there and the ledger says so. `forget(snapshot, rng, count)` takes reads
away again. Sites are not all healthy: locks and the server's own word on them may disagree, grantees may be unknown,
an Allow and a Deny may stand side by side, roles and capabilities may be words that nobody has heard of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from auditor.model import (
    CONTENT_KINDS,
    LIST_READ,
    RULES_READ,
    Connection,
    Content,
    Coverage,
    Grantee,
    GranteeKind,
    Group,
    GroupSet,
    Kind,
    Ledger,
    Lock,
    Miss,
    Mode,
    Project,
    Provenance,
    Read,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)
from auditor.model.vocabulary import natives_of_kind

ROLES = (
    "ServerAdministrator",
    "SiteAdministratorCreator",
    "SiteAdministratorExplorer",
    "Creator",
    "Creator",
    "ExplorerCanPublish",
    "Explorer",
    "Explorer",
    "Viewer",
    "Viewer",
    "Viewer",
    "Unlicensed",
    "UnlicensedWithPublish",
    "ReadOnly",
    "Interactor",
    "Publisher",
    "SupportUser",
    "WizardOfTheFuture",
)
LOCKS = (Lock.CUSTOMIZABLE, Lock.CUSTOMIZABLE, Lock.CUSTOMIZABLE, Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED)
FUTURE = "FutureThing"
ALL_USERS = "g-all"
GUEST = "u-guest"


def random_site(seed_or_rng: int | Random, size: int = 8) -> Snapshot:
    """A site with about `size` users, items and projects. The same seed and size give the same site."""
    rng = seed_or_rng if isinstance(seed_or_rng, Random) else Random(seed_or_rng)
    users = _users(rng, size)
    groups, members = _groups(rng, size, tuple(users))
    group_sets = _group_sets(rng, tuple(groups))
    grantees = _grantees(rng, tuple(users), tuple(groups), tuple(group_sets))
    projects = _projects(rng, max(1, size // 2), tuple(users))
    contents = _contents(rng, size, tuple(projects), tuple(users))
    rules: dict[Ref, RuleSet] = {project.ref: _project_rules(rng, grantees) for project in projects.values()}
    rules |= {ref: _rules(rng, grantees, ref.kind) for ref in contents}
    templates = {
        (project_id, kind): _rules(rng, grantees, kind)
        for project_id in projects
        for kind in CONTENT_KINDS
        if kind is not Kind.VIEW
    }
    snapshot = Snapshot(
        provenance=Provenance(
            server="https://bi.example", site_id="site-1", site_name="Random", is_cloud=rng.random() < 0.1
        ),
        settings=_settings(rng),
        projects=projects,
        contents=contents,
        users=users,
        groups=groups,
        group_members=members,
        group_sets=group_sets,
        rules=rules,
        default_rules=templates,
        connections=_connections(rng, contents),
        connected_apps=(),
    )
    return replace(snapshot, ledger=full_ledger(snapshot))


def full_ledger(snapshot: Snapshot) -> Ledger:
    """A ledger in which everything that the snapshot holds was expected and got."""
    lines = [
        Coverage(Read.SITE, 1, 1),
        Coverage(Read.USERS, len(snapshot.users), len(snapshot.users)),
        Coverage(Read.GROUPS, len(snapshot.groups), len(snapshot.groups)),
        Coverage(Read.GROUP_MEMBERS, len(snapshot.groups), len(snapshot.groups)),
        Coverage(Read.GROUP_SETS, len(snapshot.group_sets), len(snapshot.group_sets)),
        Coverage(Read.DEFAULT_PERMISSIONS, len(snapshot.default_rules), len(snapshot.default_rules)),
        Coverage(Read.WORKBOOK_CONNECTIONS, len(snapshot.connections), len(snapshot.connections)),
        Coverage(Read.CONNECTED_APPS, 0, 0),
        Coverage(Read.EMBEDDING, 1, 1),
    ]
    for kind in (Kind.PROJECT, *CONTENT_KINDS):
        count = sum(1 for subject in snapshot.subjects() if subject.kind is kind)
        lines.append(Coverage(LIST_READ[kind], count, count))
        lines.append(Coverage(RULES_READ[kind], count, count))
    return Ledger.of(lines)


def _settings(rng: Random) -> dict[str, bool | int | str]:
    return {
        "guestAccessEnabled": rng.random() < 0.7,
        "authoringEnabled": rng.random() < 0.7,
        "explainDataEnabled": rng.random() < 0.7,
        "flowsEnabled": rng.random() < 0.9,
        "state": "Suspended" if rng.random() < 0.05 else "Active",
        "embedding.unrestrictedEmbedding": rng.random() < 0.5,
    }


def _users(rng: Random, size: int) -> dict[str, User]:
    names = [f"u{n}" for n in range(max(2, size))]
    users = {name: User(name, f"user {name}", rng.choice(ROLES), email=f"{name}@bi.example") for name in names}
    if rng.random() < 0.85:
        users[GUEST] = User(GUEST, "guest", "Guest")
    return users


def _groups(rng: Random, size: int, users: tuple[str, ...]) -> tuple[dict[str, Group], dict[str, frozenset[str]]]:
    groups = {ALL_USERS: Group(ALL_USERS, "All Users", is_everyone=True)}
    groups |= {f"g{n}": Group(f"g{n}", f"Group {n}") for n in range(max(2, size // 2))}
    pool = (*users, "u-stranger") if rng.random() < 0.2 else users
    members = {group: frozenset(user for user in pool if rng.random() < 0.35) for group in groups if group != ALL_USERS}
    return groups, members


def _group_sets(rng: Random, groups: tuple[str, ...]) -> dict[str, GroupSet]:
    return {
        f"s{n}": GroupSet(
            f"s{n}", f"Set {n}", tuple(sorted(rng.sample(groups, k=min(len(groups), rng.choice((1, 2, 2, 3))))))
        )
        for n in range(rng.choice((0, 1, 2)))
    }


def _grantees(
    rng: Random, users: tuple[str, ...], groups: tuple[str, ...], sets: tuple[str, ...]
) -> tuple[Grantee, ...]:
    found = [Grantee(GranteeKind.GROUP, ALL_USERS)] * 3
    found += [Grantee(GranteeKind.GROUP, group) for group in groups]
    found += [Grantee(GranteeKind.GROUP_SET, one) for one in sets]
    found += [Grantee(GranteeKind.USER, user) for user in rng.sample(users, k=min(3, len(users)))]
    if GUEST in users:
        found.append(Grantee(GranteeKind.USER, GUEST))
    if rng.random() < 0.15:
        found.append(Grantee(GranteeKind.USER, "u-stranger"))
    return tuple(found)


def _projects(rng: Random, count: int, users: tuple[str, ...]) -> dict[str, Project]:
    projects: dict[str, Project] = {}
    for n in range(count):
        parent = rng.choice([None, *projects]) if projects else None
        owner = rng.choice([user for user in users if user != GUEST])  # Guest can own nothing (4.2)
        lock = rng.choice(LOCKS)
        above, healthy = _lock_above(projects, parent), rng.random() < 0.8
        controlling = None
        if above is not None and healthy:
            lock, controlling = Lock.LOCKED, above
        elif lock is not Lock.CUSTOMIZABLE and rng.random() < 0.5:
            controlling = f"p{n}"
        elif not healthy:
            controlling = rng.choice([None, f"p{n}", *projects])
        projects[f"p{n}"] = Project(f"p{n}", f"Project {n}", parent, owner, lock, controlling)
    return projects


def _lock_above(projects: dict[str, Project], parent: str | None) -> str | None:
    top = None
    while parent is not None:
        if projects[parent].lock is Lock.LOCKED:
            top = parent
        parent = projects[parent].parent_id
    return top


def _contents(rng: Random, size: int, projects: tuple[str, ...], users: tuple[str, ...]) -> dict[Ref, Content]:
    contents: dict[Ref, Content] = {}
    for n in range(max(2, size)):
        kind = rng.choice((Kind.WORKBOOK, Kind.WORKBOOK, Kind.WORKBOOK, Kind.DATASOURCE, *CONTENT_KINDS))
        if kind in (Kind.VIEW, Kind.TABLE):
            kind = Kind.WORKBOOK
        personal = kind in (Kind.WORKBOOK, Kind.DATASOURCE, Kind.FLOW) and rng.random() < 0.08
        item = Content(
            kind=kind,
            id=f"{kind.value}{n}",
            name=f"Item {n}",
            project_id=None if personal else rng.choice(projects),
            owner_id=rng.choice([user for user in users if user != GUEST]),
            personal_space=personal,
            tabs_shown=(rng.random() < 0.4) if kind is Kind.WORKBOOK else None,
            has_extracts=rng.random() < 0.5,
            tags=tuple(rng.sample(("sandbox", "public", "finance"), k=rng.choice((0, 0, 1)))),
            content_url=f"Item{n}",
        )
        contents[item.ref] = item
        if kind is Kind.WORKBOOK:
            contents |= {view.ref: view for view in _views(rng, item)}
        if kind is Kind.DATABASE:
            table = Content(
                Kind.TABLE, f"table{n}", f"Table {n}", item.project_id, item.owner_id, item.id, personal_space=False
            )
            contents[table.ref] = table
    return contents


def _views(rng: Random, workbook: Content) -> list[Content]:
    return [
        Content(
            Kind.VIEW,
            f"{workbook.id}-v{n}",
            f"View {n}",
            workbook.project_id,
            workbook.owner_id,
            workbook.id,
            personal_space=workbook.personal_space,
            hidden=False,
        )
        for n in range(rng.choice((1, 1, 2)))
    ]


def _rules(rng: Random, grantees: tuple[Grantee, ...], kind: Kind) -> RuleSet:
    names = (*natives_of_kind(kind), FUTURE)
    rules: list[Rule] = []
    for grantee in rng.sample(grantees, k=min(len(grantees), rng.choice((0, 1, 2, 3, 4)))):
        for name in names:
            if name == "InheritedProjectLeader" and rng.random() < 0.9:
                continue
            dice = rng.random()
            if dice < 0.45:
                rules.append(Rule(grantee, name, Mode.ALLOW))
            if 0.42 < dice < 0.6:
                rules.append(Rule(grantee, name, Mode.DENY))
    return RuleSet.of(rules)


def _project_rules(rng: Random, grantees: tuple[Grantee, ...]) -> RuleSet:
    rules: list[Rule] = []
    for grantee in rng.sample(grantees, k=min(len(grantees), 3)):
        rules += [Rule(grantee, name, rng.choice(list(Mode))) for name in ("Read", "Write") if rng.random() < 0.5]
        dice = rng.random()
        if dice < 0.12:
            rules.append(Rule(grantee, "ProjectLeader", Mode.ALLOW))
        elif dice < 0.2:
            rules.append(Rule(grantee, "ProjectLeader", Mode.DENY))
        elif dice < 0.24:
            rules.append(Rule(grantee, "InheritedProjectLeader", Mode.ALLOW))
    return RuleSet.of(rules)


def _connections(rng: Random, contents: dict[Ref, Content]) -> dict[Ref, tuple[Connection, ...]]:
    sources = [ref for ref in contents if ref.kind is Kind.DATASOURCE]
    return {
        ref: tuple(_connection(rng, f"{ref.id}-c{n}", sources) for n in range(rng.choice((0, 1, 1, 2))))
        for ref in contents
        if ref.kind is Kind.WORKBOOK
    }


def _connection(rng: Random, id_: str, sources: list[Ref]) -> Connection:
    embeds = rng.random() < 0.6
    if sources and rng.random() < 0.6:
        source = rng.choice(sources).id
        return Connection(
            id_, "sqlproxy", embeds_password=embeds, datasource_id=source, datasource_name=f"Source {source}"
        )
    return Connection(id_, rng.choice(("hyper", "sqlserver", "textscan", "postgres")), embeds_password=embeds)


def forget(snapshot: Snapshot, rng: Random, count: int = 1) -> tuple[Snapshot, tuple[str, ...]]:
    """The same site with a few reads taken away, and what was taken."""
    taken: list[str] = []
    for _ in range(count):
        snapshot, what = rng.choice(FORGETTERS)(snapshot, rng)
        taken.append(what)
    return snapshot, tuple(taken)


def _miss(snapshot: Snapshot, read: Read, miss: Miss) -> Ledger:
    line = snapshot.ledger.line(read) or Coverage(read, 1, 1)
    changed = Coverage(read, line.expected, max(0, line.got - 1), (*line.missing, miss))
    return Ledger.of([*(old for old in snapshot.ledger.lines.values() if old.read != read), changed])


def _lose(snapshot: Snapshot, name: str, key: object, read: Read, kind: Kind) -> Snapshot:
    table = {k: v for k, v in getattr(snapshot, name).items() if k != key}
    miss = Miss(kind, str(key), str(key), "HTTP 403 (made up)", "sign in as an administrator")
    return replace(snapshot, **{name: table}, ledger=_miss(snapshot, read, miss))


def _forget_rules(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    if not snapshot.rules:
        return snapshot, "nothing"
    ref = rng.choice(list(snapshot.rules))
    return _lose(snapshot, "rules", ref, RULES_READ[ref.kind], ref.kind), f"rules of {ref}"


def _forget_template(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    if not snapshot.default_rules:
        return snapshot, "nothing"
    key = rng.choice(list(snapshot.default_rules))
    return _lose(snapshot, "default_rules", key, Read.DEFAULT_PERMISSIONS, Kind.PROJECT), f"template {key}"


def _forget_members(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    if not snapshot.group_members:
        return snapshot, "nothing"
    key = rng.choice(list(snapshot.group_members))
    return _lose(snapshot, "group_members", key, Read.GROUP_MEMBERS, Kind.GROUP), f"members of {key}"


def _forget_set(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    if not snapshot.group_sets:
        return snapshot, "nothing"
    key = rng.choice(list(snapshot.group_sets))
    return _lose(snapshot, "group_sets", key, Read.GROUP_SETS, Kind.GROUP), f"group set {key}"


def _forget_lock(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    key = rng.choice(list(snapshot.projects))
    changed = replace(snapshot.projects[key], lock=Lock.UNKNOWN)
    return replace(snapshot, projects={**snapshot.projects, key: changed}), f"lock of {key}"


def _forget_tabs(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    books = [ref for ref in snapshot.contents if ref.kind is Kind.WORKBOOK]
    if not books:
        return snapshot, "nothing"
    ref = rng.choice(books)
    changed = replace(snapshot.contents[ref], tabs_shown=None)
    return replace(snapshot, contents={**snapshot.contents, ref: changed}), f"tabs of {ref}"


def _forget_settings(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    kept = {name: value for name, value in snapshot.settings.items() if name.startswith("embedding.")}
    miss = Miss(Kind.SITE, "site-1", "Random", "HTTP 403 (made up)", "sign in as an administrator")
    return replace(snapshot, settings=kept, ledger=_miss(snapshot, Read.SITE, miss)), "site settings"


def _forget_user(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    if not snapshot.users:
        return snapshot, "nothing"
    key = rng.choice(list(snapshot.users))
    return _lose(snapshot, "users", key, Read.USERS, Kind.USER), f"user {key}"


def _forget_owner(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    refs = [ref for ref in snapshot.contents if ref.kind not in (Kind.VIEW, Kind.WORKBOOK)]
    if not refs:
        return snapshot, "nothing"
    ref = rng.choice(refs)
    changed = replace(snapshot.contents[ref], owner_id=None)
    return replace(snapshot, contents={**snapshot.contents, ref: changed}), f"owner of {ref}"


def _forget_project(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    if len(snapshot.projects) < 2:
        return snapshot, "nothing"
    key = rng.choice(list(snapshot.projects))
    lost = _lose(snapshot, "projects", key, Read.PROJECTS, Kind.PROJECT)
    rules = {ref: rules for ref, rules in lost.rules.items() if ref != Ref(Kind.PROJECT, key)}
    templates = {place: rules for place, rules in lost.default_rules.items() if place[0] != key}
    return replace(lost, rules=rules, default_rules=templates), f"project {key}"


def _forget_connections(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    if not snapshot.connections:
        return snapshot, "nothing"
    key = rng.choice(list(snapshot.connections))
    return _lose(snapshot, "connections", key, Read.WORKBOOK_CONNECTIONS, Kind.WORKBOOK), f"connections of {key}"


def _forget_groups(snapshot: Snapshot, rng: Random) -> tuple[Snapshot, str]:
    miss = Miss(Kind.GROUP, "", "", "HTTP 403 (made up)", "sign in as an administrator")
    return replace(snapshot, groups={}, group_members={}, ledger=_miss(snapshot, Read.GROUPS, miss)), "all groups"


FORGETTERS: tuple[Callable[[Snapshot, Random], tuple[Snapshot, str]], ...] = (
    _forget_rules,
    _forget_rules,
    _forget_template,
    _forget_template,
    _forget_members,
    _forget_members,
    _forget_set,
    _forget_lock,
    _forget_tabs,
    _forget_settings,
    _forget_user,
    _forget_owner,
    _forget_project,
    _forget_connections,
    _forget_groups,
)


@st.composite
def sites(draw: st.DrawFn, max_size: int = 10) -> Snapshot:
    """Random sites for hypothesis; smaller ones first when a failure is narrowed down."""
    size = draw(st.integers(2, max_size))
    return random_site(draw(st.integers(0, 2**20)), size)
