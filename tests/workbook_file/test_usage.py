"""What the sheets of a workbook need, and what only goes along."""

from __future__ import annotations

import pytest

from auditor.model.data import Column, Inventory
from auditor.sources.workbook_file import inspect_bytes

from .builders import DS, Field, dashboard, datasource, ref, windows, workbook, worksheet

NAMES = ("A", "B", "C", "D")


def read(*fields: Field, inside: str = "", **parts: str) -> Inventory:
    own = fields or tuple(Field(name) for name in NAMES)
    report = inspect_bytes(workbook(datasource(*own, inside=inside), **parts), "a.twb")
    assert report.inventory is not None
    return report.inventory


def columns(inventory: Inventory) -> dict[str, Column]:
    return {column.name: column for column in inventory.data_sources[0].columns}


def used(inventory: Inventory) -> set[str]:
    return {name for name, column in columns(inventory).items() if column.used}


@pytest.mark.parametrize(
    ("part", "shelf"),
    [
        ({"rows": ref("none:A:nk")}, "rows"),
        ({"cols": f"({ref('none:A:nk')} + {ref('sum:A:qk')})"}, "columns"),
        ({"encodings": f"<lod column='{ref('none:A:nk')}' />"}, "detail"),
        ({"encodings": f"<color column='{ref('none:A:nk')}' />"}, "color"),
        ({"encodings": f"<text column='{ref('none:A:nk')}' />"}, "text"),
        ({"encodings": f"<size column='{ref('none:A:nk')}' />"}, "size"),
        ({"encodings": f"<tooltip column='{ref('attr:A:nk')}' />"}, "tooltip"),
        ({"pane": f"<customized-tooltip><formatted-text><run>&lt;{ref('attr:A:nk')}&gt;</run></formatted-text></customized-tooltip>"}, "tooltip"),
        ({"pane": f"<customized-label><formatted-text><run>&lt;{ref('sum:A:qk')}&gt;</run></formatted-text></customized-label>"}, "label"),
        ({"pane": f"<reference-line axis-column='{ref('sum:A:qk')}' scope='per-table' />"}, "reference line"),
        ({"view": f"<filter class='categorical' column='{ref('none:A:nk')}' context='true'><groupfilter function='member' level='[none:A:nk]' member='x'/></filter>"}, "filter"),
        ({"view": f"<slices><column>{ref('none:A:nk')}</column></slices>"}, "filter"),
        ({"view": f"<sort class='computed' column='{ref('none:A:nk')}' using='{ref('sum:A:qk')}' />"}, "sort"),
        ({"view": f"<shelf-sorts><shelf-sort-v2 dimension-to-sort='{ref('none:A:nk')}' /></shelf-sorts>"}, "sort"),
        ({"more": f"<layout-options><title><formatted-text><run>&lt;{ref('none:A:nk')}&gt;</run></formatted-text></title></layout-options>"}, "title"),
        ({"view": f"<annotation><formatted-text><run>&lt;{ref('none:A:nk')}&gt;</run></formatted-text></annotation>"}, "annotation"),
    ],
)  # fmt: skip
def test_every_shelf_is_a_use(part: dict[str, str], shelf: str) -> None:
    inventory = read(sheets=worksheet("S", **part), window_list=windows("S"))
    assert used(inventory) == {"A"}
    assert shelf in columns(inventory)["A"].shelves
    assert columns(inventory)["A"].used_in_hidden_only is False


def test_a_copy_among_the_dependencies_and_a_leftover_style_are_no_use() -> None:
    sheet = worksheet(
        "S",
        rows=ref("none:A:nk"),
        dependencies=Field("B").xml() + "<column-instance column='[B]' name='[none:B:nk]' derivation='None' />",
        more=f"<table><style><style-rule><encoding field='{ref('none:C:nk')}' /></style-rule></style></table>",
    )
    assert used(read(sheets=sheet, window_list=windows("S"))) == {"A"}


def test_calculations_are_followed_down_through_level_of_detail_expressions() -> None:
    fields = (
        *(Field(name) for name in NAMES),
        Field("Calc 1", formula="[Calc 2] + 1"),
        Field("Calc 2", formula="{ FIXED [A] : MIN([B]) } // [C]"),
    )
    inventory = read(*fields, sheets=worksheet("S", rows=ref("usr:Calc 1:qk")), window_list=windows("S"))
    assert used(inventory) == {"A", "B", "Calc 1", "Calc 2"}
    assert columns(inventory)["B"].shelves == ("calculation",)


