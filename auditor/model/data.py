"""What lies under the charts: data sources, their columns and connections, as read from a server or from a file.

Only names, types, counts and classifications; never a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """One column or field of a data source. None means "could not be told".

    `used`: some sheet, filter, calculation, set, parameter, action, tooltip or sort of the workbook needs it.
    `in_extract`: it is physically in the extract. `classes` maps a class of personal data to a confidence 0..1;
    `evidence` holds "name" and/or "values"; `values` is "unknown", "empty" or "seen".
    """

    name: str
    remote_name: str | None = None
    caption: str | None = None
    type: str | None = None
    role: str | None = None  # dimension | measure
    hidden: bool | None = None
    used: bool | None = None
    used_in_hidden_only: bool | None = None
    in_extract: bool | None = None
    calculated: bool = False
    formula: str | None = None
    distinct: int | None = None
    table: str | None = None
    classes: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    values: str = "unknown"
    #: Where the field stands on sheets, in Tableau's words: "rows", "columns", "detail", "tooltip", "filter", …
    shelves: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # data quality warnings and sensitivity labels upstream


@dataclass(frozen=True, slots=True)
class FileConnection:
    """A connection as written in a document: class, server and user only; whether a secret stands in the file."""

    class_name: str
    server: str | None = None
    user: str | None = None
    secret_in_file: bool = False
    place: str | None = None  # where in the file, for the finding
    embeds_password: bool | None = None
    filename: str | None = None  # of a connection to a file, as the document names it


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Figures over a whole table, never a sample: smallest group over the quasi-identifiers, small cells, homogeneity."""

    quasi_identifiers: tuple[str, ...] = ()
    smallest_group: int | None = None
    unique_rows: int | None = None
    rows_in_small_groups: int | None = None
    small_cells: int | None = None
    homogeneous_groups: int | None = None
    threshold: int = 11


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source under a workbook, or a published one: what could be read of it."""

    name: str
    id: str | None = None
    published: bool | None = None  # the workbook goes through a published data source
    published_id: str | None = None  # LUID of that published source
    live: bool | None = None
    has_extract: bool | None = None
    aggregated: bool | None = None  # the extract was made "aggregate for visible dimensions"
    rows: int | None = None
    row_level: bool | None = None
    row_level_reasons: tuple[str, ...] = ()
    used: bool | None = None  # some sheet needs it
    connections: tuple[FileConnection, ...] = ()
    columns: tuple[Column, ...] = ()
    custom_sql: tuple[str, ...] = ()
    user_filter: bool | None = None  # USERNAME(), ISMEMBEROF(), a user filter or data policy
    disclosure: Disclosure | None = None
    content_url: str | None = None  # names the published source where only a document could be read


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook. `hidden`: not a view of its own (tab hidden, or not published)."""

    name: str
    kind: str = "worksheet"  # worksheet | dashboard | story
    hidden: bool | None = None
    luid: str | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What lies below one workbook or data source. `file` is set where it was read from a file."""

    kind: str  # workbook | datasource
    id: str | None
    name: str
    file: str | None = None
    path: str | None = None
    data_sources: tuple[DataSource, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    packed_files: tuple[str, ...] = ()  # files packed along, extracts apart
    tabs_shown: bool | None = None
    digest: str | None = None  # sha256 of the file
    secrets: tuple[str, ...] = ()  # places in the file where a secret stands, never the secret
    source_version: str | None = None
    notes: tuple[str, ...] = ()
