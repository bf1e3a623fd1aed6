"""What a caller may ask of a renderer. A renderer is a pure function of a report and of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auditor.report.model import Report


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One past run for the chart: an ISO date, open findings by severity name, whether the run was complete."""

    date: str
    fail: tuple[tuple[str, int], ...]
    unknown: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """`width` in characters (text), `max_chars` in characters (Markdown). `changes_only`: leave unchanged findings out.

    `show_waived`: list waived findings too where a format leaves them out by default (SARIF, GitHub annotations).
    """

    color: bool = False
    width: int = 100
    changes_only: bool = False
    show_waived: bool = False
    max_chars: int = 60_000
    history: tuple[HistoryPoint, ...] = ()


Renderer = Callable[[Report, RenderOptions], str]
