"""From the few lines of a policy test to a snapshot with a whole ledger. Identifiers are made of kinds and paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.model import (
    Column,
    ConnectedApp,
    Connection,
    Content,
    DataSource,
    Disclosure,
    FileConnection,
    Grantee,
    GranteeKind,
    Group,
    Identity,
    Inventory,
    Kind,
    Mode,
    Project,
    Provenance,
    Ref,
    Rule,
    RuleSet,
    SettingValue,
    Snapshot,
    User,
    join_path,
    split_path,
)
from auditor.model.vocabulary import CAPABILITIES
from auditor.policy.testing import (
    ColumnModel,
    ConnectionModel,
    ItemModel,
    ProjectModel,
    RulesBlock,
    SiteModel,
    SourceModel,
)
from auditor.policy.testing_unread import without

SITE_ID = "site"
ALL_USERS = "All Users"
GUEST = "guest"
_SETTINGS: Mapping[str, SettingValue] = {
    "guestAccessEnabled": True,
    "authoringEnabled": True,
    "revisionHistoryEnabled": True,
    "revisionLimit": 25,
    "explainDataEnabled": True,
    "embedding.unrestrictedEmbedding": False,
    "embedding.allowList": "",
}


def snapshot_of(site: SiteModel) -> Snapshot:
    """The snapshot that the lines describe."""
    builder = _Builder(site)
    builder.build()
    return builder.snapshot()


def project_id(path: str) -> str:
    """The id of a project in such a snapshot."""
    return f"project:{join_path(split_path(path))}"


def item_id(kind: Kind, path: str) -> str:
    """The id of an item in such a snapshot."""
    return f"{kind}:{join_path(split_path(path))}"


def natives_for(names: Iterable[str], kind: Kind) -> list[str]:
    """The server's names for what a test writes; a name that nobody knows stands for itself."""
    found: list[str] = []
    for name in names:
        if name.startswith("native:"):
            found.append(name.removeprefix("native:"))
            continue
        on_kind = [word.native for word in CAPABILITIES if name in (word.neutral, word.native) and kind in word.kinds]
        known = [word.native for word in CAPABILITIES if name in (word.neutral, word.native)]
        found += on_kind or known[:1] or [name]
    return list(dict.fromkeys(found))


