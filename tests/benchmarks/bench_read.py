"""How many requests, how long, how much memory: the reader against the loop that a user would write (issue 4, point 8).

    python -m tests.benchmarks.bench_read               500 workbooks, both, 10 ms a request
    python -m tests.benchmarks.bench_read --growth      and the reader alone at 5,000
    python -m tests.benchmarks.bench_read --growth --big    and at 50,000 (minutes)

The server is the emulator in a process of its own, which keeps the pages of lists that it has rendered (`steady`): a
request takes the latency, not the latency and a tenth of a second of Python. `--rendering` measures with that too. Each contender runs in a process of its own, which ends with a line
of JSON. Both read the same facts: rules and default rules (workbooks, data sources) of projects, rules of workbooks,
views and data sources, members of groups. Nothing here is a test: machines differ; the targets are printed beside.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"workbooks": 500, "views": 3, "projects": 40, "groups": 20, "users": 200}
TARGETS = "targets at 500: requests at most 1.1 x the least, at least 25 x faster than the loop, peak under 150 MB"


def peak_megabytes() -> float:
    """The most memory that this process held. VmHWM starts anew with the program; ru_maxrss may be its parent's."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(url: str, workers: int) -> int:
    """The reader; gives the number of rule sets that it got."""
    from auditor.model import Read
    from auditor.sources.interface import NoProgress
    from auditor.sources.tableau import Secret, TableauSettings, TokenCredentials, open_source

    needs = frozenset(
        {
            Read.PROJECT_PERMISSIONS,
            Read.DEFAULT_PERMISSIONS,
            Read.WORKBOOK_PERMISSIONS,
            Read.VIEW_PERMISSIONS,
            Read.DATASOURCE_PERMISSIONS,
            Read.GROUP_MEMBERS,
            Read.USERS,
        }
    )
    settings = TableauSettings(
        server=url, site="large", credentials=TokenCredentials("auditor", Secret("secret")), workers=workers
    )
    with open_source(settings, clock=lambda: datetime.now(UTC)) as source:
        snapshot = source.read(needs, progress=NoProgress())
    missing = [(line.read, miss.reason) for line in snapshot.ledger.lines.values() for miss in line.missing]
    assert not missing, missing[:3]
    return len(snapshot.rules) + len(snapshot.default_rules)


def loop(url: str, workers: int) -> int:
    """What a user writes with tableauserverclient: everything, one after the other."""
    import tableauserverclient as tsc

    del workers
    server = tsc.Server(url, use_server_version=True)
    found = 0
    with server.auth.sign_in(tsc.PersonalAccessTokenAuth("auditor", "secret", site_id="large")):
        for project in tsc.Pager(server.projects):
            server.projects.populate_permissions(project)
            server.projects.populate_workbook_default_permissions(project)
            server.projects.populate_datasource_default_permissions(project)
            found += (
                len(project.permissions)
                + len(project.default_workbook_permissions)
                + len(project.default_datasource_permissions)
            )
        for endpoint in (server.workbooks, server.views, server.datasources):
            for item in tsc.Pager(endpoint):
                endpoint.populate_permissions(item)
                found += len(item.permissions)
        for group in tsc.Pager(server.groups):
            server.groups.populate_users(group)
            found += len(list(group.users))
        found += sum(1 for _ in tsc.Pager(server.users))
    return found


IMPORTS = ("tableauserverclient", "auditor.sources.tableau.opening")
CONTENDERS: dict[str, Callable[[str, int], int]] = {"ours": ours, "loop": loop}


def contend(name: str, url: str, workers: int) -> None:
    """Run as one contender, in a process of its own."""
    for module in IMPORTS:  # both know their libraries before the clock starts
        import_module(module)
    began, worked = time.perf_counter(), time.process_time()
    found = CONTENDERS[name](url, workers)
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - worked,
        "megabytes": peak_megabytes(),
        "found": found,
    }
    print(json.dumps(told))


@dataclass(frozen=True)
class Measured:
    """One contender's cost on one site."""

    name: str
    workbooks: int
    requests: int
    seconds: float
    cpu: float
    megabytes: float


