"""Projects, and the builders of what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tests.emulator.content import Content, Database, Datasource, Flow, VirtualConnection, Workbook
from tests.emulator.things import RuleBook, Thing, User

if TYPE_CHECKING:
    from tests.emulator.builder import Site

C = TypeVar("C", bound=Content)


class Project(Thing, RuleBook):
    """A project. `lock` is what was set on it; what it reports may come from above (see `rules.controlling`)."""

    kind = "project"
    plural = "projects"

    def __init__(
        self, site: Site, name: str, *, parent: Project | None, owner: User, locked: str | None, description: str
    ) -> None:
        RuleBook.__init__(self)
        self.parent = parent
        self.owner = owner
        self.lock = locked
        self.description = description
        self.defaults: dict[str, RuleBook] = {}
        self.children: list[Project] = []
        self.contents: list[Content] = []
        Thing.__init__(self, site, name, *(parent.path if parent else ()), name)
        if parent is not None:
            parent.children.append(self)

    def chain(self) -> list[Project]:
        """This project, its parent, and so on to the root."""
        found: list[Project] = [self]
        while (above := found[-1].parent) is not None:
            found.append(above)
        return found

    def default(self, plural: str) -> RuleBook:
        """The default rules for a type, by the last part of their address (`workbooks`, `virtualConnections`)."""
        return self.defaults.setdefault(plural.lower(), RuleBook())

    def project(
        self, name: str, *, owner: User | None = None, locked: str | None = None, description: str = ""
    ) -> Project:
        return Project(self.site, name, parent=self, owner=owner or self.owner, locked=locked, description=description)

    def workbook(
        self,
        name: str,
        *,
        owner: User | None = None,
        tabs: bool = True,
        tags: list[str] | None = None,
        copy_defaults: bool = False,
    ) -> Workbook:
        """A workbook with no rules of its own; `copy_defaults` gives it the project's, as publishing does."""
        workbook = Workbook(self.site, name, tabs=tabs, project=self, owner=owner or self.owner, tags=tags or [])
        return self._placed(workbook, copy_defaults)

    def datasource(
        self,
        name: str,
        *,
        owner: User | None = None,
        certified: bool = False,
        tags: list[str] | None = None,
        has_extracts: bool = False,
        type: str = "sqlserver",  # noqa: A002 - Tableau's own word
        copy_defaults: bool = False,
    ) -> Datasource:
        item = Datasource(self.site, name, project=self, owner=owner or self.owner, tags=tags or [])
        item.certified = certified
        item.has_extracts = has_extracts
        item.connection_type = type
        return self._placed(item, copy_defaults)

    def flow(
        self, name: str, *, owner: User | None = None, tags: list[str] | None = None, copy_defaults: bool = False
    ) -> Flow:
        return self._placed(
            Flow(self.site, name, project=self, owner=owner or self.owner, tags=tags or []), copy_defaults
        )

    def virtual_connection(
        self, name: str, *, owner: User | None = None, copy_defaults: bool = False
    ) -> VirtualConnection:
        item = VirtualConnection(self.site, name, project=self, owner=owner or self.owner, tags=[])
        return self._placed(item, copy_defaults)

    def database(self, name: str, *, owner: User | None = None) -> Database:
        return self._placed(Database(self.site, name, project=self, owner=owner or self.owner, tags=[]), False)

    def _placed(self, item: C, copy_defaults: bool) -> C:
        self.contents.append(item)
        if copy_defaults:
            item.rules = list(self.default(item.plural).rules)
        return item

    def delete(self) -> None:
        for item in list(self.contents):
            item.delete()
        for child in list(self.children):
            child.delete()
        super().delete()
