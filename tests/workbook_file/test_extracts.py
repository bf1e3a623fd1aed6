"""Extracts: opened as copies, joined with the document, judged, and nothing of their values kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from auditor.model.coverage import Read
from auditor.sources.workbook_file import Limits, hyper, inspect
from auditor.sources.workbook_file.hyper import Engine

from .builders import (
    FIREARMS_COLUMNS,
    FIREARMS_HIDDEN_SHEET,
    FIREARMS_USED,
    Field,
    datasource,
    extract_of,
    federated,
    firearms_package,
    hyper_file,
    package,
    record,
    ref,
    windows,
    workbook,
    worksheet,
)
from .needs import needs_hyper

pytestmark = needs_hyper


@pytest.fixture(scope="module")
def firearms(tmp_path_factory: pytest.TempPathFactory):
    path = firearms_package(tmp_path_factory.mktemp("firearms"), rows=2_000)
    report = inspect(path)
    assert report.inventory is not None
    return report


def test_the_story_what_lies_in_the_package_and_what_of_it_is_needed(firearms) -> None:
    assert firearms.misses == ()
    (source,) = firearms.inventory.data_sources
    assert (source.rows, source.row_level, source.live, source.has_extract, source.published) == (
        2_000,
        True,
        False,
        True,
        False,
    )
    columns = {column.name: column for column in source.columns}
    stored = {name for name, column in columns.items() if column.in_extract}
    assert stored == set(FIREARMS_COLUMNS)
    shown = {name for name in stored if columns[name].used and not columns[name].used_in_hidden_only}
    assert shown == FIREARMS_USED
    assert {name for name in stored if columns[name].used_in_hidden_only} == FIREARMS_HIDDEN_SHEET
    assert columns["Home Address"].hidden is True
    assert columns["Home Address"].in_extract is True
    assert columns["Calculation_1"].in_extract is False


def test_the_story_classes_come_from_names_and_values(firearms) -> None:
    columns = {column.name: column for column in firearms.inventory.data_sources[0].columns}
    expected = {
        "Full Name": "person_name",
        "DOB": "date_of_birth",
        "Gender": "sex",
        "Home Address": "street_address",
        "Phone": "phone",
    }
    for name, target in expected.items():
        assert target in columns[name].classes, name
        assert columns[name].evidence == ("name", "values")
    assert columns["County"].classes == {}
    assert columns["Internal Note"].values == "empty"
    assert columns["County"].values == "seen"


def test_the_story_figures_are_of_the_whole_table(firearms) -> None:
    figures = firearms.inventory.data_sources[0].disclosure
    assert figures.smallest_group == 1
    assert 2 <= len(figures.quasi_identifiers) <= 4
    assert figures.unique_rows <= figures.rows_in_small_groups <= 2_000


def test_no_value_is_kept(firearms) -> None:
    text = repr(firearms)
    for value in ("Alice", "Nowhere Street", "555-01", "Northshire"):
        assert value not in text


def test_the_original_is_neither_changed_nor_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hyper_file(tmp_path / "x.hyper", Extract="select 'a' as \"A\"")
    before = (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
    path.chmod(0o400)
    monkeypatch.chdir(tmp_path)
    report = inspect(path)
    assert report.inventory is not None
    assert (report.inventory.digest, path.stat().st_mtime_ns) == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x.hyper"]  # no hyperd.log either


def test_a_plain_extract_is_a_data_source_without_an_opinion_on_use(tmp_path: Path) -> None:
    query = 'select \'x\' || i as "A", i as "N", cast(i as double precision) as "D", cast(\'2020-01-01\' as date) as "T" from generate_series(1, 10) as s(i)'
    report = inspect(hyper_file(tmp_path / "x.hyper", Extract=query, Other='select 1 as "A"'))
    assert report.inventory is not None
    (source,) = report.inventory.data_sources
    columns = {column.name: column for column in source.columns}
    assert set(columns) == {"A", "N", "D", "T", "A (Other)"}
    assert {column.in_extract for column in columns.values()} == {True}
    assert {column.used for column in columns.values()} == {None}
    assert [columns[name].type for name in "ANDT"] == ["text", "integer", "number", "date"]
    assert columns["A"].distinct == 10
    assert source.rows == 10


def test_columns_are_matched_by_the_extracts_own_list(tmp_path: Path) -> None:
    extract = hyper_file(
        tmp_path / "x.hyper", Extract="select 'a' as \"Stored A\", 'b' as \"Stored B\", 'c' as \"Loose\""
    )
    inside = extract_of("Data/x.hyper", record("Local A", "Stored A", "Extract"))
    source_xml = datasource(Field("Local A", hidden=True), Field("B", caption="Stored B"), Field("Gone"), inside=inside)
    report = inspect(package(tmp_path / "a.twbx", {"a.twb": workbook(source_xml), "Data/x.hyper": extract}))
    assert report.inventory is not None
    columns = {column.name: column for column in report.inventory.data_sources[0].columns}
    assert {name: column.in_extract for name, column in columns.items()} == {
        "Local A": True, "B": True, "Gone": False, "Loose": True,
    }  # fmt: skip
    assert columns["Local A"].hidden is True
    assert columns["Loose"].hidden is False


def test_two_tables_with_one_column_name(tmp_path: Path) -> None:
    extract = hyper_file(tmp_path / "x.hyper", one='select 1 as "id"', two='select 2 as "id" union all select 3')
    maps = "<cols><map key='[id]' value='[one].[id]'/><map key='[id (two)]' value='[two].[id]'/></cols>"
    source_xml = datasource(
        connection=federated("<connection class='postgres'/>", maps=maps), inside=extract_of("Data/x.hyper")
    )
    report = inspect(package(tmp_path / "a.twbx", {"a.twb": workbook(source_xml), "Data/x.hyper": extract}))
    assert report.inventory is not None
    source = report.inventory.data_sources[0]
    assert {(column.name, column.table, column.in_extract) for column in source.columns} == {
        ("id", "one", True),
        ("id (two)", "two", True),
    }
    assert source.rows == 2


def test_an_extract_that_no_data_source_names_is_told(tmp_path: Path) -> None:
    extract = hyper_file(tmp_path / "x.hyper", Extract="select 'a' as \"Secret\"")
    document = workbook(datasource(Field("A")), sheets=worksheet("S", rows=ref("A")), window_list=windows("S"))
    report = inspect(package(tmp_path / "a.twbx", {"a.twb": document, "Data/left.hyper": extract}))
    assert report.inventory is not None
    assert report.inventory.packed_files == ("Data/left.hyper",)
    left = report.inventory.data_sources[1]
    assert (left.name, left.used) == ("Data/left.hyper", False)
    assert [column.name for column in left.columns] == ["Secret"]


def test_an_empty_table_is_empty_and_no_table_is_nothing_stored(tmp_path: Path) -> None:
    empty = hyper_file(tmp_path / "x.hyper", Extract="select cast('a' as text) as \"Full Name\" where false")
    bare = hyper_file(tmp_path / "y.hyper")
    for extract, in_extract, values in ((empty, True, "empty"), (bare, False, "unknown")):
        source_xml = datasource(Field("Full Name"), inside=extract_of("Data/x.hyper"))
        report = inspect(package(tmp_path / "a.twbx", {"a.twb": workbook(source_xml), "Data/x.hyper": extract}))
        assert report.inventory is not None
        source = report.inventory.data_sources[0]
        assert (source.columns[0].in_extract, source.columns[0].values, source.rows) == (in_extract, values, 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "0 bytes"), (b"garbage" * 100, "not a Hyper database"), (None, "truncated")],
)
def test_extracts_that_cannot_be_read_are_misses_and_the_document_counts(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is None:
        whole = hyper_file(tmp_path / "x.hyper", Extract='select i as "A" from generate_series(1, 100000) as s(i)')
        content = whole.read_bytes()[:70_000]
    source_xml = datasource(Field("Full Name"), inside=extract_of("Data/x.hyper"))
    report = inspect(package(tmp_path / "a.twbx", {"a.twb": workbook(source_xml), "Data/x.hyper": content}))
    assert report.inventory is not None
    column = report.inventory.data_sources[0].columns[0]
    assert column.in_extract is None
    assert list(column.classes) == ["person_name"]
    assert [words in miss.reason for miss in report.misses_of(Read.EXTRACTS)] == [True]


def test_an_extract_that_the_package_does_not_hold(tmp_path: Path) -> None:
    source_xml = datasource(Field("A"), inside=extract_of("C:/Users/x/gone.hyper"))
    report = inspect(package(tmp_path / "a.twbx", {"a.twb": workbook(source_xml)}))
    assert report.inventory is not None
    assert report.inventory.data_sources[0].columns[0].in_extract is None
    assert any("is not in the file" in miss.reason for miss in report.misses_of(Read.EXTRACTS))


def test_without_the_extra_the_document_still_tells_all_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = firearms_package(tmp_path, rows=10)
    monkeypatch.setattr(hyper, "is_installed", lambda: False)
    report = inspect(path)
    assert report.inventory is not None
    columns = report.inventory.data_sources[0].columns
    assert {column.in_extract for column in columns} == {None}
    assert {column.name for column in columns if column.used} == FIREARMS_USED | FIREARMS_HIDDEN_SHEET | {
        "Calculation_1"
    }
    (miss,) = report.misses_of(Read.EXTRACTS)
    assert "bi-auditor[hyper]" in miss.remedy


def test_names_in_an_extract_cannot_break_out_of_the_sql(tmp_path: Path) -> None:
    query = 'select \'v\' as "a""; drop table x; --", \'w\' as "b\')"'
    report = inspect(hyper_file(tmp_path / "x.hyper", Extract=query))
    assert report.inventory is not None
    assert [column.name for column in report.inventory.data_sources[0].columns] == ['a"; drop table x; --', "b')"]
    assert report.misses == ()


def test_identifiers_strewn_over_a_column_are_found_by_patterns(tmp_path: Path) -> None:
    query = (
        "select case when i % 40 = 0 then 'mail u' || i || '@example.invalid now' else 'event ' || i end as \"Value\", "
        "'event ' || i as \"Other\" from generate_series(1, 20000) as s(i)"
    )
    report = inspect(hyper_file(tmp_path / "x.hyper", Extract=query))
    assert report.inventory is not None
    columns = {column.name: column for column in report.inventory.data_sources[0].columns}
    assert "email" in columns["Value"].classes
    assert "values" in columns["Value"].evidence
    assert "email" not in columns["Other"].classes


def test_a_query_that_takes_too_long_is_a_miss(tmp_path: Path) -> None:
    path = hyper_file(tmp_path / "x.hyper", Extract="select 'x' || i as \"A\" from generate_series(1, 300000) as s(i)")
    report = inspect(path, limits=Limits(seconds=0.0001))
    assert any("time limit" in miss.reason for miss in report.misses)


def test_the_engine_does_not_outlive_the_inspection(tmp_path: Path) -> None:
    path = hyper_file(tmp_path / "x.hyper", Extract='select 1 as "A"')
    inspect(path)
    assert not _children_named("hyperd")
    with Engine(Limits()) as engine:
        inspect(path, engine=engine)
        first = _children_named("hyperd")
        inspect(path, engine=engine)
        assert len(first) == (1 if Path("/proc").is_dir() else 0)
        assert _children_named("hyperd") == first
    assert not _children_named("hyperd")


def _children_named(name: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if entry.name.isdigit():
            try:
                status = (entry / "status").read_text()
            except OSError:
                continue
            if f"Name:\t{name}" in status and f"PPid:\t{os.getpid()}\n" in status and "State:\tZ" not in status:
                found.append(entry.name)
    return found


def test_a_table_that_counts_persons_tells_its_small_cells(tmp_path: Path) -> None:
    query = (
        'select \'County \' || c as "County", \'Year \' || y as "Year", case when c = 1 then 3 else 50 + c * y end as "Number of cases" '
        "from generate_series(1, 6) as a(c), generate_series(1, 4) as b(y)"
    )
    report = inspect(hyper_file(tmp_path / "x.hyper", Extract=query))
    assert report.inventory is not None
    source = report.inventory.data_sources[0]
    assert source.row_level is False
    if source.disclosure is not None:
        assert source.disclosure.small_cells == 4