@dataclass(slots=True)
class _Builder:
    site: SiteModel
    projects: dict[str, Project] = field(default_factory=dict)
    contents: dict[Ref, Content] = field(default_factory=dict)
    rules: dict[Ref, RuleSet] = field(default_factory=dict)
    default_rules: dict[tuple[str, Kind], RuleSet] = field(default_factory=dict)
    connections: dict[Ref, tuple[Connection, ...]] = field(default_factory=dict)
    inventories: dict[Ref, Inventory] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)

    def build(self) -> None:
        """Everything, in the order in which things need each other."""
        self._people()
        for path, project in self.site.projects.items():
            self._project(path, project)
        tables = (
            (Kind.WORKBOOK, self.site.workbooks),
            (Kind.DATASOURCE, self.site.datasources),
            (Kind.FLOW, self.site.flows),
            (Kind.VIRTUAL_CONNECTION, self.site.virtual_connections),
        )
        for kind, table in tables:
            for path, item in table.items():
                self._item(kind, path, item)

    def _people(self) -> None:
        roles = {GUEST: "Guest", "admin": "SiteAdministratorCreator"} | self.site.users
        for name, role in roles.items():
            self.users[name] = User(name, name, role, email=name if "@" in name else None)
        self.groups[ALL_USERS] = Group(ALL_USERS, ALL_USERS, is_everyone=True)
        for name, members in self.site.groups.items():
            self.groups[name] = Group(name, name)
            self.members[name] = frozenset(members)

    def _project(self, path: str, model: ProjectModel) -> None:
        key = project_id(path)
        parts = split_path(path)
        parent = project_id(join_path(parts[:-1])) if len(parts) > 1 else None
        if parent is not None and parent not in self.projects:
            self._project(join_path(parts[:-1]), self.site.projects.get(join_path(parts[:-1]), ProjectModel()))
        if model.parent_unread:
            parent = f"{key}:parent"
        controlling = project_id(model.controlling) if model.controlling else None
        self.projects[key] = Project(key, parts[-1], parent, model.owner or "admin", model.lock, controlling)
        self.rules[Ref(Kind.PROJECT, key)] = self._rules(model, Kind.PROJECT)
        for kind in (Kind.WORKBOOK, Kind.DATASOURCE, Kind.FLOW, Kind.VIRTUAL_CONNECTION):
            self.default_rules[(key, kind)] = self._rules(model.defaults.get(kind, RulesBlock()), kind)

    def _rules(self, block: RulesBlock, kind: Kind) -> RuleSet:
        rules: list[Rule] = []
        for mode, grants in ((Mode.ALLOW, block.allow), (Mode.DENY, block.deny)):
            for name, capabilities in grants.items():
                grantee = Grantee(GranteeKind.USER if name in self.users else GranteeKind.GROUP, name)
                rules += [Rule(grantee, native, mode) for native in natives_for(capabilities, kind)]
        return RuleSet.of(rules)

    def _item(self, kind: Kind, path: str, model: ItemModel) -> None:
        parts = split_path(path)
        project: str | None = project_id(join_path(parts[:-1]))
        if len(parts) == 1 or model.personal_space:
            project = None
        elif project not in self.projects:
            self._project(join_path(parts[:-1]), ProjectModel())
        ref = Ref(kind, item_id(kind, path))
        self.contents[ref] = Content(
            kind=kind,
            id=ref.id,
            name=parts[-1],
            project_id=project,
            owner_id=model.owner or "admin",
            personal_space=True if project is None else None,
            tabs_shown=model.tabs if kind is Kind.WORKBOOK else None,
            certified=model.certified,
            has_extracts=model.extracts,
            tags=model.tags,
            last_published_at=model.published,
            updated_at=model.published,
        )
        self.rules[ref] = self._rules(model, kind)
        self.connections[ref] = tuple(self._connection(ref, index, one) for index, one in enumerate(model.connections))
        if model.data is not None:
            self.inventories[ref] = self._inventory(ref, model)
        for name, view in model.views.items():
            self._view(self.contents[ref], path, name, view)

    def _view(self, book: Content, path: str, name: str, view: ItemModel) -> None:
        ref = Ref(Kind.VIEW, f"view:{join_path((*split_path(path), name))}")
        self.contents[ref] = Content(
            kind=Kind.VIEW,
            id=ref.id,
            name=name,
            project_id=book.project_id,
            parent_id=book.id,
            owner_id=book.owner_id,
            hidden=view.hidden,
            tags=view.tags,
        )
        self.rules[ref] = self._rules(view, Kind.VIEW)

    def _connection(self, ref: Ref, index: int, model: ConnectionModel) -> Connection:
        return Connection(
            id=f"{ref.id}:{index}",
            type=model.type,
            server=model.server,
            user_name=model.user,
            embeds_password=model.embeds_password,
            datasource_id=item_id(Kind.DATASOURCE, model.source) if model.source else None,
        )

    def _inventory(self, ref: Ref, model: ItemModel) -> Inventory:
        return Inventory(
            kind=str(ref.kind),
            id=ref.id,
            name=self.contents[ref].name,
            data_sources=tuple(_source(one) for one in model.data or ()),
            packed_files=model.packed_files,
            digest=model.digest,
            secrets=model.secrets,
        )

    def snapshot(self) -> Snapshot:
        """The facts, less what was not read."""
        apps = tuple(
            ConnectedApp(one.name, one.name, one.enabled, one.projects, None, one.unrestricted)
            for one in self.site.apps
        )
        settings = {**_SETTINGS, **self.site.settings}
        whole = Snapshot(
            provenance=Provenance(
                site_id=SITE_ID,
                site_name=self.site.name,
                site_content_url=self.site.content_url,
                signed_in_as=Identity("admin", "admin", "SiteAdministratorCreator", is_admin=True),
                is_cloud=self.site.cloud,
            ),
            settings={name: value for name, value in settings.items() if value is not None},
            projects=self.projects,
            contents=self.contents,
            users=self.users,
            groups=self.groups,
            group_members=self.members,
            rules=self.rules,
            default_rules=self.default_rules,
            connections=self.connections,
            connected_apps=apps,
            inventories=self.inventories,
        )
        return without(whole, self.site.unread)


def _source(model: SourceModel) -> DataSource:
    disclosed = model.smallest_group is not None or model.small_cells is not None
    connection = FileConnection(
        "hyper", user=model.user, secret_in_file=model.secret_in_file, embeds_password=model.embeds_password
    )
    return DataSource(
        name=model.name,
        published=model.published,
        published_id=item_id(Kind.DATASOURCE, model.published_source) if model.published_source else None,
        live=model.live,
        has_extract=None if model.live is None else not model.live,
        rows=model.rows,
        row_level=model.row_level,
        used=model.used,
        user_filter=model.user_filter,
        connections=(connection,),
        columns=tuple(_column(one) for one in model.columns),
        disclosure=Disclosure(smallest_group=model.smallest_group, small_cells=model.small_cells)
        if disclosed
        else None,
    )


def _column(model: ColumnModel) -> Column:
    return Column(
        name=model.name,
        hidden=model.hidden,
        used=model.used,
        used_in_hidden_only=model.used_in_hidden_only,
        in_extract=model.in_extract,
        classes=dict.fromkeys(model.classes, model.confidence),
        evidence=model.evidence,
        shelves=model.shelves,
        labels=model.labels,
    )
