"""The traps of tableauserverclient that were seen on loopback (tsc-wire-and-files.md, section 3), each with a test.

1, 3, 4, 9: test_sign_in.py. 8: test_reading.py (words that nobody knows). 12, 13: test_faults.py. The rest is here.
"""

from __future__ import annotations

import threading

import pytest
import requests

from auditor.errors import InternalError
from auditor.model import Kind, Read, Ref
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.transport import Transport
from tests.emulator import emulate, site
from tests.sources.helping import TOKENS, USUAL, incomplete, read, sample_site, settings


@pytest.fixture
def emu():
    with emulate(sample_site(), tokens=TOKENS) as running:
        yield running


@pytest.fixture
def signed_in(emu):
    known = settings(emu)
    connection = Connection(emu.url, known, Transport(known, server=emu.url))
    connection.open()
    yield connection
    connection.close()


def test_2_the_session_token_is_kept_in_no_shared_dictionary(signed_in):
    assert signed_in._server.http_options == {"timeout": 5.0}
    signed_in.get(signed_in.of_site("users"))
    assert signed_in._server.http_options == {"timeout": 5.0}


def test_5_everything_has_a_timeout(emu, signed_in, monkeypatch):
    seen = []
    usual = requests.adapters.HTTPAdapter.send

    def send(self, request, **options):
        seen.append(options["timeout"])
        return usual(self, request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    signed_in.get(signed_in.of_site("users"))
    assert seen == [5.0]


def test_7_unknown_is_not_false(emu):
    """Absent = False in tableauserverclient: here a switch that the server left out has no value."""
    emu.sites[0].omit("site", "guestAccessEnabled")
    found = read(emu, {Read.SITE})
    assert "guestAccessEnabled" not in found.settings


def test_10_rules_are_asked_for_once(emu):
    read(emu, USUAL)
    asked = [target for method, target in emu.requests if "permissions" in target]
    assert len(asked) == len(set(asked))


def test_14_what_looks_like_reading_and_is_a_write_never_leaves(emu, signed_in):
    project = next(iter(emu.sites[0].things["project"]))
    with pytest.raises(InternalError, match="PUT"):
        signed_in._server.projects.get_by_id(project)
    assert emu.writes == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/3.27/sites/x/workbooks/y"),
        ("PUT", "/api/3.27/sites/x/workbooks/y"),
        ("PATCH", "/api/3.27/sites/x"),
        ("HEAD", "/api/3.27/sites/x"),
        ("POST", "/api/3.27/auth/switchSite"),
        ("POST", "/api/3.27/sites/x/workbooks"),
        ("POST", "/api/3.27/auth/signin/../../sites"),
        ("GET", "/vizportal/api/web/v1/getSessionInfo"),
    ],
)
def test_only_reading_requests_leave(emu, method, path):
    session = Transport(settings(emu), server=emu.url).session()
    with pytest.raises(InternalError, match=method):
        session.request(method, emu.url + path)
    assert emu.requests == []


def test_nothing_leaves_for_another_host(emu):
    session = Transport(settings(emu), server=emu.url).session()
    with pytest.raises(InternalError):
        session.get("http://127.0.0.1:9/api/2.4/serverInfo")


def test_netrc_and_environment_add_nothing(emu, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    session = Transport(settings(emu), server=emu.url).session()
    answer = session.get(f"{emu.url}/api/2.4/serverInfo")
    assert "Authorization" not in answer.request.headers
    assert session.trust_env is False


def test_the_usual_proxy_variables_count(emu, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    session = Transport(settings(emu), server="http://tableau.example").session()
    assert session.proxies["http"] == "http://proxy.example:3128"
    monkeypatch.setenv("NO_PROXY", "tableau.example")
    monkeypatch.setenv("no_proxy", "tableau.example")
    assert not Transport(settings(emu), server="http://tableau.example").session().proxies


def test_one_sign_in_is_shared_by_all_threads(emu):
    read(emu, USUAL, workers=8)
    assert emu.count("auth/signin") == 1
    assert emu.count("auth/signout") == 1


def test_no_thread_stays_behind(emu):
    before = threading.active_count()
    read(emu, USUAL, workers=8)
    assert not [one for one in threading.enumerate() if one.name.startswith("auditor-read")]
    assert threading.active_count() <= before + 8  # the emulator's own may still be closing


def test_a_rule_that_cannot_be_told_makes_the_whole_set_unread():
    """A set with a hole in it would be judged as if the hole were not there."""
    s = site("Holes")
    free = s.project("Free")
    good, odd = free.workbook("Good").allow(s.all_users, "Read"), free.workbook("Odd").allow(s.all_users, "Read")
    odd.state(s.all_users, "Perhaps", "ExportData")
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu, USUAL)
    assert Ref(Kind.WORKBOOK, good.luid) in found.rules
    assert Ref(Kind.WORKBOOK, odd.luid) not in found.rules
    (miss,) = found.ledger.misses(Read.WORKBOOK_PERMISSIONS)
    assert (miss.id, miss.name) == (odd.luid, "Odd")
    assert "ExportData, Perhaps" in miss.reason


def test_an_item_without_an_id_is_named_and_loses_no_page():
    s = site("Holes")
    free = s.project("Free")
    free.workbook("Good")
    free.workbook("Nameless").omit("id")
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu, USUAL)
    assert [item.name for item in found.contents.values()] == ["Good"]
    (miss,) = found.ledger.misses(Read.WORKBOOKS)
    assert miss.name == "Nameless"
    line = found.ledger.line(Read.WORKBOOKS)
    assert (line.expected, line.got) == (2, 1)
    assert "promised" not in str(incomplete(found)[Read.WORKBOOKS])
