"""CSV and Parquet files, alone and packed along."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model.coverage import Read
from auditor.sources.workbook_file import Limits, inspect, tabular

from .builders import Field, datasource, package, workbook
from .needs import needs_duckdb

PEOPLE = "Full Name,DOB,Visits,Note\n" + "".join(
    f"{first} {last},19{50 + n:02d}-0{1 + n % 9}-1{n % 9},{n},\n"
    for n, (first, last) in enumerate(
        [(f, s) for f in ("Alice", "Bob", "Carol", "David") for s in ("Doe", "Roe", "Smith", "Miller")]
    )
)


def columns_of(path: Path, **more):
    report = inspect(path, **more)
    assert report.inventory is not None, report.misses
    return {column.name: column for column in report.inventory.data_sources[0].columns}, report


@needs_duckdb
def test_a_csv_is_measured_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    columns, report = columns_of(path)
    source = report.inventory.data_sources[0]
    assert list(columns) == ["Full Name", "DOB", "Visits", "Note"]
    assert "person_name" in columns["Full Name"].classes
    assert "date_of_birth" in columns["DOB"].classes
    assert columns["Visits"].type == "integer"
    assert columns["Note"].values == "empty"
    assert (source.rows, source.row_level) == (16, True)
    assert source.connections[0].class_name == "csv"
    assert "Alice" not in repr(report)


@needs_duckdb
def test_one_odd_row_does_not_end_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("n,t\n" + "".join(f"{n},x\n" for n in range(30_000)) + "not a number,y\n1,2,3,4\n")
    columns, report = columns_of(path)
    assert report.inventory.data_sources[0].rows == 30_001
    assert any("1 lines" in miss.reason for miss in report.misses_of(Read.EXTRACTS))
    assert columns["n"].in_extract is True


@needs_duckdb
def test_parquet(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "p.parquet"
    duckdb.sql("select 'Jane Roe ' || i as \"Full Name\", i as n from range(100) as t(i)").write_parquet(str(path))
    columns, report = columns_of(path)
    assert (columns["n"].type, report.inventory.data_sources[0].rows) == ("integer", 100)


@needs_duckdb
@pytest.mark.parametrize("name", ["x.parquet", "x.csv"])
def test_garbage_is_a_miss_or_harmless(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(bytes(range(256)) * 50)
    report = inspect(path)
    assert report.inventory is not None or report.misses


@needs_duckdb
def test_a_csv_cannot_make_the_engine_read_another_file(tmp_path: Path) -> None:
    """The engine may open the one copy only, and its settings are locked."""
    import duckdb

    seen: list[str] = []

    def judged(table, relation):
        for sql in ("select * from read_csv('/etc/passwd')", "set enable_external_access = true", "install httpfs"):
            try:
                relation.query(sql)
            except duckdb.Error:
                seen.append(sql)
        return table

    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    tabular.read_table(path, tmp_path, Limits(), judged)
    assert len(seen) == 3


def test_without_the_extra_header_and_first_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "is_installed", lambda: False)
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE.replace(",", ";"))
    columns, report = columns_of(path)
    assert list(columns) == ["Full Name", "DOB", "Visits", "Note"]
    assert "person_name" in columns["Full Name"].classes
    assert report.inventory.data_sources[0].rows is None
    assert "bi-auditor[tabular]" in report.misses_of(Read.EXTRACTS)[0].remedy
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    assert inspect(tmp_path / "x.parquet").inventory is None


@needs_duckdb
def test_data_packed_along_is_a_data_source_and_a_packed_file(tmp_path: Path) -> None:
    entries = {
        "a.twb": workbook(datasource(Field("A"))),
        "Data/people.csv": PEOPLE.encode(),
        "Data/x.xlsx": b"PK",
        "Image/logo.png": b"",
    }
    report = inspect(package(tmp_path / "a.twbx", entries))
    assert report.inventory is not None
    assert report.inventory.packed_files == ("Data/people.csv", "Data/x.xlsx")
    packed = report.inventory.data_sources[1]
    assert packed.name == "Data/people.csv"
    assert {column.in_extract for column in packed.columns} == {True}
    assert any("person_name" in column.classes for column in packed.columns)


@needs_duckdb
def test_without_opening_data_only_names_are_told(tmp_path: Path) -> None:
    path = package(tmp_path / "a.twbx", {"a.twb": workbook(datasource(Field("A"))), "Data/people.csv": PEOPLE.encode()})
    report = inspect(path, extracts=False)
    assert report.inventory is not None
    assert len(report.inventory.data_sources) == 1
    assert report.inventory.packed_files == ("Data/people.csv",)


@needs_duckdb
def test_a_csv_that_takes_too_long_is_a_miss(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "some text,1\n" * 400_000)
    report = inspect(path, limits=Limits(seconds=0.05))
    assert "time limit" in report.misses[0].reason
