"""Sheets of a workbook: which there are, which are hidden, and which a visitor can see in some way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from auditor.model.data import Sheet

if TYPE_CHECKING:
    from lxml import etree


def read_sheets(workbook: etree._Element) -> tuple[Sheet, ...]:
    """All sheets. Hidden: its window says so, or windows are listed and it has none; no list: not known."""
    windows = {window.get("name"): window.get("hidden") == "true" for window in workbook.iterfind("windows/window")}
    windows.pop(None, None)
    found = [_sheet(element, "worksheet", windows) for element in workbook.iterfind("worksheets/worksheet")]
    for element in workbook.iterfind("dashboards/dashboard"):
        kind = "story" if element.get("type") == "storyboard" else "dashboard"
        found.append(_sheet(element, kind, windows))
    return tuple(found)


def _sheet(element: etree._Element, kind: str, windows: Mapping[str | None, bool]) -> Sheet:
    name = element.get("name", "")
    return Sheet(name=name, kind=kind, hidden=windows.get(name, True) if windows else None)


def shown_names(workbook: etree._Element, sheets: tuple[Sheet, ...]) -> frozenset[str]:
    """Sheets whose content a reader of the workbook is shown: visible ones, and those on a dashboard or story that is.

    A hidden worksheet on a visible dashboard is reached by its "View Data" (tableau-access.md, 6.3).
    """
    known = {sheet.name for sheet in sheets}
    holds = {element.get("name", ""): _held(element) & known for element in workbook.iterfind("dashboards/dashboard")}
    shown: set[str] = set()
    waiting = [sheet.name for sheet in sheets if not sheet.hidden]
    while waiting:
        name = waiting.pop()
        if name not in shown:
            shown.add(name)
            waiting += holds.get(name, ())
    return frozenset(shown)


def _held(dashboard: etree._Element) -> set[str]:
    names = {zone.get("name") for zone in dashboard.iter("zone")}
    names |= {point.get("captured-sheet") for point in dashboard.iter("story-point")}
    return {name for name in names if name}
