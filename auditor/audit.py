"""The main job on one page: collect → judge → triage → report. Its ports are arguments; no click and no HTTP here."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from auditor.access import Access
from auditor.checks import groups_wanted, judge, reads_needed, wanted_later, warnings
from auditor.model import Kind, Read, Ref, Snapshot
from auditor.policy import Policy, PolicyRule
from auditor.policy.register import Register
from auditor.report import PolicySource, Report, RunInfo, build
from auditor.report.reach import public_reach
from auditor.sensitivity.lexicon import SHIPPED, Lexicon
from auditor.sensitivity.own_words import with_own_words
from auditor.sources.interface import LATER, Clock, NoProgress, Progress, Source
from auditor.triage import Waiver
from auditor.triage import apply as triage


def now() -> datetime:
    """The time, UTC. The only function of the project that asks for it."""
    return datetime.now(UTC)


#: What `auditor snapshot` reads: every fact that a rule on access, settings or governance can need. Left out: columns and
#: files, which cost most and matter for few items; what other sources bring; and kinds that the REST API does not list.
EVERYTHING: frozenset[Read] = frozenset(Read) - {
    Read.COLUMNS, Read.FILES, Read.EXTRACTS, Read.REGISTER, Read.HISTORY, Read.PROBE, Read.LOG, Read.REVISIONS,
    Read.DATA_ROLES, Read.DATA_ROLE_PERMISSIONS, Read.LENSES, Read.LENS_PERMISSIONS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """What to judge by, and what people have said about earlier findings."""

    policy: Policy
    waivers: Sequence[Waiver] = ()
    baseline: Report | None = None
    register: Register | None = None
    warnings: Sequence[str] = field(default=())
    lexicon: Lexicon = SHIPPED

    @property
    def needs(self) -> frozenset[Read]:
        """The reads that the policy's rules depend on."""
        return reads_needed(self.policy)


@dataclass(frozen=True, slots=True)
class Audited:
    """A report and the facts that it was made from."""

    report: Report
    snapshot: Snapshot


def audit(source: Source, job: Job, *, clock: Clock = now, progress: Progress | None = None) -> Audited:
    """Read what the job needs and judge it. Raises `SourceError` where nothing at all could be read."""
    started = clock()
    listener = progress or NoProgress()
    snapshot = in_own_words(source.read(job.needs - LATER, progress=listener), job.lexicon)
    snapshot = read_what_matters(source, snapshot, job, clock=clock, progress=listener)
    return judge_snapshot(snapshot, job, started=started, clock=clock)


def read_what_matters(source: Source, snapshot: Snapshot, job: Job, *, clock: Clock, progress: Progress) -> Snapshot:
    """Make the reads that cost a request an item, for the items on which a verdict hangs and no others.

    Connections may show that columns matter, so it goes round until nothing new is wanted.
    """
    if groups := groups_wanted(job.policy, snapshot):
        snapshot = source.read_more(snapshot, {Read.GROUP_MEMBERS: groups}, progress=progress)
    later = job.needs & LATER
    asked: set[tuple[Read, Ref]] = set()
    while later:
        today = clock().date()
        found = wanted_later(job.policy, snapshot, later, access=Access(snapshot), register=job.register, today=today)
        wanted = {
            read: frozenset(ref for ref in found.get(read, ()) if (read, ref) not in asked) for read in sorted(later)
        }
        if asked and not any(wanted.values()):
            return snapshot
        snapshot = in_own_words(source.read_more(snapshot, wanted, progress=progress), job.lexicon)
        if not any(wanted.values()):
            return snapshot
        asked |= {(read, ref) for read, refs in wanted.items() for ref in refs}
    return snapshot


def in_own_words(snapshot: Snapshot, lexicon: Lexicon) -> Snapshot:
    """The snapshot with columns classified by the administrator's words too: sources know the shipped ones alone."""
    if lexicon == SHIPPED:
        return snapshot
    inventories = {ref: with_own_words(inventory, lexicon) for ref, inventory in snapshot.inventories.items()}
    return replace(snapshot, inventories=inventories)


def judge_snapshot(
    snapshot: Snapshot,
    job: Job,
    *,
    started: datetime,
    clock: Clock = now,
    only: Collection[Ref] | None = None,
) -> Audited:
    """Judge facts that were read before. The day of the judgement decides which waivers and reviews are due.

    `only`: the objects that the question is about, where it is not about the whole site.
    """
    access = Access(snapshot)
    today = clock().date()
    verdicts = judge(job.policy, snapshot, access=access, register=job.register, today=today, only=only)
    reach = public_reach(snapshot, access)
    if only is not None:
        reach = tuple(one for one in reach if (one.content.kind, one.content.id) in only)
    triaged = triage(
        verdicts.findings,
        job.waivers,
        job.baseline,
        today,
        snapshot=snapshot,
        rules_run=frozenset(rule.id for rule in job.policy.rules),
    )
    report = build(
        RunInfo(uuid.uuid4().hex, started, clock(), snapshot.provenance.requests),
        snapshot,
        verdicts,
        triaged,
        needs=job.needs,
        policies=policy_sources(job.policy),
        reach=reach,
        warnings=(*job.warnings, *warnings(job.policy, snapshot)),
    )
    return Audited(report, snapshot)


def read_everything(source: Source, *, columns: bool = False, progress: Progress | None = None) -> Snapshot:
    """All facts that any audit needs; with `columns` also what lies below every workbook and data source."""
    listener = progress or NoProgress()
    snapshot = source.read(EVERYTHING, progress=listener)
    unnamed = frozenset(
        Ref(Kind.GROUP, group.id)
        for group in snapshot.groups.values()
        if not group.is_everyone and group.id not in snapshot.group_members
    )
    if unnamed:  # no rule names them today; a policy's audience or a what-if may
        snapshot = source.read_more(snapshot, {Read.GROUP_MEMBERS: unnamed}, progress=listener)
    if columns:
        wanted = frozenset(ref for ref in snapshot.contents if ref.kind in (Kind.WORKBOOK, Kind.DATASOURCE))
        snapshot = source.read_more(snapshot, {Read.COLUMNS: wanted}, progress=listener)
    return snapshot


def policy_sources(policy: Policy) -> tuple[PolicySource, ...]:
    """The files whose rules were judged, each with the digest of its rules as they were in force."""
    files = dict.fromkeys(rule.file for rule in policy.rules)
    return tuple(_policy_source(file, [rule for rule in policy.rules if rule.file == file]) for file in files)


def _policy_source(file: str, rules: Sequence[PolicyRule]) -> PolicySource:
    digest = hashlib.sha256(repr(rules).encode("utf-8", "backslashreplace")).hexdigest()
    return PolicySource(name=rules[0].pack or file, file=file, rules=len(rules), digest=digest)
