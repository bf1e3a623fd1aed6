"""Columns by the Metadata API: what lies below a workbook or a published data source, and which sheet needs it.

The API answers GraphQL (reference/tableau-api-and-scale.md, 1.7). What this reader is careful about:

- pages need an `orderBy` and cursors; a page is halved where the server's node limit is hit (20,000 nodes a query);
- an answer may be partial (`errors` beside `data`), incomplete (`BACKFILL_RUNNING`), or blurred because the account may
  not see everything (`PERMISSIONS_MODE_SWITCHED`): each is a miss with a remedy, never a clean inventory;
- lists nested in an object are cut at 1,000 without a word: a list of that length is not trusted;
- a sheet with an empty luid is hidden or not published.

Only names are read here: the evidence is "name", the values stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.model import Inventory, Kind, Miss, Ref
from auditor.sources.tableau.metadata_parse import parse_datasource, parse_workbook

Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Sends one GraphQL query with variables and gives the JSON answer; raises `MetadataUnavailable` where it cannot."""

NESTED_LIMIT = 1000
FIRST_PAGE = 10

_FIELD = """
  id __typename name description isHidden folderName
  upstreamFields { id name datasource { id } }
  upstreamColumns { name table { __typename ... on DatabaseTable { name fullName } ... on CustomSQLTable { name query } } }
  ... on ColumnField { dataType role }
  ... on CalculatedField { dataType role formula }
  ... on DatasourceField { remoteField { name ... on ColumnField { dataType role } ... on CalculatedField { dataType role formula } } }
"""

WORKBOOKS = (
    """
query auditorWorkbooks($luids: [String!], $first: Int, $after: String) {
  workbooksConnection(filter: {luidWithin: $luids}, first: $first, after: $after, orderBy: {field: NAME, direction: ASC}) {
    nodes {
      luid name
      sheets { id luid name containedInDashboards { luid name } sheetFieldInstances { id name datasource { id } } }
      dashboards { id luid name }
      embeddedDatasources {
        id name hasExtracts
        upstreamDatasources { luid name }
        upstreamTables { name fullName connectionType }
        fields {"""
    + _FIELD
    + """}
      }
    }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}"""
)

DATASOURCES = (
    """
query auditorDatasources($luids: [String!], $first: Int, $after: String) {
  publishedDatasourcesConnection(filter: {luidWithin: $luids}, first: $first, after: $after, orderBy: {field: NAME, direction: ASC}) {
    nodes {
      id luid name hasExtracts isCertified
      dataQualityWarnings { warningType isActive isSevere message }
      upstreamTables { name fullName connectionType }
      fields {"""
    + _FIELD
    + """}
    }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}"""
)

_CONNECTION = {
    Kind.WORKBOOK: (WORKBOOKS, "workbooksConnection"),
    Kind.DATASOURCE: (DATASOURCES, "publishedDatasourcesConnection"),
}

#: What the API's error codes mean for an audit: (reason, remedy). An object is read again in a smaller page for the first.
NODE_LIMIT = "NODE_LIMIT_EXCEEDED"
_TROUBLE: dict[str, tuple[str, str]] = {
    NODE_LIMIT: ("more than the Metadata API gives in one answer", "download the workbook and look inside"),
    "BACKFILL_RUNNING": (
        "the Metadata API is still collecting: its answer may lack columns",
        "audit again when its backfill has ended",
    ),
    "PERMISSIONS_MODE_SWITCHED": (
        "the account may not see all metadata, so the answer is blurred",
        "sign in as a site administrator",
    ),
    "ACCESS_DENIED": ("the account may not ask the Metadata API", "sign in as a site administrator"),
    "FEATURE_DISABLED": ("the Metadata API is switched off", "tsm maintenance metadata-services enable"),
    "INHERITANCE_INCOMPLETE": ("the Metadata API has not inherited all labels yet", "audit again later"),
    "RATE_EXCEEDED": ("the Metadata API refused further questions for now", "audit again later"),
}


