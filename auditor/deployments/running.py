"""Audits many sites at the same time, here or on a cluster; what goes wrong with one stays with that one.

The seam is `concurrent.futures.Executor`: a pool of threads here, `distributed`'s executor for a Dask cluster. What is
handed over is a `SiteJob` (names, rules, waivers; never a secret), what comes back is a report.
"""

from __future__ import annotations

import copyreg
import io
import os
import pickle
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from types import MappingProxyType

from auditor import __version__
from auditor.audit import Job, audit, now
from auditor.deployments.credentials import Credential, resolve
from auditor.errors import AuditorError, ExitCode
from auditor.findings import Severity
from auditor.report import Report
from auditor.sources.interface import NoProgress, Progress
from auditor.sources.tableau import TableauSettings, open_source

HERE_AT_A_TIME = 4
#: Seconds between two looks at whether anybody is still working.
_LOOK_AGAIN = 2.0


@dataclass(frozen=True, slots=True)
class SiteJob:
    """One site to audit. Can be sent to another machine: the secret is there by name only. `file_name` has no suffix."""

    name: str
    file_name: str
    server: str
    site: str
    credential: Credential
    job: Job
    fail_on: Severity = Severity.HIGH
    ca_bundle: Path | None = None
    proxy: str | None = None
    timeout: int = 60
    workers: int = 8
    page_size: int = 1000

    def __reduce__(self) -> tuple[object, ...]:
        """For other processes: policies hold read-only views of dictionaries, which pickle does not know by itself."""
        return (_unpacked, (_packed(tuple(getattr(self, one.name) for one in fields(self))),))

    @property
    def session(self) -> tuple[str, str] | None:
        """What two jobs must not use at the same time: a personal access token has one session only."""
        return (self.server, self.credential.account) if self.credential.way == "token" else None


def _view(content: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(content)


class _Packer(pickle.Pickler):
    """Knows read-only views of dictionaries; a secret that got in here by mistake refuses (`settings.Secret`)."""

    dispatch_table = copyreg.dispatch_table | {MappingProxyType: lambda view: (_view, (dict(view),))}


def _packed(values: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    _Packer(buffer).dump(values)
    return buffer.getvalue()


def _unpacked(packed: bytes) -> SiteJob:
    return SiteJob(*pickle.loads(packed))  # noqa: S301 - written by `_packed`, sent by whoever may run code here anyway


@dataclass(frozen=True, slots=True)
class Failure:
    """No report: why, in a sentence, and the exit code that it stands for by itself."""

    sentence: str
    code: ExitCode


Audit = Callable[[SiteJob], Report]
Trouble = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the work. `trouble` says in a sentence why no more results will come, None while they may."""

    executor: Executor
    work: Audit
    at_a_time: int
    trouble: Trouble = lambda: None


def audit_site(job: SiteJob, progress: Progress | None = None) -> Report:
    """Look up the secret on this machine, audit the site, sign out. Raises AuditorError where no audit can be made."""
    settings = TableauSettings(
        server=job.server,
        site=job.site,
        credentials=resolve(job.credential, os.environ),
        ca_bundle=job.ca_bundle,
        proxy=job.proxy,
        timeout=job.timeout,
        workers=job.workers,
        page_size=job.page_size,
        tool_version=__version__,
    )
    with open_source(settings, clock=now) as source:
        return audit(source, job.job, progress=progress).report


class _StoppedError(Exception):
    """The user stopped the run; ends the reading of one site from within."""


class _UntilStopped(NoProgress):
    """A listener that says nothing, and ends the reading that it listens to once the run was stopped."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def start(self, read: str, total: int | None) -> None:  # noqa: ARG002 - the protocol's
        """A read begins, unless the run was stopped."""
        self._check()

    def advance(self, read: str, n: int) -> None:  # noqa: ARG002 - the protocol's
        """A read goes on, unless the run was stopped."""
        self._check()

    def _check(self) -> None:
        if self._stop.is_set():
            raise _StoppedError


@contextmanager
def here(at_a_time: int | None = None) -> Iterator[Hands]:
    """Threads of this process. A run that is stopped signs out of every site before the block ends."""
    stop = threading.Event()
    many = at_a_time or HERE_AT_A_TIME
    pool = ThreadPoolExecutor(max_workers=many, thread_name_prefix="auditor-site")
    try:
        yield Hands(pool, partial(audit_site, progress=_UntilStopped(stop)), many)
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run_all(jobs: Sequence[SiteJob], hands: Hands) -> Iterator[tuple[SiteJob, Report | Failure]]:
    """Every job with its report or why there is none, in the order in which they finish.

    Jobs that would share a personal access token run one after the other: a second sign-in would end the first's session.
    """
    waiting = list(jobs)
    flying: dict[Future[Report], SiteJob] = {}
    try:
        while waiting or flying:
            for job in _startable(waiting, flying.values(), hands.at_a_time):
                waiting.remove(job)
                flying[hands.executor.submit(hands.work, job)] = job
            done, _ = wait(flying, timeout=_LOOK_AGAIN, return_when=FIRST_COMPLETED)
            for future in done:
                yield flying.pop(future), _result(future)
            if not done and (sentence := hands.trouble()) is not None:
                yield from ((job, Failure(sentence, ExitCode.NO_AUDIT)) for job in (*flying.values(), *waiting))
                return
    finally:
        for future in flying:
            future.cancel()


def _startable(waiting: Sequence[SiteJob], flying: Collection[SiteJob], most: int) -> tuple[SiteJob, ...]:
    """The jobs to start now, in order: as many as there is room for, and none whose token is in use."""
    running = tuple(flying)
    busy = {job.session for job in running}
    chosen: list[SiteJob] = []
    for job in waiting:
        if len(running) + len(chosen) >= most:
            break
        if job.session is None or job.session not in busy:
            chosen.append(job)
            busy.add(job.session)
    return tuple(chosen)


def _result(future: Future[Report]) -> Report | Failure:
    if future.cancelled():
        return Failure("The audit of this site was cancelled before it ended.", ExitCode.NO_AUDIT)
    error = future.exception()
    match error:
        case None:
            return future.result()
        case AuditorError():
            return Failure(str(error), error.exit_code)
        case CancelledError():
            return Failure("The audit of this site was cancelled before it ended.", ExitCode.NO_AUDIT)
        case _ if type(error).__module__.startswith("distributed"):
            return Failure(
                f"The worker that audited this site was lost ({type(error).__name__}). Audit it again; if it stays, look "
                "at the worker's log and memory.",
                ExitCode.NO_AUDIT,
            )
        case _:
            return Failure(_bug(error), ExitCode.BUG)


def _bug(error: BaseException) -> str:
    """Where it happened; not what the error says, which may hold anything that a server sent."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else ""
    return f"A bug in the auditor ended the audit of this site ({type(error).__name__}{where}). Please report it."
