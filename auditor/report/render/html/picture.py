"""The picture "audience → capability → content": who reaches what today, as wide as what lies below it.

Drawn from the report's `reach` block; where a report has none, from its live findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.findings import Exposure, Verdict
from auditor.report.model import CapabilityName, Reach, Report, ReportFinding, Thing
from auditor.report.render.clean import clean, count, cut
from auditor.report.render.words import audience_words, capability_words, kind_words

CONTENTS_SHOWN = 12
_WIDTH, _NODE, _GAP, _TOP = 1080, 12, 12, 34
_X = (8, 330, 620)
_ROOM = 330  # height in units that all flows share
_LEAST = 2.0  # a flow is never thinner
_LABEL = 20  # height that a label needs


@dataclass(frozen=True, slots=True)
class Flow:
    """One band of the picture. `weight`: columns below where they were read, else objects."""

    audience: str
    capability: str
    content: str
    weight: int
    personal: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table under the picture."""

    audience: str
    capability: str
    kind: str
    path: str
    items: int
    columns: int | None
    personal: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """The drawing (safe SVG; None: nothing is known to be reached), a line a capability in words, and a table.

    `unsure` counts the objects of which it could not be told.
    """

    svg: Any
    sentences: tuple[str, ...]
    rows: tuple[Row, ...]
    rows_left: int
    from_findings: bool
    unsure: int = 0


def reach_picture(report: Report) -> Picture | None:
    """The picture; None where nothing is reached, as far as everything was read."""
    reached = [r for r in report.reach or () if r.exposure is Exposure.LIVE]
    unsure = _unsure(r for r in report.reach or () if r.exposure is Exposure.UNKNOWN)
    from_findings = report.reach is None
    if from_findings:
        reached = [r for finding in report.findings for r in _of_finding(finding, report)]
    if not reached and not unsure:
        return None
    flows = _flows(reached)
    ordered = sorted(reached, key=_importance)
    return Picture(
        svg=_svg(flows) if flows else None,
        sentences=_sentences(reached),
        rows=tuple(_row(r) for r in ordered[:500]),
        rows_left=max(len(ordered) - 500, 0),
        from_findings=from_findings,
        unsure=unsure,
    )


def _unsure(reached: Iterable[Reach]) -> int:
    """Of how many objects something could not be told: the most that any one outcome counts for an item."""
    most: dict[tuple[str, str], int] = defaultdict(int)
    for r in reached:
        key = (r.content.kind, r.content.id)
        most[key] = max(most[key], r.items)
    return sum(most.values())


def _of_finding(finding: ReportFinding, report: Report) -> Iterable[Reach]:
    """What a live failing finding lets an audience reach; waived or not, it is reached."""
    if finding.verdict is not Verdict.FAIL or finding.audience is None or finding.exposure is not Exposure.LIVE:
        return
    below = _columns_below(report, finding)
    personal = sum(bool(column.classes) for column in finding.columns) or None
    for capability in finding.capabilities:
        yield Reach(
            audience=finding.audience,
            capability=capability,
            content=finding.subject,
            items=len(finding.affected) + 1,
            columns=below,
            personal=personal,
        )


def _columns_below(report: Report, finding: ReportFinding) -> int | None:
    ids = {finding.subject.id, *(item.id for item in finding.affected)}
    found = [item for item in report.inventory or () if item.id in ids]
    return sum(len(source.columns) for item in found for source in item.data_sources) if found else None


def _weight(reach: Reach) -> int:
    return max(reach.columns or 0, reach.items, 1)


def _importance(reach: Reach) -> tuple[int, int, str, str, str]:
    return (-(reach.personal or 0), -_weight(reach), reach.content.path, reach.capability.native, reach.audience)


def _flows(reached: Sequence[Reach]) -> list[Flow]:
    """The bands: the contents with most below by name, the others together."""
    totals: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for r in reached:
        personal, weight = totals[_name(r.content)]
        totals[_name(r.content)] = (personal + (r.personal or 0), weight + _weight(r))
    ranked = sorted(totals, key=lambda name: (-totals[name][0], -totals[name][1], name))
    shown = set(ranked if len(ranked) <= CONTENTS_SHOWN + 1 else ranked[:CONTENTS_SHOWN])
    rest = f"… {count(len(ranked) - len(shown), 'more object')}"
    merged: dict[tuple[str, str, str], tuple[int, bool]] = {}
    for r in reached:
        content = _name(r.content) if _name(r.content) in shown else rest
        key = (_audience(r.audience), _capability(r.capability, r.content), content)
        weight, personal_there = merged.get(key, (0, False))
        merged[key] = (weight + _weight(r), personal_there or bool(r.personal))
    place = {name: index for index, name in enumerate([*ranked, rest])}
    rights = {
        name: index for index, name in enumerate(dict.fromkeys(_capability(r.capability, r.content) for r in reached))
    }
    # In the order of the bars on both sides, bands cross as little as they can.
    ordered = sorted(merged.items(), key=lambda entry: (place[entry[0][2]], rights[entry[0][1]], entry[0]))
    return [Flow(*key, weight, personal) for key, (weight, personal) in ordered]


def _name(item: Thing) -> str:
    return clean(item.path)


def _audience(audience: str) -> str:
    return {"anonymous": "The public", "everyone": "Everyone with an account"}.get(audience, clean(audience))


def _capability(capability: CapabilityName, content: Thing) -> str:
    return capability_words(capability, content.kind)


