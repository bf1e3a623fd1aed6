"""Extracts of the format before Hyper: column names, and no more, and that is said."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from auditor.model import Read
from auditor.sources.workbook_file import inspect
from auditor.sources.workbook_file.tde import table_of

REAL = Path(__file__).parents[3] / "shared" / "data" / "workbooks" / "VizAlerts.tde"
MARK = bytes.fromhex("f1ca1278")


def block(*names: str) -> bytes:
    entries = b"".join(struct.pack("<I", len(n)) + n.encode("utf-16-le") + b"\x07" * 16 for n in names)
    return MARK + struct.pack("<I", len(names)) + entries


def old_extract(folder: Path, *blocks: bytes) -> Path:
    file = folder / "old.tde"
    file.write_bytes(b"head" * 50 + b"between".join(blocks) + b"tail" * 20)
    return file


OWN = block("Last Name.1.data", "Last Name.dict", "Date of Birth.data", "County.1.dict", "County.data")
ENGINE = block("COLUMNS_NAME.data", "COLUMNS_NAME.dict", "key.data", "value.1.dict", "$TableauMetadata", "Extract")


def test_names_of_the_table_and_not_of_the_engines_own(tmp_path: Path) -> None:
    table = table_of(old_extract(tmp_path, ENGINE, OWN))
    assert table is not None
    assert [column.name for column in table.columns] == ["County", "Date of Birth", "Last Name"]


def test_a_file_says_its_columns_and_that_values_were_not_read(tmp_path: Path) -> None:
    report = inspect(old_extract(tmp_path, ENGINE, OWN))
    assert report.inventory is not None
    columns = {c.name: c for s in report.inventory.data_sources for c in s.columns}
    assert set(columns["Last Name"].classes) == {"person_name"}
    assert columns["Last Name"].values == "unknown"
    (miss,) = report.misses_of(Read.EXTRACTS)
    assert "only the column names" in miss.reason


@pytest.mark.parametrize(
    "content",
    [b"", b"no extract at all", MARK, MARK + b"\xff" * 4, MARK + struct.pack("<II", 9, 0xFFFFFFF0), OWN[:30]],
)
def test_what_has_not_that_shape_is_refused_and_no_crash(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.tde"
    file.write_bytes(content)
    report = inspect(file)
    assert report.misses


@pytest.mark.skipif(not REAL.exists(), reason="the real files in ../shared are not there")
def test_a_real_one() -> None:
    table = table_of(REAL)
    assert table is not None
    assert {"Customer Name", "City", "Order Date"} <= {column.name for column in table.columns}
