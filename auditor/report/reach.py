"""What the public can reach today, whether a rule objects or not: the facts behind the picture of the HTML report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.access import Access, Anonymous, Outcome
from auditor.findings import Exposure
from auditor.model import OUTCOMES, Inventory, Kind, Project, Ref, Snapshot, project_chain
from auditor.report.model import CapabilityName, Reach
from auditor.report.things import thing

MAX_CONTENTS = 200  # more than that are told by project, more projects than that by top-level project


#: Outcomes that nobody gets of what he cannot see (auditor.access.outcomes); the others are asked for by themselves.
_SEEN_FIRST = ("takes_picture", "takes_summary", "takes_rows", "edits")
#: The right that an outcome on a workbook or view takes besides being seen.
_TAKES = {
    "takes_picture": "ExportImage",
    "takes_summary": "ExportData",
    "takes_rows": "ViewUnderlyingData",
    "edits": "WebAuthoring",
}


@dataclass(frozen=True, slots=True)
class _Reached:
    """An outcome on an object that can be reached (or may be: exposure unknown), and the item its columns lie below."""

    outcome: str
    exposure: Exposure
    ref: Ref
    item: Ref


def public_reach(snapshot: Snapshot, access: Access) -> tuple[Reach, ...]:
    """What visitors without an account reach, live, by outcome and item; views count as objects of their workbook.

    Where it could not be told, the exposure is unknown. Where more than 200 items are reached they are added up by
    project, so that a report of a large site stays small. `columns` counts each column below once; null where the
    columns of none of the items were read.
    """
    out_of_reach = access.denial((Anonymous(),), OUTCOMES)
    reached = [
        _Reached(outcome, exposure, ref, _item_of(snapshot, ref))
        for ref in snapshot.contents
        if not out_of_reach.on(ref)
        for outcome, exposure in _outcomes(access, ref)
    ]
    groups = _groups(snapshot, {r.item for r in reached})
    return _added_up(snapshot, reached, groups)


def _outcomes(access: Access, ref: Ref) -> Iterator[tuple[str, Exposure]]:
    """What is allowed, or not known, to the visitor on one object."""
    sees = True
    for outcome in OUTCOMES:
        if outcome in _SEEN_FIRST and not sees:
            continue
        right = _TAKES.get(outcome) if ref.kind in (Kind.WORKBOOK, Kind.VIEW) else None
        if right is not None and access.can(Anonymous(), ref, right).outcome is Outcome.DENY:
            continue
        decision = access.can(Anonymous(), ref, outcome)
        if decision.outcome is Outcome.UNKNOWN:
            yield outcome, Exposure.UNKNOWN
        elif decision.outcome is Outcome.ALLOW:
            yield outcome, Exposure.LIVE
        elif outcome == "sees":
            sees = False


def _item_of(snapshot: Snapshot, ref: Ref) -> Ref:
    """The workbook of a view, the database of a table; else the item itself."""
    item = snapshot.contents.get(ref)
    parent = snapshot.parent_of(item) if item is not None else None
    return parent.ref if parent is not None else ref


def _groups(snapshot: Snapshot, items: set[Ref]) -> Mapping[Ref, Ref]:
    """What each item is told as: itself, its project, or its top-level project, until there are few enough."""
    if len(items) <= MAX_CONTENTS:
        return {item: item for item in items}
    nearest = {item: _project_of(snapshot, item, outermost=False) for item in items}
    if len(set(nearest.values())) <= MAX_CONTENTS:
        return nearest
    return {item: _project_of(snapshot, item, outermost=True) for item in items}


def _project_of(snapshot: Snapshot, ref: Ref, *, outermost: bool) -> Ref:
    subject = snapshot.subject(ref)
    project_id = snapshot.project_of(subject) if subject is not None else None
    chain: Sequence[Project] = project_chain(snapshot, project_id)
    if not chain:
        return Ref(Kind.SITE, snapshot.provenance.site_id)
    return chain[-1 if outermost else 0].ref


def _added_up(snapshot: Snapshot, reached: Iterable[_Reached], groups: Mapping[Ref, Ref]) -> tuple[Reach, ...]:
    objects: dict[tuple[str, Exposure, Ref], set[Ref]] = defaultdict(set)
    items: dict[tuple[str, Exposure, Ref], set[Ref]] = defaultdict(set)
    for r in reached:
        key = (r.outcome, r.exposure, groups[r.item])
        objects[key].add(r.ref)
        items[key].add(r.item)
    made = []
    for (outcome, exposure, group), found in objects.items():
        inventories = [snapshot.inventories[i] for i in items[outcome, exposure, group] if i in snapshot.inventories]
        columns, personal = _below(inventories)
        made.append(
            Reach(
                audience="anonymous",
                capability=CapabilityName(name=outcome, native=outcome),
                content=thing(snapshot, group),
                items=len(found),
                columns=columns,
                personal=personal,
                exposure=exposure,
            )
        )
    return tuple(sorted(made, key=_order))


def _order(reach: Reach) -> tuple[int, str, str, str, str]:
    place = OUTCOMES.index(reach.capability.name)
    return (place, reach.content.path, reach.content.kind, reach.content.id, reach.exposure)


def _below(inventories: Sequence[Inventory]) -> tuple[int | None, int | None]:
    """How many columns, and how many of them of a personal class."""
    if not inventories:
        return None, None
    columns = [column for inventory in inventories for source in inventory.data_sources for column in source.columns]
    return len(columns), sum(bool(column.classes) for column in columns)
