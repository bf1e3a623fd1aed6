"""Where columns are named in a document, and what is told of them."""

from __future__ import annotations

import pytest

from auditor.model.data import Column, DataSource
from auditor.sources.workbook_file import inspect_bytes

from .builders import DS, POSTGRES, Field, datasource, federated, record, workbook


def source_of(*xml: str, name: str = "a.twb") -> DataSource:
    report = inspect_bytes(workbook(*xml), name)
    assert report.inventory is not None
    return report.inventory.data_sources[0]


def columns(source: DataSource) -> dict[str, Column]:
    return {column.name: column for column in source.columns}


def test_columns_without_a_column_element_are_found_in_records_maps_and_relations() -> None:
    relation = (
        "<relation name='people' table='[people]' type='table'><columns header='yes'>"
        "<column datatype='string' name='Only In Relation' ordinal='0' /></columns></relation>"
    )
    connection = federated(
        POSTGRES,
        record("Only In Record", "remote_x"),
        relation,
        "<cols><map key='[Only In Map]' value='[people].[from_map]' /></cols>",
    )
    found = columns(source_of(datasource(Field("Element", caption="Shown As", hidden=True), connection=connection)))
    assert set(found) == {"Only In Record", "Only In Map", "Only In Relation", "Element"}
    assert found["Only In Record"].remote_name == "remote_x"
    assert found["Only In Record"].table == "people"
    assert found["Only In Map"].remote_name == "from_map"
    assert found["Element"].caption == "Shown As"
    assert found["Element"].hidden is True
    assert found["Only In Record"].hidden is False
    assert found["Element"].type == "text"


def test_columns_behind_feature_flags_are_columns_and_table_objects_are_not() -> None:
    inside = (
        "<_.fcp.ObjectModelTableType.true...column caption='T' datatype='table' name='[__tableau_internal_object_id__].[T_1]' />"
        "<_.fcp.Some.true...column datatype='string' name='[Flagged]' _.fcp.Some.true...hidden='true' role='dimension' />"
    )
    found = columns(source_of(datasource(inside=inside)))
    assert set(found) == {"Flagged"}
    assert found["Flagged"].hidden is True


def test_names_with_brackets_are_read_back() -> None:
    assert "A]B" in columns(source_of(datasource(Field("A]]B"))))


def test_calculations_keep_their_shape_and_lose_their_literals() -> None:
    field = Field("Calculation_1", formula="IF [Name] = 'Jane Roe' THEN \"bad\" END // Jane")
    formula = columns(source_of(datasource(field)))["Calculation_1"].formula
    assert formula is not None
    assert "[Name]" in formula
    assert "Jane" not in formula
    assert "bad" not in formula


@pytest.mark.parametrize(
    ("inside", "name", "type_"),
    [
        ("<group caption='Top' name='[Top]' name-style='unqualified'><groupfilter function='level-members' level='[N]'/></group>", "Top", "set"),
        ("<column name='[N (group)]' datatype='string' role='dimension'><calculation class='categorical-bin' column='[N]'/></column>", "N (group)", "text"),
        ("<column name='[Age (bin)]' datatype='integer' role='dimension'><calculation class='bin' formula='[Age]'/></column>", "Age (bin)", "integer"),
    ],
)  # fmt: skip
def test_sets_groups_and_bins_are_calculated(inside: str, name: str, type_: str) -> None:
    found = columns(source_of(datasource(Field("N"), inside=inside)))[name]
    assert found.calculated
    assert found.type == type_


def test_a_published_data_source_and_its_url() -> None:
    connection = (
        "<connection class='sqlproxy' dbname='PeopleX' server='s.example' username='' password='' channel='https' />"
    )
    source = source_of(
        datasource(
            connection="<repository-location id='People2' path='/datasources' />" + connection, name="sqlproxy.1"
        )
    )
    assert source.published is True
    assert source.content_url == "People2"
    assert source.live is None
    assert source.connections[0].user is None
    assert source.connections[0].secret_in_file is False


def test_live_and_extract() -> None:
    live = source_of(datasource(Field("a")))
    assert (live.live, live.has_extract, live.published) == (True, False, False)
    old = source_of(datasource(connection="<connection class='dataengine' dbname='Data/x.tde' />"))
    assert (old.live, old.has_extract) == (False, True)
    off = source_of(
        datasource(inside="<extract enabled='false'><connection class='hyper' dbname='x.hyper'/></extract>")
    )
    assert (off.live, off.has_extract) == (True, False)


def test_custom_sql_is_told_without_its_literals() -> None:
    sql = "select * from p where name = 'Jane Roe' -- Jane\n and id = 123456789"
    source = source_of(
        datasource(connection=federated(POSTGRES, relation=f"<relation type='text' name='q'>{sql}</relation>"))
    )
    assert len(source.custom_sql) == 1
    assert "select * from p where name" in source.custom_sql[0]
    assert "Jane" not in source.custom_sql[0]
    assert "123456789" not in source.custom_sql[0]


@pytest.mark.parametrize(
    "inside",
    [
        "<column name='[c]' datatype='boolean' role='dimension'><calculation class='tableau' formula='[Region] = USERNAME()'/></column>",
        "<group name='[User Filter 1]' user:ui-builder='identity-set'><groupfilter function='union'/></group>",
        "<group name='[f]'><groupfilter function='filter' expression=\"ISMEMBEROF(&apos;A&apos;)\"/></group>",
    ],
)
def test_user_filters(inside: str) -> None:
    assert source_of(datasource(inside=inside)).user_filter is True
    assert source_of(datasource()).user_filter is False


def test_a_data_source_document_has_columns_and_no_opinion_on_use() -> None:
    document = datasource(Field("a"), name=DS, caption=None).replace("<datasource ", "<datasource xmlns:user='u' ")
    report = inspect_bytes(document.encode(), "Persons.tds")
    assert report.inventory is not None
    assert (report.inventory.kind, report.inventory.name) == ("datasource", "Persons")
    source = report.inventory.data_sources[0]
    assert source.used is None
    assert source.columns[0].used is None
    assert source.name == "Persons"


def test_parameters_are_no_data_source() -> None:
    parameters = (
        "<datasource name='Parameters' hasconnection='false'><column name='[P 1]' datatype='integer'/></datasource>"
    )
    report = inspect_bytes(workbook(parameters, datasource(Field("a"))), "a.twb")
    assert report.inventory is not None
    assert [source.name for source in report.inventory.data_sources] == ["People"]
