"""Accounts, sites, sessions, versions and pages: how the emulator conducts itself when nothing goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
import tableauserverclient as TSC  # noqa: N812 - the name that its own manual gives it
from tableauserverclient.server.endpoint import exceptions

from tests.emulator import SessionRules, Site, emulate, faults, site
from tests.emulator.apart import emulate_apart
from tests.emulator.asking import Asker, small
from tests.emulator.tls import self_signed


class TestWithoutTheRightsOfAnAdministrator:
    """What an ordinary account gets: less, and often without a word (tableau-access.md, trap 17)."""

    @staticmethod
    def described() -> tuple[Site, Any]:
        s = site("S", content_url="s")
        me = s.user("auditor", role="Explorer")
        readers = s.group("Readers", members=[me])
        lab = s.project("Lab").allow(readers, "Read")
        s.project("Secret").workbook("Hidden from all").view("V")
        lab.workbook("Readable", tabs=False).allow(readers, "Read").view("Not readable")
        lab.workbook("Denied").allow(readers, "Read").deny(me, "Read")
        lab.workbook("Own", owner=me)
        return s, me

    def test_lists_leave_out_and_people_are_refused(self) -> None:
        s, me = self.described()
        with emulate(s) as emu:
            client = TSC.Server(emu.url, use_server_version=True)
            with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "s")):
                assert client.user_id == me.luid
                assert [b.name for b in TSC.Pager(client.workbooks)] == ["Readable", "Own"]
                assert [p.name for p in TSC.Pager(client.projects)] == ["Lab"]
                assert list(TSC.Pager(client.views)) == []
                book = next(iter(TSC.Pager(client.workbooks)))
                client.workbooks.populate_permissions(book)
                for refused in (
                    client.users.get,
                    client.groups.get,
                    client.group_sets.get,
                    client.sites.get,
                    lambda: book.permissions,
                ):
                    with pytest.raises(TSC.ServerResponseError) as caught:
                        refused()
                    assert caught.value.code == "403004"
                answer = client.sites.get_request(f"{client.baseurl}/sites/{client.site_id}").content
                assert "guestAccessEnabled" not in answer.decode()

    def test_an_administrator_can_ask_what_a_user_can_read(self) -> None:
        s, me = self.described()
        s.user("boss", role="SiteAdministratorExplorer")
        with emulate(s, tokens={"boss": "x"}) as emu:
            client = TSC.Server(emu.url, use_server_version=True)
            with client.auth.sign_in(TSC.PersonalAccessTokenAuth("boss", "x", "s")):
                user = client.users.get_by_id(me.luid)
                client.users.populate_workbooks(user)
                assert [b.name for b in user.workbooks] == ["Readable", "Own"]


def test_cloud_has_no_guest_and_no_list_of_sites() -> None:
    with emulate(site("S", content_url="s", cloud=True, guest_access=True), site("T", content_url="t")) as emu:
        ask = Asker(emu)
        assert 'siteRole="Guest"' not in ask("users").text
        answer = requests.get(f"{emu.url}/api/3.27/sites", headers=ask.session.headers, timeout=5)
        assert b'code="403069"' in answer.content


def test_switching_sites_ends_the_old_session() -> None:
    with emulate(small(), site("Other", content_url="other")) as emu:
        client = TSC.Server(emu.url, use_server_version=True)
        client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "s"))
        before = client.auth_token
        other = next(s for s in TSC.Pager(client.sites) if s.name == "Other")
        with client.auth.switch_site(other):
            assert (client.site_id, before in emu.sessions.open) == (other.id, False)
            assert list(TSC.Pager(client.workbooks)) == []
        assert emu.sessions.open == {}
        assert emu.writes == []


def test_older_versions_do_not_have_newer_addresses() -> None:
    with emulate(small(), version="3.19") as emu:
        client = TSC.Server(emu.url, use_server_version=True)
        with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "s")):
            assert client.version == "3.19"
            for path in ("groupsets", "virtualconnections/x/permissions"):
                with pytest.raises(TSC.ServerResponseError) as caught:
                    client.workbooks.get_request(f"{client.baseurl}/sites/{client.site_id}/{path}")
                assert caught.value.code == "404003"


def test_pages_are_complete_and_sorted_when_asked() -> None:
    s = site("Big", content_url="big")
    project = s.project("P")
    for number in range(250):
        project.workbook(f"W{number * 7 % 250:03d}")
    with emulate(s, page_limit=60) as emu:
        client = TSC.Server(emu.url, use_server_version=True)
        with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "big")):
            options = TSC.RequestOptions(pagesize=1000)
            options.sort.add(TSC.Sort("name", TSC.RequestOptions.Direction.Asc))
            found = [b.name for b in TSC.Pager(client.workbooks, options)]
    assert found == [f"W{n:03d}" for n in range(250)]
    assert emu.count(r"/workbooks\?") == 5


def test_a_session_ends_after_so_many_requests() -> None:
    with emulate(site("S", content_url=""), sessions=SessionRules(ends_after=3)) as emu:
        client = TSC.Server(emu.url, use_server_version=True)
        client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret"))
        for _ in range(3):
            client.projects.get()
        with pytest.raises(exceptions.FailedSignInError):
            client.projects.get()


def test_a_site_can_be_served_from_another_process() -> None:
    with emulate_apart("tests.emulator.samples:large", options={"workbooks": 50}) as apart:
        client = TSC.Server(apart.url, use_server_version=True)
        with client.auth.sign_in(TSC.PersonalAccessTokenAuth("auditor", "secret", "large")):
            assert len(list(TSC.Pager(client.workbooks))) == 50
            assert len(list(TSC.Pager(client.views))) == 150
        told = apart.told()
        assert [path.rpartition("/")[2].partition("?")[0] for _, path in told["requests"]] == [
            "signin",
            "serverInfo",
            "workbooks",
            "views",
            "views",
            "signout",
        ]
        assert told["writes"] == []


def test_a_certificate_is_accepted_only_by_those_who_trust_it(tmp_path: Path) -> None:
    context, certificate = self_signed(tmp_path)
    with emulate(small(), tls=context) as emu:
        address = f"{emu.url}/api/2.4/serverInfo"
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(address, timeout=5)
        assert requests.get(address, timeout=5, verify=str(certificate)).status_code == 200


def test_a_proxy_that_refuses() -> None:
    with emulate(small(), faults=[faults.status(407, "", method=".*", times=None)]) as proxy:
        answer = requests.get("http://tableau.example/api/2.4/serverInfo", proxies={"http": proxy.url}, timeout=5)
        assert answer.status_code == 407
        with pytest.raises(requests.exceptions.ProxyError):
            requests.get("https://tableau.example/", proxies={"https": proxy.url}, timeout=5)
        assert [method for method, _ in proxy.requests] == ["GET", "CONNECT"]
