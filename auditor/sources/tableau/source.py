"""Reading a Tableau site from end to end: lists, plan, rules, lists again, people; all that `open_source` signed in for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from auditor.model import CONTENT_KINDS, LIST_READ, RULES_READ, Content, Identity, Kind, Provenance, Read, Ref, Snapshot
from auditor.sources.interface import Clock, Plan, PlanLine, Progress
from auditor.sources.tableau.cassette import Cassette
from auditor.sources.tableau.checkpoint import Kept
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.gathered import Gathered, Line
from auditor.sources.tableau.metadata import FIRST_PAGE
from auditor.sources.tableau.needs import ALL_READS, closure
from auditor.sources.tableau.phase_again import list_again
from auditor.sources.tableau.phase_columns import columns_of
from auditor.sources.tableau.phase_files import INSIDE, look_inside
from auditor.sources.tableau.phase_later import connections_of, members_of
from auditor.sources.tableau.phase_people import read_connections, read_members
from auditor.sources.tableau.phase_rules import read_rules, sample_size, seed_of
from auditor.sources.tableau.phase_site import (
    admit_limits,
    identity,
    read_lists,
    read_settings,
    settle_group_sets,
    who_am_i,
)
from auditor.sources.tableau.phase_verify import Choose, mend, recorded, seeded, verify
from auditor.sources.tableau.plan import Question, RulePlan, plan_rules
from auditor.sources.tableau.pool import Pool
from auditor.sources.tableau.run import Run
from auditor.sources.tableau.settings import CLOUD_REQUESTS_PER_HOUR, TableauSettings


def is_cloud(address: str) -> bool:
    """Is this Tableau Cloud? Its hosts are *.online.tableau.com."""
    return (urlsplit(address).hostname or "").endswith(".online.tableau.com")


def is_in_clear(address: str) -> bool:
    """Do token and answers travel unencrypted, and not just within this machine?"""
    parts = urlsplit(address)
    return parts.scheme == "http" and (parts.hostname or "") not in {"localhost", "127.0.0.1", "::1"}


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
        kept: Kept | None = None,
    ) -> None:
        self._settings = settings
        self._cassette = cassette
        self._connection = connection
        self._clock = clock
        self._started = started
        self._kept = kept
        #: Between which times each part of the last snapshot was read, by its member of the snapshot file.
        self.times: Mapping[str, Mapping[str, str]] = {}
        self._listed: tuple[frozenset[Read], Gathered, Identity] | None = None

    def read(self, needs: frozenset[Read], *, progress: Progress) -> Snapshot:
        """Everything that `needs` names and what it rests on; see `sources.interface.Source`."""
        if self._settings.record is not None:
            needs |= ALL_READS  # so that the recording answers whatever policy is used later
        with self._run(needs, progress) as run:
            me = self._lists_once(run)
            question = self._question(run, needs)
            plan = plan_rules(run.gathered.projects, run.gathered.contents, question)
            self._warn_of_budget(run, plan)
            read_rules(run, plan.tasks)
            verify(run, plan, self._choose(), replace(question, shortcuts=False))
            if plan.tasks or plan.spared:
                changes = list_again(run)
                mend(run, question, None if changes.any else plan)
            settle_group_sets(run)
            read_members(run)
            read_connections(run)
            return self._snapshot(run, me)

    def plan(self, needs: frozenset[Read], *, progress: Progress) -> Plan:
        """What `read` would ask for; a `read` of the same needs goes on from the lists that this has read."""
        with self._run(needs, progress) as run:
            self._listed = (run.needs, run.gathered, self._lists(run))
            found = plan_rules(run.gathered.projects, run.gathered.contents, self._question(run, needs))
            lines = (*found.lines(), *self._further(run, found))
            latency = self._connection.transport.throttle.load().quickest or 0.1
            return Plan(
                lines,
                made=self._connection.transport.made,
                seconds=sum(line.requests for line in lines) * latency / self._settings.workers,
                budget=budget_of(self._settings, self._connection.address),
            )

    def read_more(self, snapshot: Snapshot, wanted: Mapping[Read, Collection[Ref]], *, progress: Progress) -> Snapshot:
        """Columns and connections of the wanted items, members of the wanted groups; a recording holds the columns of all, one by one."""
        recording = self._settings.record is not None
        columns = wanted.get(Read.COLUMNS, ())
        if recording:
            told = {(miss.kind, miss.id) for miss in snapshot.ledger.misses(Read.COLUMNS)}
            columns = [
                ref
                for ref in snapshot.contents
                if ref.kind in {Kind.WORKBOOK, Kind.DATASOURCE}
                and ref not in snapshot.inventories
                and (ref.kind, ref.id) not in told
            ]
        page = 1 if recording or self._cassette is not None else FIRST_PAGE
        with self._run(frozenset(), progress) as run:
            if Read.GROUP_MEMBERS in wanted:
                snapshot = members_of(run, snapshot, wanted[Read.GROUP_MEMBERS])
            for read in (Read.WORKBOOK_CONNECTIONS, Read.DATASOURCE_CONNECTIONS):
                if read in wanted:
                    snapshot = connections_of(run, snapshot, read, wanted[read])
            if columns or Read.COLUMNS in wanted:
                snapshot = columns_of(self._connection, run.pool, snapshot, columns, page=page, progress=progress)
            snapshot = look_inside(run, snapshot, self._inside(snapshot, wanted))
        made = self._connection.transport.made
        return replace(snapshot, provenance=replace(snapshot.provenance, requests=made, finished_at=self._clock()))

    def _inside(self, snapshot: Snapshot, wanted: Mapping[Read, Collection[Ref]]) -> Mapping[Read, Collection[Ref]]:
        """Whose files are to be looked into: what rules ask of files, and what the Metadata API could not tell."""
        how = self._settings.look_inside
        if how == "never":
            return {read: () for read in INSIDE if read in wanted}
        asked = wanted.get(Read.COLUMNS, ())
        missed = {(miss.kind, miss.id) for miss in snapshot.ledger.misses(Read.COLUMNS)}
        columns = [ref for ref in asked if how == "always" or (ref.kind, ref.id) in missed]
        return {**{read: wanted[read] for read in INSIDE if read in wanted}, Read.COLUMNS: columns}

    @contextmanager
    def _run(self, needs: frozenset[Read], progress: Progress) -> Iterator[Run]:
        pool = Pool(self._settings.workers)
        run = Run(self._settings, self._connection, pool, progress, closure(needs), kept=self._kept, clock=self._clock)
        self._connection.transport.notice = run.notices.put
        try:
            yield run
        except BaseException:
            self._connection.transport.stop.set()
            done = sum(line.got for line in run.gathered.lines.values())
            progress.note(f"stopped after {done} answers and {self._connection.transport.made} requests")
            raise
        finally:
            pool.close()

    def _lists_once(self, run: Run) -> Identity:
        """The lists, unless a plan has just been made from them."""
        listed, self._listed = self._listed, None
        if listed is None or listed[0] != run.needs:
            return self._lists(run)
        run.gathered = listed[1]
        return listed[2]

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

    def _question(self, run: Run, needs: frozenset[Read]) -> Question:
        return Question(
            run.needs,
            shortcuts=self._settings.shortcuts,
            at_least=self._connection.at_least,
            all_defaults=Read.DEFAULT_PERMISSIONS in needs,
        )

    def _choose(self) -> Choose:
        if self._cassette is not None:
            return recorded(self._cassette)
        seed = self._settings.sample_seed
        day = self._started.date().isoformat()
        return seeded(seed if seed is not None else seed_of(self._connection.site_id, day))

    def _further(self, run: Run, plan: RulePlan) -> Iterator[PlanLine]:
        """Requests besides rules: verification, the second reading of lists, members, connections."""
        if sample := sample_size(plan):
            yield PlanLine("sample", sample, "locked items read all the same, to check that the shortcut holds")
        size = self._settings.page_size
        counts = [
            len(run.gathered.projects),
            *(sum(ref.kind is kind for ref in run.gathered.contents) for kind in CONTENT_KINDS),
        ]
        yield PlanLine("lists", sum(-(-count // size) for count in counts), "lists read a second time at the end")
        if Read.GROUP_MEMBERS in run.needs:
            groups = sum(not group.is_everyone and group.user_count != 0 for group in run.gathered.groups.values())
            yield PlanLine(str(Read.GROUP_MEMBERS), groups, "at most: only groups that some rule names are read")
        for read, kind in ((Read.WORKBOOK_CONNECTIONS, Kind.WORKBOOK), (Read.DATASOURCE_CONNECTIONS, Kind.DATASOURCE)):
            if read in run.needs:
                count = sum(ref.kind is kind for ref in run.gathered.contents)
                yield PlanLine(str(read), count, f"connections of every {kind}")

    def _warn_of_budget(self, run: Run, plan: RulePlan) -> None:
        budget = budget_of(self._settings, self._connection.address)
        count = len(plan.tasks) + self._connection.transport.made
        if budget is not None and count > budget:
            text = (
                f"at least {count:,} requests are needed, and the budget of an hour is {budget:,}: not all will be read"
            )
            run.progress.note(text)
            run.gathered.note(text)

    def _snapshot(self, run: Run, me: Identity) -> Snapshot:
        gathered = run.gathered
        run.pass_notices_on()
        if is_in_clear(self._connection.address) and self._cassette is None:
            gathered.note("the server was spoken to over plain http: token and answers could be read on the way")
        self.times = part_times(gathered.times)
        if self._kept is not None and self._kept.used:
            first, last = min(self._kept.used), max(self._kept.used)
            gathered.note(
                f"{len(self._kept.used)} answers are of an earlier run that this one went on from, "
                f"read between {first:%Y-%m-%d %H:%M:%S} and {last:%Y-%m-%d %H:%M:%S} UTC"
            )
        return Snapshot(
            provenance=self._provenance(run, me),
            settings=gathered.settings,
            projects=gathered.projects,
            contents=by_kind(gathered.contents),
            users=gathered.users,
            groups=gathered.groups,
            group_members=dict(sorted(gathered.group_members.items())),
            group_sets=gathered.group_sets,
            rules=dict(sorted(gathered.rules.items())),
            default_rules=dict(sorted(gathered.default_rules.items())),
            connections=dict(sorted(gathered.connections.items())),
            connected_apps=gathered.connected_apps,
            ledger=gathered.ledger(),
        )

    def _provenance(self, run: Run, me: Identity) -> Provenance:
        connection = self._connection
        return Provenance(
            server=connection.address,
            site_id=connection.site_id,
            site_name=str(run.gathered.settings.get("name", "")),
            site_content_url=connection.site_content_url,
            signed_in_as=me,
            product_version=connection.product_version,
            api_version=connection.api_version,
            started_at=self._started,
            finished_at=self._clock(),
            requests=connection.transport.made,
            tool_version=self._settings.tool_version,
            is_cloud=is_cloud(connection.address),
            notes=tuple(run.gathered.notes),
        )


_MEMBERS = {
    **{LIST_READ[kind]: f"contents/{kind}.json" for kind in CONTENT_KINDS},
    **dict.fromkeys(RULES_READ.values(), "rules.json"),
    Read.DEFAULT_PERMISSIONS: "rules.json",
    Read.SITE: "settings.json",
    Read.EMBEDDING: "settings.json",
    Read.EXTENSIONS: "settings.json",
    Read.PROJECTS: "projects.json",
    Read.USERS: "users.json",
    Read.GROUPS: "groups.json",
    Read.GROUP_MEMBERS: "group_members.json",
    Read.GROUP_SETS: "group_sets.json",
    Read.CONNECTED_APPS: "connected_apps.json",
    Read.WORKBOOK_CONNECTIONS: "connections.json",
    Read.DATASOURCE_CONNECTIONS: "connections.json",
}


def part_times(times: Mapping[Read, tuple[datetime, datetime]]) -> dict[str, dict[str, str]]:
    """The times of reads as the times of the parts of a snapshot file."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for read, (first, last) in times.items():
        name = _MEMBERS[read]
        earlier, later = spans.get(name, (first, last))
        spans[name] = (min(earlier, first), max(later, last))
    return {name: {"from": first.isoformat(), "to": last.isoformat()} for name, (first, last) in spans.items()}


def by_kind(contents: Mapping[Ref, Content]) -> dict[Ref, Content]:
    """The same content, kind after kind in the order of `CONTENT_KINDS`, whichever list came first."""
    return dict(sorted(contents.items(), key=lambda entry: CONTENT_KINDS.index(entry[0].kind)))


def budget_of(settings: TableauSettings, address: str) -> int | None:
    """The requests an hour that this run allows itself."""
    if settings.requests_per_hour is not None:
        return settings.requests_per_hour
    return CLOUD_REQUESTS_PER_HOUR if is_cloud(address) and settings.cassette is None else None
