"""The sentences that several formats share."""

from __future__ import annotations

from auditor.findings import Severity, Verdict
from auditor.model.vocabulary import Kind, label
from auditor.report.model import CapabilityName, CoverageLine, Report, ReportFinding, Thing
from auditor.report.render.clean import clean, count, cut

PUBLIC = "the public (no account)"
#: What leaves once rights come together (`model.OUTCOMES`), in words beside those of the permission dialogue.
_OUTCOMES = {
    "sees": "See it with its data",
    "takes_picture": "Take a picture or PDF",
    "takes_summary": "Take the summary data",
    "takes_rows": "Take the rows below",
    "takes_file": "Take the file",
    "queries": "Query the data",
    "edits": "Edit on the web",
}
_AUDIENCES = {"anonymous": PUBLIC, "everyone": "everyone with an account"}


def audience_words(audience: str | None) -> str:
    """An audience in words; empty where the finding is about nobody in particular."""
    if audience is None:
        return ""
    return _AUDIENCES.get(audience, clean(audience))


def capability_words(capability: CapabilityName, kind: str) -> str:
    """The words of Tableau's permission dialogue where there are any, else the name."""
    if capability.native in _OUTCOMES:
        return _OUTCOMES[capability.native]
    known = Kind(kind) if kind in set(Kind) else Kind.WORKBOOK
    return clean(label(capability.native, known))


def capabilities_words(finding: ReportFinding) -> str:
    """All capabilities of a finding, comma-separated, in the words of the permission dialogue."""
    kind = _kind_for_words(finding)
    return ", ".join(dict.fromkeys(capability_words(c, kind) for c in finding.capabilities))


def _kind_for_words(finding: ReportFinding) -> str:
    if finding.subject.kind in (Kind.PROJECT, Kind.SITE) and finding.affected:
        return finding.affected[0].kind
    return finding.subject.kind


def kind_words(kind: str) -> str:
    """A kind as people say it: "data source"."""
    return {"datasource": "data source"}.get(kind, clean(kind).replace("_", " "))


def thing_words(item: Thing) -> str:
    """An object in words: "workbook Public / Justice / Firearms"."""
    return f"{kind_words(item.kind)} {clean(item.path)}"


def status_words(finding: ReportFinding) -> tuple[str, ...]:
    """What an overlay says of a finding: waived, preview, dormant, new …"""
    words: list[str] = []
    if finding.verdict is Verdict.UNKNOWN:
        words.append("could not be judged")
    if finding.waiver is not None:
        words.append(f"waived until {clean(finding.waiver.expires)}")
    if finding.preview:
        words.append("preview rule, never fails a run")
    if finding.exposure == "dormant":
        words.append("dormant: a switch stands before it")
    if finding.baseline_state not in (None, "unchanged"):
        words.append(f"{finding.baseline_state} since the baseline")
    return tuple(words)


def standing(finding: ReportFinding) -> int:
    """A sort key: new and wider failures, then other failures, then what could not be judged, preview, waived."""
    if finding.waiver is not None:
        return 4
    if finding.preview:
        return 3
    if finding.verdict is Verdict.UNKNOWN:
        return 2
    return 0 if finding.is_change else 1


def summary_words(report: Report) -> str:
    """One line that counts every bucket, also the empty ones."""
    summary = report.summary
    by_severity = ", ".join(f"{summary.fail[s]} {s}" for s in Severity if summary.fail.get(s))
    failed = f"{summary.failures} failed" + (f" ({by_severity})" if by_severity else "")
    return (
        f"{failed} · {summary.unknown} could not be judged · {summary.waived} waived · {summary.preview} preview · "
        f"{summary.passed:,} passed · {summary.not_applicable:,} not applicable"
    )


def deciding(finding: ReportFinding, number: int = 3) -> tuple[str, ...]:
    """The last steps of a proof: those decide. What comes before them says how it came to that."""
    return tuple(map(clean, finding.proof[-number:]))


def why_words(finding: ReportFinding, number: int, length: int) -> str:
    """As many of the last steps as fit into `length` characters; the very last one in any case, cut where it must be."""
    steps = deciding(finding, number)
    while len(steps) > 1 and len("; ".join(steps)) > length:
        steps = steps[1:]
    return cut("; ".join(steps), length)


def baseline_words(report: Report) -> str:
    """One sentence on what the comparison with a baseline gave, also where nothing is new; empty without a baseline."""
    if report.baseline is None:
        return ""
    states = [f.baseline_state for f in report.findings if f.open_failure]
    new, wider = states.count("new"), states.count("wider")
    known = len(states) - new - wider
    taken = report.baseline.taken_at
    date = f" of {taken.day} {taken:%b %Y}" if taken is not None else ""
    spared = " (they do not fail the run)" if known else ""
    gone = sum(item.told for item in report.baseline.gone)
    return f"Against the baseline{date}: {new} new, {wider} wider, {known} known{spared}, {gone} gone."


def nothing_changed(report: Report) -> str:
    """What a report of changes only says where no failure is new or wider; else empty."""
    changed = any(f.is_change and f.verdict is Verdict.FAIL for f in report.findings)
    return "" if report.baseline is None or changed else "Nothing is new or wider than the baseline."


def coverage_words(report: Report) -> str:
    """One sentence on how much was read; never silent about what was not."""
    if report.judged == 0:
        return "Nothing was judged: no object was in the scope of any rule."
    short = report.incomplete_lines
    if short:
        return f"INCOMPLETE: {'; '.join(map(line_words, short))}."
    if not report.complete and report.summary.unknown:
        return f"INCOMPLETE: {count(report.summary.unknown, 'question')} of the rules could not be answered by what was read."
    if not report.complete:
        return "INCOMPLETE: " + (clean(report.notes[-1]) if report.notes else "some rule could not be judged.")
    return f"Complete: all that the rules need was read ({count(report.judged, 'object')} judged)."


def line_words(line: CoverageLine) -> str:
    """A short line of coverage in words: "1 of 40 workbook-permissions not read"."""
    name = clean(line.read)
    missing = len(line.missing)
    if line.expected is None:
        return f"{name}: {line.got:,} read, of how many is not known" if line.got else f"{name}: not read"
    missing = max(missing, line.expected - line.got)
    return f"{missing:,} of {line.expected:,} {name} not read"


def target_words(report: Report) -> str:
    """What was audited: "https://server · site Justice"."""
    target = report.target
    is_file = target.platform == "file"
    if is_file and not target.server:
        return "files"
    site = clean(target.site.name or target.site.content_url or "Default")
    return f"{'files as if on ' if is_file else ''}{clean(target.server) or clean(target.platform)} · site {site}"
