"""Many files: processes, limits, and one bad file that stops nothing."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from auditor.model.coverage import Read
from auditor.sources.workbook_file import FilePool, FileReport, Limits, inspect_many, many
from auditor.sources.workbook_file.worker import main  # noqa: F401 - the module that the processes run is importable

from .builders import Field, datasource, firearms_package, hyper_file, package, workbook
from .needs import needs_hyper

GOOD = workbook(datasource(Field("Full Name")))


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_reports_come_in_order_and_bad_files_are_misses(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "a.twb", GOOD),
        write(tmp_path / "bad.twb", b"<!DOCTYPE x [<!ENTITY a 'b'>]><workbook/>"),
        tmp_path / "gone.twb",
        write(tmp_path / "notes.docx", b"x"),
        write(tmp_path / "z.tds", datasource(Field("A")).encode()),
    ]
    reports = inspect_many(paths, workers=2)
    assert [Path(report.file).name for report in reports] == [path.name for path in paths]
    assert [report.inventory is not None for report in reports] == [True, False, False, False, True]
    assert all(len(report.misses_of(Read.FILES)) == 1 for report in reports[1:4])
    assert "No such file" in reports[2].misses[0].reason


def test_no_file_is_no_work() -> None:
    assert inspect_many([]) == ()


def test_a_file_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(many, "_WATCH_SECONDS", 0.0)
    start = time.monotonic()
    (report,) = inspect_many([write(tmp_path / "a.twb", GOOD)], limits=Limits(seconds=0.0))
    assert time.monotonic() - start < 30
    assert "longer than 0 seconds" in report.misses[0].reason


def test_after_a_file_that_had_to_be_ended_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = iter([1 << 50])
    monkeypatch.setattr(many, "_resident_bytes", lambda _pid: next(sizes, 0))
    monkeypatch.setattr(many, "_WATCH_SECONDS", 0.0)
    ended, good = inspect_many([write(tmp_path / "a.twb", GOOD), write(tmp_path / "b.twb", GOOD)], workers=1)
    assert ended.inventory is None
    assert good.inventory is not None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.twb")
    (report,) = inspect_many([tmp_path / "a.twb"])
    assert "no regular file" in report.misses[0].reason


def test_a_file_that_needs_too_much_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_resident_bytes", lambda _pid: 1 << 50)
    monkeypatch.setattr(many, "_WATCH_SECONDS", 0.0)
    (report,) = inspect_many([write(tmp_path / "a.twb", GOOD)])
    assert "MiB of memory" in report.misses[0].reason


def test_memory_is_watched_where_the_system_tells() -> None:
    if Path("/proc/self/statm").exists():
        assert many._resident_bytes(os.getpid()) > 1_000_000
    assert many._resident_bytes(2**31) == 0


def test_nothing_of_a_killed_worker_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    monkeypatch.setattr(many, "_resident_bytes", lambda _pid: 1 << 50)
    monkeypatch.setattr(many, "_WATCH_SECONDS", 0.0)
    inspect_many([write(tmp_path / "a.twb", GOOD)])
    assert list((tmp_path / "t").iterdir()) == []


@needs_hyper
def test_extracts_in_processes(tmp_path: Path) -> None:
    story = firearms_package(tmp_path, rows=300)
    plain = hyper_file(tmp_path / "x.hyper", Extract="select 'a' as \"A\"")
    broken = package(tmp_path / "b.twbx", {"a.twb": GOOD, "Data/x.hyper": b"garbage"})
    reports: tuple[FileReport, ...] = inspect_many([story, broken, plain], workers=2)
    assert [report.inventory.data_sources[0].rows if report.inventory else None for report in reports] == [300, None, 1]
    assert len(reports[1].misses) == 1


@needs_hyper
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="this system does not list processes in /proc")
def test_the_engine_of_a_worker_that_had_to_be_ended_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = "select 'x' || i as \"A\", 'y' || i as \"B\" from generate_series(1, 1000000) as s(i)"
    path = hyper_file(tmp_path / "x.hyper", Extract=large)
    engines: list[int] = []

    def too_much_once_the_engine_runs(pid: int) -> int:
        engines.extend(many._session_members(pid))
        return 1 << 50 if engines else 0

    monkeypatch.setattr(many, "_resident_bytes", too_much_once_the_engine_runs)
    monkeypatch.setattr(many, "_WATCH_SECONDS", 0.01)
    (report,) = inspect_many([path])
    assert report.inventory is None
    assert engines
    for _ in range(100):
        if not any(_is_alive(pid) for pid in engines):
            return
        time.sleep(0.05)
    pytest.fail("the engine outlived its worker")


def _is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_downloads_go_through_a_pool_that_several_threads_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    from concurrent.futures import ThreadPoolExecutor

    (tmp_path / "t").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    names = [f"Work {n}.twb" for n in range(6)]
    with FilePool(2, limits=Limits(extract_bytes=100_000)) as pool, ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda name: pool.inspect_stream(io.BytesIO(GOOD), name), names))
        too_large = pool.inspect_stream(io.BytesIO(b"x" * 100_001), "Large.twbx")
    assert [report.inventory.name for report in reports if report.inventory] == [f"Work {n}" for n in range(6)]
    assert [report.file for report in reports] == names
    assert "larger than" in too_large.misses[0].reason
    assert list((tmp_path / "t").iterdir()) == []
