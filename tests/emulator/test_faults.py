"""Each fault is what it says, seen by a plain client."""

from __future__ import annotations

import http.client
import time
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.emulator import SessionRules, emulate, faults
from tests.emulator.asking import Asker, small

NS = "{http://tableau.com/api}"


@pytest.mark.parametrize("retry_after", [None, "7", faults.http_date(60)], ids=["not said", "seconds", "a date"])
def test_429_comes_with_the_retry_after_that_was_asked_for(retry_after: str | None) -> None:
    with emulate(small(), faults=[faults.too_many("/workbooks", retry_after=retry_after)]) as emu:
        ask = Asker(emu)
        first = ask("workbooks")
        assert (first.status_code, first.headers.get("Retry-After")) == (429, retry_after)
        assert b'code="429000"' in first.content
        assert ask("workbooks").status_code == 200


def test_faults_strike_at_the_times_they_name() -> None:
    fault = faults.status(503, "/workbooks", first=2, times=2, every=3)
    with emulate(small(), faults=[fault]) as emu:
        ask = Asker(emu)
        codes = [ask("workbooks").status_code for _ in range(9)]
        assert [i + 1 for i, code in enumerate(codes) if code == 503] == [2, 5]
        assert emu.struck == ["503", "503"]
        assert ask("views").status_code == 200


@pytest.mark.parametrize("number", [500, 502, 503])
def test_server_errors(number: int) -> None:
    with emulate(small(), faults=[faults.status(number, "/views")]) as emu:
        answer = Asker(emu)("views")
        assert answer.status_code == number
        assert (b"tsResponse" in answer.content) == (number == 500)


@pytest.mark.parametrize("sent", [0, 200])
def test_a_broken_connection(sent: int) -> None:
    with emulate(small(), faults=[faults.reset("/views", sent=sent)]) as emu:
        ask = Asker(emu)
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            ask("views")
        assert ask("views").status_code == 200


def test_a_truncated_answer_is_short_of_its_length() -> None:
    with emulate(small(), faults=[faults.truncated("/views"), faults.truncated("/workbooks", complete=True)]) as emu:
        ask = Asker(emu)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            ask("views")
        with pytest.raises(ET.ParseError):
            ET.fromstring(ask("workbooks").content)


@pytest.mark.parametrize("make", [faults.garbage, faults.html, faults.malformed, faults.empty])
def test_bodies_that_are_not_xml_come_with_status_200(make: Any) -> None:
    with emulate(small(), faults=[make("/views")]) as emu:
        answer = Asker(emu)("views")
        assert answer.status_code == 200
        with pytest.raises(ET.ParseError):
            ET.fromstring(answer.content)


@pytest.mark.parametrize("make", [faults.bomb, faults.external_entity])
def test_entities_are_refused_by_a_careful_parser(make: Any) -> None:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    with emulate(small(), faults=[make("/views")]) as emu, pytest.raises(DefusedXmlException):
        fromstring(Asker(emu)("views").content)


def test_an_answer_without_namespace_reads_as_empty() -> None:
    with emulate(small(), faults=[faults.no_namespace("/views")]) as emu:
        body = ET.fromstring(Asker(emu)("views").content)
        assert (body.find(f".//{NS}view"), len(body.findall(".//view"))) == (None, 1)


def test_slow_and_dripping_answers_arrive_late_and_whole() -> None:
    with emulate(
        small(), faults=[faults.slow("/views", seconds=0.3), faults.drip("/workbooks", piece=200, pause=0.05)]
    ) as emu:
        ask = Asker(emu)
        for path in ("views", "workbooks"):
            start = time.monotonic()
            ET.fromstring(ask(path).content)
            assert time.monotonic() - start > 0.25


def test_a_gigabyte_is_never_made_when_nobody_reads_it() -> None:
    with emulate(small(), faults=[faults.gigabyte("/views")]) as emu:
        start = time.monotonic()
        with Asker(emu, stream=True)("views") as answer:
            assert int(answer.headers["Content-Length"]) == 1 << 30
            assert answer.raw.read(100).startswith(b"<tsResponse")
        assert time.monotonic() - start < 30


