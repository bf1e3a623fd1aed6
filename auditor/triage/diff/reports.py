"""Two reports compared: what is new, wider, narrower, gone, and what cannot be told."""

from __future__ import annotations

from collections.abc import Collection

from auditor.errors import UsageError
from auditor.findings import ColumnNote, Finding, PolicyPlace, Verdict
from auditor.model import Ref
from auditor.model.vocabulary import Kind, label
from auditor.triage.baseline import Baseline, Gone, gone_since
from auditor.triage.diff.model import Change, ChangeKind, Diff, Side, ordered
from auditor.triage.earlier import EarlierFinding, EarlierReport, EarlierThing

_KINDS = {"new": ChangeKind.NEW, "wider": ChangeKind.WIDER, "narrower": ChangeKind.NARROWER}


def diff_reports(old: EarlierReport, new: EarlierReport, *, rules_run: Collection[str] | None = None) -> Diff:
    """What changed from `old` to `new`. Raises `UsageError` where they are of two sites."""
    then, now = old.target.site.id, new.target.site.id
    if then and now and then != now:
        raise UsageError(
            f"The two reports are of two sites ({then} and {now}).",
            where="diff",
            next_step="Name two reports of one site.",
        )
    baseline = Baseline(old, site_id="")
    findings = {id(f): _finding(f, now) for f in new.findings if f.subject.kind in set(Kind)}
    changes: list[Change] = []
    same = 0
    for told in new.findings:
        finding = findings.get(id(told))
        if finding is None or finding.verdict is not Verdict.FAIL:
            continue
        state, note = baseline.state(finding, waived=told.waiver is not None)
        if state == "unchanged":
            same += 1
        else:
            changes.append(_change(told, _KINDS[state], f"{state.capitalize()}: {_words(told)}", note))
    comparison = gone_since(baseline, tuple(findings.values()), snapshot=None, rules_run=rules_run)
    changes += [_change(g.earlier, ChangeKind.GONE, f"Gone: {_words(g.earlier)}") for g in comparison.gone if g.told]
    return Diff(
        of="reports",
        old=_side(old),
        new=_side(new),
        changes=ordered(changes),
        unchanged={"failing findings unchanged": same},
        untold=tuple(_untold(old, new, [g for g in comparison.gone if not g.told])),
    )


def _untold(old: EarlierReport, new: EarlierReport, silent: list[Gone]) -> list[str]:
    lines = []
    if not old.complete:
        lines.append("The old report is not complete: what is called new may have been there before.")
    if not new.complete:
        lines.append("The new report is not complete: there may be more that it did not see.")
    lines += [f"Cannot be told: {_words(gone.earlier)}: {gone.reason}." for gone in silent]
    unjudged = sum(f.verdict is Verdict.UNKNOWN for f in new.findings)
    return [*lines, f"{unjudged:,} finding(s) of the new report could not be judged."] if unjudged else lines


def _side(report: EarlierReport) -> Side:
    when = report.run.finished_at
    return Side(
        server="",
        site=report.target.site.id,
        when=when.isoformat(timespec="seconds") if when else "",
        complete=report.complete,
    )


def _words(finding: EarlierFinding) -> str:
    kind = Kind(finding.subject.kind) if finding.subject.kind in set(Kind) else Kind.SITE
    what = ", ".join(dict.fromkeys(label(c.native, kind).replace("_", " ") for c in finding.capabilities))
    whom = f" for {finding.audience}" if finding.audience else ""
    more = f", {len(finding.affected)} more affected" if finding.affected else ""
    return f"{finding.rule} ({finding.severity}) {finding.title}, on '{finding.subject.name}'{': ' + what if what else ''}{whom}{more}"


def _change(finding: EarlierFinding, kind: ChangeKind, sentence: str, note: str = "") -> Change:
    return Change(
        kind=kind,
        sentence=f"{sentence}. {note}" if note else sentence,
        object_kind=finding.subject.kind,
        object_id=finding.subject.id,
        path=finding.subject.path,
        principal=finding.audience or "",
        capabilities=tuple(c.native for c in finding.capabilities),
        followers=tuple(item.path for item in finding.affected),
        rule=finding.rule,
        severity=finding.severity.value,
        fingerprint=finding.fingerprint,
    )


def _ref(item: EarlierThing) -> Ref:
    return Ref(Kind(item.kind), item.id)


def _finding(told: EarlierFinding, site_id: str) -> Finding:
    """The finding behind its public view, as far as a comparison needs it."""
    return Finding(
        rule=told.rule,
        title=told.title,
        severity=told.severity,
        verdict=told.verdict,
        policy=PolicyPlace("", 0),
        site_id=site_id,
        subject=_ref(told.subject),
        affected=tuple(_ref(item) for item in told.affected if item.kind in set(Kind)),
        audience=told.audience,
        exposure=told.exposure,
        capabilities=tuple(c.native for c in told.capabilities),
        columns=tuple(ColumnNote(column.name) for column in told.columns),
    )