def measure(name: str, server: Any, workbooks: int, *, workers: int, limit: float) -> Measured | None:
    """Let a contender read; None where it does not end within `limit` seconds."""
    server.forget()
    command = [sys.executable, "-m", "tests.benchmarks.bench_read", "--contend", name, server.url, str(workers)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{name} failed:\n{error.stderr}") from error
    told = json.loads(done.stdout.splitlines()[-1])
    asked = server.told()
    assert not asked["writes"], asked["writes"]
    return Measured(name, workbooks, len(asked["requests"]), told["seconds"], told["cpu"], told["megabytes"])


def least_requests(options: dict[str, int]) -> int:
    """What no reader can do without, worked out from the site's description (tableau-api-and-scale.md, 1.3)."""
    from tests.emulator.samples import large

    site = large(**options)
    things = {
        kind: list(site.things[kind].values())
        for kind in ("project", "workbook", "view", "datasource", "group", "user")
    }
    conversation = 4  # version, sign-in, as whom, sign-out
    lists = sum(math.ceil(len(found) / 1000) for found in things.values())
    projects = len(things["project"]) * 3  # own rules, and the defaults for workbooks and data sources
    free = [book for book in things["workbook"] if book.project.lock is None]
    views = sum(1 for view in things["view"] if view.workbook.project.lock is None and not view.workbook.tabs)
    sources = sum(1 for source in things["datasource"] if source.project.lock is None)
    members = sum(math.ceil(len(group.members) / 1000) for group in things["group"] if group is not site.all_users)
    return conversation + lists + projects + len(free) + views + sources + members


HEAD = f"{'':<6}{'workbooks':>10}{'requests':>10}{'of least':>10}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}"


def row(one: Measured, least: int) -> str:
    """A line of the table."""
    return (
        f"{one.name:<6}{one.workbooks:>10,}{one.requests:>10,}{one.requests / least:>10.2f}"
        f"{one.seconds:>9.2f}{one.cpu:>8.2f}{one.megabytes:>9.0f}"
    )


def sized(workbooks: int) -> dict[str, int]:
    """A site of that many workbooks; projects, groups and users grow with it."""
    factor = workbooks // SMALL["workbooks"]
    return {
        "workbooks": workbooks,
        "views": SMALL["views"],
        "projects": SMALL["projects"] * min(factor, 25),
        "groups": SMALL["groups"] * min(factor, 25),
        "users": SMALL["users"] * factor,
    }


def compare(
    workbooks: int, names: list[str], *, latency: float, workers: int, limit: float, rendering: bool
) -> Iterator[Measured]:
    """Serve a site and let the contenders read it, one after the other, after one reading that nobody measures."""
    from tests.benchmarks.steady import steady_apart
    from tests.emulator.apart import emulate_apart

    serve = emulate_apart if rendering else steady_apart
    with serve("large", latency=latency, options=sized(workbooks)) as server:
        if len(names) > 1 and not rendering:
            measure("ours", server, workbooks, workers=workers, limit=limit)
        for name in names:
            found = measure(name, server, workbooks, workers=workers, limit=limit)
            if found is None:
                print(f"{name} did not end within {limit:,.0f} s at {workbooks:,} workbooks", flush=True)
            else:
                yield found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contend", nargs=3, metavar=("NAME", "URL", "WORKERS"), help=argparse.SUPPRESS)
    parser.add_argument("--growth", action="store_true", help="the reader alone at 5,000 workbooks as well")
    parser.add_argument("--big", action="store_true", help="with --growth: at 50,000 too")
    parser.add_argument("--latency", type=float, default=0.01, help="seconds a request [0.01]")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--limit", type=float, default=600, help="seconds that one contender may take [600]")
    parser.add_argument(
        "--rendering", action="store_true", help="let the emulator render every page anew, beyond the latency"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    chosen = parser.parse_args()
    if chosen.contend:
        name, url, workers = chosen.contend
        contend(name, url, int(workers))
        return
    sizes = [500, *([5_000] if chosen.growth else []), *([50_000] if chosen.growth and chosen.big else [])]
    results: list[Measured] = []
    least = {size: least_requests(sized(size)) for size in sizes}
    print(HEAD, flush=True)
    for size in sizes:
        names = ["ours", "loop"] if size == 500 else ["ours"]
        for one in compare(
            size, names, latency=chosen.latency, workers=chosen.workers, limit=chosen.limit, rendering=chosen.rendering
        ):
            print(row(one, least[size]), flush=True)
            results.append(one)
    small = {one.name: one for one in results if one.workbooks == 500}
    if len(small) == 2:
        print(f"{small['loop'].seconds / small['ours'].seconds:.1f} x faster than the loop; {TARGETS}")
    if chosen.json:
        told = [
            {name: getattr(one, name) for name in one.__dataclass_fields__} | {"least": least[one.workbooks]}
            for one in results
        ]
        chosen.json.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
