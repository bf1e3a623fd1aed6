"""History as a chart: open findings of each past run, by severity, stacked; incomplete runs are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auditor.findings import Severity
from auditor.report.render.clean import clean
from auditor.report.render.options import HistoryPoint

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 1080, 240, 44, 40, 12, 20
_OPENING = (
    f'<svg class="history" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
    'aria-labelledby="history-title"><title id="history-title">Open findings of past runs by severity; the table '
    "below has the figures</title>"
)
_MOST = 120  # runs drawn; older ones are left out


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing (safe SVG) and its figures as a table."""

    svg: Any
    points: tuple[HistoryPoint, ...]


def history_chart(history: Sequence[HistoryPoint]) -> Chart | None:
    """The chart of the latest runs, oldest left; None without history."""
    from markupsafe import Markup

    points = tuple(history[-_MOST:])
    if not points:
        return None
    highest = max([sum(number for _, number in point.fail) for point in points] + [1])
    step = (_WIDTH - _LEFT - _RIGHT) / len(points)
    parts = [
        _OPENING,
        *_axis(highest),
    ]
    for place, point in enumerate(points):
        parts += _bar(point, _LEFT + place * step, step, highest)
    parts += _dates(points, step)
    return Chart(Markup("".join(parts) + "</svg>"), points)  # noqa: S704 - every text in it went through escape()


def _y(value: float, highest: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / highest


def _axis(highest: int) -> list[str]:
    lines = []
    for value in sorted({0, highest // 2, highest}):
        y = _y(value, highest)
        lines.append(
            f'<path class="axis" d="M{_LEFT},{y:.1f}H{_WIDTH}"/><text x="{_LEFT - 8}" y="{y + 4:.1f}" class="tick">{value}</text>'
        )
    return lines


def _bar(point: HistoryPoint, x: float, step: float, highest: int) -> list[str]:
    """One stacked column, the worst at the bottom, and a mark above a run that was not complete."""
    from markupsafe import escape

    numbers = dict(point.fail)
    width = max(min(step * 0.7, 42), 1.5)
    left = x + (step - width) / 2
    words = ", ".join(f"{numbers[s]} {s}" for s in Severity if numbers.get(s)) or "none open"
    if not point.complete:
        words += ", incomplete"
    parts, done = [f"<g><title>{escape(clean(point.date))}: {words}</title>"], 0
    for severity in Severity:
        number = numbers.get(severity, 0)
        if number:
            top, bottom = _y(done + number, highest), _y(done, highest)
            parts.append(
                f'<rect class="sev-{severity}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}"/>'
            )
            done += number
    if not point.complete:
        parts.append(f'<circle class="gap" cx="{left + width / 2:.1f}" cy="{_HEIGHT - _BOTTOM + 9}" r="4"/>')
    return [*parts, "</g>"]


def _dates(points: Sequence[HistoryPoint], step: float) -> list[str]:
    from markupsafe import escape

    every = max(1, len(points) // 8)
    return [
        f'<text class="date" x="{_LEFT + place * step + step / 2:.1f}" y="{_HEIGHT - 8}">{escape(clean(point.date[:10]))}</text>'
        for place, point in enumerate(points)
        if place % every == 0
    ]
