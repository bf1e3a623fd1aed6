"""What a visitor without an account can reach today, item by item, whether a rule objects or not: for the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.access import Access, Anonymous
from auditor.findings import Exposure
from auditor.model import Kind, Ref, Snapshot
from auditor.model.vocabulary import neutral_name
from auditor.report.model import CapabilityName, Reach
from auditor.report.things import thing

#: The capabilities by which something leaves (reference/tableau-access.md, 1.4), the strongest last.
LEAVING = (
    "Read",
    "ExportImage",
    "ExportData",
    "Connect",
    "VizqlDataApiAccess",
    "WebAuthoring",
    "ViewUnderlyingData",
    "ExportXml",
)


@dataclass(slots=True)
class _Item:
    """One workbook or data source and how many of its parts are reached."""

    exposure: Exposure
    reached: set[Ref] = field(default_factory=set)


def public_reach(snapshot: Snapshot, access: Access) -> tuple[Reach, ...]:
    """A row for each item and capability that the anonymous visitor holds (live), or would behind a switch (dormant).

    A view counts as a part of its workbook.
    """
    rows: dict[tuple[Ref, str], _Item] = {}
    for ref, capability, exposure in _held(access):
        item = snapshot.contents[ref]
        parent = snapshot.parent_of(item)
        whole = parent.ref if item.kind is Kind.VIEW and parent is not None else ref
        row = rows.setdefault((whole, capability), _Item(exposure))
        row.reached.add(ref)
        if exposure is Exposure.LIVE:
            row.exposure = exposure
    order = {name: place for place, name in enumerate(LEAVING)}
    made = (_row(snapshot, ref, capability, row) for (ref, capability), row in rows.items())
    return tuple(sorted(made, key=lambda r: (r.content.path, r.content.id, order[r.capability.native])))


def _held(access: Access) -> Iterator[tuple[Ref, str, Exposure]]:
    kinds = (Kind.WORKBOOK, Kind.VIEW, Kind.DATASOURCE, Kind.FLOW)
    for decision in access.what_can(Anonymous(), kinds=kinds, capabilities=LEAVING):
        if decision.allowed:
            yield decision.ref, decision.capability, Exposure.LIVE
        elif decision.exposure is Exposure.DORMANT:
            yield decision.ref, decision.capability, Exposure.DORMANT


def _row(snapshot: Snapshot, ref: Ref, capability: str, row: _Item) -> Reach:
    inventory = snapshot.inventories.get(ref)
    columns = [column for source in inventory.data_sources for column in source.columns] if inventory else None
    return Reach(
        audience="anonymous",
        capability=CapabilityName(name=neutral_name(capability, ref.kind), native=capability),
        content=thing(snapshot, ref),
        items=len(row.reached),
        columns=None if columns is None else len(columns),
        personal=None if columns is None else sum(bool(column.classes) for column in columns),
        exposure=row.exposure,
    )
