"""JUnit XML: a case a finding and a case a kind of read, so that an incomplete audit is not green."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.findings import Verdict
from auditor.report.model import CoverageLine, Report, ReportFinding
from auditor.report.render.clean import clean
from auditor.report.render.options import RenderOptions
from auditor.report.render.words import (
    audience_words,
    capabilities_words,
    line_words,
    status_words,
    summary_words,
    thing_words,
)

if TYPE_CHECKING:
    from junitparser import TestCase
    from junitparser.junitparser import FinalResult


def render(report: Report, options: RenderOptions) -> str:
    """Fail → failure; unknown → error; waived, preview and unchanged since the baseline → skipped.

    Passed rule × subject pairs are only counted (property "passed"), since a report does not name them.
    """
    from junitparser import JUnitXml, TestSuite

    xml = JUnitXml("bi-auditor")
    for name, cases in (("coverage", _coverage(report)), ("findings", _findings(report, options))):
        suite = TestSuite(name)
        suite.add_testcases(cases)
        if name == "findings":
            suite.add_property("passed", str(report.summary.passed))
            suite.add_property("not_applicable", str(report.summary.not_applicable))
            suite.add_property("summary", summary_words(report))
            suite.add_property("complete", str(report.complete).lower())
        xml.add_testsuite(suite)
    written: bytes = xml.tostring()  # type: ignore[no-untyped-call]
    return _declared(written.decode("utf-8"))


def _declared(text: str) -> str:
    body = text[text.index("?>") + 2 :].lstrip() if text.startswith("<?xml") else text
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body.rstrip()}\n'


def _coverage(report: Report) -> list[TestCase]:
    from junitparser import Error, TestCase

    cases = []
    for line in report.coverage:
        case = TestCase(clean(line.read), "coverage", 0)
        if line.needed and not line.complete:
            error = Error(line_words(line), "unread")
            error.text = _misses(line)
            case.result = [error]
        cases.append(case)
    if report.judged == 0:
        nothing = TestCase("something was judged", "coverage", 0)
        nothing.result = [Error("Nothing was judged: no object was in the scope of any rule.", "empty")]
        cases.append(nothing)
    return cases


def _misses(line: CoverageLine) -> str:
    return "\n".join(
        f"{m.kind} {clean(m.name or m.id)}: {clean(m.reason)} → {clean(m.remedy)}" for m in line.missing[:100]
    )


def _findings(report: Report, options: RenderOptions) -> list[TestCase]:
    return [_case(f) for f in report.findings if f.is_change or not options.changes_only]


def _case(finding: ReportFinding) -> TestCase:
    from junitparser import Error, Failure, Skipped, TestCase

    who = audience_words(finding.audience)
    name = f"{clean(finding.rule)} {thing_words(finding.subject)}" + (f" · {who}" if who else "")
    case = TestCase(f"{name} [{finding.fingerprint[:8]}]", clean(finding.rule), 0)
    message = f"{finding.severity}: {clean(finding.title)}"
    if finding.waiver is not None:
        case.result = [
            Skipped(f"waived until {clean(finding.waiver.expires)}: {clean(finding.waiver.reason)}", "waived")
        ]
    elif finding.preview:
        case.result = [Skipped(f"preview rule: {message}", "preview")]
    elif finding.verdict is Verdict.UNKNOWN:
        case.result = [_told(Error(f"could not be judged: {clean(finding.title)}", "unknown"), finding)]
    elif not finding.is_change:
        case.result = [Skipped(f"unchanged since the baseline: {message}", "baseline")]
    else:
        case.result = [_told(Failure(message, finding.severity.value), finding)]
    return case


def _told(result: FinalResult, finding: ReportFinding) -> FinalResult:
    """The same result with the whole story as its text."""
    lines = [
        clean(finding.message),
        f"capabilities: {capabilities_words(finding)}" if finding.capabilities else "",
        f"not read: {', '.join(map(clean, finding.unread))}" if finding.unread else "",
        *(f"affects {thing_words(item)}" for item in finding.affected[:50]),
        f"… and {len(finding.affected) - 50} more" if len(finding.affected) > 50 else "",
        *(f"why: {clean(step)}" for step in finding.proof),
        f"do: {clean(finding.remediation)}" if finding.remediation else "",
        *status_words(finding),
        f"policy {clean(finding.policy.file)}:{finding.policy.line} · id {finding.fingerprint}",
    ]
    result.text = "\n".join(line for line in lines if line)
    return result
