"""Makes the report of a run from its facts, verdicts and what triage laid over them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import auditor
from auditor.findings import Finding, Severity, Verdict, Verdicts
from auditor.model import Coverage, Miss, Ref, Snapshot
from auditor.model.vocabulary import Kind, neutral_name
from auditor.report import model
from auditor.report.inventory import inventory_items
from auditor.report.ports import ComparisonLike, GoneLike, TriagedFinding, TriagedLike, WaiverLike
from auditor.report.things import thing

NOT_TRIED = "this read was not made"
NOT_ADMIN = (
    "The account that read the site is not an administrator of it, so the server may have left out content and accounts "
    "without saying so."
)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What only this run has; `requests` counts the requests to the server."""

    id: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    requests: int = 0


def build(
    run: RunInfo,
    snapshot: Snapshot,
    verdicts: Verdicts,
    triaged: TriagedLike,
    *,
    needs: Collection[str] = (),
    policies: Sequence[model.PolicySource] = (),
    reach: Sequence[model.Reach] | None = None,
    warnings: Sequence[str] = (),
) -> model.Report:
    """The report. `verdicts` gives the counts, `triaged` the findings.

    `needs` names the reads that the rules that ran depend on; a line of the ledger that none of them needs is shown
    and does not make the report incomplete.
    """
    findings = tuple(sorted((_finding(snapshot, item) for item in triaged.findings), key=_order))
    coverage = _coverage(snapshot, {str(name) for name in needs})
    limited = _limited_account(snapshot)
    judged = verdicts.judged_subjects
    return model.Report(
        tool=model.Tool(version=auditor.__version__),
        run=model.Run(id=run.id, started_at=run.started_at, finished_at=run.finished_at, requests=run.requests),
        target=_target(snapshot),
        complete=not limited and judged > 0 and _all_judged(findings) and all(c.complete for c in coverage if c.needed),
        judged=judged,
        policies=tuple(policies),
        coverage=coverage,
        summary=_summary(findings, verdicts),
        findings=findings,
        waivers=_waivers(triaged) if triaged.has_waivers else None,
        baseline=_baseline(triaged.comparison) if triaged.comparison else None,
        inventory=inventory_items(snapshot) or None,
        reach=tuple(reach) if reach is not None else None,
        warnings=tuple(warnings),
        notes=(*snapshot.provenance.notes, *((NOT_ADMIN,) if limited else ())),
    )


def _all_judged(findings: Iterable[model.ReportFinding]) -> bool:
    return not any(f.verdict is Verdict.UNKNOWN and not f.preview for f in findings)


def _limited_account(snapshot: Snapshot) -> bool:
    """Was a server read by an account that is not, or cannot be told to be, an administrator (issue 2)?"""
    identity = snapshot.provenance.signed_in_as
    if identity.is_admin is not None:
        return not identity.is_admin
    return snapshot.provenance.platform != "file" and identity.id != ""


def _target(snapshot: Snapshot) -> model.Target:
    origin = snapshot.provenance
    who = origin.signed_in_as
    return model.Target(
        platform=origin.platform,
        server=origin.server,
        site=model.Site(id=origin.site_id, name=origin.site_name, content_url=origin.site_content_url),
        signed_in_as=model.SignedInAs(id=who.id, name=who.name, role=who.role),
    )


def _coverage(snapshot: Snapshot, needs: Collection[str]) -> tuple[model.CoverageLine, ...]:
    """Every line of the ledger, and one for each needed read that was never tried; by name."""
    names = sorted({*snapshot.ledger.lines, *needs})
    return tuple(_line(snapshot, name, needed=name in needs) for name in names)


def _line(snapshot: Snapshot, name: str, *, needed: bool) -> model.CoverageLine:
    found = snapshot.ledger.line(name)
    if found is None:
        never = Miss(Kind.SITE, "", name, NOT_TRIED, "read the site again with this policy")
        found = Coverage(name, None, 0, (never,))
    missing = sorted((model.Missing(kind=m.kind, id=m.id, name=m.name, reason=m.reason, remedy=m.remedy) for m in found.missing),
                     key=lambda m: (m.kind, m.id, m.name, m.reason))  # fmt: skip
    return model.CoverageLine(read=name, expected=found.expected, got=found.got, missing=tuple(missing), needed=needed)