class MetadataUnavailable(Exception):  # noqa: N818 - not an error of the run: it becomes a miss
    """The Metadata API did not answer; `reason` and `remedy` are for the ledger."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(slots=True)
class ColumnsRead:
    """What came back: an inventory for each object, and the misses by object."""

    inventories: dict[Ref, Inventory] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)


def read_columns(ask: Ask, wanted: Mapping[Ref, str], *, page: int = FIRST_PAGE) -> ColumnsRead:
    """Inventories of the wanted workbooks and data sources (ref → name); each of them ends in exactly one of the two.

    `page` is the number of objects asked for at once; it is halved, down to one, at the node limit.
    """
    result = ColumnsRead()
    for kind in (Kind.WORKBOOK, Kind.DATASOURCE):
        luids = sorted(ref.id for ref in wanted if ref.kind is kind)
        for batch in _batches(luids, page):
            _read_batch(ask, kind, batch, wanted, result)
    return result


def _batches(luids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(luids), size):
        yield luids[start : start + size]


def _read_batch(ask: Ask, kind: Kind, batch: Sequence[str], wanted: Mapping[Ref, str], result: ColumnsRead) -> None:
    try:
        nodes, trouble = _ask_all(ask, kind, batch)
    except MetadataUnavailable as error:
        result.misses += [_miss(kind, luid, wanted, error.reason, error.remedy) for luid in batch]
        return
    if NODE_LIMIT in trouble and len(batch) > 1:
        middle = len(batch) // 2
        _read_batch(ask, kind, batch[:middle], wanted, result)
        _read_batch(ask, kind, batch[middle:], wanted, result)
        return
    for luid in batch:
        node = nodes.get(luid)
        reason = _doubt(node, trouble)
        if reason is not None:
            result.misses.append(_miss(kind, luid, wanted, *reason))
        if node is not None:
            # A doubtful inventory is kept beside its miss: what it does show is true, what it lacks proves nothing.
            parse = parse_workbook if kind is Kind.WORKBOOK else parse_datasource
            inventory = parse(node)
            if inventory.data_sources:
                result.inventories[Ref(kind, luid)] = inventory


def _ask_all(ask: Ask, kind: Kind, batch: Sequence[str]) -> tuple[dict[str, Mapping[str, Any]], frozenset[str]]:
    """All pages for a batch: nodes by luid, and the codes of everything the server complained about."""
    text, root = _CONNECTION[kind]
    nodes: dict[str, Mapping[str, Any]] = {}
    trouble: set[str] = set()
    after: str | None = None
    seen: set[str] = set()
    while True:
        answer = ask(text, {"luids": list(batch), "first": len(batch), "after": after})
        trouble |= _codes(answer)
        connection = _mapping(_mapping(answer.get("data")).get(root))
        for node in connection.get("nodes") or ():
            if isinstance(node, Mapping) and isinstance(node.get("luid"), str):
                nodes[node["luid"]] = node
        after = _next_cursor(connection)
        if after is None or after in seen:
            return nodes, frozenset(trouble)
        seen.add(after)


def _next_cursor(connection: Mapping[str, Any]) -> str | None:
    info = _mapping(connection.get("pageInfo"))
    cursor = info.get("endCursor")
    return cursor if info.get("hasNextPage") is True and isinstance(cursor, str) and cursor else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _codes(answer: Mapping[str, Any]) -> set[str]:
    """The codes of an answer's errors and warnings; the message's first words where there is no code."""
    errors = answer.get("errors")
    codes: set[str] = set()
    for error in errors if isinstance(errors, list) else ():
        entry = _mapping(error)
        code = _mapping(entry.get("extensions")).get("code") or entry.get("code")
        codes.add(str(code) if code else str(entry.get("message", "an error without a message"))[:120])
    return codes


def _doubt(node: Mapping[str, Any] | None, trouble: frozenset[str]) -> tuple[str, str] | None:
    """Why an object's answer cannot be trusted as whole: (reason, remedy), or None."""
    for code in sorted(trouble):
        reason, remedy = _TROUBLE.get(
            code, (f"the Metadata API answered with an error: {code}", "ask again, or look into the file")
        )
        return reason, remedy
    if node is None:
        return (
            "the Metadata API does not know this item",
            "wait until it has indexed the item, or look into the file; sign in as a site administrator",
        )
    if "embeddedDatasources" in node and not node["embeddedDatasources"]:
        # Nearly every workbook has one. An index that has not got that far looks the same.
        return "the Metadata API names no data source below this workbook", "look into the file"
    if _has_cut_list(node):
        return (
            f"a list of {NESTED_LIMIT} entries or more in the Metadata API's answer may have been cut",
            "download the workbook and look inside",
        )
    return None


def _has_cut_list(value: object) -> bool:
    if isinstance(value, list):
        return len(value) >= NESTED_LIMIT or any(_has_cut_list(entry) for entry in value)
    if isinstance(value, Mapping):
        return any(_has_cut_list(entry) for entry in value.values())
    return False


def _miss(kind: Kind, luid: str, wanted: Mapping[Ref, str], reason: str, remedy: str) -> Miss:
    return Miss(kind, luid, wanted[Ref(kind, luid)], reason, remedy)
