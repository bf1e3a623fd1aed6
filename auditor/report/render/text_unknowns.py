"""What could not be judged, one block for each read that is missing: which rules, of what, why, what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from auditor.findings import Severity
from auditor.report.model import CoverageLine, Report, ReportFinding
from auditor.report.render.clean import clean, count, cut
from auditor.report.render.text_causes import labelled, wrapped
from auditor.report.render.words import line_words, thing_words

_NAMED = 5  # objects that a block names
_MISSES = 3  # misses that a block tells


def by_read(findings: Sequence[ReportFinding]) -> dict[str, list[ReportFinding]]:
    """The findings of each missing read, the worst first; one that misses two reads stands in both."""
    groups: dict[str, list[ReportFinding]] = defaultdict(list)
    for finding in findings:
        for read in dict.fromkeys(finding.unread):
            groups[read].append(finding)
    return dict(sorted(groups.items(), key=lambda item: (min(f.severity.rank for f in item[1]), item[0])))


def unknown_head(read: str, report: Report, width: int) -> str:
    """The first line of a block."""
    line = _line(read, report)
    short = f"  ({line_words(line)})" if line is not None and not line.complete else ""
    return cut(f"UNKNOWN  not judged for want of {clean(read)}{short}", width)


def unknown_lines(read: str, findings: Sequence[ReportFinding], report: Report, width: int) -> list[str]:
    """The rules by the severity that they would have, the objects, the reason and the remedy; the remedy is never cut."""
    rules: list[str] = []
    for severity in Severity:
        ids = dict.fromkeys(
            clean(f.rule) + (" (preview)" if f.preview else "") for f in findings if f.severity is severity
        )
        if ids:
            rules += wrapped(f"{', '.join(ids)}  [{severity} if it fails]", width, 4)
    things = list(dict.fromkeys(thing_words(f.subject) for f in findings))
    named = things[:_NAMED]
    if len(things) > _NAMED:
        named.append(f"… and {len(things) - _NAMED:,} more (all of them: --format html or json)")
    why, remedies = _reasons(read, findings, report)
    return [
        *labelled("rules", rules),
        *(cut(line, width) for line in labelled("of", named)),
        *labelled("why", [line for text in why for line in wrapped(text, width, 3)]),
        *labelled("do", [line for text in remedies for line in wrapped(text, width, 12)]),
    ]


def _line(read: str, report: Report) -> CoverageLine | None:
    return next((line for line in report.coverage if line.read == read), None)


def _reasons(read: str, findings: Sequence[ReportFinding], report: Report) -> tuple[list[str], list[str]]:
    """Why the read is missing and what mends it, by the coverage; by the findings where it says nothing."""
    line = _line(read, report)
    missing = line.missing if line is not None else ()
    why = [miss_words(miss.kind, miss.name or miss.id, miss.reason) for miss in missing[:_MISSES]]
    if len(missing) > _MISSES:
        why.append(
            f"… and {count(len(missing) - _MISSES, 'more miss', 'more misses')} (all of them: --format html or json)"
        )
    remedies = list(dict.fromkeys(clean(miss.remedy) for miss in missing if miss.remedy))[:_MISSES]
    return (
        why or list(dict.fromkeys(clean(f.message) for f in findings))[:1],
        remedies or list(dict.fromkeys(clean(f.remediation) for f in findings))[:1],
    )


def miss_words(kind: str, name: str, reason: str) -> str:
    """What was not read and why."""
    thing = f"{clean(kind)} {clean(name)}: " if name else ""
    return f"{thing}{clean(reason)}"