def test_a_calculation_that_needs_itself_does_not_hang() -> None:
    fields = (Field("X", formula="[Y]"), Field("Y", formula="[X]"))
    assert used(read(*fields, sheets=worksheet("S", rows=ref("X")), window_list=windows("S"))) == {"X", "Y"}


def test_a_calculation_that_lives_on_the_sheet_only() -> None:
    calculation = "<column name='[Calc 9]' datatype='integer' role='measure'><calculation class='tableau' formula='SUM([A])'/></column>"
    sheet = worksheet("S", rows=ref("usr:Calc 9:qk"), dependencies=calculation)
    assert used(read(sheets=sheet, window_list=windows("S"))) == {"A", "Calc 9"}


@pytest.mark.parametrize(
    "inside",
    [
        (
            "<group name='[G]' name-style='unqualified'><groupfilter function='end'><groupfilter function='order' expression='SUM([A])'>"
            "<groupfilter function='level-members' level='[B]'/></groupfilter></groupfilter></group>"
        ),
        (
            "<group name='[G]' name-style='unqualified'><groupfilter function='crossjoin'><groupfilter function='level-members' level='[A]'/>"
            "<groupfilter function='level-members' level='[B]'/></groupfilter></group>"
        ),
        (
            "<column name='[G]' datatype='string' role='dimension'><calculation class='categorical-bin' column='[A]'/>"
            "<calculation class='tableau' formula='[B]'/></column>"
        ),
    ],
)
def test_sets_combined_fields_and_groups_need_what_they_are_made_of(inside: str) -> None:
    assert used(read(sheets=worksheet("S", rows=ref("io:G:nk")), window_list=windows("S"), inside=inside)) == {
        "A",
        "B",
        "G",
    }
    assert used(read(sheets=worksheet("S", rows=ref("none:C:nk")), window_list=windows("S"), inside=inside)) == {"C"}


def test_bins_need_their_field_and_a_parameter_its_source() -> None:
    parameters = (
        "<datasource name='Parameters' hasconnection='false'>"
        f"<column name='[P]' datatype='integer' param-domain-type='list' source-field='{ref('B')}' /></datasource>"
    )
    inside = "<column name='[A (bin)]' datatype='integer' role='dimension'><calculation class='bin' formula='[A]' size-parameter='[Parameters].[P]'/></column>"
    own = datasource(*(Field(name) for name in NAMES), inside=inside)
    report = inspect_bytes(
        workbook(parameters, own, sheets=worksheet("S", rows=ref("none:A (bin):ok")), window_list=windows("S")), "a.twb"
    )
    assert report.inventory is not None
    assert used(report.inventory) == {"A", "A (bin)", "B"}


def test_table_calculations_need_what_they_are_ordered_by() -> None:
    dependencies = (
        "<column-instance column='[A]' derivation='Sum' name='[cum:sum:A:qk:1]'>"
        f"<table-calc ordering-type='Field' ordering-field='{ref('none:B:nk')}' /></column-instance>"
    )
    sheet = worksheet("S", rows=ref("cum:sum:A:qk:1"), dependencies=dependencies)
    assert used(read(sheets=sheet, window_list=windows("S"))) == {"A", "B"}


def test_measure_values_without_a_filter_show_every_measure_that_is_not_hidden() -> None:
    fields = (
        Field("A"),
        Field("M", "real", "measure"),
        Field("N", "real", "measure", hidden=True),
        Field("O", "real", "measure"),
    )
    everything = worksheet("S", rows=ref("Multiple Values"))
    assert used(read(*fields, sheets=everything, window_list=windows("S"))) == {"M", "O"}
    member = f"<groupfilter function='member' level='[:Measure Names]' member='&quot;{ref('sum:M:qk')}&quot;'/>"
    listed = worksheet(
        "S",
        rows=ref("Multiple Values"),
        view=f"<filter class='categorical' column='{ref(':Measure Names')}'>{member}</filter>",
    )
    assert used(read(*fields, sheets=listed, window_list=windows("S"))) == {"M"}


@pytest.mark.parametrize(
    "action",
    [
        "<action name='[1]'><link expression='https://x.example/?q=&lt;[federated.0test].[none:B:nk]&gt;' /></action>",
        "<action name='[1]'><link expression='tsl:S?%5Bfederated.0test%5D.%5Bnone:B:nk%5D~s0=&lt;[1]~na&gt;' /></action>",
        "<action name='[1]'><command command='tsc:brush'><param name='field-captions' value='Zed,Bee' /></command></action>",
        "<edit-parameter-action name='[1]'><params><param name='source-field' value='[federated.0test].[none:B:nk]'/></params></edit-parameter-action>",
    ],
)
def test_actions_need_their_fields(action: str) -> None:
    fields = (Field("A"), Field("B", caption="Bee"), Field("C"))
    inventory = read(
        *fields,
        sheets=worksheet("S", rows=ref("none:A:nk")),
        window_list=windows("S"),
        actions=f"<actions>{action}</actions>",
    )
    assert used(inventory) == {"A", "B"}
    assert "action" in columns(inventory)["B"].shelves


