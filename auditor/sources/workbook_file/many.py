"""Many files, each in a process of its own making that can be stopped: one bad file never stops the others.

A worker that takes too long, needs too much memory or dies is ended with everything it started, and its file becomes
a miss. Workers have a private folder for all that they unpack, which is removed whatever happens.
"""

from __future__ import annotations

import os
import queue
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor.model.coverage import Miss, Read
from auditor.sensitivity import Lexicon
from auditor.sensitivity.lexicon import SHIPPED
from auditor.sources.workbook_file.inspection import kind_of
from auditor.sources.workbook_file.limits import DEFAULT_LIMITS, MIB, Limits
from auditor.sources.workbook_file.reports import FileReport
from auditor.sources.workbook_file.worker import receive, send

_WATCH_SECONDS = 0.1
_MODULE = "auditor.sources.workbook_file.worker"
#: Beyond the limit of one query, which the worker keeps itself.
_GRACE_SECONDS = 5.0


def inspect_many(
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    lexicon: Lexicon = SHIPPED,
    extracts: bool = True,
) -> tuple[FileReport, ...]:
    """The reports of all files, in their order. `workers` processes at once (default: as many as processors, up to 4)."""
    count = max(1, min(workers or min(os.cpu_count() or 1, 4), len(paths)))
    jobs: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(paths)):
        jobs.put(number)
    reports: dict[int, FileReport] = {}

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="bi-auditor-", ignore_cleanup_errors=True) as folder:
            worker = _Worker(Path(folder), limits, lexicon, extracts=extracts)
            try:
                while True:
                    number = jobs.get_nowait()
                    reports[number] = worker.inspect(paths[number])
            except queue.Empty:
                return
            finally:
                worker.stop()

    threads = [threading.Thread(target=work, name=f"files-{n}", daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tuple(reports[number] for number in range(len(paths)))


@dataclass(slots=True)
class _Worker:
    """A process that inspects; started when needed, and again after it had to be ended."""

    folder: Path
    limits: Limits
    lexicon: Lexicon
    extracts: bool = field(kw_only=True)
    process: subprocess.Popen[bytes] | None = None

    def inspect(self, path: Path) -> FileReport:
        """The report of one file; a miss where the process had to be ended or died."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            send(process.stdin, str(path.absolute()))
            problem = self._wait(process)
            answer = None if problem else receive(process.stdout)
        except OSError:
            problem, answer = None, None
        if isinstance(answer, FileReport):
            return _as_named(answer, path)
        self.stop(kindly=False)
        return _failed(path, problem or "the process that inspected the file ended unexpectedly")

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            environment = {**os.environ, "TMPDIR": str(self.folder), "TEMP": str(self.folder), "TMP": str(self.folder)}
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
            )
            assert self.process.stdin is not None
            send(self.process.stdin, (self.limits, self.lexicon, self.extracts))
        return self.process

    def _wait(self, process: subprocess.Popen[bytes]) -> str | None:
        """Until an answer comes: None; or why the process must be ended."""
        end = time.monotonic() + self.limits.seconds + _GRACE_SECONDS
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not selector.select(_WATCH_SECONDS):
                if time.monotonic() > end:
                    return f"the inspection took longer than {self.limits.seconds:g} seconds"
                if _resident_bytes(process.pid) > self.limits.memory_bytes:
                    return f"the inspection needed more than {self.limits.memory_bytes // MIB} MiB of memory"
        return None

    def stop(self, *, kindly: bool = True) -> None:
        """Ends the process and all that it started; kindly, it may close its engine first."""
        process, self.process = self.process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(OSError, subprocess.TimeoutExpired):
                process.stdin.close()
                process.wait(timeout=2.0 if kindly else 0.0)
        finally:
            _end_group(process)
            process.stdout.close()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started: Hyper makes a group of its own, but stays in our session."""
    started = _session_members(process.pid)
    process.kill()
    for pid in started:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _session_members(session: int) -> list[int]:
    """Processes of a session that we opened; none where the system does not tell (Hyper then ends by itself)."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == session and int(entry.name) != session:
                found.append(int(entry.name))
    return found


def _resident_bytes(pid: int) -> int:
    """Memory of a process now; 0 where the system does not tell in this way."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _as_named(report: FileReport, path: Path) -> FileReport:
    inventory = replace(report.inventory, file=str(path)) if report.inventory else None
    return replace(report, file=str(path), inventory=inventory)


def _failed(path: Path, reason: str) -> FileReport:
    remedy = "inspect the file by itself with higher limits, or have a look at where it comes from"
    return FileReport(str(path), None, ((Read.FILES, Miss(kind_of(path.name), "", path.name, reason, remedy)),))
