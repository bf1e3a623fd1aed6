"""What lies under the sheets: data sources' fields and columns, and the sheets that use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tests.emulator.things import luid

if TYPE_CHECKING:
    from tests.emulator.content import Datasource, Workbook


@dataclass(eq=False)
class Field:
    """A field of a data source. One without a formula comes from a `column` of a `table`; `of` is the published field
    that a field of an embedded copy stands for."""

    source: Fields
    name: str
    type: str = "STRING"
    table: str = "table"
    column: str = ""
    hidden: bool = False
    formula: str | None = None
    uses: tuple[Field, ...] = ()
    description: str | None = None
    role: str = "DIMENSION"
    of: Field | None = None

    @property
    def id(self) -> str:
        return luid("field", self.source.id, self.name)


class Fields:
    """Something that has fields: a published data source, or one embedded in a workbook."""

    custom_sql: str | None = None
    schema = "dbo"

    def __init__(self, id: str) -> None:  # noqa: A002 - Tableau's own word
        self.id = id
        self.fields: list[Field] = []

    def field(self, name: str, **more: Any) -> Field:
        """Add a field: `type` STRING, INTEGER, REAL, DATE …, `table`, `column` (the field's name unless told), `hidden`,
        `formula` with the fields that it `uses`, `description`, `role`."""
        made = Field(self, name, **{"column": name, **more})
        self.fields.append(made)
        return made

    def sql(self, query: str) -> Self:
        """The fields come from this custom SQL, not from a table."""
        self.custom_sql = query
        return self


class Embedded(Fields):
    """A data source inside a workbook; `parent` is the published one it is a connection to."""

    def __init__(self, workbook: Workbook, name: str, *, parent: Datasource | None, extract: bool) -> None:
        super().__init__(luid("embedded", workbook.luid, name))
        self.workbook = workbook
        self.name = name
        self.parent = parent
        self.extract = extract

    def passed_on(self, published: Field, **more: Any) -> Field:
        """A field that stands for a field of the published source."""
        return self.field(published.name, **{"type": published.type, "of": published, "uses": (published,), **more})


@dataclass(eq=False)
class Sheet:
    """A worksheet. `luid` is empty for one that is not published as a view of its own (a hidden sheet)."""

    workbook: Workbook
    name: str
    luid: str = ""
    fields: tuple[Field, ...] = ()
    dashboards: list[Sheet] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    is_dashboard: bool = False

    @property
    def id(self) -> str:
        return luid("sheet", self.workbook.luid, self.name, str(self.is_dashboard))