def test_data_source_filters_and_dashboard_filters_are_uses() -> None:
    zone = f"<zone name='S' param='{ref('none:C:nk')}' type-v2='filter' />"
    inventory = read(
        inside="<filter class='categorical' column='[B]' filter-group='1'/>",
        sheets=worksheet("S", rows=ref("none:A:nk")),
        dashboards=dashboard("D", zone),
        window_list=windows("S", "D"),
    )
    assert used(inventory) == {"A", "B", "C"}
    assert "data source filter" in columns(inventory)["B"].shelves


def test_hidden_sheets_are_told_apart_and_dashboards_bring_theirs_to_light() -> None:
    sheets = (
        worksheet("Shown", rows=ref("none:A:nk"))
        + worksheet("On dashboard", rows=ref("none:B:nk"))
        + worksheet("Nowhere", rows=f"({ref('none:A:nk')} / {ref('none:C:nk')})")
    )
    inventory = read(
        sheets=sheets,
        dashboards=dashboard("D", "On dashboard"),
        window_list=windows("Shown", "D", hidden=("On dashboard", "Nowhere")),
    )
    assert {sheet.name: sheet.hidden for sheet in inventory.sheets} == {
        "Shown": False, "On dashboard": True, "Nowhere": True, "D": False,
    }  # fmt: skip
    found = columns(inventory)
    assert {name: found[name].used_in_hidden_only for name in NAMES} == {"A": False, "B": False, "C": True, "D": False}
    assert found["C"].used is True
    assert found["D"].used is False


def test_a_hidden_dashboard_brings_nothing_to_light_and_a_story_does() -> None:
    sheets = worksheet("S", rows=ref("none:A:nk"))
    hidden = read(sheets=sheets, dashboards=dashboard("D", "S"), window_list=windows(hidden=("D", "S")))
    assert columns(hidden)["A"].used_in_hidden_only is True
    story = dashboard("T", "<story-point captured-sheet='D' />", kind="type='storyboard'")
    told = read(sheets=sheets, dashboards=dashboard("D", "S") + story, window_list=windows("T", hidden=("D", "S")))
    assert columns(told)["A"].used_in_hidden_only is False
    assert {sheet.name: sheet.kind for sheet in told.sheets}["T"] == "story"


def test_a_document_without_windows_does_not_say_which_sheets_are_hidden() -> None:
    inventory = read(sheets=worksheet("S", rows=ref("none:A:nk")))
    assert inventory.sheets[0].hidden is None
    assert columns(inventory)["A"].used_in_hidden_only is False


def test_relationship_keys_are_needed_with_their_data_source() -> None:
    inside = (
        "<_.fcp.ObjectModelEncapsulateLegacy.true...object-graph><relationships><relationship><expression op='='>"
        "<expression op='[A]'/><expression op='[B]'/></expression></relationship></relationships>"
        "</_.fcp.ObjectModelEncapsulateLegacy.true...object-graph>"
    )
    assert used(read(inside=inside, sheets=worksheet("S", rows=ref("none:C:nk")), window_list=windows("S"))) == {
        "A",
        "B",
        "C",
    }
    assert used(read(inside=inside, sheets=worksheet("S"), window_list=windows("S"))) == set()


def test_a_data_source_that_no_sheet_needs() -> None:
    other = datasource(Field("Z"), name="federated.2", caption="Left over")
    report = inspect_bytes(
        workbook(datasource(Field("A")), other, sheets=worksheet("S", rows=ref("none:A:nk")), window_list=windows("S")),
        "a.twb",
    )
    assert report.inventory is not None
    assert {source.name: source.used for source in report.inventory.data_sources} == {
        "People": True,
        "Left over": False,
    }


def test_captions_stand_for_names_where_nothing_else_fits() -> None:
    fields = (Field("Calculation_7", formula="1", caption="Ratio"), Field("A"))
    assert used(read(*fields, sheets=worksheet("S", rows=f"[{DS}].[Ratio]"), window_list=windows("S"))) == {
        "Calculation_7"
    }
