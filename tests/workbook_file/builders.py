"""Small workbooks, packages and extracts of our own making. Every person in them is invented, and visibly so."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

DS = "federated.0test"


@dataclass(frozen=True)
class Field:
    """A column element of a data source."""

    name: str
    datatype: str = "string"
    role: str = "dimension"
    caption: str | None = None
    hidden: bool = False
    formula: str | None = None
    more: str = ""  # further attributes
    inside: str = ""  # further elements

    def xml(self, tag: str = "column") -> str:
        caption = f" caption={quoteattr(self.caption)}" if self.caption else ""
        hidden = " hidden='true'" if self.hidden else ""
        inside = self.inside
        if self.formula is not None:
            inside += f"<calculation class='tableau' formula={quoteattr(self.formula)} />"
        name = quoteattr(f"[{self.name}]")
        return f"<{tag} name={name} datatype='{self.datatype}' role='{self.role}' type='nominal'{caption}{hidden} {self.more}>{inside}</{tag}>"


def record(local: str, remote: str | None = None, table: str = "people", local_type: str = "string") -> str:
    """A metadata record: how most columns of real documents are known."""
    return (
        f"<metadata-record class='column'><remote-name>{escape(remote or local)}</remote-name>"
        f"<local-name>[{escape(local)}]</local-name><parent-name>[{escape(table)}]</parent-name>"
        f"<local-type>{local_type}</local-type></metadata-record>"
    )


def federated(inner: str, records: str = "", relation: str = "", maps: str = "") -> str:
    """A connection to one database (`inner` is its element) as Tableau has written it since version 10."""
    relation = relation or "<relation name='people' table='[people]' type='table' />"
    return (
        "<connection class='federated'><named-connections><named-connection caption='c' name='c.1'>"
        f"{inner}</named-connection></named-connections>{relation}{maps}"
        f"<metadata-records>{records}</metadata-records></connection>"
    )


POSTGRES = "<connection class='postgres' server='db.example' dbname='d' username='reader' password='' />"


def extract_of(entry: str, records: str = "", more: str = "") -> str:
    """An extract that is used, stored in the package under `entry`."""
    return (
        f"<extract count='-1' enabled='true' units='records' {more}><connection class='hyper' dbname={quoteattr(entry)} "
        "schema='Extract' tablename='Extract' username='tableau_internal_user'>"
        f"<metadata-records>{records}</metadata-records></connection></extract>"
    )


def datasource(
    *fields: Field, name: str = DS, caption: str | None = "People", connection: str | None = None, inside: str = ""
) -> str:
    """A data source element."""
    caption_xml = f" caption={quoteattr(caption)}" if caption else ""
    connection = federated(POSTGRES) if connection is None else connection
    columns = "".join(field.xml() for field in fields)
    return f"<datasource name={quoteattr(name)} inline='true' version='18.1'{caption_xml}>{connection}{columns}{inside}</datasource>"


def ref(name: str, source: str = DS) -> str:
    """A qualified reference, escaped for XML text."""
    return escape(f"[{source}].[{name}]")


def worksheet(
    name: str, *, rows: str = "", cols: str = "", encodings: str = "", view: str = "", pane: str = "", more: str = "",
    source: str = DS, dependencies: str = "",
) -> str:  # fmt: skip
    """A worksheet; the parts are XML."""
    return (
        f"<worksheet name={quoteattr(name)}>{more}<table><view><datasources><datasource name={quoteattr(source)} /></datasources>"
        f"<datasource-dependencies datasource={quoteattr(source)}>{dependencies}</datasource-dependencies>{view}</view>"
        f"<style /><panes><pane><view /><mark class='Automatic' /><encodings>{encodings}</encodings>{pane}</pane></panes>"
        f"<rows>{rows}</rows><cols>{cols}</cols></table></worksheet>"
    )


def dashboard(name: str, *zones: str, kind: str = "") -> str:
    """A dashboard of worksheets by name, or of ready zone elements."""
    inner = "".join(
        zone if zone.startswith("<") else f"<zone name={quoteattr(zone)} id='{n}' />" for n, zone in enumerate(zones)
    )
    return f"<dashboard name={quoteattr(name)} {kind}><zones><zone type-v2='layout-basic'>{inner}</zone></zones></dashboard>"


def windows(*names: str, hidden: Sequence[str] = ()) -> str:
    """Windows for shown and for hidden sheets."""
    shown = "".join(f"<window class='worksheet' name={quoteattr(name)} />" for name in names)
    return shown + "".join(f"<window class='worksheet' hidden='true' name={quoteattr(name)} />" for name in hidden)


def workbook(
    *sources: str, sheets: str = "", dashboards: str = "", window_list: str = "", actions: str = "", head: str = ""
) -> bytes:
    """A whole .twb."""
    return (
        "<?xml version='1.0' encoding='utf-8' ?>\n<workbook source-build='2022.3.0 (20223.22.1005.1835)' version='18.1' "
        f"xmlns:user='http://www.tableausoftware.com/xml/user'>{head}<datasources>{''.join(sources)}</datasources>"
        f"{actions}<worksheets>{sheets}</worksheets><dashboards>{dashboards}</dashboards>"
        f"<windows>{window_list}</windows></workbook>"
    ).encode()


def package(path: Path, entries: Mapping[str, bytes | Path], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip archive with these entries."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content if isinstance(content, bytes) else content.read_bytes())
    return path


def hyper_file(path: Path, **tables: str) -> Path:
    """A .hyper with schema Extract; each table is made by a query. Needs the extra `hyper`."""
    from tableauhyperapi import Connection, CreateMode, HyperProcess, Telemetry

    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}) as process,
        Connection(process.endpoint, str(path), CreateMode.CREATE_AND_REPLACE) as connection,
    ):
        connection.catalog.create_schema("Extract")
        for name, query in tables.items():
            connection.execute_command(f'create table "Extract"."{name}" as {query}')
    return path


_FIRST = [
    "Alice",
    "Bob",
    "Carol",
    "David",
    "Erin",
    "Frank",
    "Grace",
    "Henry",
    "Irene",
    "Jack",
    "Karen",
    "Louis",
    "Maria",
    "Nora",
    "Oscar",
    "Paula",
    "Quentin",
    "Rosa",
    "Simon",
    "Tina",
]
_LAST = [
    "Doe",
    "Roe",
    "Public",
    "Sample",
    "Example",
    "Placeholder",
    "Smith",
    "Jones",
    "Miller",
    "Garcia",
    "Brown",
    "Davis",
    "Wilson",
    "Moore",
    "Taylor",
]
_COUNTIES = ["Northshire", "Southshire", "Eastshire", "Westshire", "Midshire", "Lakeshire", "Hillshire", "Bayshire"]
_RACES = ("White", "Black", "Asian", "Hispanic", "Other")
_TYPES = ("Standard", "Judge", "Reserve Officer", "Employment")
_AGENCIES = ("Sheriff", "Police Department")


def _pick(words: Sequence[str], number: str) -> str:
    cases = " ".join(f"when {n} then '{word}'" for n, word in enumerate(words))
    return f"case cast(({number}) % {len(words)} as int) {cases} end"


def firearms_query(rows: int) -> str:
    """Licences of invented persons, one row each: names from two short lists, 555 numbers, addresses in Nowhere Street."""
    return f"""
        select {_pick(_FIRST, "i * 7")} || ' ' || {_pick(_LAST, "i * 11 / 3")} as "Full Name",
          cast('1940-01-01' as date) + cast((i * 7919) % 24000 as int) as "DOB",
          {_pick(("M", "F"), "i")} as "Gender", {_pick(_RACES, "i / 3")} as "Race",
          chr(cast(65 + i % 26 as int)) || cast(1000000 + (i * 104729) % 8999999 as text) as "DL Number",
          cast(1 + i % 9999 as text) || ' Nowhere Street' as "Home Address",
          cast(99000 + i % 900 as text) as "Zip",
          '(202) 555-01' || cast(10 + i % 90 as text) as "Phone",
          {_pick(_COUNTIES, "i")} as "County", {_pick(_AGENCIES, "i / 5")} as "Agency",
          {_pick(_TYPES, "i * 3")} as "License Type",
          cast('2012-01-01' as date) + cast((i * 31) % 3800 as int) as "Issue Date",
          cast(null as text) as "Internal Note"
        from (select cast(n as bigint) as i from generate_series(1, {rows}) as g(n)) as s"""


FIREARMS_COLUMNS = (
    "Full Name", "DOB", "Gender", "Race", "DL Number", "Home Address", "Zip", "Phone", "County", "Agency",
    "License Type", "Issue Date", "Internal Note",
)  # fmt: skip
#: What the sheets that are shown need; everything else goes out with the file for nothing.
FIREARMS_USED = frozenset({"County", "License Type", "Issue Date", "Gender"})
FIREARMS_HIDDEN_SHEET = frozenset({"Full Name", "DL Number"})
FIREARMS_EXTRACT = "Data/Extracts/Firearms.hyper"


def firearms_document(*, published_name: str = "Firearms") -> bytes:
    """The workbook of the story: three sheets about counties and years; a hidden one lists persons."""
    records = "".join(record(name, table="Extract") for name in FIREARMS_COLUMNS)
    source = datasource(
        Field("DOB", "date", hidden=True),
        Field("Home Address", hidden=True),
        Field("DL Number", caption="Driver Licence Number"),
        Field("Calculation_1", "integer", "measure", caption="Licences", formula="COUNT([License Type])"),
        caption=published_name,
        connection=federated(POSTGRES, records),
        inside=extract_of(FIREARMS_EXTRACT, records),
    )
    sheets = (
        worksheet("By County", rows=ref("none:County:nk"), cols=ref("usr:Calculation_1:qk"))
        + worksheet("By Year", cols=ref("yr:Issue Date:ok"), rows=ref("usr:Calculation_1:qk"),
                    encodings=f"<color column='{ref('none:License Type:nk')}' />")
        + worksheet("By Gender", rows=ref("none:Gender:nk"), cols=ref("usr:Calculation_1:qk"))
        + worksheet("QA Detail", rows=f"({ref('none:Full Name:nk')} / {ref('none:DL Number:nk')})")
    )  # fmt: skip
    return workbook(
        source,
        sheets=sheets,
        dashboards=dashboard("Firearms Dashboard", "By County", "By Year", "By Gender"),
        window_list=windows("Firearms Dashboard", "By County", "By Year", hidden=("By Gender", "QA Detail")),
    )


def firearms_package(folder: Path, *, rows: int = 3_000, name: str = "Firearms.twbx") -> Path:
    """The story's .twbx with an extract of `rows` invented persons. Needs the extra `hyper`."""
    extract = hyper_file(folder / "firearms-source.hyper", Extract=firearms_query(rows))
    return package(folder / name, {"Firearms.twb": firearms_document(), FIREARMS_EXTRACT: extract})
