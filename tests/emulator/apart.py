"""The emulator in a process of its own, so that what a client costs can be measured apart from it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Apart:
    """A server in another process: its address, and what it says it was asked."""

    url: str

    def told(self) -> dict[str, Any]:
        """`{"requests": [[method, target], …], "writes": […], "struck": […]}`."""
        with urllib.request.urlopen(f"{self.url}/emulator", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def forget(self) -> None:
        """Start counting anew."""
        with urllib.request.urlopen(f"{self.url}/emulator/forget", timeout=30) as answer:
            answer.read()


@contextlib.contextmanager
def emulate_apart(
    story: str, *, latency: float = 0.0, options: dict[str, int] | None = None, wait: float = 120
) -> Iterator[Apart]:
    """Serve `module:function` (called with `options`) from another process until the block ends.

    The token is `auditor` with the secret `secret`. RuntimeError when the process ends before it serves.
    """
    arguments = [story, "--port", "0", "--latency", str(latency)]
    arguments += [f"--option={name}={value}" for name, value in (options or {}).items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.emulator", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        url = process.stdout.readline().strip()
        if not url.startswith("http"):
            raise RuntimeError(f"The emulator of {story} ended before it served anything.")
        yield Apart(url)
    finally:
        process.stdin.close()
        process.wait(timeout=wait)
        process.stdout.close()
