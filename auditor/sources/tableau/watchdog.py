"""Ends connections whose answers take too long as a whole.

A timeout of the socket counts from byte to byte, so a server that sends one byte now and then could hold a thread for
ever, in the headers of its answer above all. One thread looks at all answers that are under way and shuts the sockets
of those that are over their time; the reader then gets an error as for any broken connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

#: Seconds between two looks: how late a connection may be ended.
_ROUND = 0.25


@dataclass(slots=True)
class Watch:
    """One answer under way. `over` is set when its connection was ended."""

    deadline: float
    socket: socket.socket | None = None
    over: bool = False


class Watchdog:
    """Looks after the connections of one transport. The thread runs from the first answer to `close`."""

    def __init__(self) -> None:
        self._under_way: dict[int, Watch] = {}
        self._mine = threading.local()
        self._end = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watching(self, deadline: float) -> Iterator[Watch]:
        """An answer to this thread's request must be complete before `deadline` (`time.monotonic()` seconds)."""
        self._start()
        watch = Watch(deadline)
        self._mine.watch = watch
        self._under_way[id(watch)] = watch
        try:
            yield watch
        finally:
            self._mine.watch = None
            self._under_way.pop(id(watch), None)

    def close(self) -> None:
        """Let the thread end."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def on(self, sock: socket.socket | None) -> None:
        """The socket on which this thread now waits for its answer."""
        watch = getattr(self._mine, "watch", None)
        if watch is not None:
            watch.socket = sock

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._look, name="auditor-watchdog", daemon=True)
                    self._thread.start()

    def _look(self) -> None:
        while not self._end.wait(_ROUND):
            now = time.monotonic()
            for watch in list(self._under_way.values()):
                if now > watch.deadline and watch.socket is not None and not watch.over:
                    watch.over = True
                    with contextlib.suppress(OSError):
                        watch.socket.shutdown(socket.SHUT_RDWR)
