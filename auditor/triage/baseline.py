"""Comparison of the findings of a run with an earlier report: new, unchanged, wider, narrower, gone, or not to be told.

Compared are exposures (rule, audience, object, capability), so that a finding that only changed its root cause, such as
a project that was locked, is not new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auditor.errors import UsageError
from auditor.findings import Exposure, Finding, Severity, Verdict
from auditor.model import LIST_READ, Ref, Snapshot
from auditor.model.vocabulary import Kind, capability_order, neutral_name
from auditor.triage.earlier import EarlierFinding, EarlierReport, EarlierThing
from auditor.triage.scope import concerned

State = Literal["new", "unchanged", "wider", "narrower"]
INCOMPLETE_NOTE = (
    "The baseline did not read everything that its rules needed: a finding called new here may have been there before."
)


@dataclass(frozen=True, slots=True)
class Gone:
    """A failing finding of the baseline that is not there now; `told` False: it cannot be said, for `reason`."""

    earlier: EarlierFinding
    told: bool = True
    reason: str = ""

    @property
    def fingerprint(self) -> str:
        """Of the earlier finding."""
        return self.earlier.fingerprint

    @property
    def rule(self) -> str:
        """Of the earlier finding."""
        return self.earlier.rule

    @property
    def title(self) -> str:
        """Of the earlier finding."""
        return self.earlier.title

    @property
    def severity(self) -> Severity:
        """Of the earlier finding."""
        return self.earlier.severity

    @property
    def subject(self) -> EarlierThing:
        """Of the earlier finding."""
        return self.earlier.subject

    @property
    def audience(self) -> str | None:
        """Of the earlier finding."""
        return self.earlier.audience


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of the comparison. `complete` False: the baseline had not read everything."""

    complete: bool
    gone: tuple[Gone, ...] = ()
    note: str = ""
    taken_at: datetime | None = None  # when the baseline's facts were read


Atom = tuple[Ref, str]
Key = tuple[str, str]


def _key(rule: str, audience: str | None) -> Key:
    return (rule, audience or "")


def _ref(item: EarlierThing) -> Ref | None:
    return Ref(Kind(item.kind), item.id) if item.kind in set(Kind) else None


def _refs(finding: EarlierFinding) -> frozenset[Ref]:
    subject = _ref(finding.subject)
    affected = [ref for ref in map(_ref, finding.affected) if ref is not None]
    if subject is None:
        return frozenset(affected)
    return concerned(subject, affected, [c.native for c in finding.capabilities])


def _atoms(refs: Iterable[Ref], natives: Iterable[str]) -> set[Atom]:
    held = tuple(natives) or ("",)
    return {(ref, native) for ref in refs for native in held}


def _finding_atoms(finding: Finding) -> set[Atom]:
    refs = concerned(finding.subject, finding.affected, finding.capabilities)
    return _atoms(refs, finding.capabilities)


class Baseline:
    """An earlier report made ready to compare with. Raises `UsageError` where it is of another site."""

    def __init__(self, report: EarlierReport, *, site_id: str) -> None:
        then = report.target.site.id
        if then and site_id and then != site_id:
            raise UsageError(
                f"The baseline is of another site ({then}, not {site_id}).",
                where="--baseline",
                next_step="Name a report of the same site.",
            )
        self.complete = report.complete
        self.taken_at = report.run.started_at
        self.failures = tuple(f for f in report.findings if f.verdict is Verdict.FAIL)
        self._open: dict[Key, set[Atom]] = defaultdict(set)
        self._open_live: dict[Key, set[Atom]] = defaultdict(set)
        self._all: dict[Key, set[Atom]] = defaultdict(set)
        self._same: dict[tuple[Key, Ref], list[EarlierFinding]] = defaultdict(list)
        for finding in self.failures:
            self._add(finding)

    def _add(self, finding: EarlierFinding) -> None:
        key = _key(finding.rule, finding.audience)
        atoms = _atoms(_refs(finding), [c.native for c in finding.capabilities])
        self._all[key] |= atoms
        if finding.waiver is None:
            self._open[key] |= atoms
            if finding.exposure is Exposure.LIVE:
                self._open_live[key] |= atoms
        subject = _ref(finding.subject)
        if subject is not None:
            self._same[key, subject].append(finding)

    def state(self, finding: Finding, *, waived: bool) -> tuple[State, str]:
        """The state of a failing finding, and a note where there is something to say about it."""
        key = _key(finding.rule, finding.audience)
        now = _finding_atoms(finding)
        before = self._known(key, finding, waived=waived)
        if not now & before:
            known_waived = bool(now & self._all.get(key, set())) and not waived
            return "new", "It was waived in the baseline, and is not now." if known_waived else ""
        columns = self._more_columns(key, finding)
        if now - before or columns:
            return "wider", _wider_words(now, before, columns)
        earlier = {
            atom
            for old in self._same.get((key, finding.subject), ())
            for atom in _atoms(_refs(old), [c.native for c in old.capabilities])
        }
        return ("narrower" if now < earlier else "unchanged"), ""

    def _known(self, key: Key, finding: Finding, *, waived: bool) -> set[Atom]:
        unwaived = self._open_live if finding.exposure is Exposure.LIVE else self._open
        table = self._all if waived else unwaived
        return table.get(key, set())

    def _more_columns(self, key: Key, finding: Finding) -> list[str]:
        """The columns that the finding names and the earlier finding on the same object did not."""
        earlier = self._same.get((key, finding.subject), [])
        known = {column.name for old in earlier for column in old.columns}
        return [column.name for column in finding.columns if column.name not in known] if earlier else []


