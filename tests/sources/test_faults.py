"""What goes wrong between us and a server: the same facts as in the quiet run, or a ledger that names what is missing."""

from __future__ import annotations

import re
import resource
import time

import pytest

from auditor.model import Kind, Read, Ref
from auditor.sources.tableau import RetryPolicy
from tests.emulator import SessionRules, emulate, faults
from tests.sources.helping import (
    PATIENCE,
    TOKEN_SECRET,
    TOKENS,
    USUAL,
    Notes,
    facts,
    incomplete,
    read,
    sample_site,
    took,
)

SHARED = sample_site()


@pytest.fixture(scope="module")
def quiet():
    with emulate(sample_site(), tokens=TOKENS) as emu:
        return facts(read(emu, USUAL))


def stormy(*storm, **more):
    with emulate(sample_site(), tokens=TOKENS, faults=storm, **more.pop("emulate", {})) as emu:
        found = read(emu, USUAL, **more)
        assert emu.struck, "the fault never struck: this test tests nothing"
        assert emu.writes == []
    return found


@pytest.mark.parametrize(
    "storm",
    [
        pytest.param(faults.too_many("/permissions", times=3), id="429"),
        pytest.param(faults.too_many("/permissions", retry_after="0", times=3), id="429 with seconds"),
        pytest.param(faults.too_many("/permissions", retry_after=faults.http_date(0.2), times=2), id="429 with a date"),
        pytest.param(faults.too_many("/permissions", retry_after="soon", times=2), id="429 with nonsense"),
        pytest.param(faults.status(500, "/permissions", times=2), id="500"),
        pytest.param(faults.status(502, "/workbooks\\?", times=2), id="502"),
        pytest.param(faults.status(503, "/default-permissions", times=2), id="503"),
        pytest.param(faults.reset("/permissions", times=2), id="reset"),
        pytest.param(faults.reset("/views\\?", sent=200, times=1), id="reset in the middle"),
        pytest.param(faults.truncated("/permissions", times=2), id="truncated"),
        pytest.param(faults.truncated("/permissions", complete=True, times=1), id="truncated, length kept"),
        pytest.param(faults.garbage("/permissions", times=1), id="garbage"),
        pytest.param(faults.html("/permissions", times=1), id="html"),
        pytest.param(faults.empty("/permissions", times=1), id="empty"),
        pytest.param(faults.malformed("/users\\?", times=1), id="malformed"),
        pytest.param(faults.session_ends("/permissions", first=3), id="session ends"),
        pytest.param(faults.slow("/permissions", seconds=0.3, times=2), id="slow"),
        pytest.param(faults.no_namespace("/workbooks\\?", times=None), id="no namespace"),
    ],
)
def test_what_passes_leaves_no_trace(quiet, storm):
    found = stormy(storm)
    assert facts(found) == quiet
    assert incomplete(found) == {}


@pytest.mark.parametrize(
    ("storm", "word"),
    [
        (faults.too_many("/workbooks/.*/permissions", times=None), "HTTP 429"),
        (faults.status(500, "/workbooks/.*/permissions", times=None), "HTTP 500"),
        (faults.status(503, "/workbooks/.*/permissions", times=None), "HTTP 503"),
        (faults.reset("/workbooks/.*/permissions", times=None), "the connection broke"),
        (faults.truncated("/workbooks/.*/permissions", times=None), "broke off"),
        (faults.truncated("/workbooks/.*/permissions", complete=True, times=None), "not Tableau's XML"),
        (faults.garbage("/workbooks/.*/permissions", times=None), "not Tableau's XML"),
        (faults.html("/workbooks/.*/permissions", times=None), "not Tableau's XML"),
        (faults.empty("/workbooks/.*/permissions", times=None), "not Tableau's XML"),
        (faults.malformed("/workbooks/.*/permissions", times=None), "not Tableau's XML"),
        (faults.bomb("/workbooks/.*/permissions", times=None), "not Tableau's XML"),
        (faults.external_entity("/workbooks/.*/permissions", times=None), "not Tableau's XML"),
        (faults.refuse("403004", "/workbooks/.*/permissions", times=None), "403004"),
        (faults.gigabyte("/workbooks/.*/permissions", times=None), "limit is"),
        (faults.gigabyte("/workbooks/.*/permissions", announced=False, times=None), "longer than the limit"),
    ],
)
def test_what_stays_is_named(quiet, storm, word):
    found = stormy(storm, max_answer_bytes=1 << 20)
    line = found.ledger.line(Read.WORKBOOK_PERMISSIONS)
    read_workbooks = [ref for ref in quiet["rules"] if ref.kind is Kind.WORKBOOK]
    assert line.expected == len(read_workbooks)
    assert line.got == 0
    assert {miss.id for miss in line.missing} == {ref.id for ref in read_workbooks}
    assert all(word in miss.reason and miss.remedy and miss.name for miss in line.missing)
    assert not [ref for ref in found.rules if ref.kind is Kind.WORKBOOK]
    rest = {ref: rules for ref, rules in quiet["rules"].items() if ref.kind is not Kind.WORKBOOK}
    assert found.rules == rest
    assert TOKEN_SECRET not in repr(found)


