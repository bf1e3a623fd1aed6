"""Writing waivers: one entry as YAML text, a new waiver file, and an entry put into a file that people keep."""

from __future__ import annotations

import json
import re
import textwrap
from datetime import date, timedelta

from auditor.errors import InvalidFileError, UsageError
from auditor.findings import Finding
from auditor.model.vocabulary import OUTCOMES, all_capability_names
from auditor.policy.marked_yaml import Document, parse
from auditor.triage.waivers import MAX_DAYS, refuse_twins, waivers_of

HEAD = "version: 1\nwaivers:\n"
_LIST_STEP = "Write `waivers:` in a line of its own and each waiver below it, beginning with `  - rule:`."


def new_file(entry: str, *, today: date) -> str:
    """A whole waiver file with one entry. Raises UsageError where the entry says what no waiver may."""
    text = HEAD + entry
    try:
        waivers_of(parse(text, "the new waiver"), rules=None, today=today)
    except InvalidFileError as error:
        raise UsageError(error.what, where="the new waiver", next_step=error.next_step) from error
    return text


def appended(text: str, entry: str, *, file: str, today: date) -> str:
    """The text of a waiver file with the entry as its last; all other lines stay as people wrote them.

    Raises `InvalidFileError` where the file is not valid, UsageError where the entry repeats a waiver or has no place.
    """
    document = parse(text, file)
    if isinstance(document.data, dict) and document.data.get("waivers", ()) is None:
        document = parse(text.replace("waivers:", "waivers: []", 1), file)
    before = waivers_of(document, rules=None, today=today)
    written = _put(document, text, entry)
    try:
        after = waivers_of(parse(written, file), rules=None, today=today)
        refuse_twins(after)
    except InvalidFileError as error:
        raise UsageError(error.what, where=error.where, next_step=error.next_step) from error
    if [one.entry for one in after[:-1]] != [one.entry for one in before]:
        raise UsageError("The waiver cannot be put into this file.", where=file, next_step=_LIST_STEP)
    return written


def _put(document: Document, text: str, entry: str) -> str:
    lines = text.split("\n")
    key = document.keys[("waivers",)].line
    if not document.data["waivers"]:
        opened = re.sub(r"^(\S*waivers\S*:)\s*(\[\s*\])?", r"\1", lines[key - 1])
        return "\n".join([*lines[: key - 1], opened, *entry.rstrip("\n").split("\n"), *lines[key:]])
    first = document.values[("waivers", 0)]
    dash = re.fullmatch(r"( *)- +", lines[first.line - 1][: first.column - 1])
    if dash is None:
        raise UsageError(
            "The waivers of this file do not stand one below the other.", where=document.file, next_step=_LIST_STEP
        )
    end = min(
        (mark.line for place, mark in document.keys.items() if len(place) == 1 and mark.line > key),
        default=len(lines) + 1,
    )
    at = end - 1
    while not lines[at - 1].strip() or (end <= len(lines) and lines[at - 1].startswith("#")):
        at -= 1
    own = textwrap.indent(textwrap.dedent(entry), dash[1]).rstrip("\n")
    return "\n".join([*lines[:at], *own.split("\n"), *(lines[at:] or [""])])


def refuse_days(today: date, expires: date | None) -> None:
    """UsageError where a waiver that is written today would end too late or has ended."""
    if expires is None:
        return
    latest = today + timedelta(days=MAX_DAYS)
    if expires > latest:
        raise UsageError(
            f"it lies more than {MAX_DAYS} days ahead.", where="--expires", next_step=f"The latest day is {latest}."
        )
    if expires < today:
        raise UsageError("this day is over.", where="--expires", next_step=f"Choose a day up to {latest}.")


def waiver_entry(
    finding: Finding, *, path: str, owner: str, reason: str, ticket: str, created: date, expires: date | None = None
) -> str:
    """One entry of a waiver file as YAML text, for `waiver new FINGERPRINT`; to be put under `waivers:`.

    `expires` is 90 days after `created` where it is not given. Every text is written as a quoted JSON string, which
    YAML reads the same way, so that no name can break out of its place.
    """
    until = expires if expires is not None else created + timedelta(days=90)
    lines = [
        f"  - rule: {_quoted(finding.rule)}",
        "    subject:",
        f"      kind: {finding.subject.kind.value}",
        f"      id: {_quoted(finding.subject.id)}",
        f"      path: {_quoted(path)}",
    ]
    if finding.audience is not None:
        lines.append(f"    audience: {_quoted(finding.audience)}")
    if finding.capabilities:
        lines.append("    capabilities:")
        lines += [f"      - {_quoted(_written(native))}" for native in finding.capabilities]
    if finding.affected:
        lines.append("    affected:  # accepted with it; anything else that joins fires again")
        lines += [f"      - {_quoted(ref.id)}" for ref in sorted(finding.affected)]
    lines += [
        f"    reason: {_quoted(reason)}",
        f"    owner: {_quoted(owner)}",
        f"    ticket: {_quoted(ticket)}",
        f"    created: {created.isoformat()}",
        f"    expires: {until.isoformat()}",
        f"    fingerprint: {_quoted(finding.fingerprint)}",
    ]
    return "\n".join(lines) + "\n"


def _written(native: str) -> str:
    """A capability as it is written in a waiver: exactly the server's name."""
    return native if native in (*all_capability_names(), *OUTCOMES) else f"native:{native}"


_DISPLAYABLE = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def _quoted(text: str) -> str:
    return _DISPLAYABLE.sub(lambda m: f"\\u{ord(m.group()):04x}", json.dumps(text, ensure_ascii=False))
