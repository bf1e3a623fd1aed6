"""The Metadata API of a described site, asked through the unmodified client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import tableauserverclient as TSC  # noqa: N812 - the name that its own manual gives it

from tests.emulator import Site, emulate, site
from tests.emulator.metadata import MetadataAPI


def described() -> Site:
    s = site("S", content_url="s")
    lab = s.project("Lab")
    source = lab.datasource("Permits", has_extracts=True)
    name, born = (
        source.field("Name", table="people"),
        source.field("Born", type="DATE", table="people", column="dob", hidden=True),
    )
    age = source.field("Age", type="INTEGER", formula="DATEDIFF('year', [Born], TODAY())", uses=(born,))
    book = lab.workbook("Dashboard")
    overview = book.view("Overview")
    data = book.data("Permits (local)", parent=source)
    board = book.dashboard(overview)
    book.sheet("Ages", data.passed_on(age), on=board)
    book.sheet("Secret list", data.passed_on(name))
    own = lab.workbook("Own").data().sql("select ssn from people")
    own.field("SSN", column="ssn")
    return s


@pytest.fixture
def ask() -> Iterator[Any]:
    s = described()
    with emulate(s) as emu:
        client = TSC.Server(emu.url, use_server_version=True)
        with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "s")):

            def query(text: str, **variables: Any) -> dict[str, Any]:
                found: dict[str, Any] = client.metadata.query(text, variables)
                return found

            query.site = s  # type: ignore[attr-defined]
            yield query
        assert emu.writes == []


def test_sheets_lead_to_columns(ask: Any) -> None:
    found = ask(
        '{ workbooks(filter: {name: "Dashboard"}) { sheets { name luid containedInDashboards { name } upstreamColumns { name table { ... on DatabaseTable { fullName } } } } } }'
    )
    assert found == {"data": {"workbooks": [{"sheets": [
        {"name": "Ages", "luid": "", "containedInDashboards": [{"name": "Overview"}],
         "upstreamColumns": [{"name": "dob", "table": {"fullName": "[dbo].[people]"}}]},
        {"name": "Secret list", "luid": "", "containedInDashboards": [],
         "upstreamColumns": [{"name": "Name", "table": {"fullName": "[dbo].[people]"}}]},
    ]}]}}  # fmt: skip


def test_kinds_of_fields_and_custom_sql(ask: Any) -> None:
    found = ask(
        "query q($n: [String]) { publishedDatasources(filter: {nameWithin: $n}) { fields { ...f } }"
        " embeddedDatasources { t: upstreamTables { __typename ... on CustomSQLTable { query } } } }"
        " fragment f on Field { name isHidden ... on ColumnField { dataType } ... on CalculatedField { formula } }",
        n=["Permits"],
    )["data"]
    assert found["publishedDatasources"][0]["fields"] == [
        {"name": "Name", "isHidden": False, "dataType": "STRING"},
        {"name": "Born", "isHidden": True, "dataType": "DATE"},
        {"name": "Age", "isHidden": False, "formula": "DATEDIFF('year', [Born], TODAY())"},
    ]
    assert found["embeddedDatasources"][1] == {
        "t": [{"__typename": "CustomSQLTable", "query": "select ssn from people"}]
    }


PAGES = "query p($first: Int, $after: String) { workbooksConnection(first: $first, after: $after%s) { nodes { name } pageInfo { hasNextPage endCursor } totalCount } }"


def pages(ask: Any, query: str) -> list[str]:
    names, after = [], None
    while True:
        found = ask(query, first=2, after=after)["data"]["workbooksConnection"]
        names += [n["name"] for n in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            return names
        after = found["pageInfo"]["endCursor"]


def test_pages_need_an_order_to_be_whole(ask: Any) -> None:
    lab = next(iter(ask.site.things["project"].values()))
    for number in range(5):
        lab.workbook(f"W{number}")
    assert pages(ask, PAGES % ", orderBy: {field: NAME, direction: ASC}") == [
        "Dashboard",
        "Own",
        "W0",
        "W1",
        "W2",
        "W3",
        "W4",
    ]
    assert len(set(pages(ask, PAGES % ""))) < 7


def test_the_node_limit_and_warnings_make_an_answer_partial(ask: Any) -> None:
    ask.site.metadata = MetadataAPI(ask.site, node_limit=3, warnings=(("BACKFILL_RUNNING", "Still filling."),))
    found = ask("{ publishedDatasources { fields { name } } workbooks { name } }")
    assert [len(found["data"]["publishedDatasources"][0]["fields"]), len(found["data"]["workbooks"])] == [2, 0]
    assert [e["extensions"]["code"] for e in found["errors"]] == ["BACKFILL_RUNNING", "NODE_LIMIT_EXCEEDED"]


def test_queries_that_make_no_sense_are_errors(ask: Any) -> None:
    for text in ("{ workbooks { shoeSize } }", "{ workbooks {", "mutation { x }", "{ workbooks }"):
        found = ask(text)
        assert found["data"] is None
        assert found["errors"]


def test_a_metadata_api_that_is_off_says_so(ask: Any) -> None:
    ask.site.metadata = None
    assert ask("{ workbooks { name } }")["errors"][0]["extensions"]["code"] == "FEATURE_DISABLED"