def test_a_gigabyte_costs_neither_memory_nor_time():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    stormy(faults.gigabyte("/workbooks\\?", announced=False, times=None), max_answer_bytes=4 << 20)
    assert took(began) < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_an_answer_that_drips_is_given_up():
    began = time.monotonic()
    found = stormy(faults.drip("/users\\?", piece=8, pause=0.05, times=None), timeout=0.5)
    assert took(began) < 15
    assert "not come to an end in time" in found.ledger.misses(Read.USERS)[0].reason


def test_a_server_that_does_not_answer_is_given_up():
    found = stormy(
        faults.slow("/users\\?", seconds=5, times=None), timeout=1.5, retry=RetryPolicy(attempts=2, pace=0.01)
    )
    assert "did not answer in time" in found.ledger.misses(Read.USERS)[0].reason


def test_a_server_that_dies_is_not_asked_for_ever():
    policy = RetryPolicy(attempts=2, pace=0.01, give_up_after=3)
    s = sample_site()
    for n in range(40):
        s.project(f"P{n}")
    with emulate(s, tokens=TOKENS, faults=[faults.reset("permissions", times=None)]) as emu:
        found = read(emu, USUAL, retry=policy, workers=1)
        assert emu.count("permissions") < 20
    reasons = [miss.reason for miss in found.ledger.misses(Read.DEFAULT_PERMISSIONS)]
    assert any("did not answer 3 requests in a row" in reason for reason in reasons)
    assert len(reasons) == found.ledger.line(Read.DEFAULT_PERMISSIONS).expected


def test_retry_after_is_waited_for_and_capped():
    began = time.monotonic()
    policy = RetryPolicy(attempts=3, pace=0.01, longest_wait=0.2)
    found = stormy(faults.too_many("/users\\?", retry_after="3600", times=1), retry=policy)
    assert 0.2 <= took(began) < 10
    assert incomplete(found) == {}
    found = stormy(faults.too_many("/users\\?", retry_after="1", times=1), retry=RetryPolicy(attempts=3, pace=0.01))
    assert incomplete(found) == {}


def test_a_list_that_promises_more_than_it_gives():
    """Trap 12 and issue 1304 of tableauserverclient: the last page is an error, or the total lies."""
    found = stormy(faults.promises("/workbooks\\?", more=3))
    line = found.ledger.line(Read.WORKBOOKS)
    assert line.expected == line.got + 3
    assert "3 are missing" in line.missing[0].reason
    assert not found.ledger.is_complete(Read.WORKBOOKS)


def test_a_promise_of_another_page():
    found = stormy(faults.promises("/workbooks\\?", more=1), page_size=1)
    assert "missing" in found.ledger.misses(Read.WORKBOOKS)[0].reason


def test_a_page_in_the_middle_that_does_not_come():
    found = stormy(faults.refuse("403004", "/views\\?.*pageNumber=2", times=None), page_size=2)
    line = found.ledger.line(Read.VIEWS)
    assert line.got == line.expected - 2  # all other pages came
    assert "page 2 of the list" in line.missing[0].reason


