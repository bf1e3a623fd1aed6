"""The objects of the Metadata API, from the description of a site. Relations are functions: they are followed when asked."""

from __future__ import annotations

from typing import Any

from tests.emulator.content import Content, Datasource, Workbook
from tests.emulator.fields import Embedded, Field, Fields, Sheet
from tests.emulator.project import Project
from tests.emulator.things import User, luid

Node = dict[str, Any]


def roots(site: Any) -> Node:
    books = [b for b in site.things["workbook"].values() if isinstance(b, Workbook)]
    sources = [d for d in site.things["datasource"].values() if isinstance(d, Datasource)]
    sheets = [s for b in books for s in b.sheets]
    return {
        "__typename": "Query",
        "workbooks": lambda: [workbook(b) for b in books],
        "publishedDatasources": lambda: [published(d) for d in sources],
        "embeddedDatasources": lambda: [embedded(e) for b in books for e in b.embedded],
        "sheets": lambda: [sheet(s) for s in sheets if not s.is_dashboard],
        "dashboards": lambda: [sheet(s) for s in sheets if s.is_dashboard],
        "fields": lambda: [
            field(f) for d in [*(x.data for x in sources), *(e for b in books for e in b.embedded)] for f in d.fields
        ],
    }


def person(user: User) -> Node:
    return {
        "__typename": "TableauUser",
        "id": user.luid,
        "luid": user.luid,
        "username": user.name,
        "name": user.name,
        "email": user.extra.get("email", ""),
        "domain": user.domain,
    }


def _item(thing: Content) -> Node:
    project: Project | None = thing.project
    return {
        "id": luid("meta", thing.luid), "luid": thing.luid, "name": thing.name, "description": thing.description,
        "projectName": project.name if project else "", "projectLuid": project.luid if project else "",
        "containerName": project.name if project else thing.owner.name, "containerType": "PROJECT" if project else "PERSONAL_SPACE",
        "createdAt": thing.created, "updatedAt": thing.updated, "vizportalUrlId": str(thing.number),
        "owner": lambda: person(thing.owner), "tags": lambda: [{"__typename": "Tag", "id": luid("tag", t), "name": t} for t in thing.tags],
        "hasActiveWarning": False, "dataQualityWarnings": [], "labels": [],
        "site": lambda: {"__typename": "TableauSite", "id": thing.site.luid, "luid": thing.site.luid, "name": thing.site.name},
    }  # fmt: skip


def workbook(book: Workbook) -> Node:
    sql = any(e.custom_sql for e in book.embedded)
    return _item(book) | {
        "__typename": "Workbook", "containsUnsupportedCustomSql": False, "containsCustomSql": sql, "uri": f"sites/{book.site.luid}/workbooks/{book.number}",
        "sheets": lambda: [sheet(s) for s in book.sheets if not s.is_dashboard],
        "dashboards": lambda: [sheet(s) for s in book.sheets if s.is_dashboard],
        "views": lambda: [sheet(s) for s in book.sheets],
        "embeddedDatasources": lambda: [embedded(e) for e in book.embedded],
        "upstreamDatasources": lambda: [published(e.parent) for e in book.embedded if e.parent is not None],
        "upstreamTables": lambda: [t for e in book.embedded for t in _tables(e)],
    }  # fmt: skip


def published(source: Datasource) -> Node:
    return _item(source) | _fields(source.data) | {
        "__typename": "PublishedDatasource", "__interfaces": ("Datasource",), "isCertified": source.certified,
        "hasExtracts": source.has_extracts, "extractLastRefreshTime": source.updated if source.has_extracts else None,
        "hasUserReference": False, "containsUnsupportedCustomSql": False,
        "downstreamWorkbooks": lambda: [workbook(b) for b in _books(source)],
        "downstreamSheets": lambda: [sheet(s) for b in _books(source) for s in b.sheets if any(f.of and f.of.source is source.data for f in s.fields)],
    }  # fmt: skip


def _books(source: Datasource) -> list[Workbook]:
    books = source.site.things["workbook"].values()
    return [b for b in books if isinstance(b, Workbook) and any(e.parent is source for e in b.embedded)]


def embedded(source: Embedded) -> Node:
    return _fields(source) | {
        "__typename": "EmbeddedDatasource", "__interfaces": ("Datasource",), "id": source.id, "name": source.name,
        "hasExtracts": source.extract, "extractLastRefreshTime": None, "hasUserReference": False, "containsUnsupportedCustomSql": False,
        "workbook": lambda: workbook(source.workbook),
        "parentPublishedDatasources": lambda: [published(source.parent)] if source.parent else [],
        "upstreamDatasources": lambda: [published(source.parent)] if source.parent else [],
        "downstreamSheets": lambda: [sheet(s) for s in source.workbook.sheets if any(f.source is source for f in s.fields)],
    }  # fmt: skip