def _sentences(reached: Sequence[Reach]) -> tuple[str, ...]:
    """A sentence for each audience and capability: of how many objects, how many of them with personal columns."""
    groups: dict[tuple[str, str], dict[str, Reach]] = defaultdict(dict)
    for r in reached:
        groups[audience_words(r.audience), _capability(r.capability, r.content)][r.content.id] = r
    sentences = []
    for (who, what), contents in sorted(groups.items(), key=lambda entry: (entry[0][0], -len(entry[1]), entry[0][1])):
        objects = sum(r.items for r in contents.values())
        personal = sum(bool(r.personal) for r in contents.values())
        tail = f", {personal} with personal columns below" if personal else ""
        sentences.append(f"{who[:1].upper()}{who[1:]}: {what}, {count(objects, 'object')}{tail}")
    return tuple(sentences)


def _row(r: Reach) -> Row:
    return Row(
        audience=audience_words(r.audience),
        capability=_capability(r.capability, r.content),
        kind=kind_words(r.content.kind),
        path=r.content.path,
        items=r.items,
        columns=r.columns,
        personal=r.personal,
    )


@dataclass(slots=True)
class _Node:
    """A bar of the drawing while it is laid out; `out` and `into` are how far its two sides are used up."""

    name: str
    size: float
    top: float = 0.0
    into: float = 0.0
    out: float = 0.0


def _column(names: Iterable[str], sizes: Sequence[float], keys: Sequence[str]) -> dict[str, _Node]:
    """The bars of one column, in order of first use, stacked."""
    nodes = {name: _Node(name, 0.0) for name in names}
    for key, size in zip(keys, sizes, strict=True):
        nodes[key].size += size
    top = float(_TOP)
    for node in nodes.values():
        node.top = top
        top += max(node.size, _LABEL) + _GAP
    return nodes


def _svg(flows: Sequence[Flow]) -> Any:
    """The drawing. Colours are classes of the page's style; nothing in it is a style attribute."""
    from markupsafe import Markup, escape

    total = sum(flow.weight for flow in flows)
    room = min(_ROOM, 60 + 40 * len(flows))
    sizes = [max(_LEAST, room * flow.weight / total) for flow in flows]
    keys = [[f.audience for f in flows], [f.capability for f in flows], [f.content for f in flows]]
    columns = [_column(dict.fromkeys(part), sizes, part) for part in keys]
    height = max(node.top + max(node.size, _LABEL) for column in columns for node in column.values()) + 12
    opening = (
        f'<svg class="reach" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" height="{height:.0f}" role="img" '
        'aria-labelledby="reach-title reach-desc"><title id="reach-title">Who reaches what</title>'
        f'<desc id="reach-desc">{escape(_description(flows))}</desc>'
    )
    parts = [opening]
    for x, heading in zip(_X, ("Audience", "Capability", "Content"), strict=True):
        parts.append(f'<text class="head" x="{x}" y="16">{heading}</text>')
    parts += _bands(flows, sizes, columns)
    for x, column in zip(_X, columns, strict=True):
        parts += [_bar(x, node) for node in column.values()]
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - every text in it went through escape()


def _bands(flows: Sequence[Flow], sizes: Sequence[float], columns: Sequence[dict[str, _Node]]) -> list[str]:
    """Bands from audiences to capabilities, those of one pair as one, and from capabilities to contents."""
    joined: dict[tuple[str, str, bool], float] = defaultdict(float)
    for flow, size in zip(flows, sizes, strict=True):
        joined[flow.audience, flow.capability, flow.personal] += size
    rights = list(columns[1])
    firsts = sorted(joined.items(), key=lambda entry: (rights.index(entry[0][1]), not entry[0][2], entry[0]))
    parts = [_band(personal, 0, columns[0][who], columns[1][what], size) for (who, what, personal), size in firsts]
    for flow, size in zip(flows, sizes, strict=True):
        parts.append(_band(flow.personal, 1, columns[1][flow.capability], columns[2][flow.content], size))
    return parts


def _band(personal: bool, place: int, left: _Node, right: _Node, size: float) -> str:  # noqa: FBT001 - a fact of the band
    begin = (_X[place] + _NODE, left.top + left.out)
    end = (_X[place + 1], right.top + right.into)
    left.out += size
    right.into += size
    return _curve("band personal" if personal else "band", begin, end, size)


def _curve(kind: str, begin: tuple[float, float], end: tuple[float, float], size: float) -> str:
    (x1, y1), (x2, y2) = begin, end
    middle = (x1 + x2) / 2
    return (
        f'<path class="{kind}" d="M{x1},{y1:.1f}C{middle},{y1:.1f} {middle},{y2:.1f} {x2},{y2:.1f}V{y2 + size:.1f}'
        f'C{middle},{y2 + size:.1f} {middle},{y1 + size:.1f} {x1},{y1 + size:.1f}Z"/>'
    )


def _bar(x: int, node: _Node) -> str:
    from markupsafe import escape

    room = 32 if x != _X[-1] else 62
    full, size = escape(node.name), max(node.size, 3)
    return (
        f'<g><title>{full}</title><rect class="node" x="{x}" y="{node.top:.1f}" width="{_NODE}" height="{size:.1f}" rx="2"/>'
        f'<text x="{x + _NODE + 8}" y="{node.top + min(max(size, 18) / 2 + 5, 22):.1f}">{escape(cut(node.name, room))}</text></g>'
    )


def _description(flows: Sequence[Flow]) -> str:
    words = [
        f"{f.audience}, {f.capability}, {f.content}{', personal columns below' if f.personal else ''}"
        for f in flows[:40]
    ]
    return "; ".join(words) + ". The table below says the same."
