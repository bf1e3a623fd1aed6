"""The ledger: what an audit set out to read, what it got, and for each miss which object, why, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.model.vocabulary import Kind


class Read(StrEnum):
    """The kinds of read that a source can make. A check declares which it needs; `Read` values name ledger lines."""

    SITE = "site"
    EMBEDDING = "embedding"
    CONNECTED_APPS = "connected-apps"
    EXTENSIONS = "extensions"
    SERVER_INFO = "server-info"
    PROJECTS = "projects"
    WORKBOOKS = "workbooks"
    VIEWS = "views"
    DATASOURCES = "datasources"
    FLOWS = "flows"
    VIRTUAL_CONNECTIONS = "virtual-connections"
    DATABASES = "databases"
    TABLES = "tables"
    DATA_ROLES = "data-roles"
    METRICS = "metrics"
    LENSES = "lenses"
    USERS = "users"
    GROUPS = "groups"
    GROUP_MEMBERS = "group-members"
    GROUP_SETS = "group-sets"
    PROJECT_PERMISSIONS = "project-permissions"
    DEFAULT_PERMISSIONS = "default-permissions"
    WORKBOOK_PERMISSIONS = "workbook-permissions"
    VIEW_PERMISSIONS = "view-permissions"
    DATASOURCE_PERMISSIONS = "datasource-permissions"
    FLOW_PERMISSIONS = "flow-permissions"
    VIRTUAL_CONNECTION_PERMISSIONS = "virtual-connection-permissions"
    DATABASE_PERMISSIONS = "database-permissions"
    TABLE_PERMISSIONS = "table-permissions"
    DATA_ROLE_PERMISSIONS = "data-role-permissions"
    METRIC_PERMISSIONS = "metric-permissions"
    LENS_PERMISSIONS = "lens-permissions"
    WORKBOOK_CONNECTIONS = "workbook-connections"
    DATASOURCE_CONNECTIONS = "datasource-connections"
    REVISIONS = "revisions"
    COLUMNS = "columns"
    FILES = "files"
    EXTRACTS = "extracts"
    REGISTER = "register"
    HISTORY = "history"
    PROBE = "probe"
    LOG = "log"


#: The read that lists the items of a kind, and the read that fetches one item's own rules.
LIST_READ: dict[Kind, Read] = {
    Kind.PROJECT: Read.PROJECTS,
    Kind.WORKBOOK: Read.WORKBOOKS,
    Kind.VIEW: Read.VIEWS,
    Kind.DATASOURCE: Read.DATASOURCES,
    Kind.FLOW: Read.FLOWS,
    Kind.VIRTUAL_CONNECTION: Read.VIRTUAL_CONNECTIONS,
    Kind.DATABASE: Read.DATABASES,
    Kind.TABLE: Read.TABLES,
    Kind.DATA_ROLE: Read.DATA_ROLES,
    Kind.METRIC: Read.METRICS,
    Kind.LENS: Read.LENSES,
}
RULES_READ: dict[Kind, Read] = {
    Kind.PROJECT: Read.PROJECT_PERMISSIONS,
    Kind.WORKBOOK: Read.WORKBOOK_PERMISSIONS,
    Kind.VIEW: Read.VIEW_PERMISSIONS,
    Kind.DATASOURCE: Read.DATASOURCE_PERMISSIONS,
    Kind.FLOW: Read.FLOW_PERMISSIONS,
    Kind.VIRTUAL_CONNECTION: Read.VIRTUAL_CONNECTION_PERMISSIONS,
    Kind.DATABASE: Read.DATABASE_PERMISSIONS,
    Kind.TABLE: Read.TABLE_PERMISSIONS,
    Kind.DATA_ROLE: Read.DATA_ROLE_PERMISSIONS,
    Kind.METRIC: Read.METRIC_PERMISSIONS,
    Kind.LENS: Read.LENS_PERMISSIONS,
}


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that was not read: the object (id may be empty for a whole list), why, and what would mend it."""

    kind: Kind
    id: str
    name: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One line of the ledger. `expected` is None where nobody could say how many there are."""

    read: str
    expected: int | None
    got: int
    missing: tuple[Miss, ...] = ()

    @property
    def complete(self) -> bool:
        """Everything expected was got and nothing is known to be missing."""
        return not self.missing and self.expected is not None and self.got >= self.expected


@dataclass(frozen=True, slots=True)
class Ledger:
    """All lines, by the name of the read. A read that is not in it was never tried."""

    lines: Mapping[str, Coverage] = field(default_factory=dict)

    @staticmethod
    def of(lines: Iterable[Coverage]) -> Ledger:
        """A ledger from its lines, sorted by name; two lines of one read are a programmer's mistake."""
        table = {str(line.read): line for line in sorted(lines, key=lambda line: line.read)}
        return Ledger(table)

    def line(self, read: str) -> Coverage | None:
        """The line of a read, or None where it was never tried."""
        return self.lines.get(read)

    def is_complete(self, read: str) -> bool:
        """Was the read tried and got in full?"""
        line = self.lines.get(read)
        return line is not None and line.complete

    def misses(self, read: str) -> tuple[Miss, ...]:
        """What is missing of a read; one general miss where it was never tried."""
        line = self.lines.get(read)
        if line is not None:
            return line.missing
        return (Miss(Kind.SITE, "", "", f"the read '{read}' was not made", "read the site again with this policy"),)
