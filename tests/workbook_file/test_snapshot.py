"""Snapshots from files alone, and what a site would be if a file were published into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditor.model import (
    Content,
    Coverage,
    Grantee,
    GranteeKind,
    Identity,
    Kind,
    Ledger,
    Lock,
    Mode,
    Project,
    Provenance,
    Read,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
)
from auditor.sources.workbook_file import (
    file_refs,
    inspect_bytes,
    overwritten,
    publish_into,
    published_ref,
    snapshot_of_files,
)

from .builders import Field, datasource, extract_of, firearms_document, ref, windows, workbook, worksheet

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EVERYONE = Grantee(GranteeKind.GROUP, "all")


def rules(*names: str) -> RuleSet:
    return RuleSet.of([Rule(EVERYONE, name, Mode.ALLOW) for name in names])


def firearms():
    report = inspect_bytes(firearms_document(), "Firearms.twb")
    assert report.inventory is not None
    return report


def test_files_become_subjects_with_a_ledger() -> None:
    bad = inspect_bytes(b"<html/>", "bad.twb")
    good = inspect_bytes(workbook(datasource(Field("A"))), "good.twb")
    snapshot = snapshot_of_files([firearms(), bad, good], lambda: NOW)
    assert snapshot.provenance.platform == "file"
    assert snapshot.provenance.started_at == NOW
    assert [item.name for item in snapshot.contents.values()] == ["Firearms", "bad.twb", "good"]
    assert len(snapshot.inventories) == 2
    refs = list(snapshot.contents)
    lines = snapshot.ledger.lines
    assert (lines["files"].expected, lines["files"].got) == (3, 2)
    assert (lines["columns"].expected, lines["columns"].got) == (3, 2)
    assert {miss.id for miss in lines["files"].missing} == {refs[1].id}
    # A plain .twb has no extract in it, and of the bad file nobody knows.
    assert {miss.id for miss in lines["extracts"].missing} == {refs[0].id, refs[1].id}
    assert not snapshot.ledger.is_complete("files")


def test_a_good_file_alone_is_complete() -> None:
    snapshot = snapshot_of_files([inspect_bytes(workbook(datasource(Field("A"))), "good.twb")], lambda: NOW)
    assert snapshot.ledger.is_complete("files")
    assert snapshot.ledger.is_complete("columns")
    assert snapshot.ledger.is_complete("extracts")  # there is none, and that is known


def test_ids_come_from_names_and_stay_when_content_changes() -> None:
    one = inspect_bytes(workbook(datasource(Field("A"))), "x/a.twb")
    other = inspect_bytes(workbook(datasource(Field("B"))), "y/a.twb")
    assert file_refs([one]) == file_refs([other])
    assert len(set(file_refs([one, other, other]))) == 3
    assert file_refs([one])[0].kind is Kind.WORKBOOK
    assert file_refs([inspect_bytes(b"a,b\n", "a.csv")])[0].kind is Kind.DATASOURCE


def site(lock: Lock = Lock.CUSTOMIZABLE, *, template: bool = True, **more) -> Snapshot:
    project = Project("p", "Public", lock=lock)
    defaults = (
        {("p", Kind.WORKBOOK): rules("Read", "ExportXml", "ViewUnderlyingData", "WebAuthoring")} if template else {}
    )
    return Snapshot(
        provenance=Provenance(signed_in_as=Identity(id="me")),
        projects={"p": project},
        default_rules=defaults,
        ledger=Ledger.of(
            [Coverage(Read.WORKBOOKS, 0, 0), Coverage(Read.VIEWS, 0, 0), Coverage(Read.WORKBOOK_PERMISSIONS, 0, 0)]
        ),
        **more,
    )


def test_a_new_workbook_gets_the_projects_default_rules_and_its_views_a_copy() -> None:
    inventory = firearms().inventory
    after = publish_into(site(), inventory, "p", tabs_shown=False)
    new = published_ref(inventory)
    assert after.rules[new] == rules("Read", "ExportXml", "ViewUnderlyingData", "WebAuthoring")
    item = after.contents[new]
    assert (item.project_id, item.owner_id, item.tabs_shown, item.has_extracts) == ("p", "me", False, True)
    views = [content for content in after.contents.values() if content.kind is Kind.VIEW]
    assert {view.name for view in views} == {"By County", "By Year", "Firearms Dashboard"}  # hidden sheets are no views
    assert {view.parent_id for view in views} == {new.id}
    assert {after.rules[view.ref] for view in views} == {rules("Read", "ViewUnderlyingData", "WebAuthoring")}
    assert after.inventories[new].data_sources == inventory.data_sources
    assert after.ledger.is_complete(Read.WORKBOOKS)
    assert after.ledger.lines["workbooks"].expected == 1
    assert after.ledger.lines["views"].expected == 3


def test_the_site_itself_is_not_changed() -> None:
    before = site()
    publish_into(before, firearms().inventory, "p")
    assert before.contents == {}
    assert before.ledger.lines["workbooks"].expected == 0


def test_default_rules_that_were_not_read_are_a_miss_and_no_rules() -> None:
    inventory = firearms().inventory
    after = publish_into(site(template=False), inventory, "p")
    new = published_ref(inventory)
    assert new not in after.rules
    misses = after.ledger.misses(Read.WORKBOOK_PERMISSIONS)
    assert [(miss.kind, miss.id) for miss in misses] == [(Kind.WORKBOOK, new.id)]
    assert {miss.kind for miss in after.ledger.misses(Read.VIEW_PERMISSIONS)} == {Kind.VIEW}


@pytest.mark.parametrize("lock", [Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED])
def test_in_a_locked_project_nothing_own_is_needed(lock: Lock) -> None:
    after = publish_into(site(lock, template=False), firearms().inventory, "p")
    assert after.ledger.misses(Read.WORKBOOK_PERMISSIONS) == ()


def test_publishing_over_an_item_keeps_its_rules_and_drops_views_that_are_gone() -> None:
    old = Content(
        Kind.WORKBOOK, "w", "firearms", project_id="p", owner_id="somebody", tabs_shown=True, content_url="Firearms"
    )
    stays = Content(Kind.VIEW, "v1", "By County", project_id="p", parent_id="w")
    goes = Content(Kind.VIEW, "v2", "Old Sheet", project_id="p", parent_id="w")
    contents = {item.ref: item for item in (old, stays, goes)}
    own = {old.ref: rules("Read"), stays.ref: rules("Read", "Filter"), goes.ref: rules("Read")}
    before = site(contents=contents, rules=own)
    inventory = firearms().inventory
    target = overwritten(before, inventory, "p")
    assert target == old.ref
    after = publish_into(before, inventory, "p", overwrite_of=target)
    assert after.rules[old.ref] == rules("Read")
    assert after.rules[stays.ref] == rules("Read", "Filter")
    assert goes.ref not in after.contents
    assert goes.ref not in after.rules
    assert after.contents[old.ref].owner_id == "me"
    assert after.contents[old.ref].content_url == "Firearms"
    by_name = {item.name: item for item in after.contents.values()}
    assert after.rules[by_name["By Year"].ref] == rules("Read")
    assert after.inventories[old.ref].id == "w"


def test_overwriting_means_the_same_project_and_kind() -> None:
    elsewhere = Content(Kind.WORKBOOK, "w", "Firearms", project_id="q")
    source = Content(Kind.DATASOURCE, "d", "Firearms", project_id="p")
    assert overwritten(site(contents={elsewhere.ref: elsewhere, source.ref: source}), firearms().inventory, "p") is None


def test_connections_lead_to_the_sites_published_data_sources() -> None:
    connection = "<repository-location id='PeopleX' path='/datasources' /><connection class='sqlproxy' dbname='PeopleX' server='s' />"
    xml = workbook(datasource(connection=connection), sheets=worksheet("S", rows=ref("a")), window_list=windows("S"))
    inventory = inspect_bytes(xml, "a.twb").inventory
    published = Content(Kind.DATASOURCE, "ds", "Something", content_url="PeopleX")
    after = publish_into(site(contents={published.ref: published}), inventory, "p")
    (found,) = after.connections[published_ref(inventory)]
    assert (found.type, found.datasource_id) == ("sqlproxy", "ds")


def test_a_data_source_file_is_published_as_a_data_source() -> None:
    report = inspect_bytes(datasource(Field("A"), inside=extract_of("x.hyper")).encode(), "People.tds")
    before = replace(site(), default_rules={("p", Kind.DATASOURCE): rules("Read", "Connect")})
    after = publish_into(before, report.inventory, "p", missed=report.missed)
    new = published_ref(report.inventory)
    assert new.kind is Kind.DATASOURCE
    assert after.rules[new] == rules("Read", "Connect")
    assert [miss.id for miss in after.ledger.misses(Read.EXTRACTS)] == [new.id]
    assert not [key for key in after.contents if key.kind is Kind.VIEW]


def test_refs_of_two_sheets_differ() -> None:
    after = publish_into(site(), firearms().inventory, "p")
    assert len({key for key in after.contents if key.kind is Kind.VIEW}) == 3
    assert all(isinstance(key, Ref) for key in after.contents)


def test_who_could_do_what_once_published_is_worked_out_by_the_ordinary_engine() -> None:
    """The point of it all: default rules decide, and unread default rules stay unknown."""
    from auditor.access import Access, Everyone, Outcome
    from auditor.model import Group, User

    people = {
        "users": {"u": User("u", "u", "Explorer"), "me": User("me", "me", "Creator")},
        "groups": {"all": Group("all", "All Users", is_everyone=True)},
    }
    inventory = firearms().inventory
    new = published_ref(inventory)
    rules_of_project = {Ref(Kind.PROJECT, "p"): RuleSet()}
    opened = Access(publish_into(site(rules=rules_of_project, **people), inventory, "p"))
    assert opened.can(Everyone(), new, "ViewUnderlyingData").outcome is Outcome.ALLOW
    assert opened.can(Everyone(), new, "Delete").outcome is Outcome.DENY
    views = [ref for ref in opened.snapshot.contents if ref.kind is Kind.VIEW]
    assert {opened.can(Everyone(), view, "ViewUnderlyingData").outcome for view in views} == {Outcome.ALLOW}
    unread = Access(publish_into(site(template=False, rules=rules_of_project, **people), inventory, "p"))
    assert unread.can(Everyone(), new, "ViewUnderlyingData").outcome is Outcome.UNKNOWN