def test_the_length_of_an_endless_answer_is_kept() -> None:
    with emulate(
        small(),
        faults=[faults.gigabyte("/views", size=200_000), faults.gigabyte("/workbooks", size=200_000, announced=False)],
    ) as emu:
        ask = Asker(emu)
        assert len(ask("views").content) == 200_000
        assert len(ask("workbooks").content) == 200_000


def test_sessions_end_in_the_middle() -> None:
    with emulate(small(), faults=[faults.session_ends("/views")]) as emu:
        answer = Asker(emu)("views")
        assert answer.status_code == 401
        assert b'code="401002"' in answer.content


def test_totals_that_promise_too_much_end_in_400006() -> None:
    with emulate(small(), faults=[faults.promises(r"/workbooks\?", more=5)]) as emu:
        ask = Asker(emu)
        pagination = ET.fromstring(ask("workbooks?pageSize=1").content)[0]
        assert pagination.get("totalAvailable") == "6"
        assert b'code="400006"' in ask("workbooks?pageSize=1&pageNumber=2").content


def test_an_item_can_go_between_list_and_read() -> None:
    s = small()
    book = next(iter(s.things["workbook"].values()))
    with emulate(s, faults=[faults.deleted_after(r"/workbooks\?", book)]) as emu:  # type: ignore[arg-type]
        ask = Asker(emu)
        assert book.luid in ask("workbooks?pageSize=100").text
        assert b'code="404006"' in ask(f"workbooks/{book.luid}/permissions").content
        assert b'totalAvailable="0"' in ask("views").content


def test_redirects_lead_to_another_host() -> None:
    with (
        emulate(small()) as elsewhere,
        emulate(small(), faults=[faults.redirect("/views", to=f"{elsewhere.url}*")]) as emu,
    ):
        answer = Asker(emu)("views?pageSize=10")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(elsewhere.url)
        assert answer.headers["Location"].endswith("/views?pageSize=10")
        assert elsewhere.requests == []


def test_hostile_names_survive_the_wire_as_they_are() -> None:
    s = small()
    project = s.project("Hostile")
    for name in faults.HOSTILE_NAMES:
        project.workbook(name)
    with emulate(s) as emu:
        body = ET.fromstring(Asker(emu)("workbooks").content)
        assert [b.get("name") for b in body.iter(f"{NS}workbook")][1:] == list(faults.HOSTILE_NAMES)


def test_unknown_roles_capabilities_and_grantees_reach_the_client() -> None:
    s = small()
    s.user("odd", role="Wizard")
    lab = s.project("Lab")
    book = lab.workbook("Odd").allow(s.all_users, "Levitate").allow(s.grantee("robot"), "Read")
    s.omit("site", "guestAccessEnabled").attributes("site", shinyNewThing=True)
    with emulate(s) as emu:
        ask = Asker(emu)
        assert 'siteRole="Wizard"' in ask("users").text
        rules = ask(f"workbooks/{book.luid}/permissions").text
        assert "Levitate" in rules
        assert "<robot " in rules
        whole = requests.get(ask.base, headers=ask.session.headers, timeout=5).text
        assert 'shinyNewThing="true"' in whole
        assert "guestAccessEnabled" not in whole


def test_keep_alive_and_one_write_an_answer() -> None:
    with emulate(small()) as emu:
        parts = urlsplit(emu.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
        for _ in range(3):
            connection.request("GET", "/api/2.4/serverInfo")
            answer = connection.getresponse()
            assert int(answer.headers["Content-Length"]) == len(answer.read())
            assert answer.headers["Server"] == "Tableau"
        connection.close()


def test_a_server_that_does_not_let_go_of_tokens() -> None:
    with emulate(small(), sessions=SessionRules(one_per_token=False)) as emu:
        first, second = Asker(emu), Asker(emu)
        assert (first("views").status_code, second("views").status_code) == (200, 200)
