"""`leak`: an audience can take rows or the file, *and* what lies below is personal. One finding an item, with the columns.

This is the June 2022 incident in one sentence (reference/incident-standards-rules.md, 4.9, "One incident, one story").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.checks import wording
from auditor.checks.access import Held, access_reads, held_by
from auditor.checks.below import BELOW_KINDS, Below, below, classes_of, columns, named, note
from auditor.checks.context import Context
from auditor.findings import ColumnNote, Exposure, Judgement, Verdict
from auditor.model import Kind, Read, Ref
from auditor.model.vocabulary import capability_order
from auditor.policy import PolicyRule
from auditor.policy.requirements_data import SPECIAL_CLASSES, Leak


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """Who can take what, and the columns below."""
    wanted = rule.requirement
    assert isinstance(wanted, Leak)
    reads = access_reads((Kind.WORKBOOK, Kind.VIEW, Kind.DATASOURCE), outcomes=True) | {Read.COLUMNS}
    # Whether the rows are people is told by the extract; it is looked into only where nothing else settles a verdict.
    return reads | {Read.EXTRACTS} if wanted.row_level else reads


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Each workbook with its views, each data source; columns are looked at only where somebody can take something."""
    wanted = rule.requirement
    assert isinstance(wanted, Leak)
    for subject in context.subjects(rule, BELOW_KINDS):
        for audience in wanted.audience:
            yield from _judge_item(rule, context, wanted, audience, (subject.ref, *_views(context, subject.ref)))


def _views(context: Context, item: Ref) -> Sequence[Ref]:
    return context.shared.views_of(item.id) if item.kind is Kind.WORKBOOK else ()


def _judge_item(
    rule: PolicyRule, context: Context, wanted: Leak, audience: str, refs: tuple[Ref, ...]
) -> Iterator[Judgement]:
    item = refs[0]
    held = {ref: held_by(context, audience, wanted.capabilities, ref) for ref in refs}
    taken = {ref: one for ref, one in held.items() if one.live or (one.dormant and rule.exposure == "any")}
    if not taken:
        yield _closed(item, audience, held)
        return
    found = below(context, item)
    notes = _notes(found, wanted, wanted.classes)
    rows = [source.name for source in found.sources if source.row_level and wanted.row_level]
    if notes or rows:
        notes += [
            one for one in _notes(found, wanted, SPECIAL_CLASSES) if one.name not in {note.name for note in notes}
        ]
        yield from _failures(rule, context, _Leak(audience, item, taken, tuple(notes), tuple(rows)))
    elif found.unread or (wanted.row_level and any(source.row_level is None for source in found.sources)):
        unread = found.unread or (str(Read.EXTRACTS),)
        yield Judgement(item, Verdict.UNKNOWN, audience=audience, exposure=Exposure.UNKNOWN, unread=unread)
    else:
        yield Judgement(item, Verdict.PASS, audience=audience)


def _notes(found: Below, wanted: Leak, classes: tuple[str, ...]) -> list[ColumnNote]:
    return [
        note(column, names)
        for column in columns(found.sources)
        if (names := classes_of(column, classes, wanted.min_confidence))
    ]


def _closed(item: Ref, audience: str, held: Mapping[Ref, Held]) -> Judgement:
    if any(one.unknown for one in held.values()):
        unread = tuple(sorted({read for one in held.values() for read in one.unread}))
        return Judgement(item, Verdict.UNKNOWN, audience=audience, exposure=Exposure.UNKNOWN, unread=unread)
    return Judgement(item, Verdict.PASS, audience=audience)


@dataclass(frozen=True, slots=True)
class _Leak:
    """A leak that was found: who takes what from where, and what lies below."""

    audience: str
    item: Ref
    taken: Mapping[Ref, Held]
    notes: tuple[ColumnNote, ...]
    rows: tuple[str, ...]


def _failures(rule: PolicyRule, context: Context, found: _Leak) -> Iterator[Judgement]:
    decisions = [decision for one in found.taken.values() for decision in (one.live or one.dormant)]
    whole = Judgement(
        found.item,
        Verdict.FAIL,
        cause=found.item,
        audience=found.audience,
        exposure=Exposure.LIVE if any(one.live for one in found.taken.values()) else Exposure.DORMANT,
        capabilities=tuple(sorted({one.capability for one in decisions}, key=capability_order)),
        columns=tuple(dict.fromkeys(found.notes)),
        severity=rule.severity_for(context.shared.policy.audiences[found.audience].tier),
    )
    number = len(whole.columns)
    lies = [f"{number} personal {'column' if number == 1 else 'columns'}: {named(found.notes)}"] if found.notes else []
    lies += (
        [f"one row for each person or event in {', '.join(repr(name) for name in found.rows)}"] if found.rows else []
    )
    text = wording.holds(context, found.audience, decisions, whole.exposure, found.item.kind)
    proof = tuple(dict.fromkeys(step for one in decisions[:3] for step in one.proof))
    yield replace(whole, message=f"{text} Below lie {wording.listed(lies)}.", proof=proof)
    for ref in found.taken:
        if ref != found.item:
            yield replace(whole, subject=ref)
