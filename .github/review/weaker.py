"""Does a change make the audit say less? Compares two reports of the same facts: by the base's rules and by the change's.

Only the standard library. Every text of a report or policy is hostile and becomes harmless Markdown here.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEVERITIES = ("critical", "high", "medium", "low", "info")
SHOWN = 5  # places that a sentence names
#: What Markdown, HTML, GitHub's mentions, references, emoji and bare links are made of.
_SPECIAL = re.compile(r"[&<>\"`*_~\[\]!|\\{}@#^$:]|(?<=www)\.", re.IGNORECASE)

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """What a revision judges by: the severity of each rule that runs, and the reason of each that is disabled."""

    severities: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Weaker:
    """What the change takes away, as Markdown paragraphs, the worst first. `fails`: it is more than a told acceptance."""

    told: tuple[str, ...] = ()
    fails: bool = False


def compare(base: Json, now: Json, rules: tuple[Rules, Rules], fail_on: str, *, register_only: bool) -> Weaker:
    """The reports of the same snapshot by the base's and by the change's policies, waivers and register.

    `register_only`: nothing but the register differs, so that a finding that went was declared public: told, not judged.
    """
    blind = [*_gone(base, now, rules, register_only=register_only), *_narrower(now)]
    silent = _without_finding(base, rules)
    lowered = _lowered(base, now, fail_on)
    told = [*blind, *(line for line, _ in lowered), *silent, *_waived(base, now)]
    return Weaker(tuple(told), bool(blind and not register_only) or any(fails for _, fails in lowered))


def listed(run: Callable[[Sequence[str], Path], Any], policies: Iterable[str], folder: Path) -> Rules:
    """The rules by which the revision in this folder judges; none where they cannot be listed."""
    named = [word for name in policies for word in ("--policy", name)]
    outcome = run(["policy", "list", *named, "--all", "--format", "json"], folder)
    rows = json.loads(outcome.out)["rules"] if outcome.code == 0 else ()
    return Rules(
        {row["id"]: row["severity"] for row in rows if row["status"] in ("active", "preview")},
        {row["id"]: row["title"] for row in rows if row["status"] == "disabled"},
    )


def contents(path: Path) -> dict[str, bytes]:
    """Every file of a folder, or the file itself, by its name below the path; empty where there is nothing."""
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return {str(one.relative_to(path)): one.read_bytes() for one in found if one.is_file()}


def annotations(less: Weaker, level: str) -> list[str]:
    """Lines for the CI's log; those that are only told are notices."""
    shown = level if less.fails else "notice"
    return [f"::{shown} title=The audit would say less::{plain(told)}\n" for told in less.told[:10]]


def _open_failures(report: Json) -> list[Json]:
    return [
        f
        for f in report.get("findings") or ()
        if f.get("verdict") == "fail" and not f.get("waiver") and not f.get("preview")
    ]


def _place(finding: Json) -> str:
    subject = finding.get("subject") or {}
    return str(subject.get("path") or subject.get("name") or subject.get("id") or "")


def _same(finding: Json) -> tuple[str, ...]:
    return (finding["rule"], finding.get("audience") or "", str((finding.get("subject") or {}).get("id")))


def _gone(base: Json, now: Json, rules: tuple[Rules, Rules], *, register_only: bool) -> list[str]:
    """What failed by the base's rules and is not there now. The facts are the same, so the change took it away."""
    counted = {f["fingerprint"] for f in _open_failures(base)}
    by_rule: dict[str, list[Json]] = defaultdict(list)
    for gone in (now.get("baseline") or {}).get("gone") or ():
        if gone["fingerprint"] in counted:
            by_rule[gone["rule"]].append(gone)
    lines = []
    for rule, found in sorted(by_rule.items(), key=lambda item: (_rank(item[1][0]), item[0])):
        off = rule not in rules[1].severities
        what = "is switched off" if off else "objects to less than before"
        if register_only:
            what = "no longer objects, since the register was changed"
        end = _reason(rule, rules[1]) if off else ""
        head = "**This change declares more as meant to be public**" if register_only else _BLINDER
        lines.append(f"⚠ {head}: {_rule(found[0])} {what}, and {_no_longer_told(found)}.{end}")
    return lines


_BLINDER = "**This change makes the audit blinder**"


def _narrower(now: Json) -> list[str]:
    """Findings that tell of fewer objects or capabilities, where no waiver took the rest."""
    findings = now.get("findings") or ()
    waived = {_same(f) for f in findings if f.get("waiver")}
    return [
        f"⚠ {_BLINDER}: {_rule(f)} tells less than before of {code(_place(f))}."
        for f in _open_failures(now)
        if f.get("baseline_state") == "narrower" and _same(f) not in waived
    ]


