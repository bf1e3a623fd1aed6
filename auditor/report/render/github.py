"""Workflow commands of GitHub Actions: an annotation a finding, at the policy's line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.findings import Severity, Verdict
from auditor.report.model import Report, ReportFinding
from auditor.report.render.clean import clean, cut
from auditor.report.render.options import RenderOptions
from auditor.report.render.words import (
    audience_words,
    capabilities_words,
    coverage_words,
    status_words,
    summary_words,
    thing_words,
    why_words,
)

_LEVELS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: "error",
        Severity.HIGH: "error",
        Severity.MEDIUM: "warning",
        Severity.LOW: "notice",
        Severity.INFO: "notice",
    }
)


def render(report: Report, options: RenderOptions) -> str:
    """One command a line, worst first (GitHub shows ten of a level), then coverage and the summary."""
    shown = [f for f in report.findings if _is_shown(f, options)]
    lines = [_annotation(f) for f in shown]
    if not report.complete:
        lines.append(f"::warning title=Incomplete audit::{_data(coverage_words(report))}")
    lines.append(f"::notice title=bi-auditor::{_data(summary_words(report))}")
    return "\n".join(lines) + "\n"


def _is_shown(finding: ReportFinding, options: RenderOptions) -> bool:
    if finding.waiver is not None and not options.show_waived:
        return False
    return finding.is_change or not options.changes_only


def _annotation(finding: ReportFinding) -> str:
    level = "warning" if finding.verdict is Verdict.UNKNOWN else _LEVELS[finding.severity]
    if finding.waiver is not None or finding.preview:
        level = "notice"
    concerned = ": ".join(part for part in (audience_words(finding.audience), capabilities_words(finding)) if part)
    followers = f"{len(finding.affected)} more affected" if finding.affected else ""
    why = f"why: {why_words(finding, 2, 300)}" if finding.proof else ""
    facts = (thing_words(finding.subject), concerned, clean(finding.message), why, *status_words(finding), followers)
    message = " · ".join(cut(part, 400) for part in facts if part)
    place = f"file={_property(clean(finding.policy.file))},line={finding.policy.line}"
    title = _property(cut(f"{clean(finding.rule)} {clean(finding.title)}", 200))
    return f"::{level} {place},title={title}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
