"""From judgements to findings: one finding for one root cause, one unknown for one missing read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.checks import wording
from auditor.findings import ColumnNote, Exposure, Finding, Judgement, Verdict
from auditor.model import Kind, Ref, Snapshot, path_parts
from auditor.model.vocabulary import capability_order
from auditor.policy import PolicyRule

_MOST_PROOF = 40
_KIND_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class _Key:
    verdict: Verdict
    audience: str | None
    exposure: Exposure
    cause: Ref | None
    unread: tuple[str, ...]


def findings_of(rule: PolicyRule, judgements: Sequence[Judgement], snapshot: Snapshot) -> list[Finding]:
    """The findings that one rule's failures and unknowns make."""
    groups: dict[_Key, list[Judgement]] = {}
    for judgement in judgements:
        if judgement.verdict in (Verdict.FAIL, Verdict.UNKNOWN):
            groups.setdefault(_key(judgement), []).append(judgement)
    found = [_finding(rule, key, members, snapshot) for key, members in _merged(groups, snapshot).items()]
    return sorted(found, key=lambda finding: finding_order(snapshot, finding))


def _merged(groups: dict[_Key, list[Judgement]], snapshot: Snapshot) -> dict[_Key, list[Judgement]]:
    """Unknowns that would stand at the same subject become one: a fingerprint names one finding of a run."""
    site = Ref(Kind.SITE, snapshot.provenance.site_id)
    merged = {key: members for key, members in groups.items() if key.verdict is Verdict.FAIL}
    unknown: dict[Ref, tuple[set[str], list[Judgement]]] = {}
    for key, members in groups.items():
        if key.verdict is Verdict.UNKNOWN:
            subject = _subject(key, members, sorted({one.subject for one in members}), site)
            reads, all_members = unknown.setdefault(subject, (set(), []))
            reads.update(key.unread)
            all_members += members
    for subject, (reads, members) in unknown.items():
        merged[_Key(Verdict.UNKNOWN, None, Exposure.UNKNOWN, subject, tuple(sorted(reads)))] = members
    return merged


def _key(judgement: Judgement) -> _Key:
    if judgement.verdict is Verdict.UNKNOWN:
        return _Key(Verdict.UNKNOWN, None, Exposure.UNKNOWN, None, judgement.unread)
    return _Key(Verdict.FAIL, judgement.audience, judgement.exposure, judgement.cause or judgement.subject, ())


def _finding(rule: PolicyRule, key: _Key, members: Sequence[Judgement], snapshot: Snapshot) -> Finding:
    site = Ref(Kind.SITE, snapshot.provenance.site_id)
    subjects = sorted({one.subject for one in members}, key=lambda ref: order(snapshot, ref))
    subject = _subject(key, members, subjects, site)
    affected = tuple(ref for ref in subjects if ref != subject)
    audiences = sorted({one.audience for one in members if one.audience is not None})
    capabilities = tuple(sorted({name for one in members for name in one.capabilities}, key=capability_order))
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=min((one.severity or rule.severity for one in members), key=lambda one: one.rank),
        verdict=key.verdict,
        policy=rule.place,
        site_id=snapshot.provenance.site_id,
        subject=subject,
        affected=affected,
        audience=audiences[0] if len(audiences) == 1 else None,
        exposure=key.exposure,
        capabilities=capabilities,
        message=_message(key, members, subject, affected, snapshot),
        proof=tuple(dict.fromkeys(step for one in members for step in one.proof))[:_MOST_PROOF],
        columns=_columns(members),
        unread=key.unread,
        rationale=rule.rationale,
        remediation=rule.remediation,
        references=rule.references,
        preview=rule.preview,
    )


def _subject(key: _Key, members: Sequence[Judgement], subjects: Sequence[Ref], site: Ref) -> Ref:
    if key.cause is not None:
        return key.cause
    causes = {one.cause for one in members}
    if len(subjects) == 1:
        return subjects[0]
    only = next(iter(causes)) if len(causes) == 1 else None
    return only or site


def _columns(members: Iterable[Judgement]) -> tuple[ColumnNote, ...]:
    notes = dict.fromkeys(note for one in members for note in one.columns)
    return tuple(sorted(notes, key=lambda note: (note.name.casefold(), note.name, note.classes)))


def _message(
    key: _Key, members: Sequence[Judgement], subject: Ref, affected: tuple[Ref, ...], snapshot: Snapshot
) -> str:
    texts = list(dict.fromkeys(one.message for one in members if one.message))
    text = " ".join(texts[:3]) + (f" (and {len(texts) - 3} more of the kind)" if len(texts) > 3 else "")
    if key.verdict is Verdict.UNKNOWN:
        return unknown_message(key.unread, members, text, snapshot)
    if affected and key.cause is not None and subject.kind is Kind.PROJECT:
        own = subject in {one.subject for one in members}
        return f"{text} It comes from {wording.object_words(snapshot, subject)}" + (
            f" and concerns {wording.counted(affected)}."
            if not own
            else f", and concerns {wording.counted(affected)} in it."
        )
    if affected and subject in {one.subject for one in members}:
        return f"{text} So it is with {wording.counted(affected)} of it."
    if affected:
        return f"{text} It concerns {wording.counted(affected)} of {wording.object_words(snapshot, subject)}."
    return text


def unknown_message(unread: tuple[str, ...], members: Sequence[Judgement], text: str, snapshot: Snapshot) -> str:
    """What could not be judged, and for lack of what."""
    reads = wording.listed([f"'{read}'" for read in unread])
    lacking = f"could not be read in full: {reads}" if reads else "is not settled by what was read"
    subjects = sorted({one.subject for one in members}, key=lambda ref: order(snapshot, ref))
    what = wording.object_words(snapshot, subjects[0]) if len(subjects) == 1 else wording.counted(subjects)
    body = f"Not judged: {what}. What decides {lacking}."
    return f"{body} {text}".strip()


def order(snapshot: Snapshot, ref: Ref) -> tuple[int, tuple[str, ...], str]:
    """A stable order of subjects: kind, path, id."""
    subject = snapshot.subject(ref)
    parts = path_parts(snapshot, subject) if subject is not None else ()
    return (_KIND_ORDER[ref.kind], parts, ref.id)


def finding_order(snapshot: Snapshot, finding: Finding) -> tuple[object, ...]:
    """Severity, fails before unknowns, rule, subject, audience, exposure."""
    return (
        finding.severity.rank,
        finding.verdict is Verdict.UNKNOWN,
        finding.rule,
        order(snapshot, finding.subject),
        finding.audience or "",
        finding.exposure,
        finding.unread,
        finding.capabilities,
    )
