"""Answers of the Metadata API for an emulated site, from lists of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.content import Datasource, Workbook


@dataclass(frozen=True)
class Data:
    """A data source below a workbook: all its columns, those that some sheet uses, those that are hidden."""

    name: str
    columns: tuple[str, ...]
    used: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    extract: bool = True
    calculated: Mapping[str, str] = field(default_factory=dict)
    published: Datasource | None = None


def metadata(
    workbooks: Mapping[Workbook, tuple[Data, ...]], datasources: Mapping[Datasource, Data] | None = None
) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """A function for `site.metadata`: answers the auditor's two queries, by cursor."""
    nodes = {
        "workbooksConnection": {wb.luid: _workbook(wb, sources) for wb, sources in workbooks.items()},
        "publishedDatasourcesConnection": {
            ds.luid: {"luid": ds.luid, "isCertified": False, **_source(ds.luid, data)}
            for ds, data in (datasources or {}).items()
        },
    }

    def answer(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        root = next(name for name in nodes if name in query)
        found = sorted(
            (node for luid, node in nodes[root].items() if luid in variables["luids"]), key=lambda n: n["name"]
        )
        start = int(variables.get("after") or 0)
        end = start + int(variables["first"])
        page = {"hasNextPage": end < len(found), "endCursor": str(end)}
        return {"data": {root: {"nodes": found[start:end], "pageInfo": page, "totalCount": len(found)}}}

    return answer


def _workbook(workbook: Workbook, sources: tuple[Data, ...]) -> dict[str, Any]:
    instances = [
        {"id": _id(workbook.luid, data, column), "name": column, "datasource": {"id": f"{workbook.luid}/{data.name}"}}
        for data in sources
        for column in data.used
    ]
    return {
        "luid": workbook.luid,
        "name": workbook.name,
        "sheets": [
            {
                "id": view.luid,
                "luid": view.luid,
                "name": view.name,
                "containedInDashboards": [],
                "sheetFieldInstances": instances,
            }
            for view in workbook.views
        ],
        "dashboards": [],
        "embeddedDatasources": [_source(workbook.luid, data) for data in sources],
    }


def _source(owner: str, data: Data) -> dict[str, Any]:
    return {
        "id": f"{owner}/{data.name}",
        "name": data.name,
        "hasExtracts": data.extract,
        "upstreamDatasources": [{"luid": data.published.luid, "name": data.published.name}] if data.published else [],
        "upstreamTables": [{"name": data.name, "fullName": f"[dbo].[{data.name}]", "connectionType": "sqlserver"}],
        "fields": [_field(owner, data, column) for column in data.columns],
    }


def _field(owner: str, data: Data, column: str) -> dict[str, Any]:
    formula = data.calculated.get(column)
    return {
        "id": _id(owner, data, column),
        "__typename": "CalculatedField" if formula else "ColumnField",
        "name": column,
        "description": None,
        "isHidden": column in data.hidden,
        "folderName": None,
        "upstreamFields": [],
        "upstreamColumns": [] if formula else [{"name": column.lower().replace(" ", "_"), "table": None}],
        "dataType": "STRING",
        "role": "DIMENSION",
        **({"formula": formula} if formula else {}),
    }


def _id(owner: str, data: Data, column: str) -> str:
    return f"{owner}/{data.name}/{column}"
