"""Files for preflight: a workbook over figures that gives nobody away, and documents without an extract."""

from __future__ import annotations

from pathlib import Path

from tests.workbook_file.builders import (
    POSTGRES,
    Field,
    datasource,
    extract_of,
    federated,
    hyper_file,
    package,
    record,
    ref,
    windows,
    workbook,
    worksheet,
)

COUNTS = """
    select 'County ' || cast(i % 50 as text) as "County", cast(2012 + i / 50 as int) as "Year",
      cast(500 + i * 7 % 900 as bigint) as "Number of Permits"
    from (select cast(n as bigint) as i from generate_series(0, 399) as g(n)) as s"""
COUNTS_EXTRACT = "Data/Extracts/counts.hyper"


def counts_document() -> bytes:
    """Permits by county and year, every column on the sheet."""
    names = ("County", "Year", "Number of Permits")
    records = "".join(record(name, table="Extract") for name in names)
    source = datasource(
        Field("County"),
        Field("Year", "integer"),
        Field("Number of Permits", "integer", "measure"),
        caption="Counts",
        connection=federated(POSTGRES, records),
        inside=extract_of(COUNTS_EXTRACT, records, "user-specific='false' aggregate='true'"),
    )
    sheet = worksheet(
        "Permits",
        rows=f"({ref('none:County:nk')} / {ref('none:Year:ok')})",
        cols=ref("sum:Number of Permits:qk"),
    )
    return workbook(source, sheets=sheet, window_list=windows("Permits"))


def counts_package(folder: Path) -> Path:
    """counts.twbx with its extract. Needs the extra `hyper`."""
    extract = hyper_file(folder / "counts-source.hyper", Extract=COUNTS)
    return package(folder / "counts.twbx", {"counts.twb": counts_document(), COUNTS_EXTRACT: extract})


def live_document(*columns: str, password: str = "") -> bytes:
    """A workbook that asks a database each time."""
    inner = POSTGRES.replace("password=''", f"password='{password}'")
    source = datasource(*map(Field, columns), connection=federated(inner))
    return workbook(
        source,
        sheets=worksheet("Sheet", rows=ref(f"none:{columns[0]}:nk")),
        window_list=windows("Sheet"),
    )
