"""Content: what hangs in projects, and what can be said about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.emulator.fields import Embedded, Field, Fields, Sheet
from tests.emulator.things import RuleBook, Thing, User, luid
from tests.emulator.xml import Value

if TYPE_CHECKING:
    from tests.emulator.builder import Site
    from tests.emulator.project import Project


@dataclass
class Connection:
    """One connection of an item. An attribute of None is left out of the answer."""

    luid: str
    type: str
    datasource: Datasource | None = None
    embed_password: bool | None = None
    user: str | None = ""
    server: str | None = ""
    port: str | None = None
    extra: dict[str, Value] = field(default_factory=dict)


@dataclass
class Revision:
    number: int
    published: str
    publisher: User | None
    content: bytes = b""


class Content(Thing, RuleBook):
    """An item of content: in a project, or (workbooks) in the personal space of its owner."""

    plural = "things"
    file_type = "bin"
    has_extracts = False
    certified = False
    keeps_own_rules = False
    description = ""

    def __init__(self, site: Site, name: str, *, project: Project | None, owner: User, tags: list[str]) -> None:
        RuleBook.__init__(self)
        self.project = project
        self.owner = owner
        self.tags = tags
        self.connections: list[Connection] = []
        self.content: bytes | None = None
        self.file_name: str | None = None
        self.revisions: list[Revision] = []
        Thing.__init__(self, site, name, *(project.path if project else ("personal", owner.name)), name)

    def drift(self) -> Self:
        """Answer this item's own rules though its project is locked: what a healthy server does not do."""
        self.keeps_own_rules = True
        return self

    def connection(
        self,
        *,
        datasource: Datasource | None = None,
        type: str | None = None,  # noqa: A002 - Tableau's own word
        embed_password: bool | None = None,
        user: str | None = "",
        server: str | None = "",
        port: str | None = None,
        **extra: Value,
    ) -> Self:
        """Add a connection; with `datasource` it is one to a published data source (type `sqlproxy` unless told)."""
        number = str(len(self.connections) + 1)
        kind = type or ("sqlproxy" if datasource is not None else "sqlserver")
        self.connections.append(
            Connection(luid(self.luid, number), kind, datasource, embed_password, user, server, port, extra)
        )
        if datasource is not None:
            datasource.used_by.add(self.luid)
        return self

    def file(self, source: Path | str | bytes, *, name: str | None = None) -> Self:
        """What a download gives: bytes, or a file read now. The name is the file's own unless told."""
        if isinstance(source, bytes):
            self.content = source
            self.file_name = name
        else:
            self.content = Path(source).read_bytes()
            self.file_name = name or Path(source).name
        return self

    def revision(
        self, *, publisher: User | None = None, content: bytes = b"", published: str = "2024-01-01T00:00:00Z"
    ) -> Self:
        """Add an older or newer version; the last one added is the current one."""
        self.revisions.append(Revision(len(self.revisions) + 1, published, publisher or self.owner, content))
        return self


class Datasource(Content):
    kind = "datasource"
    plural = "datasources"
    file_type = "tdsx"
    connection_type = "sqlserver"

    def __init__(self, *args: Any, **more: Any) -> None:
        self.used_by: set[str] = set()
        super().__init__(*args, **more)
        self.data = Fields(self.luid)

    def field(self, name: str, **more: Any) -> Field:
        """Add a field, for the Metadata API; see `fields.Fields.field`."""
        return self.data.field(name, **more)


class Flow(Content):
    kind = "flow"
    plural = "flows"
    file_type = "tflx"


class VirtualConnection(Content):
    kind = "virtualConnection"
    plural = "virtualConnections"


class Database(Content):
    kind = "database"
    plural = "databases"
    connection_type = "sqlserver"

    def table(self, name: str, *, schema: str = "dbo") -> Table:
        table = Table(self.site, name, project=self.project, owner=self.owner, tags=[])
        table.database = self
        table.schema = schema
        return table


class Table(Content):
    kind = "table"
    plural = "tables"
    database: Database
    schema = "dbo"


class Workbook(Content):
    kind = "workbook"
    plural = "workbooks"
    file_type = "twbx"

    def __init__(
        self, site: Site, name: str, *, tabs: bool, project: Project | None, owner: User, tags: list[str]
    ) -> None:
        self.tabs = tabs
        self.views: list[View] = []
        self.embedded: list[Embedded] = []
        self.sheets: list[Sheet] = []
        super().__init__(site, name, project=project, owner=owner, tags=tags)
        self.content_url = site.new_content_url(name)

    def view(
        self, name: str, *, hidden: bool | None = None, sheet_type: str = "dashboard", tags: list[str] | None = None
    ) -> View:
        """Add a view. `hidden=None` leaves the attribute out, as answers of API 3.25 do."""
        return View(self, name, hidden=hidden, sheet_type=sheet_type, tags=tags or [])

    def data(self, name: str = "Data", *, parent: Datasource | None = None, extract: bool = False) -> Embedded:
        """Add an embedded data source, for the Metadata API; with `parent` it is one published elsewhere."""
        made = Embedded(self, name, parent=parent, extract=extract)
        self.embedded.append(made)
        return made

    def sheet(self, name: str, *fields: Field, view: View | None = None, on: Sheet | None = None) -> Sheet:
        """Add a worksheet that uses fields, for the Metadata API: shown as `view`, or hidden; `on` a dashboard or not."""
        made = Sheet(self, name, view.luid if view is not None else "", fields)
        if on is not None:
            made.dashboards.append(on)
            on.sheets.append(made)
        self.sheets.append(made)
        return made

    def dashboard(self, view: View) -> Sheet:
        """Tell the Metadata API that a view is a dashboard; put worksheets `on` it."""
        made = Sheet(self, view.name, view.luid, is_dashboard=True)
        self.sheets.append(made)
        return made

    def delete(self) -> None:
        for view in list(self.views):
            view.delete()
        super().delete()


class View(Thing, RuleBook):
    kind = "view"
    plural = "views"
    visits = 0
    keeps_own_rules = False

    def __init__(self, workbook: Workbook, name: str, *, hidden: bool | None, sheet_type: str, tags: list[str]) -> None:
        RuleBook.__init__(self)
        self.workbook = workbook
        self.hidden = hidden
        self.sheet_type = sheet_type
        self.tags = tags
        Thing.__init__(self, workbook.site, name, *workbook.path, name)
        self.url_name = "".join(c for c in name if c.isalnum()) or "Sheet"
        workbook.views.append(self)

    @property
    def project(self) -> Project | None:
        return self.workbook.project

    @property
    def owner(self) -> User:
        return self.workbook.owner

    def drift(self) -> Self:
        self.keeps_own_rules = True
        return self

    def delete(self) -> None:
        if self in self.workbook.views:
            self.workbook.views.remove(self)
        super().delete()