def _fields(source: Fields) -> Node:
    return {"fields": lambda: [field(f) for f in source.fields], "datasourceFields": lambda: [field(f) for f in source.fields],
            "upstreamTables": lambda: _tables(source), "upstreamDatabases": []}  # fmt: skip


def _tables(source: Fields) -> list[Node]:
    """The tables under a data source, through the published one where it stands for one."""
    origins = [f.of or f for f in source.fields]
    return [
        table(f.source, f.table) for f in {(f.source.id, f.table): f for f in origins if f.formula is None}.values()
    ]


def table(source: Fields, name: str) -> Node:
    if source.custom_sql is not None:
        return {"__typename": "CustomSQLTable", "__interfaces": ("Table",), "id": luid("sql", source.id), "name": "Custom SQL Query",
                "query": source.custom_sql, "isUnsupportedCustomSql": False, "columns": lambda: _columns(source, name)}  # fmt: skip
    full = f"[{source.schema}].[{name}]"
    return {"__typename": "DatabaseTable", "__interfaces": ("Table",), "id": luid("table", full), "luid": luid("table", full), "name": name,
            "fullName": full, "schema": source.schema, "isEmbedded": False, "connectionType": "sqlserver", "description": "",
            "columns": lambda: _columns(source, name)}  # fmt: skip


def _columns(source: Fields, name: str) -> list[Node]:
    return [column(f) for f in source.fields if f.table == name and f.formula is None]


def column(of: Field) -> Node:
    return {"__typename": "Column", "id": luid("column", of.source.id, of.table, of.column), "name": of.column, "remoteType": of.type,
            "description": "", "table": lambda: table(of.source, of.table)}  # fmt: skip


def _sources(of: Field) -> list[Field]:
    """The fields with columns that a field comes from, calculations and published fields followed down."""
    if of.uses or of.formula is not None:
        return [deep for inner in of.uses for deep in _sources(inner)]
    return [of]


def field(of: Field) -> Node:
    kind = "DatasourceField" if of.of is not None else "CalculatedField" if of.formula is not None else "ColumnField"
    owner = of.source
    node: Node = {
        "__typename": kind, "__interfaces": ("Field", "AnalyticsField"), "id": of.id, "name": of.name,
        "fullyQualifiedName": f"[{of.name}]", "description": of.description, "isHidden": of.hidden, "folderName": None,
        "upstreamColumns": lambda: [column(f) for f in {s.id: s for s in _sources(of)}.values()],
        "columns": lambda: [column(of)] if kind == "ColumnField" else [],
        "datasource": lambda: embedded(owner) if isinstance(owner, Embedded) else None,
        "sheets": lambda: [sheet(s) for s in owner.workbook.sheets if of in s.fields] if isinstance(owner, Embedded) else [],
    }  # fmt: skip
    if kind == "DatasourceField":
        node["remoteField"] = lambda: field(of.of) if of.of else None
    else:
        node |= {
            "dataType": of.type,
            "dataCategory": "NOMINAL",
            "role": of.role,
            "aggregation": None,
            "defaultFormat": None,
        }
    if kind == "CalculatedField":
        node |= {"formula": of.formula, "fields": lambda: [field(f) for f in of.uses], "isAutoGenerated": False}
    return node


def sheet(of: Sheet) -> Node:
    """A worksheet or dashboard; the path is empty where it is not published."""
    kind = "Dashboard" if of.is_dashboard else "Sheet"
    used = [*of.fields, *(f for s in of.sheets for f in s.fields)]
    return {
        "__typename": kind, "__interfaces": ("View",), "id": of.id, "luid": of.luid, "name": of.name, "index": 0,
        "path": f"{of.workbook.content_url}/{of.name.replace(' ', '')}" if of.luid else "", "createdAt": of.workbook.created, "updatedAt": of.workbook.updated,
        "workbook": lambda: workbook(of.workbook), "sheets": lambda: [sheet(s) for s in of.sheets],
        "containedInDashboards": lambda: [sheet(s) for s in of.dashboards],
        "datasourceFields": lambda: [field(f) for f in used if f.of is not None or f.formula is None],
        "sheetFieldInstances": lambda: [field(f) for f in used], "worksheetFields": [],
        "upstreamFields": lambda: [field(f) for f in used],
        "upstreamColumns": lambda: [column(f) for f in {s.id: s for u in used for s in _sources(u)}.values()],
    }  # fmt: skip