def _finding(snapshot: Snapshot, item: TriagedFinding) -> model.ReportFinding:
    found = item.finding
    kind = found.subject.kind
    return model.ReportFinding(
        fingerprint=found.fingerprint,
        rule=found.rule,
        title=found.title,
        severity=found.severity,
        verdict=found.verdict,
        waiver=_waiver(item.waiver) if item.waiver else None,
        policy=model.PolicyRef(file=found.policy.file, line=found.policy.line),
        subject=thing(snapshot, found.subject),
        affected=_things(snapshot, found.affected),
        audience=found.audience,
        exposure=found.exposure,
        capabilities=tuple(
            model.CapabilityName(name=neutral_name(c, _capability_kind(found, c) or kind), native=c)
            for c in found.capabilities
        ),
        message=found.message,
        proof=found.proof,
        columns=tuple(model.ColumnRef(name=c.name, classes=c.classes, used=c.used) for c in found.columns),
        rationale=found.rationale,
        remediation=found.remediation,
        references=found.references,
        unread=found.unread,
        preview=found.preview,
        baseline_state=item.baseline_state,
        parts=found.parts,
        notes=item.notes,
    )


def _capability_kind(found: Finding, native: str) -> Kind | None:
    """The kind on which a capability is held: "Write" on a project is another thing than on its workbooks."""
    kinds = {ref.kind for ref in found.affected}
    if found.subject.kind in (Kind.PROJECT, Kind.SITE) and kinds and native == "Write":
        return min(kinds)
    return None


def _things(snapshot: Snapshot, refs: Iterable[Ref]) -> tuple[model.Thing, ...]:
    return tuple(sorted((thing(snapshot, ref) for ref in refs), key=lambda t: (t.path, t.kind, t.id)))


def _order(finding: model.ReportFinding) -> tuple[int, int, str, str, str, str]:
    """Worst first; failures before what could not be judged; of equals first those that name the columns that leave.

    Then by rule and place, which do not move by themselves.
    """
    unknown = 2 * int(finding.verdict is not Verdict.FAIL) + int(not finding.columns)
    return (
        finding.severity.rank,
        unknown,
        finding.rule,
        finding.subject.path,
        finding.audience or "",
        finding.fingerprint,
    )


def _summary(findings: Sequence[model.ReportFinding], verdicts: Verdicts) -> model.Summary:
    fails = Counter(f.severity for f in findings if f.open_failure)
    return model.Summary(
        fail={severity: fails[severity] for severity in Severity if fails[severity]},
        unknown=sum(f.verdict is Verdict.UNKNOWN and not f.preview for f in findings),
        waived=sum(f.waiver is not None for f in findings),
        passed=verdicts.passed,
        not_applicable=verdicts.not_applicable,
        preview=sum(f.preview and f.waiver is None for f in findings),
    )


def _waiver(waiver: WaiverLike) -> model.WaiverRef:
    return model.WaiverRef(
        reason=waiver.reason,
        owner=waiver.owner,
        ticket=waiver.ticket,
        expires=waiver.expires_on,
        file=waiver.file,
        line=waiver.line,
    )


def _note(waiver: WaiverLike) -> model.WaiverNote:
    return model.WaiverNote(
        rule=waiver.rule,
        subject=waiver.subject_id,
        path=waiver.path,
        owner=waiver.owner,
        ticket=waiver.ticket,
        expires=waiver.expires_on,
        reason=waiver.reason,
        file=waiver.file,
        line=waiver.line,
    )


def _waivers(triaged: TriagedLike) -> model.Waivers:
    return model.Waivers(
        expired=tuple(map(_note, triaged.expired)),
        unused=tuple(map(_note, triaged.unused)),
        expiring=tuple(map(_note, triaged.expiring)),
    )


def _baseline(comparison: ComparisonLike) -> model.BaselineBlock:
    return model.BaselineBlock(
        complete=comparison.complete,
        taken_at=comparison.taken_at,
        gone=tuple(map(_gone, comparison.gone)),
        note=comparison.note,
    )


def _gone(item: GoneLike) -> model.GoneFinding:
    subject = item.subject
    return model.GoneFinding(
        fingerprint=item.fingerprint,
        rule=item.rule,
        title=item.title,
        severity=item.severity,
        subject=model.Thing(kind=subject.kind, id=subject.id, name=subject.name, path=subject.path),
        audience=item.audience,
        told=item.told,
        reason=item.reason,
    )
