"""Reading a Tableau site from end to end: sign in, lists, plan, rules, people, lists again, sign out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from auditor.model import RULES_READ, Identity, Kind, Provenance, Read, Snapshot
from auditor.sources.interface import Clock, Plan, Progress
from auditor.sources.tableau.cassette import Cassette
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.gathered import Line
from auditor.sources.tableau.needs import ALL_READS, closure
from auditor.sources.tableau.phase_again import list_again
from auditor.sources.tableau.phase_people import read_connections, read_members
from auditor.sources.tableau.phase_rules import check_sample, draw_sample, path_of_task, read_rules, seed_of
from auditor.sources.tableau.phase_site import admit_limits, identity, read_lists, read_settings, who_am_i
from auditor.sources.tableau.plan import Question, RulePlan, RuleTask, Spared, plan_rules
from auditor.sources.tableau.pool import Pool
from auditor.sources.tableau.run import Run
from auditor.sources.tableau.settings import CLOUD_REQUESTS_PER_HOUR, TableauSettings


def is_cloud(address: str) -> bool:
    """Is this Tableau Cloud? Its hosts are *.online.tableau.com."""
    return (urlsplit(address).hostname or "").endswith(".online.tableau.com")


class TableauSource:
    """A site, signed in. Made by `open_source`."""

    def __init__(
        self,
        settings: TableauSettings,
        connection: Connection,
        clock: Clock,
        *,
        started: datetime,
        cassette: Cassette | None = None,
    ) -> None:
        self._settings = settings
        self._cassette = cassette
        self._connection = connection
        self._clock = clock
        self._started = started

    def read(self, needs: frozenset[Read], *, progress: Progress) -> Snapshot:
        """Everything that `needs` names and what it rests on; see `sources.interface.Source`."""
        if self._settings.record is not None:
            needs |= ALL_READS  # so that the recording answers whatever policy is used later
        with self._run(needs, progress) as run:
            me = self._lists(run)
            plan = plan_rules(run.gathered.projects, run.gathered.contents, self._question(run, needs))
            read_rules(run, plan.tasks)
            self._verify(run, plan, needs)
            if plan.tasks or plan.spared:
                list_again(run)
                self._mend(run, needs)
            read_members(run)
            read_connections(run)
            return self._snapshot(run, me)

    def plan(self, needs: frozenset[Read], *, progress: Progress) -> Plan:
        """What `read` would ask for."""
        with self._run(needs, progress) as run:
            self._lists(run)
            plan = plan_rules(run.gathered.projects, run.gathered.contents, self._question(run, needs))
            latency = self._connection.transport.throttle.load().latency or 0.1
            count = sum(line.requests for line in plan.lines())
            return Plan(
                plan.lines(),
                made=self._connection.transport.made,
                seconds=count * latency / self._settings.workers,
                budget=budget_of(self._settings, self._connection.address),
            )

    @contextmanager
    def _run(self, needs: frozenset[Read], progress: Progress) -> Iterator[Run]:
        pool = Pool(self._settings.workers)
        run = Run(self._settings, self._connection, pool, progress, closure(needs))
        self._connection.transport.notice = run.notices.put
        try:
            yield run
        except BaseException:
            self._connection.transport.stop.set()
            raise
        finally:
            pool.close()

    def _lists(self, run: Run) -> Identity:
        for read in run.needs:
            run.gathered.lines[read] = Line()
        run.gathered.lines[Read.SERVER_INFO] = Line(expected=1, got=1)
        me = who_am_i(run)
        read_settings(run)
        read_lists(run)
        mine = run.gathered.users.get(me.id)
        if me.is_admin is None and mine is not None:
            me = identity(mine.id, mine.name, mine.site_role)
        admit_limits(run, me)
        return me

    def _question(self, run: Run, needs: frozenset[Read], *, shortcuts: bool | None = None) -> Question:
        return Question(
            run.needs,
            shortcuts=self._settings.shortcuts if shortcuts is None else shortcuts,
            at_least=self._connection.at_least,
            all_defaults=Read.DEFAULT_PERMISSIONS in needs,
        )

    def _verify(self, run: Run, plan: RulePlan, needs: frozenset[Read]) -> None:
        """Read a sample of what a lock spares; the first difference makes all of it be read."""
        if not plan.spared:
            return
        sample, how = self._sample(run, plan)
        told = f"{len(plan.spared)} items that a lock governs were judged by their project's default rules"
        differs = check_sample(run, sample) if sample else None
        if differs is None:
            run.gathered.note(f"{told}; {len(sample)} of them, {how}, were read and agree")
            return
        name = run.gathered.name_of(differs.subject)
        run.gathered.note(
            f"'{name}' holds other rules than the lock that governs it gives (sample of {len(sample)}, {how}): "
            "no shortcut was taken, all rules were read"
        )
        run.progress.note("a locked item holds rules of its own: reading everything")
        everything = plan_rules(
            run.gathered.projects, run.gathered.contents, self._question(run, needs, shortcuts=False)
        )
        read_rules(run, self._unread(run, everything))

    def _sample(self, run: Run, plan: RulePlan) -> tuple[tuple[Spared, ...], str]:
        """What to verify: of a live site a seeded sample, of a recording all that it holds."""
        if self._cassette is not None:
            held = (one for one in plan.spared if one.subject.kind is not Kind.VIEW)
            tasks = ((one, RuleTask(RULES_READ[one.subject.kind], one.subject)) for one in held)
            found = tuple(one for one, task in tasks if self._cassette.holds("GET", path_of_task(run, task)))
            return found, "which the recording holds"
        seed = self._settings.sample_seed
        if seed is None:
            seed = seed_of(self._connection.site_id, self._started.date().isoformat())
        return draw_sample(plan, seed=seed), f"drawn with seed {seed}"

    def _mend(self, run: Run, needs: frozenset[Read]) -> None:
        """Read what the second reading of the lists showed to be lacking; then count anew what was to be read."""
        plan = plan_rules(run.gathered.projects, run.gathered.contents, self._question(run, needs))
        lacking = self._unread(run, plan)
        missed = {
            (read, miss.id)
            for read in (*RULES_READ.values(), Read.DEFAULT_PERMISSIONS)
            if read in run.gathered.lines
            for miss in run.gathered.lines[read].misses.values()
        }
        read_rules(run, [task for task in lacking if (task.read, task.subject.id) not in missed])
        recount(run)

    def _unread(self, run: Run, plan: RulePlan) -> list[RuleTask]:
        gathered = run.gathered
        return [
            task
            for task in plan.tasks
            if (
                task.subject not in gathered.rules
                if task.of is None
                else (task.subject.id, task.of) not in gathered.default_rules
            )
        ]

    def _snapshot(self, run: Run, me: Identity) -> Snapshot:
        gathered = run.gathered
        run.pass_notices_on()
        return Snapshot(
            provenance=self._provenance(run, me),
            settings=gathered.settings,
            projects=gathered.projects,
            contents=gathered.contents,
            users=gathered.users,
            groups=gathered.groups,
            group_members=gathered.group_members,
            group_sets=gathered.group_sets,
            rules=gathered.rules,
            default_rules=gathered.default_rules,
            connections=gathered.connections,
            connected_apps=gathered.connected_apps,
            ledger=gathered.ledger(),
        )

    def _provenance(self, run: Run, me: Identity) -> Provenance:
        connection = self._connection
        name = run.gathered.settings.get("name", "")
        found = Provenance(
            server=connection.address,
            site_id=connection.site_id,
            site_name=str(name),
            site_content_url=connection.site_content_url,
            signed_in_as=me,
            product_version=connection.product_version,
            api_version=connection.api_version,
            started_at=self._started,
            requests=connection.transport.made,
            tool_version=self._settings.tool_version,
            is_cloud=is_cloud(connection.address),
            notes=tuple(run.gathered.notes),
        )
        return replace(found, finished_at=self._clock())


def recount(run: Run) -> None:
    """Expected and got of the rules' lines, after some were read twice: what is there, and what is missed."""
    gathered = run.gathered
    for kind, read in RULES_READ.items():
        if read in gathered.lines:
            line = gathered.lines[read]
            line.got = sum(1 for ref in gathered.rules if ref.kind is kind)
            line.expected = line.got + len(line.misses)
    if Read.DEFAULT_PERMISSIONS in gathered.lines:
        line = gathered.lines[Read.DEFAULT_PERMISSIONS]
        line.got = len(gathered.default_rules)
        line.expected = line.got + len(line.misses)


def budget_of(settings: TableauSettings, address: str) -> int | None:
    """The requests an hour that this run allows itself."""
    if settings.requests_per_hour is not None:
        return settings.requests_per_hour
    return CLOUD_REQUESTS_PER_HOUR if is_cloud(address) and settings.cassette is None else None
