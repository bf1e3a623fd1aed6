"""What the page shows, as plain values: the template decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.findings import Severity, Verdict
from auditor.report.model import CoverageLine, InventoryItem, Report, ReportFinding, Thing
from auditor.report.render.clean import count, safe_url
from auditor.report.render.options import RenderOptions
from auditor.report.render.words import (
    audience_words,
    capabilities_words,
    coverage_words,
    kind_words,
    line_words,
    summary_words,
    target_words,
)

AFFECTED_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Place:
    """An object: its kind in words, its path, a link where there is a harmless one."""

    kind: str
    path: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """One finding. `state` is what the filter works by: a severity, "unknown", "waived" or "preview"."""

    id: str
    state: str
    label: str
    change: str
    finding: ReportFinding
    subject: Place
    who: str
    what: str
    affected: tuple[Place, ...]
    affected_left: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A count that is a filter too."""

    state: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of coverage: how much was got, in words and as a share of 1000 (None: of how many is not known)."""

    read: str
    words: str
    complete: bool
    needed: bool
    share: int | None
    line: CoverageLine


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template needs."""

    report: Report
    target: str
    verdict: str
    summary: str
    coverage: str
    tiles: tuple[Tile, ...]
    cards: tuple[Card, ...]
    audiences: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]
    has_changes: bool
    lines: tuple[Line, ...]
    short: tuple[Line, ...]
    inventory: tuple[InventoryItem, ...]
    policies: tuple[str, ...]


def page_view(report: Report, options: RenderOptions) -> Page:
    """The page of a report."""
    shown = [f for f in report.findings if f.is_change or not options.changes_only]
    cards = tuple(_card(place, finding) for place, finding in enumerate(shown))
    lines = tuple(_line(line) for line in report.coverage)
    return Page(
        report=report,
        target=target_words(report),
        verdict=_verdict(report),
        summary=summary_words(report),
        coverage=coverage_words(report),
        tiles=_tiles(cards),
        cards=cards,
        audiences=tuple((name, audience_words(name)) for name in sorted({f.audience for f in shown if f.audience})),
        rules=tuple(sorted({(f.rule, f.title) for f in shown})),
        has_changes=report.baseline is not None,
        lines=lines,
        short=tuple(line for line in lines if line.needed and not line.complete),
        inventory=report.inventory or (),
        policies=tuple(dict.fromkeys(policy.name for policy in report.policies)),
    )


def _verdict(report: Report) -> str:
    """The headline: failures first, then what is not known, and good news only where it is certain."""
    open_failures = [f for f in report.findings if f.open_failure]
    public = sum(f.audience == "anonymous" and f.exposure == "live" for f in open_failures)
    if open_failures:
        tail = f", {public} of them about the public" if public else ""
        return count(len(open_failures), "open finding") + tail
    if report.judged == 0:
        return "Nothing was judged"
    if not report.complete:
        return "No open finding, but not everything could be judged"
    return "No open finding"


def _card(place: int, finding: ReportFinding) -> Card:
    shown = finding.affected[:AFFECTED_SHOWN]
    return Card(
        id=f"f{place}-{finding.fingerprint[:12]}",
        state=_state(finding),
        label=_state(finding).capitalize(),
        change=finding.baseline_state or "",
        finding=finding,
        subject=_place(finding.subject),
        who=audience_words(finding.audience),
        what=capabilities_words(finding),
        affected=tuple(map(_place, shown)),
        affected_left=len(finding.affected) - len(shown),
        remarks=_remarks(finding),
    )


def _state(finding: ReportFinding) -> str:
    if finding.waiver is not None:
        return "waived"
    if finding.preview:
        return "preview"
    return "unknown" if finding.verdict is Verdict.UNKNOWN else finding.severity.value


def _remarks(finding: ReportFinding) -> tuple[str, ...]:
    """Small labels in the head of a card: what its state does not say already."""
    labels = []
    if finding.exposure == "dormant":
        labels.append("dormant")
    if finding.baseline_state not in (None, "unchanged"):
        labels.append(str(finding.baseline_state))
    if _state(finding) in ("waived", "unknown", "preview"):
        labels.append(f"{finding.severity} rule")
    return tuple(labels)


def _place(item: Thing) -> Place:
    return Place(kind_words(item.kind), item.path, safe_url(item.url))


def _tiles(cards: Sequence[Card]) -> tuple[Tile, ...]:
    """A tile a severity and overlay, also for those that nothing is in."""
    counted = Counter(card.state for card in cards)
    states = [*(severity.value for severity in Severity), "unknown", "waived", "preview"]
    labels = {"unknown": "Not judged"}
    return tuple(Tile(state, labels.get(state, state.capitalize()), counted[state]) for state in states)


def _line(line: CoverageLine) -> Line:
    whole = f"all {line.got:,} read" if line.got else "read, none there"
    words = whole if line.complete else line_words(line)
    share = None
    if line.expected is not None:
        share = 1000 if line.complete else min(999, 1000 * min(line.got, line.expected) // max(line.expected, 1))
    return Line(line.read, words, line.complete, line.needed, share, line)
