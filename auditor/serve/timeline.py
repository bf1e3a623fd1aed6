"""Exposures over time as a picture: a bar each, from when it was first seen to when it was closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from auditor.history import Interval
from auditor.report.render.clean import clean, cut

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 1080, 330, 16, 26, 24
MOST = 40


def timeline(intervals: Sequence[Interval], *, now: datetime) -> Any:
    """Safe SVG of the first `MOST` intervals; None where there are none. The table beside it has the same facts."""
    from markupsafe import Markup, escape

    shown = intervals[:MOST]
    if not shown:
        return None
    start, end = min(one.first_seen for one in shown), max(now, *(one.closed or now for one in shown))
    height = _TOP + _ROW * len(shown) + 8
    opening = (
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        'aria-labelledby="timeline-title"><title id="timeline-title">From when to when each exposure was open; the table '
        "below has the dates</title>"
    )
    parts = [
        opening,
        f'<text class="date first" x="{_LEFT}" y="16">{start:%Y-%m-%d}</text>',
        f'<text class="date last" x="{_WIDTH - _RIGHT}" y="16">{end:%Y-%m-%d}</text>',
    ]
    for place, one in enumerate(shown):
        y = _TOP + place * _ROW
        left, right = (_x(moment, start, end) for moment in (one.first_seen, one.closed or end))
        label = escape(cut(clean(f"{one.rule} {one.path}"), 46))
        state = "open" if one.is_open else "closed"
        parts.append(
            f'<g><title>{escape(clean(one.path))}: {state}</title><text x="0" y="{y + 15}">{label}</text>'
            f'<rect class="sev-{one.severity} {state}" x="{left:.1f}" y="{y + 3}" width="{max(right - left, 3):.1f}" height="15"/></g>'
        )
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - every text in it went through escape()


def _x(moment: datetime, start: datetime, end: datetime) -> float:
    whole = (end - start).total_seconds() or 1.0
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (moment - start).total_seconds() / whole
