"""The emulator, asked by the unmodified tableauserverclient: what it says is what was described."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
import tableauserverclient as TSC  # noqa: N812 - the name that its own manual gives it
from tableauserverclient.server.endpoint import exceptions

from tests.emulator import Emulator, Site, emulate, site

NS = "{http://tableau.com/api}"


def described() -> Site:
    """A site with one of everything."""
    s = site("Open Data", content_url="opendata", guest_access=True)
    alice, bob = s.user("alice", role="Explorer"), s.user("bob", role="Viewer")
    press = s.group("Press", members=[alice, bob])
    desk = s.group("Desk", members=[bob])
    both = s.group_set("Both", [press, desk])
    public = s.project("Public", locked="LockedToProject").allow(alice, "ProjectLeader").allow(s.all_users, "Read")
    public.default("workbooks").allow(s.all_users, "Read", "ExportXml").deny(both, "ExportData")
    public.default("virtualConnections").allow(press, "Connect")
    justice = public.project("Justice")
    locked = justice.workbook("Firearms", tags=["dojo"]).allow(bob, "Delete")
    locked.view("Overview")
    lab = s.project("Lab", owner=alice).allow(desk, "Read")
    source = (
        lab.datasource("DROS", owner=alice, certified=True)
        .allow(press, "Connect")
        .connection(user="svc", embed_password=True)
    )
    open_book = (
        lab.workbook("Notes", owner=alice, tabs=False)
        .allow(press, "Read")
        .deny(bob, "ExportXml")
        .connection(datasource=source, embed_password=True)
    )
    open_book.file(b"PK\x03\x04", name="notes.twbx").revision().revision()
    open_book.view("Detail", hidden=True).allow(desk, "Read", "ViewUnderlyingData")
    lab.workbook("Tabbed").allow(press, "Read", "ExportXml").view("Sheet 1")
    lab.flow("Nightly").allow(press, "Read")
    lab.virtual_connection("Warehouse").connection(type="postgres").allow(press, "Connect")
    lab.database("db").table("people").allow(press, "Read")
    s.personal_workbook("Mine", owner=bob)
    s.connected_app("portal", unrestricted_embedding=True)
    s.embedding(unrestricted=False, allow_list="example.org")
    return s


@pytest.fixture(scope="module")
def emu() -> Iterator[Emulator]:
    with emulate(described(), passwords={"bob": "hunter2", "alice": "wonder"}, jwts={"ey.jwt": "alice"}) as running:
        yield running


@pytest.fixture
def server(emu: Emulator) -> Iterator[TSC.Server]:
    client = TSC.Server(emu.url, use_server_version=True)
    with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "opendata")):
        yield client


def named(endpoint: Any, name: str) -> Any:
    return next(item for item in TSC.Pager(endpoint) if item.name == name)


def raw(server: TSC.Server, path: str) -> ET.Element:
    return ET.fromstring(server.workbooks.get_request(f"{server.baseurl}/sites/{server.site_id}/{path}").content)


def rules(item: Any, names: dict[str, str]) -> dict[str, dict[str, str]]:
    return {names[rule.grantee.id]: rule.capabilities for rule in item.permissions}


def names_of(server: TSC.Server) -> dict[str, str]:
    return {p.id: p.name for e in (server.users, server.groups, server.group_sets) for p in TSC.Pager(e)}


def test_sign_in_tells_the_version_and_signs_out(emu: Emulator) -> None:
    client = TSC.Server(emu.url, use_server_version=True)
    with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "opendata")):
        assert client.version == "3.27"
        token = client.auth_token
    assert token not in emu.sessions.open


@pytest.mark.parametrize(
    "auth",
    [
        TSC.PersonalAccessTokenAuth("auditor", "wrong", "opendata"),
        TSC.PersonalAccessTokenAuth("auditor", "secret", "elsewhere"),
        TSC.TableauAuth("bob", "guess", "opendata"),
        TSC.JWTAuth("ey.other", site_id="opendata"),
    ],
)
def test_wrong_credentials_are_401001(emu: Emulator, auth: Any) -> None:
    with pytest.raises(exceptions.FailedSignInError) as caught:
        TSC.Server(emu.url).auth.sign_in(auth)
    assert caught.value.code == "401001"


def test_the_three_ways_in_are_three_users(emu: Emulator) -> None:
    seen = []
    for auth in (
        TSC.PersonalAccessTokenAuth("auditor", "secret", "opendata"),
        TSC.TableauAuth("bob", "hunter2", "opendata"),
        TSC.JWTAuth("ey.jwt", site_id="opendata"),
    ):
        client = TSC.Server(emu.url, use_server_version=True)
        with client.auth.sign_in(auth):
            body = client.workbooks.get_request(f"{client.baseurl}/sessions/current").content
            user = ET.fromstring(body).find(f".//{NS}user")
            assert user is not None
            seen.append((user.get("name"), user.get("siteRole")))
    assert seen == [("admin", "ServerAdministrator"), ("bob", "Viewer"), ("alice", "Explorer")]


def test_lists_hold_all_that_was_described(server: TSC.Server) -> None:
    found = {
        name: [item.name for item in TSC.Pager(getattr(server, name))]
        for name in (
            "projects",
            "workbooks",
            "views",
            "datasources",
            "flows",
            "virtual_connections",
            "databases",
            "tables",
            "users",
            "groups",
            "group_sets",
            "sites",
        )
    }
    assert found == {
        "projects": ["Public", "Justice", "Lab"],
        "workbooks": ["Firearms", "Notes", "Tabbed", "Mine"],
        "views": ["Overview", "Detail", "Sheet 1"],
        "datasources": ["DROS"],
        "flows": ["Nightly"],
        "virtual_connections": ["Warehouse"],
        "databases": ["db"],
        "tables": ["people"],
        "users": ["admin", "guest", "alice", "bob"],
        "groups": ["All Users", "Press", "Desk"],
        "group_sets": ["Both"],
        "sites": ["Open Data"],
    }


def test_members_and_group_sets(server: TSC.Server) -> None:
    press, everyone = named(server.groups, "Press"), named(server.groups, "All Users")
    server.groups.populate_users(press)
    server.groups.populate_users(everyone)
    assert [u.name for u in press.users] == ["alice", "bob"]
    assert [u.name for u in everyone.users] == ["admin", "alice", "bob"]
    assert [g.name for g in server.group_sets.get_by_id(named(server.group_sets, "Both").id).groups] == [
        "Press",
        "Desk",
    ]
    bob = named(server.users, "bob")
    server.users.populate_groups(bob)
    assert [g.name for g in bob.groups] == ["All Users", "Press", "Desk"]


def test_unlocked_items_have_their_own_rules(server: TSC.Server) -> None:
    names, book = names_of(server), named(server.workbooks, "Notes")
    server.workbooks.populate_permissions(book)
    assert rules(book, names) == {"Press": {"Read": "Allow"}, "bob": {"ExportXml": "Deny"}}
    view = named(server.views, "Detail")
    server.views.populate_permissions(view)
    assert rules(view, names) == {"Desk": {"Read": "Allow", "ViewUnderlyingData": "Allow"}}
    for endpoint, name in (
        (server.flows, "Nightly"),
        (server.datasources, "DROS"),
        (server.virtual_connections, "Warehouse"),
        (server.tables, "people"),
    ):
        item = named(endpoint, name)
        endpoint.populate_permissions(item)
        assert list(rules(item, names)) == ["Press"], name


def test_locked_items_answer_the_defaults_of_the_lock(server: TSC.Server) -> None:
    names, book = names_of(server), named(server.workbooks, "Firearms")
    server.workbooks.populate_permissions(book)
    assert rules(book, names) == {"All Users": {"Read": "Allow", "ExportXml": "Allow"}, "Both": {"ExportData": "Deny"}}
    view = named(server.views, "Overview")
    server.views.populate_permissions(view)
    assert rules(view, names) == {"All Users": {"Read": "Allow"}, "Both": {"ExportData": "Deny"}}
    parent = raw(server, f"workbooks/{book.id}/permissions").find(f".//{NS}parent")
    assert parent is not None
    assert (parent.get("type"), parent.get("id")) == ("Project", named(server.projects, "Public").id)
    assert raw(server, f"workbooks/{named(server.workbooks, 'Notes').id}/permissions").find(f".//{NS}parent") is None


def test_views_of_a_tabbed_workbook_take_its_rules(server: TSC.Server) -> None:
    view = named(server.views, "Sheet 1")
    server.views.populate_permissions(view)
    assert rules(view, names_of(server)) == {"Press": {"Read": "Allow"}}


def test_projects_tell_lock_controller_and_leaders_from_above(server: TSC.Server) -> None:
    public, justice = named(server.projects, "Public"), named(server.projects, "Justice")
    assert (public.content_permissions, justice.content_permissions) == ("LockedToProject", "LockedToProject")
    found = {
        p.get("name"): p.get("controllingPermissionsProjectId") for p in raw(server, "projects").iter(f"{NS}project")
    }
    assert found == {"Public": public.id, "Justice": public.id, "Lab": None}
    server.projects.populate_permissions(justice)
    assert rules(justice, names_of(server)) == {
        "All Users": {"Read": "Allow"},
        "alice": {"InheritedProjectLeader": "Allow"},
    }
    server.projects.populate_workbook_default_permissions(justice)
    assert len(justice.default_workbook_permissions) == 2
    server.projects.populate_virtualconnection_default_permissions(public)
    assert [r.capabilities for r in public.default_virtualconnection_permissions] == [{"Connect": "Allow"}]


def test_details_connections_and_downloads(server: TSC.Server, tmp_path: Any) -> None:
    book = server.workbooks.get_by_id(named(server.workbooks, "Notes").id)
    assert [v.name for v in book.views] == ["Detail"]
    server.workbooks.populate_connections(book)
    (link,) = book.connections
    assert (link.connection_type, link.embed_password, link.datasource_name) == ("sqlproxy", True, "DROS")
    server.workbooks.populate_revisions(book)
    assert [r.revision_number for r in book.revisions] == ["1", "2"]
    assert server.workbooks.download(book.id, str(tmp_path)).endswith("notes.twbx")
    assert (tmp_path / "notes.twbx").read_bytes() == b"PK\x03\x04"
    warehouse = server.virtual_connections.populate_connections(named(server.virtual_connections, "Warehouse"))
    assert [c.connection_type for c in warehouse.connections] == ["postgres"]
    mine = server.workbooks.get_by_id(named(server.workbooks, "Mine").id)
    assert (mine.project_name, mine.location.type) == (None, "PersonalSpace")


def test_settings_embedding_and_connected_apps(server: TSC.Server) -> None:
    assert server.sites.get_by_id(server.site_id).guest_access_enabled is True
    settings = raw(server, "settings/embedding").find(f".//{NS}settings")
    assert settings is not None
    assert settings.attrib == {"unrestrictedEmbedding": "false", "allowList": "example.org"}
    apps = raw(server, "connected-applications").findall(f".//{NS}connectedApplication")
    assert [(a.get("name"), a.get("unrestrictedEmbedding")) for a in apps] == [("portal", "true")]


def test_all_fields_add_what_saves_calls(server: TSC.Server) -> None:
    view = raw(server, "views?fields=_all_").find(f".//{NS}view/{NS}workbook")
    group = raw(server, "groups?fields=_all_").findall(f".//{NS}group")[1]
    counts = raw(server, "projects?fields=_all_").findall(f".//{NS}contentsCounts")[2]
    assert view is not None
    assert (view.get("showTabs"), group.get("userCount"), counts.get("workbookCount")) == ("true", "2", "2")
    assert raw(server, "views").find(f".//{NS}view/{NS}workbook").get("showTabs") is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("workbooks?pageNumber=2", "400006"),
        ("workbooks?pageSize=0", "400007"),
        ("workbooks?pageSize=1001", "403014"),
        ("workbooks/nothing/permissions", "404006"),
        ("views/nothing/permissions", "404011"),
        ("groups/nothing/users", "404012"),
        ("users/nothing", "404002"),
        ("nonsense", "404003"),
    ],
)
def test_refusals_are_worded_as_tableau_words_them(server: TSC.Server, path: str, code: str) -> None:
    with pytest.raises(exceptions.ServerResponseError) as caught:
        raw(server, path)
    assert caught.value.code == code


def test_a_second_sign_in_ends_the_session_of_the_same_token(emu: Emulator, server: TSC.Server) -> None:
    other = TSC.Server(emu.url, use_server_version=True)
    with other.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "opendata")):
        with pytest.raises(exceptions.FailedSignInError) as caught:
            server.workbooks.get()
        assert caught.value.code == "401002"
    server._clear_auth()


def test_writes_are_refused_and_noted() -> None:
    with emulate(described()) as emu:
        client = TSC.Server(emu.url, use_server_version=True)
        with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "opendata")):
            project = named(client.projects, "Lab")
            assert emu.writes == []
            with pytest.raises(exceptions.ServerResponseError) as caught:
                client.projects.get_by_id(project.id)
            assert caught.value.code == "405000"
            with pytest.raises(exceptions.ServerResponseError):
                client.workbooks.delete(named(client.workbooks, "Notes").id)
        assert [method for method, _ in emu.writes] == ["PUT", "DELETE"]