def _wider_words(now: set[Atom], before: set[Atom], columns: Sequence[str]) -> str:
    """By what a finding is wider than the baseline: capabilities first, then objects, then columns."""
    held = {native for _, native in before}
    more = sorted({native for _, native in now} - held, key=capability_order)
    parts = [", ".join(neutral_name(native, _kind_of(now, native)) for native in more)] if more else []
    objects = {ref for ref, _ in now} - {ref for ref, _ in before}
    if objects:
        parts.append("1 object" if len(objects) == 1 else f"{len(objects)} objects")
    if columns:
        listed = ", ".join(columns[:5]) + (f" and {len(columns) - 5} more" if len(columns) > 5 else "")
        parts.append(f"{'column' if len(columns) == 1 else 'columns'} {listed}")
    return f"Wider than the baseline by: {'; '.join(parts)}." if parts else ""


def _kind_of(atoms: set[Atom], native: str) -> Kind:
    """A kind on which a capability is held."""
    return min(ref.kind for ref, name in atoms if name == native)


def gone_since(
    baseline: Baseline, findings: Sequence[Finding], *, snapshot: Snapshot | None, rules_run: Collection[str] | None
) -> Comparison:
    """The earlier failures that no failure of now overlaps. Never calls something gone that was not read now."""
    now: dict[Key, set[Ref]] = defaultdict(set)
    unknown: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.verdict is Verdict.FAIL:
            now[_key(finding.rule, finding.audience)] |= {ref for ref, _ in _finding_atoms(finding)} | {finding.subject}
        elif finding.verdict is Verdict.UNKNOWN:
            unknown[finding.rule].append(finding)
    gone: list[Gone] = []
    for old in baseline.failures:
        refs = _refs(old)
        if old.waiver is not None or refs & now.get(_key(old.rule, old.audience), set()):
            continue
        reason = _not_told(old, refs, unknown.get(old.rule, []), snapshot, rules_run)
        gone.append(Gone(old, told=not reason, reason=reason))
    note = "" if baseline.complete else INCOMPLETE_NOTE
    return Comparison(baseline.complete, tuple(gone), note, baseline.taken_at)


def _not_told(
    old: EarlierFinding,
    refs: frozenset[Ref],
    unknown: Sequence[Finding],
    snapshot: Snapshot | None,
    rules_run: Collection[str] | None,
) -> str:
    """Why nothing can be said of an earlier finding now; empty where it is gone."""
    if rules_run is not None and old.rule not in rules_run:
        return "the rule was not run this time"
    for finding in unknown:
        same_people = finding.audience in (old.audience, None)
        if same_people and (refs & {finding.subject, *finding.affected} or finding.subject.kind is Kind.SITE):
            return f"it could not be judged this time; not read: {', '.join(finding.unread) or 'see the coverage'}"
    if snapshot is not None:
        for ref in sorted(refs):
            read = LIST_READ.get(ref.kind)
            if read is not None and snapshot.subject(ref) is None and not snapshot.ledger.is_complete(read):
                return f"the object was not listed and the list of {read} is not complete"
    return ""
