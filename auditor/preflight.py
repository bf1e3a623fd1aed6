"""Files before they are published: judged alone, or as if they were published into a project now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.access import Access
from auditor.audit import Audited, Job, in_own_words, judge_snapshot, now
from auditor.checks import rule_reads
from auditor.errors import UsageError
from auditor.model import Column, Content, Coverage, DataSource, Inventory, Kind, Read, Ref, Snapshot, path_of
from auditor.model.paths import FILE_PLATFORM
from auditor.policy import Policy, PolicyRule
from auditor.policy.requirements_data import Columns, Connections, DataSources, Expression
from auditor.sources.interface import Clock, NoProgress, Source
from auditor.sources.ledgers import with_line
from auditor.sources.workbook_file import (
    FileReport,
    connections_of,
    inspect_many,
    overwritten,
    publish_into,
    published_ref,
    snapshot_of_files,
)

#: What files are judged by where no policy is named: what they hold and carry, and who could take it.
PACKS: tuple[str, ...] = ("default", "minimisation", "credentials")
#: What a file can answer by itself. The lists are the files themselves, and no project holds them. A rule that needs
#: more is about the place where the file will lie.
FILE_READS = frozenset(
    {
        Read.FILES, Read.COLUMNS, Read.EXTRACTS, Read.WORKBOOKS, Read.DATASOURCES, Read.PROJECTS,
        Read.WORKBOOK_CONNECTIONS, Read.DATASOURCE_CONNECTIONS,
    }
)  # fmt: skip
#: Requirements about the content itself; all others are about who may do what, or about a site.
_ABOUT_CONTENT = (Columns, DataSources, Connections, Expression)
_LISTED = (
    (Kind.WORKBOOK, Read.WORKBOOKS, Read.WORKBOOK_CONNECTIONS),
    (Kind.DATASOURCE, Read.DATASOURCES, Read.DATASOURCE_CONNECTIONS),
)
REACH_ASSUMED = (
    "Rules on what the public reaches were judged as if it reached these files: whoever publishes a file may make it"
    " public."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files would go: the facts of the site, and the project.

    `source` is asked for the columns of published data sources that a file goes through; without one they stay unread.
    """

    snapshot: Snapshot
    project_id: str
    source: Source | None = None


def find_project(snapshot: Snapshot, text: str, source: Source | None = None) -> Place:
    """The project that a path or id names. Raises UsageError with what is near."""
    ref = Access(snapshot).find_content(
        text if text in snapshot.projects else f"project:{text.removeprefix('project:')}"
    )
    if ref.kind is not Kind.PROJECT:
        raise UsageError(f"'{text}' is not a project.", where="--into")
    return Place(snapshot, ref.id, source)


def preflight(
    paths: Sequence[Path],
    job: Job,
    *,
    place: Place | None = None,
    tabs_shown: bool | None = None,
    clock: Clock = now,
) -> Audited:
    """The policy's verdict on files. With a place, each is judged as published there: new, or over the item of its name."""
    started = clock()
    reports = inspect_many(paths, lexicon=job.lexicon)
    if place is None:
        policy, warnings = rules_for_files(job.policy)
        reach = {rule.id for rule in job.policy.rules if rule.reachable_by} & {rule.id for rule in policy.rules}
        return judge_snapshot(
            files_alone(reports, clock, *([REACH_ASSUMED] if reach else [])),
            replace(job, policy=policy, warnings=(*job.warnings, *warnings)),
            started=started,
            clock=clock,
        )
    snapshot, files = published(place, reports, tabs_shown=tabs_shown)
    snapshot = through_published(in_own_words(_with_sources(place, snapshot, files), job.lexicon), files)
    audited = judge_snapshot(snapshot, job, started=started, clock=clock, only=files)
    target = audited.report.target.model_copy(update={"platform": FILE_PLATFORM})
    return replace(audited, report=audited.report.model_copy(update={"target": target}))


def rules_for_files(policy: Policy) -> tuple[Policy, tuple[str, ...]]:
    """The rules that a file alone can be judged by, as if the public reached it; and a warning of the others."""
    alone = tuple(replace(rule, reachable_by=None) for rule in policy.rules)
    rules = tuple(rule for rule in alone if _is_about_files(rule, policy))
    left_out = len(policy.rules) - len(rules)
    which = "1 rule was" if left_out == 1 else f"{left_out} rules were"
    warning = f"{which} not judged: they are about the place where a file lies and who may do what there. Name it with --into."
    return replace(policy, rules=rules), ((warning,) if left_out else ())


def _is_about_files(rule: PolicyRule, policy: Policy) -> bool:
    """Can a file alone answer? A selection by place, owner, tag or site is about what the file is not yet."""
    selects = rule.select
    needs_place = selects.projects or selects.owners or selects.tags or selects.sites or selects.certified is not None
    shared = isinstance(rule.requirement, DataSources) and rule.requirement.shared_with_internal is not None
    return (
        isinstance(rule.requirement, _ABOUT_CONTENT)
        and not needs_place
        and not shared
        and not rule.when
        and rule_reads(rule, policy) <= FILE_READS
    )


