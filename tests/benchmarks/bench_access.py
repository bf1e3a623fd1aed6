"""Which content can any of these N users take rows from: sets against a plain evaluation, pair by pair, in one run.

    python tests/benchmarks/bench_access.py            three sizes
    python tests/benchmarks/bench_access.py --full     the plain evaluation of every pair, not of a sample (slow)

Each size runs in a process of its own, so that its peak memory is its own (the site and its making included). The plain
evaluation is the tests' oracle with each user's groups worked out beforehand; it is timed on a random sample of pairs and
scaled up, and its answers on the sample are compared with those of the sets. Targets (issue 3): 100 times faster at
25,000 items and 600 users, under 400 MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from access.oracle import Person, outcome

from auditor.access import Access, UserPrincipal
from auditor.model import (
    Connection,
    Content,
    Grantee,
    GranteeKind,
    Group,
    Kind,
    Lock,
    Mode,
    Project,
    Provenance,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)

SIZES = ((2_500, 60), (25_000, 600), (100_000, 2_400))
SAMPLE = 20_000
LOOK = ("Read", "Filter", "ViewComments", "AddComment", "ExportImage", "ExportData")
ROLES = (
    "Viewer",
    "Viewer",
    "Viewer",
    "Explorer",
    "Explorer",
    "ExplorerCanPublish",
    "Creator",
    "SiteAdministratorCreator",
    "Unlicensed",
)


def big_site(items: int, users: int, seed: int = 7) -> Snapshot:
    """A site as large ones are: many workbooks of a few rule patterns, some with rules of their own, a third locked."""
    rng = Random(seed)
    people = {f"u{n}": User(f"u{n}", f"user {n}", rng.choice(ROLES)) for n in range(users)}
    people["guest"] = User("guest", "guest", "Guest")
    groups = {"all": Group("all", "All Users", is_everyone=True)}
    groups |= {f"g{n}": Group(f"g{n}", f"Group {n}") for n in range(max(5, users // 6))}
    names, ids = list(people), list(groups)
    members = {group: frozenset(rng.sample(names, k=min(len(names), rng.randint(2, 60)))) for group in ids[1:]}
    projects = _projects(rng, max(4, items // 80), names)
    patterns = [_pattern(rng, ids, names) for _ in range(max(20, items // 50))]
    site = Snapshot(
        provenance=Provenance(is_cloud=False),
        settings={"guestAccessEnabled": True, "authoringEnabled": True, "explainDataEnabled": True, "state": "Active"},
        projects=projects,
        users=people,
        groups=groups,
        group_members=members,
        default_rules={(p, kind): rng.choice(patterns) for p in projects for kind in (Kind.WORKBOOK, Kind.DATASOURCE)},
        contents={},
        rules={Ref(Kind.PROJECT, p): RuleSet() if rng.random() < 0.7 else _leaders(rng, ids) for p in projects},
        connections={},
    )
    _fill(rng, site, items, patterns, names)
    return site


def _projects(rng: Random, count: int, names: list[str]) -> dict[str, Project]:
    projects: dict[str, Project] = {}
    for n in range(count):
        parent = rng.choice(list(projects)[: count // 4 + 1]) if projects and rng.random() < 0.6 else None
        above = projects[parent] if parent else None
        locked = above is not None and above.lock is Lock.LOCKED
        lock = (
            Lock.LOCKED
            if locked
            else rng.choice((Lock.CUSTOMIZABLE, Lock.CUSTOMIZABLE, Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED))
        )
        projects[f"p{n}"] = Project(f"p{n}", f"Project {n}", parent, rng.choice(names[:-1]), lock)
    return projects


def _leaders(rng: Random, ids: list[str]) -> RuleSet:
    return RuleSet.of([Rule(Grantee(GranteeKind.GROUP, rng.choice(ids[1:])), "ProjectLeader", Mode.ALLOW)])


def _pattern(rng: Random, ids: list[str], names: list[str]) -> RuleSet:
    rules: list[Rule] = []
    grantees = [Grantee(GranteeKind.GROUP, group) for group in rng.sample(ids, k=min(len(ids), rng.randint(1, 5)))]
    if rng.random() < 0.3:
        grantees.append(Grantee(GranteeKind.USER, rng.choice(names)))
    for grantee in grantees:
        allowed = [*LOOK, *(("ViewUnderlyingData", "WebAuthoring", "Connect") if rng.random() < 0.5 else ())]
        rules += [Rule(grantee, name, Mode.ALLOW) for name in allowed]
        if rng.random() < 0.2:
            rules.append(Rule(grantee, "ViewUnderlyingData", Mode.DENY))
    return RuleSet.of(rules)


def _fill(rng: Random, site: Snapshot, items: int, patterns: list[RuleSet], names: list[str]) -> None:
    contents, rules, connections = dict[Ref, Content](), dict(site.rules), dict[Ref, tuple[Connection, ...]]()
    projects, sources = list(site.projects), list[str]()
    while len(contents) < items:
        n, owner, project = len(contents), rng.choice(names[:-1]), rng.choice(projects)
        if rng.random() < 0.12 or not sources:
            source = Content(
                Kind.DATASOURCE,
                f"d{n}",
                f"Source {n}",
                project,
                owner,
                personal_space=False,
                has_extracts=rng.random() < 0.5,
            )
            contents[source.ref] = source
            rules[source.ref] = rng.choice(patterns)
            sources.append(source.id)
            continue
        tabs = rng.random() < 0.3
        workbook = Content(
            Kind.WORKBOOK,
            f"w{n}",
            f"Workbook {n}",
            project,
            owner,
            personal_space=False,
            tabs_shown=tabs,
            has_extracts=True,
        )
        contents[workbook.ref] = workbook
        rules[workbook.ref] = rng.choice(patterns) if rng.random() < 0.9 else _pattern(rng, list(site.groups), names)
        connections[workbook.ref] = (_connection(rng, sources),)
        for place in range(rng.randint(1, 5)):
            view = Content(
                Kind.VIEW, f"v{n}-{place}", f"View {place}", project, owner, workbook.id, personal_space=False
            )
            contents[view.ref] = view
            rules[view.ref] = rules[workbook.ref] if rng.random() < 0.9 else rng.choice(patterns)
    object.__setattr__(site, "contents", contents)
    object.__setattr__(site, "rules", rules)
    object.__setattr__(site, "connections", connections)


def _connection(rng: Random, sources: list[str]) -> Connection:
    if rng.random() < 0.5:
        return Connection("c", "hyper", embeds_password=True)
    return Connection(
        "c", "sqlproxy", embeds_password=rng.random() < 0.8, datasource_id=rng.choice(sources), datasource_name="source"
    )


def measure(items: int, users: int, *, full: bool) -> dict[str, float]:
    """Times in seconds of processor, memory in megabytes, for one size."""
    start = time.process_time()
    site = big_site(items, users)
    made = time.process_time() - start
    principals = [UserPrincipal(user) for user in site.users if user != "guest"]

    start = time.process_time()
    access = Access(site)
    reached = {
        holders.ref: holders
        for holders in access.bulk.reached_by(principals, "takes_rows", kinds=(Kind.WORKBOOK, Kind.VIEW))
    }
    sets = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    refs = [ref for ref in site.contents if ref.kind is not Kind.DATASOURCE]
    people = {principal: Person(site, f"user:{principal.user_id}") for principal in principals}
    rng = Random(1)
    pairs = (
        [(ref, principal) for ref in refs for principal in principals]
        if full
        else [(rng.choice(refs), rng.choice(principals)) for _ in range(SAMPLE)]
    )
    start = time.process_time()
    plain = [outcome(site, people[principal], ref, "takes_rows") == {True} for ref, principal in pairs]
    spent = time.process_time() - start
    whole = spent * len(refs) * len(principals) / len(pairs)
    wrong = sum(
        1
        for (ref, principal), answer in zip(pairs, plain, strict=True)
        if answer is not (ref in reached and reached[ref].of(principal).value == "allow")
    )
    return {
        "items": len(site.contents),
        "users": users,
        "site_seconds": made,
        "sets_seconds": sets,
        "plain_seconds": whole,
        "times_faster": whole / sets,
        "megabytes": memory,
        "reached": len(reached),
        "plain_said_yes": sum(plain) / len(plain),
        "pairs_compared": len(pairs),
        "pairs_that_differ": wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="time the plain evaluation on every pair")
    parser.add_argument("--one", nargs=2, type=int, metavar=("ITEMS", "USERS"), help="one size, as JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one, full=options.full)))
        return
    print(f"{'items':>8} {'users':>6} {'sets s':>8} {'plain s':>10} {'faster':>8} {'MB':>6} {'differ':>7}")
    for items, users in SIZES:
        command = [sys.executable, __file__, "--one", str(items), str(users), *(["--full"] if options.full else [])]
        one = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"{one['items']:>8} {one['users']:>6} {one['sets_seconds']:>8.2f} {one['plain_seconds']:>10.1f}"
            f" {one['times_faster']:>7.0f}x {one['megabytes']:>6.0f} {one['pairs_that_differ']:>7}"
        )


if __name__ == "__main__":
    main()