def test_an_item_deleted_between_list_and_rules():
    s = sample_site()
    gone = next(w for w in s.things["workbook"].values() if w.name == "Tabs hidden")
    with emulate(s, tokens=TOKENS, faults=[faults.deleted_after("/workbooks\\?", gone)]) as emu:
        found = read(emu, USUAL)
        assert emu.struck
    assert Ref(Kind.WORKBOOK, gone.luid) not in found.contents
    assert incomplete(found) == {}
    assert any("vanished" in note for note in found.provenance.notes)


def test_an_item_that_appears_is_read_as_well():
    s = sample_site()
    free = next(p for p in s.things["project"].values() if p.name == "Free")

    def publish(_):
        free.workbook("Late").allow(s.all_users, "Read").view("Late view")

    with emulate(s, tokens=TOKENS, faults=[faults.happens("/default-permissions", publish)]) as emu:
        found = read(emu, USUAL)
    late = next(item for item in found.contents.values() if item.name == "Late")
    assert found.rules[late.ref].rules
    assert incomplete(found) == {}
    assert any("appeared" in note for note in found.provenance.notes)


def test_a_lock_that_is_opened_meanwhile():
    s = sample_site()
    public = next(p for p in s.things["project"].values() if p.name == "Public")
    book = next(w for w in s.things["workbook"].values() if w.name == "Firearms")
    book.allow(s.all_users, "ExportXml")

    def unlock(_):
        public.lock = None
        public.attributes(updatedAt="2026-11-22T10:00:00Z")
        s.revision += 1

    with emulate(s, tokens=TOKENS, faults=[faults.happens("/views/[^/]*/permissions", unlock)]) as emu:
        found = read(emu, USUAL)
        assert emu.struck
    capabilities = {rule.capability for rule in found.rules[Ref(Kind.WORKBOOK, book.luid)].rules}
    assert capabilities == {"ExportXml"}
    assert incomplete(found) == {}


@pytest.mark.parametrize("every", [25, 30])
def test_sessions_that_end_are_opened_again_once_for_all(quiet, every):
    with emulate(sample_site(), tokens=TOKENS, sessions=SessionRules(ends_after=every)) as emu:
        found = read(emu, USUAL, workers=8)
        total = len(emu.requests)
        assert emu.count("auth/signin") <= 2 + total // (every - 8)
    assert facts(found) == quiet
    assert incomplete(found) == {}
    assert any("in use elsewhere" in note for note in found.provenance.notes)


def test_a_token_that_another_job_keeps_taking_is_explained():
    s = sample_site()
    with emulate(s, tokens=TOKENS, faults=[faults.session_ends("permissions", first=5, every=3, times=None)]) as emu:
        found = read(emu, USUAL, workers=1)
        assert emu.count("auth/signin") < 6
    reasons = [miss.reason for line in found.ledger.lines.values() for miss in line.missing]
    assert reasons
    assert any("in use elsewhere" in reason for reason in reasons)


def test_a_session_that_cannot_be_opened_again():
    storm = (faults.session_ends("permissions", first=3), faults.refuse("401001", "/auth/signin", first=2, times=None))
    found = stormy(*storm)
    reasons = [miss.reason for line in found.ledger.lines.values() for miss in line.missing]
    assert any("signing in again failed" in reason for reason in reasons)
    assert not any(TOKEN_SECRET in reason for reason in reasons)


def test_the_budget_of_an_hour():
    with emulate(sample_site(), tokens=TOKENS) as emu:
        progress = Notes()
        found = read(emu, USUAL, requests_per_hour=25, progress=progress)
        assert len(emu.requests) == 26  # the sign-out is always allowed
    reasons = [miss.reason for line in found.ledger.lines.values() for miss in line.missing]
    assert any("allowed in an hour are used up" in reason for reason in reasons)
    assert any("the budget of an hour is 25" in text for text in progress.texts)


