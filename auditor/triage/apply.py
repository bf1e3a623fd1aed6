"""Lays waivers and the comparison with an earlier report over the findings of a run. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from auditor.findings import Finding, Verdict
from auditor.model import Ref, Snapshot
from auditor.model.vocabulary import neutral_name
from auditor.triage.baseline import Baseline, Comparison, State, gone_since
from auditor.triage.earlier import EarlierReport
from auditor.triage.scope import concerned
from auditor.triage.waivers import Waiver


@dataclass(frozen=True, slots=True)
class TriagedFinding:
    """A finding and what lies over it. `baseline_state` is None where there is no baseline or nothing was judged."""

    finding: Finding
    waiver: Waiver | None = None
    baseline_state: State | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Triaged:
    """The findings of a run with their overlays, and the waivers that people should look at."""

    findings: tuple[TriagedFinding, ...] = ()
    expired: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()
    expiring: tuple[Waiver, ...] = ()
    has_waivers: bool = False
    comparison: Comparison | None = None


def apply(
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    baseline: EarlierReport | None,
    today: date,
    *,
    snapshot: Snapshot | None = None,
    rules_run: Collection[str] | None = None,
) -> Triaged:
    """Waive what a waiver covers exactly, note what it does not, and compare with the baseline.

    `snapshot` tells which views belong to a waived workbook and what was read; `rules_run` are the ids of the rules
    that ran (a waiver or an earlier finding of another rule is neither unused nor gone). Raises `UsageError` where the
    baseline is of another site.
    """
    desk = _Desk(waivers, today, snapshot)
    laid = [piece for finding in findings for piece in desk.lay(finding)]
    comparison = None
    if baseline is not None:
        site_id = snapshot.provenance.site_id if snapshot is not None else (findings[0].site_id if findings else "")
        earlier = Baseline(baseline, site_id=site_id)
        laid = [_compared(item, earlier) for item in laid]
        comparison = gone_since(earlier, findings, snapshot=snapshot, rules_run=rules_run)
    active = [w for w in waivers if not w.is_expired(today)]
    return Triaged(
        findings=tuple(laid),
        expired=tuple(w for w in waivers if w.is_expired(today)),
        unused=tuple(w for w in active if w not in desk.met and (rules_run is None or w.rule in rules_run)),
        expiring=tuple(w for w in active if w.is_expiring(today)),
        has_waivers=bool(waivers),
        comparison=comparison,
    )


def _compared(item: TriagedFinding, earlier: Baseline) -> TriagedFinding:
    if item.finding.verdict is not Verdict.FAIL:
        return item
    state, note = earlier.state(item.finding, waived=item.waiver is not None)
    return replace(item, baseline_state=state, notes=(*item.notes, *([note] if note else [])))


class _Desk:
    """The waivers by rule, audience and subject, and which of them met a finding."""

    def __init__(self, waivers: Sequence[Waiver], today: date, snapshot: Snapshot | None) -> None:
        self._by: dict[tuple[str, str | None, str], Waiver] = {
            (w.rule, w.entry.audience, w.subject_id): w for w in waivers
        }
        self._today = today
        self._snapshot = snapshot
        self._views: dict[Ref, list[Ref]] | None = None
        self.met: set[Waiver] = set()

    def lay(self, finding: Finding) -> list[TriagedFinding]:
        """The finding, whole or split into what is waived and what is not."""
        refs = concerned(finding.subject, finding.affected, finding.capabilities)
        if finding.verdict is not Verdict.FAIL:
            self._meet(finding, refs)
            return [TriagedFinding(finding)]
        whole = self._find(finding, finding.subject)
        if whole is not None:
            self.met.add(whole)
            gap = self._gap(whole, finding, refs)
            if not gap:
                return [TriagedFinding(finding, whole)]
            return [TriagedFinding(finding, notes=(gap,))]
        return self._split(finding, refs)

    def _find(self, finding: Finding, ref: Ref) -> Waiver | None:
        return self._by.get((finding.rule, finding.audience, ref.id))

    def _meet(self, finding: Finding, refs: frozenset[Ref]) -> None:
        """A waiver of something that could not be judged is not unused."""
        for ref in (finding.subject, *refs):
            waiver = self._find(finding, ref)
            if waiver is not None:
                self.met.add(waiver)

    def _gap(self, waiver: Waiver, finding: Finding, refs: frozenset[Ref]) -> str:
        """Why the waiver does not cover the finding; empty where it does."""
        place = f"{waiver.file}:{waiver.line}"
        if waiver.is_expired(self._today):
            return f"The waiver at {place} ({waiver.owner}, {waiver.ticket}) ended on {waiver.expires_on}."
        more = [c for c in finding.capabilities if c not in waiver.capabilities]
        if more:
            names = ", ".join(neutral_name(c, finding.subject.kind) for c in more)
            return f"The waiver at {place} does not cover {names}."
        if waiver.entry.affected is not None:
            joined = sorted(ref.id for ref in refs - {finding.subject} if ref.id not in waiver.entry.affected)
            if joined:
                return f"The waiver at {place} does not cover {len(joined)} object(s) that joined: {', '.join(joined[:3])}."
        pinned = waiver.entry.fingerprint
        if pinned is not None and pinned != finding.fingerprint and set(finding.capabilities) == waiver.capabilities:
            return f"The waiver at {place} names another fingerprint."
        return ""

    def _split(self, finding: Finding, refs: frozenset[Ref]) -> list[TriagedFinding]:
        """Take the objects out that have a waiver of their own; each waiver makes a waived finding of its own."""
        covered: dict[Waiver, set[Ref]] = defaultdict(set)
        notes: list[str] = []
        for ref in sorted(refs):
            waiver = self._find(finding, ref)
            if waiver is None:
                continue
            self.met.add(waiver)
            gap = self._gap(waiver, replace(finding, subject=ref, affected=()), frozenset({ref}))
            if gap:
                notes.append(gap)
            else:
                covered[waiver] |= {ref, *self._views_of(ref, refs)}
        pieces = [_piece(finding, waiver, taken) for waiver, taken in covered.items()]
        left = refs.difference(*covered.values()) if covered else refs
        if left:
            kept = tuple(ref for ref in finding.affected if ref in left)
            pieces.insert(0, TriagedFinding(replace(finding, affected=kept), notes=tuple(notes)))
        return pieces

    def _views_of(self, ref: Ref, refs: frozenset[Ref]) -> Collection[Ref]:
        """The concerned views of a waived workbook; none where the snapshot is not at hand."""
        if self._snapshot is None:
            return set()
        if self._views is None:
            self._views = _by_parent(self._snapshot)
        return refs.intersection(self._views.get(ref, ()))


def _by_parent(snapshot: Snapshot) -> dict[Ref, list[Ref]]:
    """The views of each workbook, the tables of each database."""
    found: dict[Ref, list[Ref]] = defaultdict(list)
    for ref, item in snapshot.contents.items():
        parent = snapshot.parent_of(item)
        if parent is not None:
            found[parent.ref].append(ref)
    return found


def _piece(finding: Finding, waiver: Waiver, taken: set[Ref]) -> TriagedFinding:
    subject = next(ref for ref in sorted(taken) if ref.id == waiver.subject_id)
    rest = tuple(sorted(taken - {subject}))
    return TriagedFinding(replace(finding, subject=subject, affected=rest, parts=()), waiver)
