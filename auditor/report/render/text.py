"""The report for a terminal: what is wrong, for whom, why, what to do; one block a root cause, never over a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby

from auditor.findings import Verdict
from auditor.report.model import Report, ReportFinding, WaiverNote
from auditor.report.render.clean import clean, count, cut
from auditor.report.render.options import RenderOptions
from auditor.report.render.text_causes import INDENT, cause_lines
from auditor.report.render.text_unknowns import by_read, miss_words, unknown_head, unknown_lines
from auditor.report.render.words import (
    baseline_words,
    coverage_words,
    kind_words,
    line_words,
    nothing_changed,
    standing,
    summary_words,
    target_words,
)

MANY = 20  # open findings from which a first run is too much at once
HINT = (
    "This is a lot at once. Keep this report (--format json --output known.json) and name it with --baseline in later runs: "
    "then only what is new or wider fails."
)
_COLORS = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "info": "2",
    "bold": "1",
    "ok": "32",
    "warn": "1;33",
}


def render(report: Report, options: RenderOptions) -> str:
    """Plain text; ANSI colours only where `options.color` asks for them."""
    paint = _Paint(on=options.color)
    shown = [f for f in report.findings if f.is_change or not options.changes_only]
    lines: list[str] = [paint.of("bold", f"bi-auditor · {target_words(report)}"), *_signed_in(report), ""]
    against = [
        clean(words) for words in (baseline_words(report), options.changes_only and nothing_changed(report)) if words
    ]
    lines += [line for text in against for line in textwrap.wrap(text, options.width)] + ([""] if against else [])
    lines += _findings(report, shown, options, paint)
    lines += _waiver_sections(report, options.width)
    lines += _gone(report, options.width)
    lines += _coverage(report, {read for f in shown for read in _unjudged(f)}, options.width, paint)
    lines += _wrapped("warning", report.warnings, options.width)
    lines += _wrapped(
        "hint", [HINT] if report.baseline is None and report.summary.failures >= MANY else [], options.width
    )
    lines += [paint.of("bold", line) for line in textwrap.wrap(summary_words(report), options.width)]
    lines += [cut(f"note: {clean(note)}", options.width) for note in report.notes]
    return "\n".join(lines) + "\n"


class _Paint:
    """Colours, or none."""

    def __init__(self, *, on: bool) -> None:
        self._on = on

    def of(self, name: str, text: str) -> str:
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self._on else text


def _signed_in(report: Report) -> list[str]:
    who = report.target.signed_in_as
    return [f"read as {clean(who.name)} ({clean(who.role) or 'role not known'})"] if who.name else []


def _cause_key(findings: Sequence[ReportFinding]) -> Callable[[ReportFinding], tuple[bool, int, int]]:
    """Sorts by root cause, the worst open one first; within one, what is open before what is waived."""
    first: dict[tuple[str, str], tuple[bool, int]] = {}
    for place, finding in enumerate(findings):
        cause = (finding.subject.kind, finding.subject.id)
        first[cause] = min(first.get(cause, (True, place)), (standing(finding) > 2, place))
    return lambda finding: (*first[finding.subject.kind, finding.subject.id], max(standing(finding) - 2, 0))


def _findings(report: Report, shown: Sequence[ReportFinding], options: RenderOptions, paint: _Paint) -> list[str]:
    """A block a root cause, then a block for each missing read with what could not be judged for want of it."""
    judged = [f for f in shown if not _unjudged(f)]
    lines: list[str] = []
    for _, group in groupby(sorted(judged, key=_cause_key(judged)), key=lambda f: (f.subject.kind, f.subject.id)):
        found = list(group)
        worst = found[0]
        head = (
            f"{_word(worst)}  {cut(clean(worst.subject.path), options.width - 36)}  ({kind_words(worst.subject.kind)})"
        )
        lines += [paint.of(_color(worst), head), *cause_lines(found, options.width), ""]
    for read, unjudged in by_read([f for f in shown if _unjudged(f)]).items():
        head = unknown_head(read, report, options.width)
        lines += [paint.of("warn", head), *unknown_lines(read, unjudged, report, options.width), ""]
    return lines


def _unjudged(finding: ReportFinding) -> tuple[str, ...]:
    """The reads for want of which a finding could not be judged."""
    return finding.unread if finding.verdict is Verdict.UNKNOWN and finding.waiver is None else ()


def _word(finding: ReportFinding) -> str:
    if finding.waiver is not None:
        return "WAIVED"
    return "UNKNOWN" if finding.verdict is Verdict.UNKNOWN else finding.severity.upper()


def _color(finding: ReportFinding) -> str:
    if finding.waiver is not None:
        return "info"
    return "warn" if finding.verdict is Verdict.UNKNOWN else finding.severity.value


def _more(number: int, what: str) -> list[str]:
    return [f"… and {count(number, what)}"] if number > 0 else []


def _wrapped(name: str, texts: Iterable[str], width: int) -> list[str]:
    lines: list[str] = []
    for text in texts:
        lines += textwrap.wrap(f"{name}: {clean(text)}", width, subsequent_indent=INDENT)
    return lines


def _waiver_sections(report: Report, width: int) -> list[str]:
    if report.waivers is None:
        return []
    sections = (
        ("Waivers that expire within 14 days", report.waivers.expiring),
        ("Expired waivers (their findings are back)", report.waivers.expired),
        ("Waivers without a finding (remove them)", report.waivers.unused),
    )
    lines: list[str] = []
    for title, notes in sections:
        if notes:
            lines += [f"{title}: {len(notes)}", *(cut(_waiver_line(note), width) for note in notes[:10])]
            lines += [*(INDENT + text for text in _more(len(notes) - 10, "more")), ""]
    return lines


def _waiver_line(note: WaiverNote) -> str:
    place = f" ({clean(note.file)}:{note.line})" if note.file else ""
    return f"{INDENT}{clean(note.expires)}  {clean(note.rule)}  {clean(note.path or note.subject)}  {clean(note.owner)}{place}"


def _gone(report: Report, width: int) -> list[str]:
    if report.baseline is None:
        return []
    gone = [item for item in report.baseline.gone if item.told]
    silent = [item for item in report.baseline.gone if not item.told]
    lines = [f"Gone since the baseline: {len(gone)}"] if gone else []
    lines += [cut(f"{INDENT}{clean(item.rule)}  {clean(item.subject.path)}", width) for item in gone[:10]]
    lines += [f"In the baseline, and cannot be told now: {len(silent)}"] if silent else []
    lines += [
        cut(f"{INDENT}{clean(item.rule)}  {clean(item.subject.path)}: {clean(item.reason)}", width)
        for item in silent[:10]
    ]
    lines += _wrapped("baseline", [report.baseline.note] if report.baseline.note else [], width)
    return [*lines, ""] if lines else []


def _coverage(report: Report, told: Collection[str], width: int, paint: _Paint) -> list[str]:
    """How much was read, and for each short read that no block above tells of the first misses with their remedy."""
    color = "ok" if report.complete else "warn"
    lines = [
        paint.of(color, line) for line in textwrap.wrap(coverage_words(report), width, max_lines=4, placeholder=" …")
    ]
    for line in [line for line in report.incomplete_lines if line.read not in told][:8]:
        for miss in line.missing[:2]:
            remedy = f" → {clean(miss.remedy)}" if miss.remedy else ""
            text = f"{clean(line.read)}: {miss_words(kind_words(miss.kind), miss.name or miss.id, miss.reason)}{remedy}"
            lines += textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT * 2)
        if len(line.missing) > 2:
            lines.append(f"{INDENT}{line_words(line)} in all")
    return lines
