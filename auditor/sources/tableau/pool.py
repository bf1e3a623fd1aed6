"""Many jobs at once, few waiting: results come as they are ready, and one interruption stops all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

from auditor.sources.tableau.failures import ReadFailedError

J = TypeVar("J")
R = TypeVar("R")

#: Jobs handed to the pool for each worker: enough to keep it busy, few enough to hold no memory.
_AHEAD = 4


class Pool:
    """Worker threads for the length of a reading run."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="auditor-read")

    def close(self) -> None:
        """Drop what has not begun and wait for what has."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def each(self, jobs: Iterable[J], work: Callable[[J], R]) -> Iterator[tuple[J, R | ReadFailedError]]:
        """Every job with its result, or with why it failed, in the order in which they finish."""
        queue = iter(jobs)
        flying: dict[Future[R], J] = {}
        done: SimpleQueue[Future[R]] = SimpleQueue()
        while True:
            for job in islice(queue, self._workers * _AHEAD - len(flying)):
                future = self._threads.submit(work, job)
                flying[future] = job
                future.add_done_callback(done.put)
            if not flying:
                return
            future = done.get()
            result: R | ReadFailedError = _result(future)
            yield flying.pop(future), result


def _result(future: Future[R]) -> R | ReadFailedError:
    try:
        return future.result()
    except ReadFailedError as error:
        return error
