"""How many requests are in the air at once: fewer when the server says so or gets slow, more when all goes well."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: An answer this many times slower than the quickest usual one, and this many seconds, is a sign of too much at once.
_SLOWER, _SECONDS = 6.0, 0.5
#: The quickest answers were of another sort (who are we, which version): what counts as quick rises with every answer.
_FORGETS = 1.05
#: Slowness alone never narrows the stream below this share; only a 429 does.
_LEAST_SHARE = 4
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Load:
    """What the throttle learnt: the width it ended at, and the seconds of an answer (None before the first).

    `latency` is the usual time; `quickest` the shortest, which is what an answer about a single object takes: those
    about whole lists, the first that are asked for, take several times as long.
    """

    width: int
    latency: float | None
    quickest: float | None = None


class Throttle:
    """Additive increase, multiplicative decrease, shared by all threads of one sign-in."""

    def __init__(self, width: int, *, per_hour: int | None) -> None:
        self._most = width
        self._width = float(width)
        self._flying = 0
        self._latency: float | None = None
        self._best: float | None = None
        self._quickest: float | None = None
        self._left = per_hour
        self._per_hour = per_hour
        self._hour_began = time.monotonic()
        self._changed = threading.Condition()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for room, and give it back."""
        with self._changed:
            while self._flying >= max(1, int(self._width)):
                self._changed.wait()
            self._flying += 1
        try:
            yield
        finally:
            with self._changed:
                self._flying -= 1
                self._changed.notify()

    def spend(self) -> bool:
        """Take one request out of the hour's budget; False when it is empty."""
        with self._changed:
            if self._left is None:
                return True
            if time.monotonic() - self._hour_began >= _HOUR:
                self._hour_began, self._left = time.monotonic(), self._per_hour or 0
            if self._left <= 0:
                return False
            self._left -= 1
            return True

    def answered(self, seconds: float) -> None:
        """A good answer came after so many seconds."""
        with self._changed:
            self._quickest = seconds if self._quickest is None else min(self._quickest, seconds)
            self._latency = seconds if self._latency is None else 0.9 * self._latency + 0.1 * seconds
            self._best = self._latency if self._best is None else min(self._best * _FORGETS, self._latency)
            if self._latency > _SLOWER * self._best and self._latency > _SECONDS:
                self._width = max(self._most / _LEAST_SHARE, 1.0, self._width - 1 / self._width)
            else:
                self._width = min(float(self._most), self._width + 1 / self._width)
            self._changed.notify()

    def too_many(self) -> None:
        """The server asked for less."""
        with self._changed:
            self._width = max(1.0, self._width / 2)

    def load(self) -> Load:
        """What is known now."""
        with self._changed:
            return Load(int(self._width), self._latency, self._quickest)