def test_a_server_that_repeats_our_secrets_is_not_quoted():
    body = (
        '<?xml version="1.0"?><tsResponse xmlns="http://tableau.com/api"><error code="403004"><summary>No</summary>'
        f"<detail>the secret {TOKEN_SECRET} is not enough</detail></error></tsResponse>"
    )
    from tests.emulator.faults import Fault, Instead

    echo = Fault("/users\\?", Instead(403, body.encode(), content_type="application/xml"), times=None, name="echo")
    found = stormy(echo)
    reason = found.ledger.misses(Read.USERS)[0].reason
    assert "[secret] is not enough" in reason


def test_hostile_names_survive_and_stay_one_line_in_reasons():
    s = sample_site()
    free = next(p for p in s.things["project"].values() if p.name == "Free")
    for name in faults.HOSTILE_NAMES:
        free.workbook(name)
    with emulate(s, tokens=TOKENS, faults=[faults.refuse("403004", "/workbooks/.*/permissions", times=None)]) as emu:
        found = read(emu, USUAL)
    names = {item.name for item in found.contents.values()}
    assert set(faults.HOSTILE_NAMES) <= names
    assert all("\n" not in miss.reason for miss in found.ledger.misses(Read.WORKBOOK_PERMISSIONS))


def test_a_sorted_or_rich_list_that_is_refused_is_asked_for_plainly(quiet):
    for storm in (
        faults.refuse("400023", "fields=_all_", times=None),
        faults.refuse("400000", "sort=", times=None),
        faults.refuse("403014", "pageSize=1000", times=None),
    ):
        found = stormy(storm)
        assert incomplete(found) == {}
        assert found.rules == quiet["rules"]


def test_retries_are_jittered_and_bounded():
    from auditor.sources.tableau.patience import _pause

    pauses = {_pause(None, attempt, PATIENCE) for attempt in range(1, 50)}
    assert len(pauses) > 40
    assert max(pauses) <= PATIENCE.longest_wait


def test_headers_that_drip_are_given_up():
    """Each byte starts the socket's timeout anew; the answer as a whole must come to an end all the same."""
    import socket
    import threading

    from auditor.errors import SourceError
    from auditor.sources.tableau import Secret, TableauSettings, TokenCredentials, open_source
    from tests.sources.helping import Ticking

    listener = socket.create_server(("127.0.0.1", 0))
    end = threading.Event()

    def drip():
        while not end.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                try:
                    client.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
                    while not end.wait(0.05):
                        client.sendall(b"a")
                except OSError:
                    continue

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    known = TableauSettings(
        server=f"http://127.0.0.1:{listener.getsockname()[1]}",
        credentials=TokenCredentials("auditor", Secret(TOKEN_SECRET)),
        timeout=0.5,
        retry=PATIENCE,
    )
    try:
        with pytest.raises(SourceError, match="in time"), open_source(known, Ticking()):
            pytest.fail("it signed in")
        assert took(began) < 15
    finally:
        end.set()
        listener.close()
        thread.join(timeout=5)
    assert not [one for one in threading.enumerate() if one.name == "auditor-watchdog"]


@pytest.mark.parametrize("said", [b"1", b"0", b"-1", b"many", b""])
def test_a_full_page_whose_number_of_all_cannot_be_right_is_not_the_whole_list(said):
    lie = faults.Changed(lambda body: re.sub(rb'totalAvailable="\d+"', b'totalAvailable="%s"' % said, body))
    found = stormy(faults.Fault("/users\\?", lie, times=None), page_size=2)
    assert len(found.users) < len(sample_site().things["user"])
    assert not found.ledger.lines[Read.USERS].complete


def test_a_page_that_the_server_made_smaller_and_filled_is_not_the_whole_list():
    def capped(body: bytes) -> bytes:
        held = body.count(b"<user ")
        return re.sub(rb'pageSize="\d+" totalAvailable="\d+"', b'pageSize="%d"' % held, body)

    found = stormy(faults.Fault("/users\\?", faults.Changed(capped), times=None))
    assert not found.ledger.lines[Read.USERS].complete
