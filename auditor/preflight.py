"""Files before they are published: judged alone, or as if they were published into a project now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.access import Access
from auditor.audit import Audited, Job, judge_snapshot, now
from auditor.checks import rule_reads
from auditor.errors import UsageError
from auditor.findings import Finding
from auditor.model import Kind, Read, Ref, Snapshot, path_of, project_chain
from auditor.policy import Policy
from auditor.sensitivity.lexicon import SHIPPED, Lexicon
from auditor.sources.interface import Clock
from auditor.sources.workbook_file import (
    FileReport,
    inspect_many,
    overwritten,
    publish_into,
    published_ref,
    snapshot_of_files,
)

#: What a file can answer by itself. A rule that needs more is about the place where the file will lie.
FILE_READS = frozenset({Read.FILES, Read.COLUMNS, Read.EXTRACTS})


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files would go: the facts of the site, and the project."""

    snapshot: Snapshot
    project_id: str


def find_project(snapshot: Snapshot, text: str) -> Place:
    """The project that a path or id names. Raises UsageError with what is near."""
    ref = Access(snapshot).find_content(text if text in snapshot.projects else f"project:{text.removeprefix('project:')}")
    if ref.kind is not Kind.PROJECT:
        raise UsageError(f"'{text}' is not a project.", where="--into")
    return Place(snapshot, ref.id)


def preflight(
    paths: Sequence[Path],
    job: Job,
    *,
    place: Place | None = None,
    tabs_shown: bool | None = None,
    lexicon: Lexicon = SHIPPED,
    clock: Clock = now,
) -> Audited:
    """The policy's verdict on files. With a place, each is judged as published there: new, or over the item of its name."""
    started = clock()
    reports = inspect_many(paths, lexicon=lexicon)
    if place is None:
        policy, left_out = rules_for_files(job.policy)
        warning = f"{left_out} rules were not judged: they are about the place where a file lies. Name it with --into."
        warnings = (*job.warnings, *([warning] if left_out else []))
        return judge_snapshot(
            snapshot_of_files(reports, clock), replace(job, policy=policy, warnings=warnings), started=started, clock=clock
        )
    snapshot, concerned = published(place, reports, tabs_shown=tabs_shown)
    return judge_snapshot(
        snapshot, job, started=started, clock=clock, concerned=lambda finding: _concerns(finding, concerned)
    )


def rules_for_files(policy: Policy) -> tuple[Policy, int]:
    """The rules that a file alone can be judged by, and how many are not."""
    rules = tuple(rule for rule in policy.rules if rule_reads(rule, policy) <= FILE_READS)
    return replace(policy, rules=rules), len(policy.rules) - len(rules)


def published(
    place: Place, reports: Sequence[FileReport], *, tabs_shown: bool | None
) -> tuple[Snapshot, frozenset[Ref]]:
    """The site with all files published, and the references that this is about: items, views, the projects above."""
    snapshot = place.snapshot
    concerned = {project.ref for project in project_chain(snapshot, place.project_id)}
    unread = [report for report in reports if report.inventory is None]
    for report in reports:
        if report.inventory is None:
            continue
        over = overwritten(snapshot, report.inventory, place.project_id)
        ref = over or published_ref(report.inventory)
        snapshot = publish_into(
            snapshot, report.inventory, place.project_id, overwrite_of=over, tabs_shown=tabs_shown, missed=report.missed
        )
        concerned |= {ref, *(item.ref for item in snapshot.contents.values() if item.parent_id == ref.id)}
        note = f"{report.file} is judged as published {'over' if over else 'as'} '{path_of(snapshot, snapshot.contents[ref])}'."
        snapshot = _noted(snapshot, note)
    return _with_unread(snapshot, unread, concerned)


def _noted(snapshot: Snapshot, note: str) -> Snapshot:
    origin = snapshot.provenance
    return replace(snapshot, provenance=replace(origin, notes=(*origin.notes, note)))


def _with_unread(
    snapshot: Snapshot, unread: Sequence[FileReport], concerned: set[Ref]
) -> tuple[Snapshot, frozenset[Ref]]:
    """Files that could not be read are subjects too: of them nothing is known."""
    if not unread:
        return snapshot, frozenset(concerned)
    alone = snapshot_of_files(unread, lambda: now())
    lines = {**snapshot.ledger.lines}
    for name, line in alone.ledger.lines.items():
        there = lines.get(name)
        lines[name] = line if there is None else replace(
            there,
            expected=None if there.expected is None or line.expected is None else there.expected + line.expected,
            got=there.got + line.got,
            missing=(*there.missing, *line.missing),
        )  # fmt: skip
    merged = replace(
        snapshot, contents={**snapshot.contents, **alone.contents}, ledger=replace(snapshot.ledger, lines=lines)
    )
    return merged, frozenset(concerned | set(alone.contents))


def _concerns(finding: Finding, concerned: Collection[Ref]) -> Finding | None:
    """The finding as far as it is about the files; None where it is not."""
    affected = tuple(ref for ref in finding.affected if ref in concerned)
    if finding.subject in concerned and (affected or not finding.affected):
        return replace(finding, affected=affected)
    return replace(finding, affected=affected) if affected else None
