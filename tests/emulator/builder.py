"""A site in a few lines.

    s = site("Open Data", content_url="opendata", guest_access=True)
    alice = s.user("alice", role="Explorer")
    public = s.project("Public", locked="LockedToProject")
    wb = public.project("Justice").workbook("Firearms", owner=alice).allow(s.all_users, "Read", "ViewUnderlyingData")
    wb.view("Overview")

Identifiers depend only on names and places, so the same lines always give the same site.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.emulator.content import Database, Datasource, Flow, VirtualConnection, Workbook
from tests.emulator.metadata import MetadataAPI
from tests.emulator.project import Project
from tests.emulator.settings import SETTINGS
from tests.emulator.things import Grantee, Group, GroupSet, Principal, Thing, User, luid
from tests.emulator.xml import Value

GraphQL = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass
class ConnectedApp:
    name: str
    client_id: str
    enabled: bool = True
    unrestricted_embedding: bool | None = None
    domain_safelist: str | None = None
    project: Project | None = None
    extra: dict[str, Value] = field(default_factory=dict)


class Site:
    """A site. It has an administrator (`admin`, who owns what nobody else was named for), a Guest and All Users.

    `cloud` makes it a site of Tableau Cloud: no Guest, no list of sites.
    `guest_in_all_users` decides whether the list of All Users' members names Guest (reference: unknown of real servers).
    `own_id_when_unlocked` lets unlocked projects report themselves as controlling project, as some servers do.
    """

    def __init__(
        self,
        name: str,
        *,
        content_url: str | None = None,
        guest_access: bool = False,
        settings: dict[str, Value] | None = None,
        cloud: bool = False,
        admin_role: str | None = None,
        guest_in_all_users: bool = False,
        own_id_when_unlocked: bool = False,
    ) -> None:
        self.name = name
        self.content_url = content_url if content_url is not None else "".join(c for c in name.lower() if c.isalnum())
        self.luid = luid("site", self.content_url)
        self.cloud = cloud
        self.guest_in_all_users = guest_in_all_users
        self.own_id_when_unlocked = own_id_when_unlocked
        self.things: defaultdict[str, dict[str, Thing]] = defaultdict(dict)
        self.revision = 0
        self.lock = threading.RLock()
        self.omissions: defaultdict[str, set[str]] = defaultdict(set)
        self.additions: defaultdict[str, dict[str, Value]] = defaultdict(dict)
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._number = 0
        self.settings: dict[str, Value] = {
            **SETTINGS,
            "guestAccessEnabled": guest_access and not cloud,
            **(settings or {}),
        }
        self.embedding_settings: dict[str, Value] | None = {"unrestrictedEmbedding": True}
        self.connected_apps: list[ConnectedApp] = []
        self.metadata: GraphQL | None = MetadataAPI(self)
        self.all_users = Group(self, "All Users", members=[])
        self.admin = User(
            self, "admin", role=admin_role or ("SiteAdministratorCreator" if cloud else "ServerAdministrator")
        )
        self.system = User(self, "_system", role="ServerAdministrator", listed=False)
        self.guest = User(self, "guest", role="Guest", listed=not cloud)

    # What is in it -----------------------------------------------------------------------------------------

    def user(self, name: str, *, role: str = "Viewer", **attributes: Value) -> User:
        """A user; any text will do for a role. Further attributes are the answer's own (`email`, `lastLogin` …)."""
        return User(self, name, role=role).attributes(**attributes)

    def group(
        self, name: str, *, members: list[User] | None = None, domain: str = "local", **attributes: Value
    ) -> Group:
        """A group; attributes are the answer's own (`minimumSiteRole`, `ephemeralUsersEnabled` …)."""
        return Group(self, name, members=list(members or []), domain=domain, **attributes)

    def group_set(self, name: str, groups: list[Group]) -> GroupSet:
        return GroupSet(self, name, list(groups))

    def grantee(self, element: str, name: str = "someone") -> Grantee:
        """A grantee of a type of one's own making, for what future servers may send."""
        return Grantee(element, luid("grantee", element, name))

    def project(
        self,
        name: str,
        *,
        parent: Project | None = None,
        owner: User | None = None,
        locked: str | None = None,
        description: str = "",
    ) -> Project:
        return Project(self, name, parent=parent, owner=owner or self.admin, locked=locked, description=description)

    def personal_workbook(self, name: str, *, owner: User, tabs: bool = True) -> Workbook:
        return Workbook(self, name, tabs=tabs, project=None, owner=owner, tags=[])

    def workbook(self, name: str, *, project: Project, **more: Any) -> Workbook:
        return project.workbook(name, **more)

    def datasource(self, name: str, *, project: Project, **more: Any) -> Datasource:
        return project.datasource(name, **more)

    def flow(self, name: str, *, project: Project, **more: Any) -> Flow:
        return project.flow(name, **more)

    def virtual_connection(self, name: str, *, project: Project, **more: Any) -> VirtualConnection:
        return project.virtual_connection(name, **more)

    def database(self, name: str, *, owner: User | None = None) -> Database:
        """A database outside projects, as servers before 2022.3 have them."""
        return Database(self, name, project=None, owner=owner or self.admin, tags=[])

    def connected_app(
        self,
        name: str,
        *,
        enabled: bool = True,
        unrestricted_embedding: bool | None = None,
        domain_safelist: str | None = None,
        project: Project | None = None,
        **extra: Value,
    ) -> ConnectedApp:
        app = ConnectedApp(
            name, luid(self.luid, "app", name), enabled, unrestricted_embedding, domain_safelist, project, extra
        )
        self.connected_apps.append(app)
        return app

    def embedding(self, *, unrestricted: bool | None = True, allow_list: str | None = None) -> Self:
        """The embedding settings; `unrestricted=None` leaves the attribute out."""
        self.embedding_settings = {"unrestrictedEmbedding": unrestricted, "allowList": allow_list}
        return self

    def no_embedding_settings(self) -> Self:
        """A server that does not know the embedding settings: 404."""
        self.embedding_settings = None
        return self

    def omit(self, kind: str, *names: str) -> Self:
        """Attributes or child elements that no answer about this kind (`site`, `project`, `view` …) holds."""
        self.omissions[kind].update(names)
        return self

    def attributes(self, kind: str, **values: Value) -> Self:
        """Attributes that every element of this kind holds besides its own."""
        self.additions[kind].update(values)
        return self

    # For the things themselves -----------------------------------------------------------------------------

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def _count(self, key: str) -> int:
        self._counts[key] += 1
        return self._counts[key]

    def new_luid(self, kind: str, *path: str) -> str:
        count = self._count("\x1f".join((kind, *path)))
        return luid(self.content_url, kind, *path, *([str(count)] if count > 1 else []))

    def new_content_url(self, name: str) -> str:
        plain = "".join(c for c in name if c.isalnum() or c in "-_") or "Workbook"
        count = self._count(f"url\x1f{plain}")
        return plain if count == 1 else f"{plain}_{count}"

    def add(self, thing: Thing) -> None:
        with self.lock:
            self.things[thing.kind][thing.luid] = thing
            self.revision += 1

    def remove(self, thing: Thing) -> None:
        with self.lock:
            self.things[thing.kind].pop(thing.luid, None)
            self.revision += 1

    def users(self) -> list[User]:
        """The users that the list of users names."""
        return [u for u in self.things["user"].values() if isinstance(u, User) and u.listed]

    def members(self, group: Group) -> list[User]:
        """The members that the server lists; those of All Users follow from the users."""
        if group is not self.all_users:
            return group.members
        return [u for u in self.users() if self.guest_in_all_users or u is not self.guest]

    def user_named(self, name: str) -> User | None:
        return next((u for u in self.things["user"].values() if isinstance(u, User) and u.name == name), None)


def site(name: str, **options: Any) -> Site:
    """A new site; see `Site` for the options."""
    return Site(name, **options)


__all__ = ["ConnectedApp", "Principal", "Site", "site"]
