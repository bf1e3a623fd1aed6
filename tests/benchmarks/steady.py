"""The emulator as a server that takes the same time for every request: a page of a list is rendered once, then kept.

    python -m tests.benchmarks.steady large --port 0 --latency 0.01

Rendering a page of a thousand items costs the emulator over a hundred milliseconds of Python, which says nothing about
its clients. The sites served here do not change, so what was answered once may be answered again. Only for benchmarks.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator

from tests.emulator import __main__ as program
from tests.emulator import server
from tests.emulator.apart import ROOT, Apart
from tests.emulator.calls import Answer
from tests.emulator.errors import Refusal
from tests.emulator.server import Emulator

#: Lists of a site: `/api/3.27/sites/LUID/views?…`, but nothing below an item.
_LIST = re.compile(r"/api/[^/]+/sites/[^/]+/[A-Za-z]+(?:\?.*)?")


class SteadyEmulator(Emulator):
    """Keeps the good answers about lists, each for the session that asked (the answer depends on who asks)."""

    def answer(self, method: str, target: str, body: bytes, token: str | None) -> Answer:
        if method != "GET" or _LIST.fullmatch(target) is None:
            return super().answer(method, target, body, token)
        whole = self._of_user(token), target
        kept: dict[object, bytes] = self.__dict__.setdefault("kept", {})
        if whole[0] is not None and whole in kept:
            return Answer(body=kept[whole])
        found = super().answer(method, target, body, token)
        if found.status == 200 and whole[0] is not None:
            kept[whole] = found.body
        return found

    def _of_user(self, token: str | None) -> str | None:
        try:
            session = self.sessions.find(token)
        except Refusal:
            return None
        return session.user.luid


@contextlib.contextmanager
def steady_apart(story: str, *, latency: float, options: dict[str, int]) -> Iterator[Apart]:
    """As `emulator.apart.emulate_apart`, with this server."""
    arguments = [story, "--port", "0", "--latency", str(latency)]
    arguments += [f"--option={name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "tests.benchmarks.steady", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().strip()
        if not url.startswith("http"):
            raise SystemExit(f"The server of {story} ended before it served anything.")
        try:
            yield Apart(url)
        finally:
            process.stdin.close()


def main() -> None:
    """The emulator's own program, with this emulator."""
    server.Emulator = SteadyEmulator  # type: ignore[misc]
    program.main()


if __name__ == "__main__":
    main()
