"""Serve a described site: `python -m tests.emulator [module:function] [--port N]`, until Enter or end of input."""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.emulator.builder import Site
from tests.emulator.server import emulate


def described(story: str, options: dict[str, int]) -> list[Site]:
    """The sites that a function describes: `module:function`, or the name of a sample."""
    module, _, function = story.rpartition(":")
    made = getattr(importlib.import_module(module or "tests.emulator.samples"), function)(**options)
    return made if isinstance(made, list) else [made]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument(
        "story", nargs="?", default="incident", help="module:function, or the name of a sample (incident, large)"
    )
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a request")
    parser.add_argument("--api", default="3.27", help="REST API version")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=NUMBER", help="passed to the function")
    chosen = parser.parse_args()
    options = {name: int(value) for name, _, value in (o.partition("=") for o in chosen.option)}
    sites = described(chosen.story, options)
    with emulate(*sites, port=chosen.port, latency=chosen.latency, version=chosen.api, control=True) as emulator:
        print(emulator.url, flush=True)
        print(
            f"Sites: {', '.join(s.content_url or '(default)' for s in sites)}. Token auditor, secret secret. Enter ends.",
            file=sys.stderr,
        )
        sys.stdin.readline()


if __name__ == "__main__":
    main()
