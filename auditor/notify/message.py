"""What people are told of a run: short, and safe whatever the content on the server is called. Pure.

Names are written by strangers. In every form control characters and direction marks are gone, a mention ("@channel",
"<!here>") is no mention and an address no link; in Markdown a name is code, where nothing is markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from auditor.history import Change, Changes, Turn
from auditor.report.render.clean import clean, cut, safe_url

Form = Literal["text", "markdown"]

LIMIT = 3500
_NAME_LIMIT = 160
_BREAK = "\u200b"  # an invisible break: what it stands in is no mention and no address any more


@dataclass(frozen=True, slots=True)
class Message:
    """One line and a body."""

    title: str
    body: str


_SECTIONS: tuple[tuple[str, tuple[Turn, ...]], ...] = (
    ("New", (Turn.NEW,)),
    ("Back again", (Turn.RETURNED,)),
    ("Wider", (Turn.WIDER,)),
    ("Resolved", (Turn.RESOLVED,)),
)


def worth_telling(changes: Changes) -> bool:
    """Did anything change that people should hear of? What only became narrower, and preview rules, are not told."""
    return bool(_told(changes) or changes.became_incomplete or changes.expiring)


def message_of(changes: Changes, *, form: Form = "text", limit: int = LIMIT, report_url: str | None = None) -> Message:
    """The message for a run's changes; the body has at most `limit` characters, and says how much it leaves out."""
    quote = _quotes[form]
    head = _incomplete(changes, quote)
    tail = _tail(changes, report_url)
    entries = [*_entries(changes, quote, form), *_waivers(changes, quote, form)]
    room = limit - sum(len(line) + 1 for line in (*head, *tail)) - 40
    body: list[str] = []
    left_out = 0
    for heading, entry in entries:
        lines = [*([] if heading in body else ["", heading]), entry]
        if left_out or sum(len(line) + 1 for line in (*body, *lines)) > room:
            left_out += 1
        else:
            body += lines
    more = ["", f"… and {left_out} more."] if left_out else []
    return Message(_title(changes), "\n".join([*head, *body, *more, *tail]).strip()[:limit])


def failure_message(site: str, problem: str) -> Message:
    """The message where no audit was made; `problem` is an error's sentence."""
    return Message(
        one_line(f"bi-auditor: no audit of {_safe(site)}"),
        f"No audit was made, so nothing is known of today's exposure.\n{_safe(problem)[:1000]}",
    )


def one_line(text: str) -> str:
    """A title: one line of at most 200 characters, so that it cannot start another header of a mail."""
    return " ".join(text.split())[:200]


def _told(changes: Changes) -> tuple[Change, ...]:
    turns = [turn for _, kinds in _SECTIONS for turn in kinds]
    return tuple(change for change in changes.of(*turns) if not change.finding.preview and not _is_quiet(change))


def _is_quiet(change: Change) -> bool:
    """A waived finding that is new was accepted before it came; nobody needs a call for it."""
    return change.finding.waived and change.turn is not Turn.RESOLVED


def _title(changes: Changes) -> str:
    told = _told(changes)
    counts = [
        f"{count} {name.lower()}"
        for name, turns in _SECTIONS
        if (count := sum(change.turn in turns for change in told))
    ]
    if changes.expiring:
        counts.append(f"{len(changes.expiring)} waiver{'s' if len(changes.expiring) > 1 else ''} to renew")
    if changes.became_incomplete:
        counts.append("incomplete")
    return one_line(f"bi-auditor: {', '.join(counts) or 'no change'} on {_safe(changes.site_name) or 'the site'}")


def _incomplete(changes: Changes, quote: Callable[[str], str]) -> list[str]:
    if changes.complete:
        return []
    lines = ["This audit is incomplete: what it did not read it did not judge, and nothing counts as resolved."]
    return [*lines, *(f"- not read: {quote(line)}" for line in changes.not_read[:10])]


def _entries(changes: Changes, quote: Callable[[str], str], form: Form) -> Iterator[tuple[str, str]]:
    told = _told(changes)
    for heading, turns in _SECTIONS:
        here = [change for change in told if change.turn in turns]
        for change in here:
            yield _heading(f"{heading} ({len(here)})", form), _entry(change, quote)


def _entry(change: Change, quote: Callable[[str], str]) -> str:
    row = change.finding
    facts = [row.audience, ", ".join(row.capabilities), *change.reasons]
    if row.affected and change.turn is not Turn.RESOLVED:
        facts.append(f"{len(row.affected)} below it")
    details = " · ".join(_safe(fact) if fact is not row.audience else quote(fact) for fact in facts if fact)
    first = f"- {row.severity.upper()} {_safe(row.rule)}: {quote(row.title)}"
    link = f"\n  {row.url}" if row.url and change.turn is not Turn.RESOLVED and is_link(row.url) else ""
    return (
        f"{first}\n  {row.subject_kind.replace('_', ' ')} {quote(row.path)}"
        + (f" · {details}" if details else "")
        + link
    )


def _waivers(changes: Changes, quote: Callable[[str], str], form: Form) -> Iterator[tuple[str, str]]:
    for one in changes.expiring:
        when = "ended on" if one.expired else "ends on"
        owner = f" · {quote(one.owner)}" if one.owner else ""
        line = f"- {_safe(one.rule)} for {quote(one.path)} {when} {_safe(one.expires)}{owner}"
        yield _heading("Waivers", form), line


def _tail(changes: Changes, report_url: str | None) -> list[str]:
    counts = ", ".join(f"{count} {severity}" for severity, count in changes.open_failures.items() if count)
    lines = [
        "",
        f"Open now: {counts or 'nothing'}. Run {_safe(changes.run_id)[:36]}, {changes.when:%Y-%m-%d %H:%M} UTC.",
    ]
    if report_url and is_link(report_url):
        lines.append(f"Report: {report_url}")
    return lines


def _heading(text: str, form: Form) -> str:
    return f"**{text}**" if form == "markdown" else text


def is_link(url: str) -> bool:
    """Is it a plain web address that can stand in a message as it is?"""
    return safe_url(url) == url and len(url) < 500 and not any(char in "<>\"'`()[]{}|\\^@*" for char in url)


def _safe(text: str) -> str:
    """A stranger's text on one line, without control characters, direction marks, mentions and addresses."""
    plain = cut(" ".join(clean(text).split()), _NAME_LIMIT)
    for sign in ("@", "<"):
        plain = plain.replace(sign, sign + _BREAK)
    return plain.replace("://", f":{_BREAK}//").replace("www.", f"www{_BREAK}.")


def _in_markdown(text: str) -> str:
    return f"`{_safe(text).replace('`', 'ˋ') or ' '}`"


_quotes: dict[Form, Callable[[str], str]] = {"text": _safe, "markdown": _in_markdown}
