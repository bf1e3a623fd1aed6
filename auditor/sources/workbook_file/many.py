"""Many files, each in a process of its own making that can be stopped: one bad file never stops the others.

A worker that takes too long, needs too much memory or dies is ended with everything it started, and its file becomes
a miss. Workers have a private folder for all that they unpack, which is removed whatever happens.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, Self

from auditor.model.coverage import Miss, Read
from auditor.sensitivity import Lexicon
from auditor.sensitivity.lexicon import SHIPPED
from auditor.sources.workbook_file.inspection import kind_of, spool, too_large
from auditor.sources.workbook_file.limits import DEFAULT_LIMITS, MIB, Limits
from auditor.sources.workbook_file.package import private_folder
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
    with FilePool(count, limits=limits, lexicon=lexicon, extracts=extracts) as pool:
        threads = ThreadPoolExecutor(count, thread_name_prefix="files")
        try:
            return tuple(threads.map(pool.inspect, paths))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


class FilePool:
    """Processes that inspect files one after another; several threads may ask at once, each waits for a free one.

    Use it in a `with` block: on the way out all processes are ended and their folders removed.
    """

    def __init__(
        self,
        workers: int,
        *,
        limits: Limits = DEFAULT_LIMITS,
        lexicon: Lexicon = SHIPPED,
        extracts: bool = True,
    ) -> None:
        self._limits = limits
        self._stack = ExitStack()
        self._workers: list[_Worker] = []
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for _ in range(max(1, workers)):
            worker = _Worker(self._stack.enter_context(private_folder()), limits, lexicon, extracts=extracts)
            self._workers.append(worker)
            self._free.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()
        self._stack.close()

    def inspect(self, path: Path) -> FileReport:
        """The report of a file."""
        worker = self._free.get()
        try:
            return worker.inspect(path, str(path))
        finally:
            self._free.put(worker)

    def inspect_stream(self, stream: BinaryIO, name: str) -> FileReport:
        """The report of a download: spooled into a private folder that is gone afterwards. `name` gives its ending."""
        with private_folder() as folder:
            target = folder / f"download{PurePosixPath(name).suffix.lower()}"
            if not spool(stream, target, self._limits.extract_bytes):
                return too_large(name, self._limits)
            worker = self._free.get()
            try:
                return worker.inspect(target, name)
            finally:
                self._free.put(worker)


@dataclass(slots=True)
class _Worker:
    """A process that inspects; started when needed, and again after it had to be ended."""

    folder: Path
    limits: Limits
    lexicon: Lexicon
    extracts: bool = field(kw_only=True)
    process: subprocess.Popen[bytes] | None = None

    def inspect(self, path: Path, name: str) -> FileReport:
        """The report of one file that is known as `name`; a miss where the process had to be ended or died."""
        process = self._started()
        answers: list[object] = []
        reader = threading.Thread(target=self._ask, args=(process, (str(path.absolute()), name), answers), daemon=True)
        reader.start()
        problem = self._watch(process, reader)
        if problem is None and answers and isinstance(answers[0], FileReport):
            return answers[0]
        self.stop(kindly=False)
        reader.join()
        return _failed(name, problem or "the process that inspected the file ended unexpectedly")

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

    def _ask(self, process: subprocess.Popen[bytes], request: object, answers: list[object]) -> None:
        """In a thread of its own, as reading a pipe with a time limit is not to be had on all systems."""
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError, ValueError):  # ended meanwhile
            send(process.stdin, request)
            answers.append(receive(process.stdout))

    def _watch(self, process: subprocess.Popen[bytes], reader: threading.Thread) -> str | None:
        """Until the answer is there: None; or why the process must be ended."""
        end = time.monotonic() + self.limits.seconds + _GRACE_SECONDS
        reader.join(_WATCH_SECONDS)
        while reader.is_alive():
            if time.monotonic() > end:
                return f"the inspection took longer than {self.limits.seconds:g} seconds"
            if _resident_bytes(process.pid) > self.limits.memory_bytes:
                return f"the inspection needed more than {self.limits.memory_bytes // MIB} MiB of memory"
            reader.join(_WATCH_SECONDS)
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
            with suppress(OSError, ValueError):
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


def _failed(name: str, reason: str) -> FileReport:
    remedy = "inspect the file by itself with higher limits, or have a look at where it comes from"
    short = PurePath(name).name
    return FileReport(name, None, ((Read.FILES, Miss(kind_of(short), "", short, reason, remedy)),))
