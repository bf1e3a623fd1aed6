"""The block `inventory` of the report: what lies below the charts."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model import Column, DataSource, FileConnection, Inventory, Snapshot
from auditor.report import model


def inventory_items(snapshot: Snapshot) -> tuple[model.InventoryItem, ...]:
    """One item a workbook or data source whose columns were read, by path, name and id."""
    items = (_item(inventory) for inventory in snapshot.inventories.values())
    return tuple(sorted(items, key=lambda i: (i.path or "", i.file or "", i.kind, i.name, i.id or "")))


def _item(inventory: Inventory) -> model.InventoryItem:
    return model.InventoryItem(
        kind=inventory.kind,
        id=inventory.id,
        name=inventory.name,
        file=inventory.file,
        path=inventory.path,
        data_sources=tuple(map(_source, inventory.data_sources)),
        packed_files=inventory.packed_files,
        notes=inventory.notes,
    )


def _source(source: DataSource) -> model.ReportDataSource:
    return model.ReportDataSource(
        name=source.name,
        published=source.published,
        live=source.live,
        rows=source.rows,
        row_level=source.row_level,
        row_level_reasons=source.row_level_reasons,
        connections=tuple(map(_connection, source.connections)),
        columns=tuple(map(_column, source.columns)),
    )


def _connection(connection: FileConnection) -> model.ReportConnection:
    return model.ReportConnection(
        class_name=connection.class_name,
        server=connection.server,
        user=connection.user,
        secret_in_file=connection.secret_in_file,
    )


def _column(column: Column) -> model.ReportColumn:
    return model.ReportColumn(
        name=column.name,
        remote_name=column.remote_name,
        caption=column.caption,
        type=column.type,
        hidden=column.hidden,
        used=column.used,
        in_extract=column.in_extract,
        classes=_by_confidence(column.classes),
        evidence=column.evidence,
        confidence=dict(sorted(column.classes.items())),
        calculated=column.calculated,
        table=column.table,
    )


def _by_confidence(classes: Mapping[str, float]) -> tuple[str, ...]:
    """The classes, surest first, equals by name."""
    return tuple(sorted(classes, key=lambda name: (-classes[name], name)))
