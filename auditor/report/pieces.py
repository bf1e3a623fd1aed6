"""Pieces of the JSON report that stand for themselves: objects, capabilities, what lies below, what is reached."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from auditor.findings import Exposure


class Part(BaseModel):
    """A frozen piece of the report."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Thing(Part):
    """An object of the site. `path` is printed as "Public / Justice / Firearms"."""

    kind: str
    id: str
    name: str
    path: str
    url: str | None = None


class CapabilityName(Part):
    """A capability: the neutral name of the policies and the server's own."""

    name: str
    native: str


class ReportConnection(Part):
    """A connection as written in a document; never a secret, only whether one stands there."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    class_name: Annotated[str, Field(alias="class")]
    server: str | None = None
    user: str | None = None
    secret_in_file: bool = False


class ReportColumn(Part):
    """A column below a chart. Null: it could not be told."""

    name: str
    remote_name: str | None = None
    caption: str | None = None
    type: str | None = None
    hidden: bool | None = None
    used: bool | None = None
    in_extract: bool | None = None
    classes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    confidence: dict[str, float] = Field(default_factory=dict)
    calculated: bool = False
    table: str | None = None


class ReportDataSource(Part):
    """A data source below a workbook, or a published one. `rows` are whole rows of the extract."""

    name: str
    published: bool | None = None
    live: bool | None = None
    rows: int | None = None
    row_level: bool | None = None
    row_level_reasons: tuple[str, ...] = ()
    connections: tuple[ReportConnection, ...] = ()
    columns: tuple[ReportColumn, ...] = ()


class InventoryItem(Part):
    """What lies below one workbook or data source. `file` is set where it was read from a file."""

    kind: str
    id: str | None
    name: str
    file: str | None = None
    path: str | None = None
    data_sources: tuple[ReportDataSource, ...] = ()
    packed_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Reach(Part):
    """How much of one item an audience can reach by one capability today, whether a rule objects or not.

    `columns` and `personal` count the columns below it and those of a personal class; null where they were not read.
    """

    audience: str
    capability: CapabilityName
    content: Thing
    items: int = 1
    columns: int | None = None
    personal: int | None = None
    exposure: Exposure = Exposure.LIVE


class Missing(Part):
    """One thing that was not read: which, why, and what would mend it."""

    kind: str
    id: str
    name: str
    reason: str
    remedy: str = ""


class CoverageLine(Part):
    """One kind of read. `expected` null: nobody could say how many there are. `needed`: some rule depends on it."""

    read: str
    expected: int | None
    got: int
    missing: tuple[Missing, ...] = ()
    needed: bool = True

    @property
    def complete(self) -> bool:
        """Everything expected was got and nothing is known to be missing."""
        return not self.missing and self.expected is not None and self.got >= self.expected
