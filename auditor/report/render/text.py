"""The report for a terminal: what is wrong, for whom, why, what to do; one block a root cause, never over a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from auditor.findings import Verdict
from auditor.report.model import Report, ReportFinding, Thing, WaiverNote
from auditor.report.render.clean import clean, count, cut
from auditor.report.render.options import RenderOptions
from auditor.report.render.words import (
    audience_words,
    capabilities_words,
    coverage_words,
    kind_words,
    line_words,
    standing,
    status_words,
    summary_words,
    target_words,
    thing_words,
)

MANY = 20  # open findings from which a first run is too much at once
HINT = (
    "This is a lot at once. Keep this report (--format json --output known.json) and name it with --baseline in later runs: "
    "then only what is new or wider fails."
)
SCREEN = 24  # lines that one root cause may take
_INDENT = "  "
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
    for _, group in groupby(sorted(shown, key=_cause_key(shown)), key=lambda f: (f.subject.kind, f.subject.id)):
        lines += [*_cause(list(group), options.width, paint), ""]
    lines += _waiver_sections(report, options.width)
    lines += _gone(report, options.width)
    lines += _coverage(report, options.width, paint)
    lines += [*_wrapped("note", report.notes, options.width), *_wrapped("warning", report.warnings, options.width)]
    lines += _wrapped(
        "hint", [HINT] if report.baseline is None and report.summary.failures >= MANY else [], options.width
    )
    lines += [paint.of("bold", line) for line in textwrap.wrap(summary_words(report), options.width)]
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


def _cause(findings: list[ReportFinding], width: int, paint: _Paint) -> list[str]:
    """One root cause: its object, the rules that object, whom it concerns, why, and what to do; as full as fits."""
    worst = findings[0]
    head = f"{_word(worst)}  {cut(clean(worst.subject.path), width - 36)}  ({kind_words(worst.subject.kind)})"
    affected = tuple({(t.kind, t.id): t for f in findings for t in f.affected}.values())
    least = min(len(affected), 3)
    number = len(findings)
    sizes = [(number, 3, 5), (number, 2, 4), (number, 1, 3), *((fewer, 1, 3) for fewer in range(number - 1, 0, -1))]
    for shown, said_lines, limit in sizes:
        lines = [paint.of(_color(worst), head), *_rules(findings, shown, width, said_lines)]
        tail = _tail(findings, width, limit)
        room = SCREEN - len(lines) - len(tail)
        if room >= least:
            break
    return [*lines, *_affected(affected, room, width), *tail]


def _rules(findings: Sequence[ReportFinding], shown: int, width: int, said_lines: int) -> list[str]:
    lines = [line for finding in findings[:shown] for line in _rule(finding, width, said_lines=said_lines)]
    if shown < len(findings):
        rest = ", ".join(dict.fromkeys(clean(f.rule) for f in findings[shown:]))
        lines.append(cut(f"{_INDENT}… and {count(len(findings) - shown, 'more finding')} here: {rest}", width))
    return lines


def _tail(findings: Sequence[ReportFinding], width: int, limit: int) -> list[str]:
    """Why, which columns, what to do: at most `limit`, 2 and `limit` lines."""
    proof = next((f.proof for f in findings if f.proof), ())
    remedies = [text for text in dict.fromkeys(f.remediation for f in findings) if text]
    return [
        # The last steps are those that decide; `auditor access explain` tells them all.
        *_labelled("why", proof[-3:], width, limit=limit),
        *_labelled("columns", [_columns(findings)] if any(f.columns for f in findings) else [], width, limit=2),
        *_labelled("do", remedies[:3], width, limit=limit),
    ]


def _word(finding: ReportFinding) -> str:
    if finding.waiver is not None:
        return "WAIVED"
    return "UNKNOWN" if finding.verdict is Verdict.UNKNOWN else finding.severity.upper()


def _color(finding: ReportFinding) -> str:
    if finding.waiver is not None:
        return "info"
    return "warn" if finding.verdict is Verdict.UNKNOWN else finding.severity.value


def _rule(finding: ReportFinding, width: int, *, said_lines: int) -> list[str]:
    """At most three lines and those of its message: the rule and its state, for whom and what, the id and notes."""
    severity = finding.severity.value if finding.verdict is Verdict.FAIL else f"{finding.severity} if it fails"
    state = " · ".join((severity, *status_words(finding)))
    lines = [cut(f"{_INDENT}{clean(finding.rule)}  {clean(finding.title)}  [{state}]", width)]
    concerned = ": ".join(part for part in (audience_words(finding.audience), capabilities_words(finding)) if part)
    lines += [cut(f"{_INDENT * 2}{concerned}", width)] if concerned else []
    indent = _INDENT * 2
    lines += textwrap.wrap(
        clean(finding.message),
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        max_lines=said_lines,
        placeholder=" …",
    )
    ending = [f"id {finding.fingerprint}"]
    if finding.unread:
        ending.insert(0, f"not read: {', '.join(map(clean, finding.unread))}")
    ending += [clean(note) for note in finding.notes[:1]]
    return [*lines, cut(f"{indent}{' · '.join(ending)}", width)]


def _affected(affected: tuple[Thing, ...], room: int, width: int) -> list[str]:
    """The objects that follow the root cause, as many as fit, and the count of the rest."""
    if not affected:
        return []
    fits = len(affected) if len(affected) <= min(room, 10) else min(room, 10) - 1
    lines = [
        f"{_INDENT}{'affects' if place == 0 else '':8}{thing_words(item)}" for place, item in enumerate(affected[:fits])
    ]
    if fits < len(affected):
        start = "affects" if fits == 0 else ""
        more = count(len(affected) - fits, "object") if fits == 0 else f"… and {len(affected) - fits:,} more"
        lines.append(f"{_INDENT}{start:8}{more} (all of them: --format html or json)")
    return [cut(line, width) for line in lines]


def _columns(findings: Iterable[ReportFinding]) -> str:
    columns = {c.name: c for f in findings for c in f.columns}.values()
    named = [clean(c.name) + (f" ({', '.join(map(clean, c.classes))})" if c.classes else "") for c in columns]
    return ", ".join([*named[:8], *_more(len(named) - 8, "more column")])


def _more(number: int, what: str) -> list[str]:
    return [f"… and {count(number, what)}"] if number > 0 else []


def _labelled(name: str, texts: Sequence[str], width: int, *, limit: int) -> list[str]:
    """A label in the margin and wrapped text, at most `limit` lines."""
    lines: list[str] = []
    for text in texts:
        lines += textwrap.wrap(clean(text), max(width - 10, 20)) or []
    if len(lines) > limit:
        lines = [*lines[: limit - 1], cut(lines[limit - 1] + " …", width - 10)]
    return [f"{_INDENT}{name if place == 0 else '':8}{line}" for place, line in enumerate(lines)]


def _wrapped(name: str, texts: Iterable[str], width: int) -> list[str]:
    lines: list[str] = []
    for text in texts:
        lines += textwrap.wrap(f"{name}: {clean(text)}", width, subsequent_indent=_INDENT)
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
            lines += [*(_INDENT + text for text in _more(len(notes) - 10, "more")), ""]
    return lines


def _waiver_line(note: WaiverNote) -> str:
    place = f" ({clean(note.file)}:{note.line})" if note.file else ""
    return f"{_INDENT}{clean(note.expires)}  {clean(note.rule)}  {clean(note.path or note.subject)}  {clean(note.owner)}{place}"


def _gone(report: Report, width: int) -> list[str]:
    if report.baseline is None:
        return []
    gone = [item for item in report.baseline.gone if item.told]
    silent = [item for item in report.baseline.gone if not item.told]
    lines = [f"Gone since the baseline: {len(gone)}"] if gone else []
    lines += [cut(f"{_INDENT}{clean(item.rule)}  {clean(item.subject.path)}", width) for item in gone[:10]]
    lines += [f"In the baseline, and cannot be told now: {len(silent)}"] if silent else []
    lines += [
        cut(f"{_INDENT}{clean(item.rule)}  {clean(item.subject.path)}: {clean(item.reason)}", width)
        for item in silent[:10]
    ]
    lines += _wrapped("baseline", [report.baseline.note] if report.baseline.note else [], width)
    return [*lines, ""] if lines else []


def _coverage(report: Report, width: int, paint: _Paint) -> list[str]:
    """How much was read, and for each short read the first misses with their remedy."""
    color = "ok" if report.complete else "warn"
    lines = [
        paint.of(color, line) for line in textwrap.wrap(coverage_words(report), width, max_lines=4, placeholder=" …")
    ]
    for line in report.incomplete_lines[:8]:
        for miss in line.missing[:2]:
            name = f"{kind_words(miss.kind)} {clean(miss.name or miss.id)}: " if miss.id or miss.name else ""
            remedy = f" → {clean(miss.remedy)}" if miss.remedy else ""
            lines.append(cut(f"{_INDENT}{clean(line.read)}: {name}{clean(miss.reason)}{remedy}", width * 2))
        if len(line.missing) > 2:
            lines.append(f"{_INDENT}{line_words(line)} in all")
    return lines