def files_alone(reports: Sequence[FileReport], clock: Clock, *notes: str) -> Snapshot:
    """The files as all there is: lists that are complete, no project, the connections that the documents name."""
    snapshot = snapshot_of_files(reports, clock)
    connections = {ref: connections_of(snapshot, inventory, ref) for ref, inventory in snapshot.inventories.items()}
    ledger = snapshot.ledger
    for line in _lists(snapshot):
        ledger = with_line(ledger, line)
    return _noted(replace(snapshot, connections=connections, ledger=ledger), *notes)


def _lists(snapshot: Snapshot) -> Iterator[Coverage]:
    """The ledger's lines for what a list of files settles."""
    yield Coverage(Read.PROJECTS, 0, 0)
    for kind, listed, connected in _LISTED:
        refs = [ref for ref in snapshot.contents if ref.kind is kind]
        unread = {ref for ref in refs if ref not in snapshot.inventories}
        missing = tuple(miss for miss in snapshot.ledger.misses(Read.FILES) if Ref(miss.kind, miss.id) in unread)
        yield Coverage(listed, len(refs), len(refs))
        yield Coverage(connected, len(refs), len(refs) - len(unread), missing)


def published(
    place: Place, reports: Sequence[FileReport], *, tabs_shown: bool | None
) -> tuple[Snapshot, frozenset[Ref]]:
    """The site with all files published, and the references that this is about: the items and their views."""
    snapshot = place.snapshot
    concerned: set[Ref] = set()
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
    return _with_unread(replace(place, snapshot=snapshot), unread, concerned)


def _published_below(snapshot: Snapshot, ref: Ref) -> frozenset[Ref]:
    """The site's published data sources that an item goes through."""
    ids = (one.datasource_id for one in snapshot.connections.get(ref, ()))
    refs = frozenset(Ref(Kind.DATASOURCE, one) for one in ids if one is not None)
    return refs & set(snapshot.contents)


def _with_sources(place: Place, snapshot: Snapshot, files: Iterable[Ref]) -> Snapshot:
    """The snapshot with the columns of the published data sources that the files go through."""
    below = {one for ref in files for one in _published_below(snapshot, ref)} - set(snapshot.inventories)
    if place.source is None or not below:
        return snapshot
    return place.source.read_more(snapshot, {Read.COLUMNS: frozenset(below)}, progress=NoProgress())


def through_published(snapshot: Snapshot, files: Iterable[Ref]) -> Snapshot:
    """The snapshot in which what lies in a published data source lies below the files that go through it."""
    inventories = dict(snapshot.inventories)
    for ref in files:
        if ref not in inventories:
            continue
        below = [snapshot.contents[one] for one in sorted(_published_below(snapshot, ref)) if one in inventories]
        sources = tuple(
            _joined(source, *(inventories[one.ref] for one in below if _is_meant(source, one)))
            for source in inventories[ref].data_sources
        )
        inventories[ref] = replace(inventories[ref], data_sources=sources)
    return replace(snapshot, inventories=inventories)


def _is_meant(source: DataSource, item: Content) -> bool:
    """Is the site's item the published data source that a document names, by its address or, without one, its name?"""
    if not source.published:
        return False
    return source.content_url == item.content_url if source.content_url else source.name == item.name


def _joined(source: DataSource, *published: Inventory) -> DataSource:
    """A file's data source with the columns that only the published one has: no sheet of the file needs those."""
    if not published:
        return source
    inside = published[0].data_sources
    known = {name for column in source.columns for name in _names(column)}
    more = tuple(
        replace(column, used=False) for one in inside for column in one.columns if known.isdisjoint(_names(column))
    )
    levels = {source.row_level, *(one.row_level for one in inside)}
    row_level = True if True in levels else source.row_level
    return replace(source, published_id=published[0].id, columns=(*source.columns, *more), row_level=row_level)


def _names(column: Column) -> set[str]:
    return {column.name.casefold(), (column.caption or column.name).casefold()}


def _noted(snapshot: Snapshot, *notes: str) -> Snapshot:
    origin = snapshot.provenance
    return replace(snapshot, provenance=replace(origin, notes=(*origin.notes, *notes)))


def _with_unread(place: Place, unread: Sequence[FileReport], concerned: set[Ref]) -> tuple[Snapshot, frozenset[Ref]]:
    """Files that could not be read are subjects too: of them nothing is known but where they would lie."""
    snapshot = place.snapshot
    if not unread:
        return snapshot, frozenset(concerned)
    alone = snapshot_of_files(unread, now)
    lines = {**snapshot.ledger.lines}
    for name, line in alone.ledger.lines.items():
        there = lines.get(name)
        lines[name] = line if there is None else replace(
            there,
            expected=None if there.expected is None or line.expected is None else there.expected + line.expected,
            got=there.got + line.got,
            missing=(*there.missing, *line.missing),
        )  # fmt: skip
    files = {ref: replace(item, project_id=place.project_id) for ref, item in alone.contents.items()}
    merged = replace(snapshot, contents={**snapshot.contents, **files}, ledger=replace(snapshot.ledger, lines=lines))
    return merged, frozenset(concerned | set(files))