def _without_finding(base: Json, rules: tuple[Rules, Rules]) -> list[str]:
    failing = {f["rule"] for f in _open_failures(base)}
    stopped = [rule for rule in rules[0].severities if rule not in rules[1].severities and rule not in failing]
    return [
        f"Switched off, though nothing fails by it today: {code(rule)} ({escape(rules[0].severities[rule])})."
        f"{_reason(rule, rules[1])}"
        for rule in stopped[:20]
    ] + ([f"… and {len(stopped) - 20} more rules are switched off."] if len(stopped) > 20 else [])


def _lowered(base: Json, now: Json, fail_on: str) -> list[tuple[str, bool]]:
    """A sentence for each rule whose findings weigh less, and whether one of them no longer fails the job."""
    before: dict[object, Json] = {}
    for finding in _open_failures(base):
        before[_same(finding)] = before[finding["fingerprint"]] = finding
    groups: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for finding in now.get("findings") or ():
        if finding.get("waiver") or finding.get("verdict") != "fail":
            continue
        old = before.get(finding["fingerprint"]) or before.get(_same(finding))
        if old is None:
            continue
        weight = len(SEVERITIES) if finding.get("preview") else _rank(finding)
        if weight > _rank(old):
            to = "preview" if finding.get("preview") else finding["severity"]
            failing = _rank(old) <= _rank({"severity": fail_on}) < weight
            groups[old["rule"], old["severity"], to].append(failing)
    lines = []
    for (rule, from_, to), failing in sorted(
        groups.items(), key=lambda item: (_rank({"severity": item[0][1]}), item[0])
    ):
        number = sum(failing)
        told = f"{_count(number)} no longer {'fails' if number == 1 else 'fail'} the job"
        if not number:
            told = f"it is told of {_count(len(failing))} as before"
        lines.append((f"⚠ **Severity lowered**: {code(rule)} {escape(from_)} → {escape(to)}: {told}.", bool(number)))
    return lines


def _waived(base: Json, now: Json) -> list[str]:
    """Findings that a waiver of the change accepts, or accepts for longer."""
    until = {f["fingerprint"]: f["waiver"]["expires"] for f in base.get("findings") or () if f.get("waiver")}
    lines = []
    for finding in now.get("findings") or ():
        waiver = finding.get("waiver")
        known = until.get(finding["fingerprint"], "") if waiver else ""
        if not waiver or waiver["expires"] <= known:
            continue
        head = f"Accepted until {escape(waiver['expires'])} instead of {escape(known)}" if known else (
            f"Newly accepted until {escape(waiver['expires'])}")  # fmt: skip
        by = f"owner {escape(waiver.get('owner', ''))}, {escape(waiver.get('ticket', ''))}"
        lines.append(f"{head}: {_rule(finding)} on {code(_place(finding))} ({by}).")
    return lines[:30] + ([f"… and {_count(len(lines) - 30)} more are newly accepted."] if len(lines) > 30 else [])


def _rank(finding: Json) -> int:
    severity = finding.get("severity")
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def _rule(finding: Json) -> str:
    return f"{code(finding['rule'])} ({escape(str(finding.get('severity', '')))})"


def _count(number: int) -> str:
    return f"{number:,} finding{'' if number == 1 else 's'}"


def _no_longer_told(found: Sequence[Json]) -> str:
    places = list(dict.fromkeys(map(_place, found)))
    rest = f" … and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    verb, told = ("fails", "is") if len(found) == 1 else ("fail", "are")
    return f"{_count(len(found))} that {verb} today {told} no longer told: {_listed(places[:SHOWN])}{rest}"


def _listed(places: Iterable[str]) -> str:
    return ", ".join(map(code, places))


def _reason(rule: str, rules: Rules) -> str:
    given = rules.reasons.get(rule, "")
    return f" Reason given: “{escape(given)}”." if given else " No reason is given."


def code(text: str) -> str:
    """A name in code letters; as HTML, since a name may hold backticks."""
    return f"<code>{escape(text)}</code>"


def escape(text: str, length: int = 300) -> str:
    """One line that Markdown, HTML and GitHub leave alone, and that no control character reorders or hides."""
    spaced = re.sub(r"\s+", " ", str(text))
    plain = "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    short = plain if len(plain) <= length else plain[: length - 1] + "…"
    entities = _SPECIAL.sub(lambda m: f"&#{ord(m.group())};", short)
    parted = re.sub(r"(&#64;|&#35;)", r"\1<!-- -->", entities)
    return re.sub(r"(?i)\b(gh-)(?=\d)", r"\1<!-- -->", parted)


def plain(markdown: str) -> str:
    """The same sentence for a log's annotation: without marks and entities."""
    without = re.sub(r"<!-- -->|</?code>|\*\*", "", markdown)
    return html.unescape(without).replace("%", "%25")
