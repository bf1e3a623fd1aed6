"""One line a finding and object, for a spreadsheet. No cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from auditor.report.model import Report, ReportFinding, Thing
from auditor.report.render.clean import clean
from auditor.report.render.options import RenderOptions
from auditor.report.render.words import deciding

HEADER = (
    "rule", "severity", "verdict", "title", "audience", "exposure", "capabilities", "part", "kind", "id", "name", "path", "url",
    "columns", "message", "remediation", "waived_until", "waiver_reason", "preview", "baseline", "policy", "fingerprint", "why",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def render(report: Report, options: RenderOptions) -> str:
    """Comma-separated, UTF-8, lines end in LF, a header first. `part` is "subject" (the root cause) or "affected".

    `why` holds the last steps of the proof, which decide.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for finding in report.findings:
        if finding.is_change or not options.changes_only:
            writer.writerows([safe_cell(text) for text in row] for row in _rows(finding))
    return out.getvalue()


def safe_cell(text: str) -> str:
    """The text of a cell: an apostrophe before anything that a spreadsheet could run."""
    harmless = clean(text)
    if text.startswith(_FORMULA) or harmless.lstrip().startswith(_FORMULA):
        return "'" + harmless
    return harmless


def _rows(finding: ReportFinding) -> Iterator[tuple[str, ...]]:
    yield _row(finding, "subject", finding.subject)
    for item in finding.affected:
        yield _row(finding, "affected", item)


def _row(finding: ReportFinding, part: str, item: Thing) -> tuple[str, ...]:
    waiver = finding.waiver
    return (
        finding.rule,
        finding.severity,
        finding.verdict,
        finding.title,
        finding.audience or "",
        finding.exposure,
        " ".join(capability.name for capability in finding.capabilities),
        part,
        item.kind,
        item.id,
        item.name,
        item.path,
        item.url or "",
        "; ".join(column.name for column in finding.columns),
        finding.message,
        finding.remediation,
        waiver.expires if waiver else "",
        waiver.reason if waiver else "",
        "yes" if finding.preview else "",
        finding.baseline_state or "",
        f"{finding.policy.file}:{finding.policy.line}",
        finding.fingerprint,
        "; ".join(deciding(finding)),
    )
