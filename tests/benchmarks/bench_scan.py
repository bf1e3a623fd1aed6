"""What an audit costs once the facts are there: judging, reach, report, formats, file, differences, lists; and its growth.

    python tests/benchmarks/bench_scan.py                   2,000, 4,000 and 8,000 workbooks, with three to five views each
    python tests/benchmarks/bench_scan.py --large           5,000, 25,000 and 100,000 (minutes)
    python tests/benchmarks/bench_scan.py --sizes 5000 --policy strict --guest off

Figures are seconds of processor time; each size runs in a process of its own, so that its peak memory is its own (the
site and its making included). Growth: the time for each item at the largest size over that at the smallest; 1 is
linear, and a step that went through all items for each item would grow as the site does. The script ends with 1 where
any growth is above 2. Targets on an idle machine: the default pack on 25,000 workbooks with 100,000 views under 20 s
and 500 MB, on 100,000 with 400,000 under 90 s.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from large_site import LARGE, MIDDLE, SMALL, Size, changed, large_site

from auditor.access import Access, Anonymous
from auditor.audit import Job, judge_snapshot
from auditor.checks.publication import draft
from auditor.policy import load
from auditor.report.reach import public_reach
from auditor.report.render import render
from auditor.sources.saved import load as load_file
from auditor.sources.saved import save
from auditor.triage.diff import diff_snapshots

NOW = datetime(2026, 6, 1, tzinfo=UTC)
#: A step that grows faster than the site by more than this is called quadratic. Steps below a second are noise.
MOST_GROWTH, LEAST_SECONDS = 2.0, 1.0


def measure(size: Size, policy: str) -> dict[str, float]:
    """Seconds of processor time by step, and megabytes."""
    told: dict[str, float] = {}

    def timed(name: str, step: Callable[[], Any]) -> Any:
        start = time.process_time()
        found = step()
        told[name] = round(time.process_time() - start, 2)
        return found

    site = timed("making the site", lambda: large_site(size))
    told["items"] = len(site.contents)
    job = Job(load([policy]))
    report = timed("judge and report", lambda: judge_snapshot(site, job, started=NOW, clock=lambda: NOW)).report
    told["peak MB after judging"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told["findings"] = len(report.findings)
    for form in ("text", "json", "html"):
        timed(f"format {form}", partial(render, report, form))

    timed("public reach", lambda: public_reach(site, Access(site)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.snapshot"
        timed("save", lambda: save(site, path))
        told["file MB"] = round(path.stat().st_size / 1e6, 2)
        timed("load", lambda: load_file(path))
    access = Access(site)
    timed("what the public may do", lambda: sum(1 for _ in access.what_can(Anonymous(), skip_denied=True)))
    timed("find by path", lambda: access.find_content(f"workbook:{size.workbooks - 1:06}".replace(":", ":w")))
    timed("draft of the register", lambda: draft(site, Access(site)))
    new = changed(site)
    timed("differences", lambda: diff_snapshots(site, new))
    told["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return told


def growth(first: dict[str, float], last: dict[str, float]) -> dict[str, float]:
    """For each step how much longer an item takes at the larger size."""
    items = last["items"] / first["items"]
    figures = ("items", "findings", "file MB", "peak MB", "peak MB after judging")
    return {
        name: round(last[name] / max(first[name], 0.01) / items, 2)
        for name in last
        if name not in figures and last[name] >= LEAST_SECONDS
    }


def main() -> int:
    """Run the sizes, print the table; 1 where something grows faster than the site."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=[2_000, 4_000, 8_000], help="workbooks")
    options.add_argument("--large", action="store_true", help="5,000, 25,000 and 100,000 workbooks")
    options.add_argument("--policy", default="default")
    options.add_argument("--guest", choices=("on", "off"), default="on")
    options.add_argument("--one", help=argparse.SUPPRESS)
    said = options.parse_args()
    if said.one:
        print(json.dumps(measure(Size(**json.loads(said.one)), said.policy)))
        return 0
    sizes = [SMALL, MIDDLE, LARGE] if said.large else [Size(n, max(60, n // 4), max(20, n // 20)) for n in said.sizes]
    found = []
    for size in sizes:
        asked = {"workbooks": size.workbooks, "users": size.users, "groups": size.groups, "guest": said.guest == "on"}
        command = [sys.executable, __file__, "--policy", said.policy, "--one", json.dumps(asked)]
        found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print(f"{size.workbooks:,} workbooks done", file=sys.stderr)
    grows = growth(found[0], found[-1]) if len(found) > 1 else {}
    print(f"{'':26}" + "".join(f"{size.workbooks:>12,}" for size in sizes) + f"{'growth':>10}")
    for name in found[0]:
        print(f"{name:26}" + "".join(f"{one[name]:>12,}" for one in found) + f"{grows.get(name, ''):>10}")
    return int(any(value > MOST_GROWTH for value in grows.values()))


if __name__ == "__main__":
    sys.exit(main())
