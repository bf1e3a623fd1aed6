"""`data_sources`: no data source below may have all of the given marks."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.below import BELOW_KINDS, Below, all_of, below, is_as
from auditor.checks.context import Context, kinds_of, list_reads
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import DataSource, Kind, Read, Ref
from auditor.policy import PolicyRule
from auditor.policy.requirements_data import DataSources
from auditor.policy.selecting import in_projects


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """The columns' read; figures over whole tables need the extracts, what is packed needs the files."""
    wanted = _requirement(rule)
    reads = {Read.COLUMNS}
    if wanted.smallest_group_below is not None or wanted.small_cells is not None:
        reads.add(Read.EXTRACTS)
    if wanted.packed_files is not None or wanted.secret_in_file is not None:
        reads.add(Read.FILES)
    if wanted.shared_with_internal is not None:
        reads |= {Read.WORKBOOKS, Read.WORKBOOK_CONNECTIONS}
    return list_reads(kinds_of(rule, frozenset(BELOW_KINDS))) | reads


def _requirement(rule: PolicyRule) -> DataSources:
    assert isinstance(rule.requirement, DataSources)
    return rule.requirement


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Each workbook and data source."""
    wanted = _requirement(rule)
    own = sorted(
        {str(read) for read in reads_of(rule) & {Read.COLUMNS, Read.EXTRACTS, Read.FILES, Read.WORKBOOK_CONNECTIONS}}
    )
    for subject in context.subjects(rule, BELOW_KINDS):
        found = below(context, subject.ref)
        if found.inventory is None:
            yield Judgement(subject.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=found.unread)
            continue
        answers = {source.name: _fits(wanted, source, context) for source in found.sources}
        if not answers or wanted.packed_files is not None or wanted.secret_in_file is not None:
            answers[""] = _of_whole(wanted, found)
        yield _verdict(subject.ref, wanted, answers, found, own)


def _verdict(ref: Ref, wanted: DataSources, answers: dict[str, bool | None], found: Below, own: list[str]) -> Judgement:
    hits = [name for name, answer in answers.items() if answer is True]
    if hits:
        names = ", ".join(f"'{name}'" for name in hits if name)
        which = f"Data source {names}" if names else "The file"
        return Judgement(ref, Verdict.FAIL, message=f"{which}: {_words(wanted, found)}.")
    if found.unread or None in answers.values():
        return Judgement(ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=found.unread or tuple(own))
    return Judgement(ref, Verdict.PASS)


def _fits(wanted: DataSources, source: DataSource, context: Context) -> bool | None:
    figures = source.disclosure
    smallest = figures.smallest_group if figures is not None else None
    cells = figures.small_cells if figures is not None else None
    below_k = None if smallest is None else smallest < (wanted.smallest_group_below or 0)
    if smallest is None and (source.row_level is False or _counted_in_full(source)):
        below_k = False  # no groups of people
    if cells is None and _counted_in_full(source):
        cells = 0
    return all_of(
        (
            is_as(wanted.row_level, source.row_level),
            is_as(wanted.live, source.live),
            is_as(wanted.user_filter, source.user_filter),
            is_as(wanted.used, source.used),
            is_as(wanted.published, source.published),
            is_as(wanted.embeds_password, _any(one.embeds_password for one in source.connections)),
            is_as(wanted.small_cells, None if cells is None else cells > 0),
            True if wanted.smallest_group_below is None else below_k,
            is_as(wanted.shared_with_internal, _is_shared(wanted, source, context)),
            wanted.packed_files is None and wanted.secret_in_file is None,
        )
    )


def _counted_in_full(source: DataSource) -> bool:
    """Was every row there to be counted, and nothing in the columns to count people by?

    Rows are known of extracts and data files that were opened; figures are left out only where there is no trait of a
    person to group by and no column that counts people.
    """
    return source.rows is not None and source.disclosure is None and source.row_level is not None


def _any(answers: Iterator[bool | None]) -> bool | None:
    found = list(answers)
    if True in found:
        return True
    return None if None in found else False


def _of_whole(wanted: DataSources, found: Below) -> bool | None:
    """Marks of the file as a whole. A workbook without data sources has no other marks."""
    if wanted.packed_files is None and wanted.secret_in_file is None:
        return False
    assert found.inventory is not None
    from_file = found.inventory.file is not None or found.inventory.digest is not None
    packed = True if found.inventory.packed_files else (False if from_file else None)
    inside = any(one.secret_in_file for source in found.sources for one in source.connections)
    secret = True if found.inventory.secrets or inside else (False if from_file else None)
    return all_of((is_as(wanted.packed_files, packed), is_as(wanted.secret_in_file, secret)))


def _is_shared(wanted: DataSources, source: DataSource, context: Context) -> bool | None:
    """Does content outside the public projects use the same published source?"""
    if wanted.shared_with_internal is None or source.published is False:
        return False
    if source.published_id is None:
        return None
    unclear = not context.snapshot.ledger.is_complete(Read.WORKBOOK_CONNECTIONS)
    for ref, connections in context.snapshot.connections.items():
        item = context.snapshot.contents.get(ref)
        if item is None or ref.kind is not Kind.WORKBOOK:
            continue
        if any(one.datasource_id == source.published_id for one in connections):
            inside = in_projects(wanted.public_projects, context.snapshot, item)
            if inside is False:
                return True
            unclear = unclear or inside is None
    return None if unclear else False


def _words(wanted: DataSources, found: Below) -> str:
    inventory = found.inventory
    packed = ", ".join(f"'{name}'" for name in (inventory.packed_files if inventory is not None else ())[:5])
    table = {
        "row_level": "holds one row for each person or event, not figures",
        "live": "asks the database each time" if wanted.live else "holds an extract",
        "user_filter": "filters rows by who is signed in; a visitor without an account passes such filters unfiltered or not at all",
        "used": "is needed by no sheet" if wanted.used is False else "is used",
        "published": "is published" if wanted.published else "is embedded",
        "embeds_password": "goes with an embedded password",
        "shared_with_internal": "also serves content outside the public projects",
        "smallest_group_below": f"has groups of fewer than {wanted.smallest_group_below} people",
        "small_cells": "shows figures about very few people",
        "packed_files": f"carries files along: {packed}",
        "secret_in_file": "has a secret written in it",
    }
    return ", ".join(text for key, text in table.items() if getattr(wanted, key) is not None)
