"""Nothing that a file can hold makes the inspection raise, hang or repeat it."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.sources.workbook_file import FileReport, inspect_bytes
from tests.effort import examples

from .builders import Field, datasource, federated, firearms_document, workbook, worksheet

DOCUMENT = firearms_document()


def zipped(document: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.twb", document)
        archive.writestr("Data/x.csv", "a,b\n1,2\n")
    return buffer.getvalue()


PACKAGE = zipped(DOCUMENT)
edits = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.binary(max_size=20)), min_size=1, max_size=4)


def edited(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, new in changes:
        at = place % len(data) if data else 0
        data = data[:at] + new + data[at + length :]
    return data


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(edits)
def test_a_document_with_any_damage_is_read_or_told_of(changes: list[tuple[int, int, bytes]]) -> None:
    report = inspect_bytes(edited(DOCUMENT, changes), "a.twb")
    assert isinstance(report, FileReport)
    assert report.inventory is not None or report.misses


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(edits)
def test_a_package_with_any_damage_is_read_or_told_of(changes: list[tuple[int, int, bytes]]) -> None:
    report = inspect_bytes(edited(PACKAGE, changes), "a.twbx")
    assert report.inventory is not None or report.misses


LONG = 60_000  # characters; whatever takes the square of it takes half a minute or more
AT_MOST = 6  # seconds of processor time, which other programs of the machine do not lengthen; a good reader takes 0.3
NASTY = (
    "[" * LONG, "[]]" * LONG, "[a]." * LONG, '"' + '\\"' * LONG, "/*" * LONG, "'" * (LONG + 1), "a.a://" * LONG, "eyJ-" * LONG,
    "aa:" * LONG, "password " * LONG, "password=" * LONG, "-----BEGIN " * LONG, "://a:" * LONG, "%5B" * LONG, "bearer " * LONG,
    "USERNAME " * LONG, "{ FIXED " * LONG, "\\" * LONG, "\u202e" * LONG,
)  # fmt: skip


@pytest.mark.parametrize("text", NASTY, ids=lambda text: text[:8].strip())
def test_long_texts_made_to_be_slow_are_not(text: str) -> None:
    value = text[:LONG].replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&apos;")
    connection = federated(
        f"<connection class='x' server='{value}' one-time-sql='{value}' />",
        relation=f"<relation type='text' name='q'>{value}</relation>",
    )
    field = f"<column name='[{value}]' caption='{value}' datatype='string'><calculation class='tableau' formula='{value}'/></column>"
    document = workbook(
        datasource(Field("A"), connection=connection, inside=field),
        sheets=worksheet(
            "S",
            rows=value,
            view=f"<filter column='{value}'><groupfilter level='{value}' expression='{value}'/></filter>",
        ),
    )
    start = time.process_time()
    report = inspect_bytes(document, "a.twb")
    assert time.process_time() - start < AT_MOST
    assert report.inventory is not None


def test_very_many_fields_are_read_in_time() -> None:
    fields = tuple(Field(f"F{n}", formula=f"[F{n + 1}]") for n in range(5_000))
    sheet = worksheet("S", rows=" + ".join(f"[federated.0test].[none:F{n}:nk]" for n in range(0, 5_000, 5)))
    start = time.process_time()
    report = inspect_bytes(workbook(datasource(*fields), sheets=sheet), "a.twb")
    assert time.process_time() - start < AT_MOST
    assert report.inventory is not None
    assert all(column.used for column in report.inventory.data_sources[0].columns)


@pytest.mark.parametrize("name", ["", "noending", "a.exe", ".twb", "a.TWB", "../../a.twb", "a\x00.twb"])
def test_odd_file_names(name: str) -> None:
    report = inspect_bytes(workbook(datasource(Field("A"))), name)
    assert report.inventory is not None or report.misses
