"""One root cause on a terminal: its object, what the rules object to, whom it concerns, why, what to do; never over a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.findings import Verdict
from auditor.report.model import ReportFinding, Thing
from auditor.report.render.clean import clean, count, cut
from auditor.report.render.words import (
    audience_words,
    capabilities_words,
    deciding,
    status_words,
    thing_words,
)

SCREEN = 30  # lines that one root cause may take
INDENT = "  "
ELSEWHERE = "all of it: --format html"
_MARGIN = len(INDENT) + 8
_LONGEST_ADVICE = 10  # lines; no advice of a shipped rule is as long


@dataclass(frozen=True, slots=True)
class _Size:
    """How much is told: findings in full, lines of a message, findings by a line, different remedies."""

    full: int
    message: int
    listed: int
    remedies: int


def cause_lines(findings: Sequence[ReportFinding], width: int) -> list[str]:
    """The findings of one root cause, the worst first, without the head. What is affected gives way first."""
    affected = tuple({(t.kind, t.id): t for f in findings for t in f.affected}.values())
    least = min(len(affected), 1)
    rules: list[str] = []
    tail: list[str] = []
    for size in _sizes(len(findings)):
        rules, tail = _rules(findings, size, width), _tail(findings, size, width)
        if 1 + len(rules) + least + len(tail) <= SCREEN:
            break
    room = SCREEN - 1 - len(rules) - len(tail)
    return [*rules, *_affected(affected, room, width), *tail]


def _sizes(number: int) -> Iterator[_Size]:
    """From all there is to say down to the worst finding, the ids of the others and one remedy. Remedies go last."""
    for remedies in sorted({number, min(number, 3), min(number, 2), 1}, reverse=True):
        for message in (6, 3):
            for full in range(min(number, 5), 0, -1):
                yield _Size(full, message, number - full, remedies)
    for listed in range(min(number - 1, 12), -1, -1):
        yield _Size(1, 3, listed, 1)


def _rules(findings: Sequence[ReportFinding], size: _Size, width: int) -> list[str]:
    lines = [line for finding in findings[: size.full] for line in _rule(finding, width, said_lines=size.message)]
    shown = size.full + size.listed
    listed = findings[size.full : shown]
    lines += [cut(f"{INDENT}{_short(f, width)}", width) for f in listed]
    if shown < len(findings):
        rest = ", ".join(dict.fromkeys(clean(f.rule) for f in findings[shown:]))
        lines.append(cut(f"{INDENT}… and {count(len(findings) - shown, 'more finding')} here: {rest}", width))
    return lines


def _state(finding: ReportFinding) -> str:
    severity = finding.severity.value if finding.verdict is Verdict.FAIL else f"{finding.severity} if it fails"
    return " · ".join((severity, *status_words(finding)))


def _short(finding: ReportFinding, width: int) -> str:
    """A finding by the rule's id, title and state; the title gives way."""
    state = f"  [{_state(finding)}]"
    title = cut(clean(finding.title), max(width - len(INDENT) - len(clean(finding.rule)) - 2 - len(state), 12))
    return f"{clean(finding.rule)}  {title}{state}"


def _rule(finding: ReportFinding, width: int, *, said_lines: int) -> list[str]:
    """At most three lines and those of its message: the rule and its state, for whom and what, the id and notes."""
    indent = INDENT * 2
    lines = [cut(f"{INDENT}{_short(finding, width)}", width)]
    concerned = ": ".join(part for part in (audience_words(finding.audience), capabilities_words(finding)) if part)
    lines += [cut(f"{indent}{concerned}", width)] if concerned else []
    lines += textwrap.wrap(
        clean(finding.message),
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        max_lines=said_lines,
        placeholder=f" … ({ELSEWHERE})",
    )
    ending = [f"id {finding.fingerprint}"]
    if finding.unread:
        ending.insert(0, f"not read: {', '.join(map(clean, finding.unread))}")
    ending += [clean(note) for note in finding.notes[:1]]
    return [*lines, cut(f"{indent}{' · '.join(ending)}", width)]


def _tail(findings: Sequence[ReportFinding], size: _Size, width: int) -> list[str]:
    """Why: the last steps of the worst finding's proof, which decide. Which columns. What to do, whole."""
    steps = next((deciding(f) for f in findings if f.proof), ())
    remedies = [text for text in dict.fromkeys(clean(f.remediation) for f in findings) if text]
    lines = labelled("why", [line for step in steps for line in wrapped(step, width, 2)])
    if any(f.columns for f in findings):
        lines += labelled("columns", wrapped(_columns(findings), width, 2))
    lines += labelled(
        "do", [line for text in remedies[: size.remedies] for line in wrapped(text, width, _LONGEST_ADVICE)]
    )
    if size.remedies < len(remedies):
        lines += labelled("", [f"… and {len(remedies) - size.remedies} more to do ({ELSEWHERE})"])
    return lines


def _columns(findings: Sequence[ReportFinding]) -> str:
    columns = {c.name: c for f in findings for c in f.columns}.values()
    named = [clean(c.name) + (f" ({', '.join(map(clean, c.classes))})" if c.classes else "") for c in columns]
    rest = [f"… and {count(len(named) - 8, 'more column')}"] if len(named) > 8 else []
    return ", ".join([*named[:8], *rest])


def _affected(affected: tuple[Thing, ...], room: int, width: int) -> list[str]:
    """The objects that follow the root cause, as many as fit, and the count of the rest."""
    if not affected:
        return []
    room = min(max(room, 1), 10)
    fits = len(affected) if len(affected) <= room else room - 1
    lines = labelled("affects", [thing_words(item) for item in affected[:fits]])
    if fits < len(affected):
        more = count(len(affected) - fits, "object") if fits == 0 else f"… and {len(affected) - fits:,} more"
        lines += labelled("affects" if fits == 0 else "", [f"{more} (all of them: --format html or json)"])
    return [cut(line, width) for line in lines]


def wrapped(text: str, width: int, limit: int) -> list[str]:
    """A text in lines beside the margin of labels, at most `limit`; where it is cut, it says where all of it is."""
    room = max(width - _MARGIN, 20)
    return textwrap.wrap(clean(text), room, max_lines=limit, placeholder=f" … ({ELSEWHERE})" if room > 60 else " …")


def labelled(name: str, lines: Sequence[str]) -> list[str]:
    """A label in the margin and lines beside it."""
    return [f"{INDENT}{name if place == 0 else '':8}{line}" for place, line in enumerate(lines)]
