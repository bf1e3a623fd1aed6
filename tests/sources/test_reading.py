"""A site read from end to end: the facts, in three values, and the ledger that counts them."""

from __future__ import annotations

import pytest

from auditor.model import Grantee, GranteeKind, Kind, Lock, Mode, Read, Ref, Rule
from auditor.sources.tableau import JwtCredentials, PasswordCredentials, Secret
from tests.emulator import emulate, site
from tests.sources.helping import TOKENS, USUAL, facts, incomplete, read, sample_site


def by_name(items, name):
    return next(item for item in items.values() if item.name == name)


def test_everything_of_a_small_site_is_read_and_counted():
    s = sample_site()
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu)
        assert emu.writes == []
        assert emu.requests[-1] == ("POST", "/api/3.27/auth/signout")
    assert incomplete(found) == {}
    assert {p.name for p in found.projects.values()} == {"Public", "Justice", "Shelf", "Below the shelf", "Free"}
    assert by_name(found.projects, "Public").lock is Lock.LOCKED
    assert by_name(found.projects, "Shelf").lock is Lock.LOCKED_WITHOUT_NESTED
    assert by_name(found.projects, "Free").lock is Lock.CUSTOMIZABLE
    justice = by_name(found.projects, "Justice")
    assert justice.controlling_id == by_name(found.projects, "Public").id == justice.parent_id
    line = found.ledger.line(Read.WORKBOOKS)
    assert (line.expected, line.got) == (5, 5)
    assert found.provenance.signed_in_as.is_admin is True
    assert found.provenance.signed_in_as.role == "ServerAdministrator"
    assert found.provenance.api_version == "3.27"
    assert found.provenance.requests == len(emu.requests) - 1  # all but the sign-out
    assert found.provenance.is_cloud is False


def test_content_is_read_in_three_values():
    s = sample_site()
    silent = s.project("Silent").workbook("Says nothing").omit("showTabs", "owner")
    nowhere = s.project("Nowhere").workbook("No place told").omit("project", "location")
    with emulate(s, tokens=TOKENS) as emu:
        contents = read(emu, USUAL).contents
    assert contents[Ref(Kind.WORKBOOK, silent.luid)].tabs_shown is None
    assert contents[Ref(Kind.WORKBOOK, silent.luid)].owner_id is None
    hidden = by_name(contents, "Tabs hidden")
    assert (hidden.tabs_shown, hidden.personal_space, hidden.tags) == (False, False, ("beta", "public"))
    assert by_name(contents, "Closed sheet").hidden is True
    assert by_name(contents, "Open sheet").hidden is None
    assert by_name(contents, "Open sheet").parent_id == hidden.id
    assert by_name(contents, "Mine").personal_space is True
    assert by_name(contents, "Mine").project_id is None
    nowhere_read = contents[Ref(Kind.WORKBOOK, nowhere.luid)]
    assert (nowhere_read.personal_space, nowhere_read.project_id) == (None, None)
    assert (by_name(contents, "Registry").certified, by_name(contents, "Registry").has_extracts) == (True, True)


def test_settings_are_typed_and_absent_ones_absent():
    s = site("Open Data", guest_access=True, settings={"revisionLimit": 7, "authoringEnabled": " true "})
    s.omit("site", "explainDataEnabled", "dataAlertsEnabled")
    s.attributes("site", isDataAlertsEnabled=False, brandNewSwitch="Maybe")
    s.embedding(unrestricted=None, allow_list="intranet.example")
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu, {Read.SITE, Read.EMBEDDING}).settings
    assert found["guestAccessEnabled"] is True
    assert found["authoringEnabled"] is True
    assert found["revisionLimit"] == 7
    assert found["brandNewSwitch"] == "Maybe"
    assert found["dataAlertsEnabled"] is False
    assert "explainDataEnabled" not in found
    assert found["embedding.allowList"] == "intranet.example"
    assert "embedding.unrestrictedEmbedding" not in found


def test_words_that_nobody_knows_lose_nothing():
    s = site("New words")
    s.user("robot", role="Overlord")
    wb = (
        s.project("P")
        .workbook("W")
        .allow(s.all_users, "Read", "TimeTravel")
        .allow(s.grantee("fellowship", "nine"), "Read")
    )
    s.group("Press", minimumSiteRole="Viewer", ephemeralUsersEnabled=True)
    s.project("Odd").attributes(contentPermissions="LockedByMagic")
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu)
    assert incomplete(found) == {}
    assert by_name(found.users, "robot").site_role == "Overlord"
    rules = found.rules[Ref(Kind.WORKBOOK, wb.luid)].rules
    assert Rule(Grantee(GranteeKind.GROUP, s.all_users.luid), "TimeTravel", Mode.ALLOW) in rules
    other = next(rule.grantee for rule in rules if rule.grantee.kind is GranteeKind.OTHER)
    assert other.word == "fellowship"
    assert other.id
    assert by_name(found.projects, "Odd").lock is Lock.UNKNOWN
    press = by_name(found.groups, "Press")
    assert (press.minimum_site_role, press.on_demand_access) == ("Viewer", True)


