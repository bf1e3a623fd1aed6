"""Hostile archives: nothing leaves the private folder, nothing is believed, the rest goes on."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from auditor.model.coverage import Read
from auditor.sources.workbook_file import Limits, inspect
from auditor.sources.workbook_file.package import open_package, private_folder
from auditor.sources.workbook_file.refusal import RefusedError

from .builders import Field, datasource, package, workbook

DOCUMENT = workbook(datasource(Field("Name")))
MIB = 1024 * 1024


def reasons(path: Path, limits: Limits | None = None) -> list[str]:
    return [miss.reason for miss in inspect(path, limits=limits or Limits()).misses]


def test_the_private_folder_is_ours_alone_and_goes_away_on_an_error() -> None:
    seen: list[Path] = []

    def fails() -> None:
        with private_folder() as folder:
            seen.append(folder)
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            (folder / "x").write_bytes(b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not seen[0].exists()


@pytest.mark.parametrize(
    "name", ["../../escape.hyper", "/etc/escape.hyper", "..\\escape.hyper", "C:\\escape.hyper", "a/../../escape.hyper"]
)
def test_entries_that_climb_out_are_refused_and_the_rest_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    path = package(tmp_path / "in" / "a.twbx", {"a.twb": DOCUMENT, name: b"data"})
    report = inspect(path)
    assert report.inventory is not None
    assert any("leads out of the package" in miss.reason for miss in report.misses_of(Read.FILES))
    assert not list(tmp_path.rglob("escape*"))


def test_links_and_encrypted_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.twbx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.twb", DOCUMENT)
        link = zipfile.ZipInfo("Data/link.hyper")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert any("it is a link" in reason for reason in reasons(path))


def bomb(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.twb", DOCUMENT)
        archive.writestr("Data/b.hyper", b"\0" * size)
    return buffer.getvalue()


def test_a_bomb_is_stopped_by_what_is_unpacked_not_by_what_the_header_says(tmp_path: Path) -> None:
    data = bytearray(bomb(40 * MIB))
    lie = struct.pack("<I", 100)
    true = struct.pack("<I", 40 * MIB)
    data = bytearray(bytes(data).replace(true, lie))
    path = tmp_path / "a.twbx"
    path.write_bytes(data)
    found = reasons(path)
    assert found
    assert any("times its packed size" in reason or "cannot be unpacked" in reason for reason in found)


def test_a_bomb_with_an_honest_header_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    (tmp_path / "a.twbx").write_bytes(bomb(64 * MIB))
    assert any("over 200 times its packed size" in reason for reason in reasons(tmp_path / "a.twbx"))


def test_the_sum_of_all_entries_is_limited(tmp_path: Path) -> None:
    path = package(tmp_path / "a.twbx", {"a.twb": DOCUMENT, **{f"{n}.hyper": os.urandom(MIB) for n in range(3)}})
    assert any("in all" in reason for reason in reasons(path, Limits(unpacked_bytes=2 * MIB)))


def test_a_document_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.twbx", {"a.twb": DOCUMENT + b" " * 10_000})
    assert any("more than 5000 bytes" in reason for reason in reasons(path, Limits(document_bytes=5_000)))


def test_ten_thousand_entries_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "a.twbx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.twb", DOCUMENT)
        for n in range(10_000):
            archive.writestr(f"x{n}", b"")
    assert any("entries" in reason for reason in reasons(path))


def test_a_directory_far_larger_than_allowed_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.twbx"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(400):
            archive.writestr(f"{n}" + "x" * 1_000, b"")
    with (
        path.open("rb") as stream,
        pytest.raises(RefusedError, match="directory"),
        open_package(stream, Limits(entries=10)),
    ):
        pass


@pytest.mark.parametrize("cut", [30, 200, -30])
def test_truncated_packages_are_misses(tmp_path: Path, cut: int) -> None:
    whole = package(tmp_path / "a.twbx", {"a.twb": DOCUMENT}).read_bytes()
    (tmp_path / "b.twbx").write_bytes(whole[:cut])
    report = inspect(tmp_path / "b.twbx")
    assert report.inventory is None
    assert report.misses


def test_a_damaged_entry_is_a_miss(tmp_path: Path) -> None:
    data = bytearray(package(tmp_path / "a.twbx", {"a.twb": DOCUMENT}).read_bytes())
    data[60:80] = b"\xff" * 20
    (tmp_path / "a.twbx").write_bytes(data)
    assert any("cannot be unpacked" in reason for reason in reasons(tmp_path / "a.twbx"))


def test_nested_archives_are_named_and_not_followed(tmp_path: Path) -> None:
    inner = package(tmp_path / "inner.zip", {"people.csv": b"name\nJane Roe\n"})
    path = package(tmp_path / "a.twbx", {"a.twb": DOCUMENT, "inner.zip": inner})
    report = inspect(path)
    assert report.inventory is not None
    assert report.inventory.packed_files == ("inner.zip",)
    assert [source.name for source in report.inventory.data_sources] == ["People"]
    assert any("inner.zip was not opened" in miss.reason for miss in report.misses)


def test_two_workbooks_in_one_package_are_both_read(tmp_path: Path) -> None:
    other = workbook(datasource(Field("Salary"), name="federated.1", caption="Other"))
    path = package(tmp_path / "a.twbx", {"a.twb": DOCUMENT, "sub/b.twb": other}, method=zipfile.ZIP_STORED)
    report = inspect(path)
    assert report.inventory is not None
    assert [source.name for source in report.inventory.data_sources] == ["People", "Other"]
    assert any("another document" in note for note in report.notes)


def test_a_package_without_a_document_is_a_miss(tmp_path: Path) -> None:
    assert any("holds no .twb" in reason for reason in reasons(package(tmp_path / "a.twbx", {"x.csv": b"a"})))


def test_content_decides_not_the_ending(tmp_path: Path) -> None:
    (tmp_path / "a.twbx").write_bytes(DOCUMENT)
    package(tmp_path / "b.twb", {"a.twb": DOCUMENT})
    for name in ("a.twbx", "b.twb"):
        assert inspect(tmp_path / name).inventory is not None


def test_names_with_markup_stay_names(tmp_path: Path) -> None:
    path = package(tmp_path / "a.twbx", {"a.twb": DOCUMENT, "<script>.csv": b"a,b\n1,2\n"})
    report = inspect(path)
    assert report.inventory is not None
    assert report.inventory.packed_files == ("<script>.csv",)


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    (tmp_path / "a.twbx").write_bytes(bomb(64 * MIB))
    inspect(tmp_path / "a.twbx")
    inspect(package(tmp_path / "b.twbx", {"a.twb": DOCUMENT, "x.csv": b"a,b\n1,2\n", "y.hyper": b"garbage"}))
    assert list((tmp_path / "t").iterdir()) == []
