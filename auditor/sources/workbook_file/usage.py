"""Which fields the sheets of a workbook need: directly on a shelf, or through calculations, sets, groups and parameters.

A copy in `<datasource-dependencies>` is no use; a leftover in a style is none either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.sources.workbook_file.fields import MEASURE_NAMES, PARAMETERS, Fields, add_dependencies, filter_references
from auditor.sources.workbook_file.names import Reference, base_of_instance, formula_references, references

if TYPE_CHECKING:
    from lxml import etree

Node = tuple[str, str]  # data source, field

#: Element of a worksheet -> the shelf that its references stand on. Elements below one of these belong to it.
_SHELVES = {
    "rows": "rows",
    "cols": "columns",
    "filter": "filter",
    "slices": "filter",
    "lod": "detail",
    "color": "color",
    "size": "size",
    "text": "text",
    "tooltip": "tooltip",
    "shape": "shape",
    "path": "path",
    "wedge-size": "angle",
    "geometry": "detail",
    "sort": "sort",
    "computed-sort": "sort",
    "manual-sort": "sort",
    "natural-sort": "sort",
    "alphabetic-sort": "sort",
    "shelf-sorts": "sort",
    "customized-tooltip": "tooltip",
    "customized-label": "label",
    "title": "title",
    "caption": "title",
    "annotation": "annotation",
    "reference-line": "reference line",
    "trend-lines": "trend line",
    "pages": "pages",
    "table-calc": "table calculation",
}
#: Elements that repeat or decorate; a field that stands only there is not needed.
_NO_USE = frozenset(
    {"datasource-dependencies", "datasources", "style", "bucket", "thumbnail", "simple-id", "repository-location"}
)
_NO_ATTRIBUTES = frozenset({"member", "x-axis-name", "y-axis-name", "name", "caption", "uuid", "default-format"})
_SOURCE_FILTER = "data source filter"
_MULTIPLE_VALUES = "Multiple Values"


@dataclass(frozen=True, slots=True)
class Use:
    """One reference of a sheet, action or dashboard to a field."""

    source: str | None
    name: str
    shelf: str
    shown: bool


@dataclass(slots=True)
class Needed:
    """The outcome: fields needed at all, those needed by something that is shown, and their shelves."""

    all: set[Node] = field(default_factory=set)
    shown: set[Node] = field(default_factory=set)
    shelves: dict[Node, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    sources: set[str] = field(default_factory=set)


def uses_of_workbook(workbook: etree._Element, sources: Mapping[str, Fields], shown: frozenset[str]) -> list[Use]:
    """Every direct use in a workbook. `sources` learns the instances that the sheets define."""
    for dependencies in workbook.iter("datasource-dependencies"):
        if (fields := sources.get(dependencies.get("datasource", ""))) is not None:
            add_dependencies(fields, dependencies)
    found: list[Use] = []
    for sheet in workbook.iterfind("worksheets/worksheet"):
        found += _uses_of_sheet(sheet, sources, shown=sheet.get("name") in shown)
    for dashboard in workbook.iterfind("dashboards/dashboard"):
        found += _uses_of_dashboard(dashboard, shown=dashboard.get("name") in shown)
    for shared in workbook.iterfind("shared-views/shared-view"):
        found += _uses_below(shared, shared.get("name"), "filter", shown=True)
    for actions in workbook.iterfind("actions"):
        found += _uses_of_actions(actions, sources)
    for source in workbook.iterfind("datasources/datasource"):
        found += _source_filters(source)
    return found


def _source_filters(source: etree._Element) -> Iterator[Use]:
    for item in source.findall("filter"):
        yield from _uses_below(item, source.get("name"), _SOURCE_FILTER, shown=True)


def _uses_of_sheet(sheet: etree._Element, sources: Mapping[str, Fields], *, shown: bool) -> list[Use]:
    names = [item.get("name") for item in sheet.iterfind("table/view/datasources/datasource")]
    own = [name for name in names if name and name != PARAMETERS]
    only = own[0] if own else None
    found = list(_uses_below(sheet, only, "sheet", shown=shown))
    if any(use.name == _MULTIPLE_VALUES for use in found) and not _lists_measures(sheet):
        for name in own:
            found += _all_measures(name, sources, shown=shown)
    return found


def _lists_measures(sheet: etree._Element) -> bool:
    return any(MEASURE_NAMES in item.get("column", "") for item in sheet.iter("filter"))


def _all_measures(source: str, sources: Mapping[str, Fields], *, shown: bool) -> Iterator[Use]:
    """Measure Values without a filter on Measure Names shows every measure that is not hidden."""
    for draft in sources.get(source, Fields()).by_name.values():
        if draft.role == "measure" and not draft.hidden:
            yield Use(source, draft.name, "measure values", shown)


def _uses_of_dashboard(dashboard: etree._Element, *, shown: bool) -> Iterator[Use]:
    for zone in dashboard.iter("zone"):
        kind = zone.get("type-v2") or zone.get("type") or "dashboard"
        shelf = "filter" if kind == "filter" else "dashboard"
        for source, name in references(zone.get("param", "")):
            yield Use(source, name, shelf, shown)
    for run in dashboard.iter("run"):
        yield from (Use(source, name, "dashboard", shown) for source, name in references(run.text or "") if source)


def _uses_of_actions(actions: etree._Element, sources: Mapping[str, Fields]) -> Iterator[Use]:
    for action in actions.iterchildren():
        if action.tag in _NO_USE:
            continue
        for use in _uses_below(action, None, "action", shown=True):
            if use.source is not None:
                yield use
        for param in action.iter("param"):
            if param.get("name") == "field-captions":
                yield from _by_captions(param.get("value", ""), sources)


def _by_captions(captions: str, sources: Mapping[str, Fields]) -> Iterator[Use]:
    """Highlight actions name fields by caption, in whichever data source has it."""
    for caption in (part.strip() for part in captions.split(",")):
        for source, fields in sources.items():
            name = fields.by_caption().get(caption, caption)
            if name in fields.by_name:
                yield Use(source, name, "action", shown=True)


def _uses_below(element: etree._Element, default: str | None, shelf: str, *, shown: bool) -> Iterator[Use]:
    """References in an element and below it, except in what repeats or decorates."""
    if element.tag in _NO_USE or not isinstance(element.tag, str):
        return
    if shelf != _SOURCE_FILTER:
        shelf = _SHELVES.get(element.tag, shelf)
    if element.tag == "filter":
        default = next((source for source, _ in references(element.get("column", "")) if source), default)
    for source, name in _references_of(element):
        yield Use(source or default, name, shelf, shown)
    for child in element.iterchildren():
        yield from _uses_below(child, default, shelf, shown=shown)


def _references_of(element: etree._Element) -> Iterator[Reference]:
    if element.tag == "groupfilter":
        if element.getparent().tag != "groupfilter":  # the outermost step speaks for those within
            yield from filter_references(element)
        return
    for key, value in element.attrib.items():
        if key not in _NO_ATTRIBUTES and ("[" in value or "%5B" in value):
            reader = formula_references if key == "formula" else references
            yield from reader(value)
    if element.text and "[" in element.text:
        found = references(element.text)
        yield from found if element.tag != "run" else (item for item in found if item[0])


def follow(uses: Iterable[Use], sources: Mapping[str, Fields]) -> Needed:
    """From direct uses to all fields needed, through instances, calculations, sets, groups, bins and parameters."""
    needed = Needed()
    captions = {name: fields.by_caption() for name, fields in sources.items()}
    waiting: list[tuple[Node, bool]] = []
    for use in uses:
        for node in _resolve(use.source, use.name, sources, captions):
            needed.shelves[node][use.shelf] = None
            needed.sources.add(node[0])
            waiting.append((node, use.shown))
    while waiting:
        node, shown = waiting.pop()
        if node in (needed.shown if shown else needed.all):
            continue
        needed.all.add(node)
        if shown:
            needed.shown.add(node)
        source, name = node
        draft = sources[source].by_name[name]
        for other, reference in draft.needs:
            for below in _resolve(other or source, reference, sources, captions):
                needed.shelves[below].setdefault("calculation")
                waiting.append((below, shown))
    return needed


def _resolve(
    source: str | None,
    name: str,
    sources: Mapping[str, Fields],
    captions: Mapping[str, Mapping[str, str]],
    depth: int = 0,
) -> list[Node]:
    """The fields that a reference means; none for generated ones such as Measure Names, and for what is not there."""
    fields = sources.get(source or "")
    if fields is None or source is None or depth > 3:
        return []
    if name in fields.by_name:
        return [(source, name)]
    if name in fields.instances:
        return [
            node
            for other, inner in fields.instances[name]
            for node in _resolve(other or source, inner, sources, captions, depth + 1)
        ]
    base = base_of_instance(name)
    if base != name and base in fields.by_name:
        return [(source, base)]
    by_caption = captions[source].get(name) or captions[source].get(base)
    return [(source, by_caption)] if by_caption else []
