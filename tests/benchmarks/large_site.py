"""Large sites made directly as snapshots: no server, the same site for the same figures.

Seven of ten projects are locked, a twelfth of them public; rule sets come from a few patterns, one unlocked item in
ten has rules of its own. All reads are complete, so that every rule of a policy is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from auditor.audit import EVERYTHING
from auditor.model import (
    Column,
    Connection,
    Content,
    Coverage,
    DataSource,
    Grantee,
    GranteeKind,
    Group,
    Identity,
    Inventory,
    Kind,
    Ledger,
    Lock,
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

LOOK = ("Read", "Filter", "ViewComments", "AddComment", "ExportImage", "ExportData")
MORE = ("ViewUnderlyingData", "WebAuthoring", "ExportXml", "Connect", "Write", "ShareView")
ROLES = ("Viewer", "Viewer", "Viewer", "Explorer", "ExplorerCanPublish", "Creator", "SiteAdministratorCreator")
RULED = (Kind.WORKBOOK, Kind.DATASOURCE, Kind.FLOW)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a site is to be; `guest`: are visitors without an account let in?"""

    workbooks: int
    users: int
    groups: int
    guest: bool = True

    @property
    def projects(self) -> int:
        """Fifty workbooks a project."""
        return max(12, self.workbooks // 50)


SMALL, MIDDLE, LARGE = Size(5_000, 600, 200), Size(25_000, 10_000, 1_000), Size(100_000, 100_000, 5_000)


@dataclass(slots=True)
class _Maker:
    size: Size
    rng: Random

    def site(self) -> Snapshot:
        users = {f"u{n:06}": self._user(n) for n in range(self.size.users)}
        users["guest"] = User("guest", "guest", "Guest")
        groups = {"all": Group("all", "All Users", is_everyone=True)}
        groups |= {f"g{n:05}": Group(f"g{n:05}", f"Group {n}") for n in range(self.size.groups - 1)}
        names, ids = list(users)[:-1], list(groups)
        members = {group: frozenset(self.rng.choices(names, k=self.rng.randint(2, 60))) for group in ids[1:]}
        projects = self._projects(names)
        patterns = [self._pattern(ids, names) for _ in range(max(20, self.size.projects // 3))]
        templates = {(p, kind): self._template(n, patterns) for n, p in enumerate(projects) for kind in RULED}
        rules = {Ref(Kind.PROJECT, p): self._of_project(n, ids) for n, p in enumerate(projects)}
        contents, own, connections, inventories = self._contents(projects, names, patterns)
        site = Snapshot(
            provenance=Provenance(
                server="https://bi.example.org", site_id="s-large", site_name="Large", is_cloud=False,
                signed_in_as=Identity("u000000", "admin", "SiteAdministratorCreator", is_admin=True),
            ),
            settings={"guestAccessEnabled": self.size.guest, "authoringEnabled": True, "explainDataEnabled": True,
                      "state": "Active", "embedding.unrestrictedEmbedding": True},
            projects=projects, users=users, groups=groups, group_members=members, default_rules=templates,
            contents=contents, rules={**rules, **own}, connections=connections, connected_apps=(),
            inventories=inventories,
        )  # fmt: skip
        lines = [Coverage(read, 1, 1) for read in sorted({*EVERYTHING, Read.COLUMNS})]
        return replace(site, ledger=Ledger.of(lines))

    def _user(self, number: int) -> User:
        day = f"2025-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}T08:00:00+00:00"
        mail = f"user{number}@example.org"
        return User(f"u{number:06}", f"user{number}", self.rng.choice(ROLES), f"User {number}", mail, last_login=day)

    def _projects(self, names: list[str]) -> dict[str, Project]:
        projects: dict[str, Project] = {"p00000": Project("p00000", "Public", None, names[0], Lock.LOCKED)}
        for n in range(1, self.size.projects):
            public = n % 12 == 0
            parents = list(projects)[: self.size.projects // 4 + 1]
            parent = (
                "p00000" if public else (self.rng.choice(parents[1:]) if n > 3 and self.rng.random() < 0.5 else None)
            )
            lock = Lock.CUSTOMIZABLE
            if self.rng.random() < 0.7:
                lock = self.rng.choice((Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED))
            if parent is not None and projects[parent].lock is Lock.LOCKED:
                lock = Lock.LOCKED
            projects[f"p{n:05}"] = Project(f"p{n:05}", f"Project {n}", parent, self.rng.choice(names), lock)
        return projects

    def _pattern(self, ids: list[str], names: list[str]) -> RuleSet:
        grantees = [Grantee(GranteeKind.GROUP, group) for group in self.rng.sample(ids[1:], k=self.rng.randint(1, 4))]
        if self.rng.random() < 0.3:
            grantees.append(Grantee(GranteeKind.USER, self.rng.choice(names)))
        if self.rng.random() < 0.15:
            grantees.append(Grantee(GranteeKind.GROUP, "all"))
        rules = [Rule(one, name, Mode.ALLOW) for one in grantees for name in LOOK]
        rules += [Rule(one, name, Mode.ALLOW) for one in grantees if self.rng.random() < 0.3 for name in MORE]
        rules += [Rule(one, MORE[0], Mode.DENY) for one in grantees if self.rng.random() < 0.2]
        return RuleSet.of(rules)

    def _template(self, number: int, patterns: list[RuleSet]) -> RuleSet:
        if number % 12:
            return self.rng.choice(patterns)
        guest = Grantee(GranteeKind.USER, "guest")
        more = MORE[:3] if number % 36 == 0 else ()
        return RuleSet.of([Rule(guest, name, Mode.ALLOW) for name in (*LOOK, *more)])

    def _of_project(self, number: int, ids: list[str]) -> RuleSet:
        holder = (
            Grantee(GranteeKind.USER, "guest") if number % 12 == 0 else Grantee(GranteeKind.GROUP, self.rng.choice(ids))
        )
        rules = [Rule(holder, "Read", Mode.ALLOW)]
        if self.rng.random() < 0.2:
            rules.append(Rule(Grantee(GranteeKind.GROUP, self.rng.choice(ids[1:])), "ProjectLeader", Mode.ALLOW))
        return RuleSet.of(rules)

    def _contents(self, projects: dict[str, Project], names: list[str], patterns: list[RuleSet]):
        contents, rules = dict[Ref, Content](), dict[Ref, RuleSet]()
        connections, inventories = dict[Ref, tuple[Connection, ...]](), dict[Ref, Inventory]()
        ids = list(projects)
        sources = [f"d{n:06}" for n in range(self.size.workbooks // 10)]
        for number, one in enumerate(sources):
            project = ids[number % len(ids)]
            item = self._item(Kind.DATASOURCE, one, f"Source {number}", project, names)
            contents[item.ref] = item
            self._rule(item, projects, patterns, rules)
            connections[item.ref] = (Connection(f"c-{one}", "sqlserver", "db", "svc_bi", embeds_password=True),)
        for number in range(self.size.workbooks):
            project = ids[number % len(ids)]
            item = self._item(Kind.WORKBOOK, f"w{number:06}", f"Workbook {number}", project, names)
            contents[item.ref] = item
            self._rule(item, projects, patterns, rules)
            connections[item.ref] = (self._connection(number, sources),)
            if number % len(ids) % 12 == 0:
                inventories[item.ref] = _below(item, number)
        for number in range(self.size.workbooks):
            workbook = contents[Ref(Kind.WORKBOOK, f"w{number:06}")]
            for place in range(self.rng.randint(3, 5)):
                view = Content(
                    Kind.VIEW, f"v{number:06}-{place}", f"Sheet {place}", workbook.project_id, workbook.owner_id,
                    workbook.id, personal_space=False, hidden=False,
                )  # fmt: skip
                contents[view.ref] = view
                if workbook.tabs_shown is False:
                    self._rule(view, projects, patterns, rules)
        return contents, rules, connections, inventories

    def _item(self, kind: Kind, one: str, name: str, project: str, names: list[str]) -> Content:
        return Content(
            kind, one, name, project, self.rng.choice(names), personal_space=False,
            tabs_shown=self.rng.random() < 0.6 if kind is Kind.WORKBOOK else None, has_extracts=self.rng.random() < 0.5,
            certified=False, content_url=name.replace(" ", ""), web_url=f"https://bi.example.org/#/{kind}/{one}",
            updated_at="2026-01-02T03:04:05Z",
        )  # fmt: skip

    def _rule(self, item: Content, projects: dict[str, Project], patterns: list[RuleSet], rules: dict) -> None:
        project = projects[item.project_id or ""]
        if project.lock is Lock.CUSTOMIZABLE:
            number = int(project.id[1:])
            rules[item.ref] = patterns[number % len(patterns)] if self.rng.random() < 0.9 else self.rng.choice(patterns)

    def _connection(self, number: int, sources: list[str]) -> Connection:
        if number % 2 or not sources:
            return Connection(f"c{number}", "hyper", embeds_password=True)
        source = self.rng.choice(sources)
        return Connection(
            f"c{number}", "sqlproxy", embeds_password=True, datasource_id=source, datasource_name=f"Source {source}"
        )


def _below(item: Content, number: int) -> Inventory:
    personal = {"person_name": 0.9} if number % 9 == 0 else {}
    columns = (
        Column("Name", type="string", used=False, hidden=False, in_extract=True, classes=personal, evidence=("name",)),
        Column("Year", type="integer", used=True, hidden=False, in_extract=True),
    )
    source = DataSource("Sales", published=False, row_level=bool(personal), live=False, used=True, columns=columns)
    return Inventory("workbook", item.id, item.name, data_sources=(source,), tabs_shown=item.tabs_shown)


def large_site(size: Size, seed: int = 11) -> Snapshot:
    """The site of a size; the same for the same seed."""
    return _Maker(size, Random(seed)).site()


def changed(site: Snapshot) -> Snapshot:
    """The same site some days later: one unlocked project in ten opened to all, a few items moved."""

    everyone = Rule(Grantee(GranteeKind.GROUP, "all"), "Read", Mode.ALLOW)
    rules = dict(site.rules)
    for place, (ref, found) in enumerate(site.rules.items()):
        if place % 50 == 0:
            rules[ref] = RuleSet.of((*found.rules, everyone))
    contents = dict(site.contents)
    homes = list(site.projects)
    for place, (ref, item) in enumerate(site.contents.items()):
        if ref.kind is Kind.WORKBOOK and place % 500 == 0:
            contents[ref] = replace(item, project_id=homes[place % len(homes)])
    return replace(site, rules=rules, contents=contents)