def test_people():
    s = sample_site()
    imported = s.group("All Users", domain="corp.example")
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu)
    everyone = [group for group in found.groups.values() if group.is_everyone]
    assert [group.id for group in everyone] == [s.all_users.luid]
    assert imported.luid in found.groups
    assert by_name(found.users, "guest").is_guest
    sets = by_name(found.group_sets, "Press and inner")
    assert set(sets.group_ids) == {by_name(found.groups, "Press").id, by_name(found.groups, "Inner circle").id}
    # members: of groups that rules name, themselves or through a set; not of All Users, nor of groups nobody asks about
    named = {by_name(found.groups, "Press").id, by_name(found.groups, "Inner circle").id}
    assert set(found.group_members) == named
    assert found.group_members[by_name(found.groups, "Press").id] == {by_name(found.users, "bob@partner.example").id}


def test_connections_and_apps():
    s = sample_site()
    wb = by_name(s.things["workbook"], "Tabs hidden")
    wb.connection(type="sqlserver", server="db.example", user="svc", embed_password=True)
    s.connected_app("Portal", unrestricted_embedding=True)
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu, {Read.WORKBOOK_CONNECTIONS, Read.CONNECTED_APPS})
    (connection,) = found.connections[Ref(Kind.WORKBOOK, wb.luid)]
    assert (connection.type, connection.server, connection.user_name, connection.embeds_password) == (
        "sqlserver",
        "db.example",
        "svc",
        True,
    )
    assert found.connected_apps[0].name == "Portal"
    assert found.connected_apps[0].unrestricted_embedding is True
    assert len(found.connections) == len([ref for ref in found.contents if ref.kind is Kind.WORKBOOK])


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_pages_of_any_size_give_the_same_site(size):
    s = sample_site()
    with emulate(s, tokens=TOKENS) as emu:
        whole = read(emu, USUAL)
        paged = read(emu, USUAL, page_size=size)
    assert facts(paged) == facts(whole)
    assert incomplete(paged) == {}


def test_a_server_that_gives_smaller_pages_than_asked():
    s = sample_site()
    with emulate(s, tokens=TOKENS) as emu:
        whole = read(emu, USUAL)
    with emulate(s, tokens=TOKENS, page_limit=2) as emu:
        assert facts(read(emu, USUAL)) == facts(whole)


@pytest.mark.parametrize("version", ["3.4", "3.12", "3.19", "3.22"])
def test_older_servers_lack_lists_without_being_incomplete(version):
    s = sample_site()
    with emulate(s, tokens=TOKENS, version=version) as emu:
        found = read(emu)
        assert not [target for _, target in emu.requests if "404" in target]
    assert {read for read, reasons in incomplete(found).items() if reasons} <= {"metrics"}  # the emulator has none
    assert found.provenance.api_version == version
    line = found.ledger.line(Read.CONNECTED_APPS)
    assert (line.expected, line.got) == (0, 0) if version < "3.14" else line.complete


def test_who_is_not_administrator_sees_only_a_part_and_says_so():
    s = sample_site()
    s.user("viewer", role="Viewer")
    with emulate(s, tokens={"viewer": TOKENS["auditor"]}) as emu:
        from auditor.sources.tableau import TokenCredentials

        found = read(emu, credentials=TokenCredentials("viewer", Secret(TOKENS["auditor"])))
    assert found.provenance.signed_in_as.is_admin is False
    reasons = incomplete(found)
    assert any("signed in as Viewer" in reason for reason in reasons[Read.WORKBOOKS])
    assert any("signed in as Viewer" in reason for reason in reasons[Read.PROJECTS])
    assert any("settings" in reason or "403" in reason for reason in reasons[Read.SITE])
    assert any("403" in reason for reason in reasons[Read.USERS])
    remedies = {miss.remedy for miss in found.ledger.misses(Read.USERS)}
    assert any("administrator" in remedy for remedy in remedies)


def test_password_and_jwt_sign_in():
    s = site("Three doors")
    with emulate(s, passwords={"admin": "pass-word"}, jwts={"header.body.sign": "admin"}) as emu:
        one = read(emu, {Read.SITE}, credentials=PasswordCredentials("admin", Secret("pass-word")))
        two = read(emu, {Read.SITE}, credentials=JwtCredentials(Secret("header.body.sign")))
    assert one.settings == two.settings
    assert one.settings["guestAccessEnabled"] is False


def test_a_list_that_did_not_come_leaves_what_hangs_on_it_uncounted():
    from tests.emulator import faults

    s = sample_site()
    with emulate(s, tokens=TOKENS, faults=[faults.refuse("403004", "/workbooks\\?", times=None)]) as emu:
        found = read(emu, USUAL)
    line = found.ledger.line(Read.WORKBOOK_PERMISSIONS)
    assert line.expected is None
    assert not line.complete
    assert "403004" in found.ledger.misses(Read.WORKBOOKS)[0].reason
