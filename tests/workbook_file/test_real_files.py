"""Real files that nobody here made: all are read or told of, and what is known of them is found."""

from __future__ import annotations

import pytest

from auditor.model.coverage import Read
from auditor.sources.workbook_file import inspect

from .needs import REAL, needs_hyper, needs_real_files

pytestmark = needs_real_files
FILES = sorted(REAL.iterdir()) if REAL.is_dir() else []


@needs_hyper
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_read_or_told_of(path) -> None:
    report = inspect(path)
    assert report.inventory is not None or report.misses
    if path.suffix != ".tde":
        assert report.inventory is not None
        assert report.inventory.data_sources


def test_accounts_of_databases_are_found_and_no_secret_is() -> None:
    report = inspect(REAL / "EmbeddedCredentials.twb")
    assert report.inventory is not None
    users = {connection.user for source in report.inventory.data_sources for connection in source.connections}
    assert users == {"see-internal-slack"}
    assert report.inventory.secrets == ()


def test_a_document_with_an_undeclared_prefix_is_whole() -> None:
    report = inspect(REAL / "not-well-formed.tds")
    assert report.inventory is not None
    assert any("not declared" in note for note in report.notes)
    assert report.misses_of(Read.COLUMNS) == ()
    assert len(report.inventory.data_sources[0].columns) == 28


def test_the_old_extract_format_gives_names_and_says_that_values_were_not_read() -> None:
    report = inspect(REAL / "VizAlerts.tde")
    assert report.inventory is not None
    assert "Customer Name" in {c.name for s in report.inventory.data_sources for c in s.columns}
    assert "only the column names" in report.misses_of(Read.EXTRACTS)[0].reason


@needs_hyper
def test_a_real_extract_is_matched_with_its_document() -> None:
    report = inspect(REAL / "WorkbookWithExtract.twbx")
    assert report.inventory is not None
    (source,) = report.inventory.data_sources
    stored = {column.name for column in source.columns if column.in_extract}
    assert (source.rows, len(stored), report.misses) == (4248, 20, ())
    assert {column.name for column in source.columns if column.hidden} == {
        "ProductId",
        "Product_ProductId",
        "Location_Area Code",
    }
    assert not stored & {"ProductId", "Product_ProductId", "Location_Area Code"}
    used = {column.name for column in source.columns if column.used}
    assert used == {"Product", "Profit", "Sales", "Budget Profit", "Date", "Product Type"}


def test_columns_of_a_workbook_with_feature_flags() -> None:
    report = inspect(REAL / "shapes_test.twb")
    assert report.inventory is not None
    (source,) = report.inventory.data_sources
    names = {column.name for column in source.columns}
    assert {"Customer Name", "Region (People)", "Order ID (Returns)"} <= names
    assert not any("__tableau" in name for name in names)
    assert {column.name for column in source.columns if "shape" in column.shelves} == {"Category"}
