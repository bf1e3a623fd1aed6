"""Conversations recorded, scrubbed, and answered from; in the format of VCR."""

from __future__ import annotations

import re
import stat

import pytest
import yaml

from auditor.errors import SourceError, UsageError
from auditor.model import Kind, Read
from auditor.sources.interface import NoProgress
from auditor.sources.tableau import (
    PasswordCredentials,
    Recording,
    Secret,
    TableauSettings,
    open_source,
)
from auditor.sources.tableau.cassette import load
from auditor.sources.tableau.needs import ALL_READS
from tests.emulator import emulate, faults, site
from tests.sources.helping import (
    TOKEN_SECRET,
    TOKENS,
    USUAL,
    Ticking,
    facts,
    incomplete,
    read,
    replay,
    sample_site,
    settings,
)


@pytest.fixture
def emu():
    s = sample_site()
    s.connected_app("Portal")
    with emulate(s, tokens=TOKENS, passwords={"admin": "pass-word-1"}) as running:
        yield running


def test_a_recording_gives_the_same_facts_as_the_server(emu, tmp_path):
    path = tmp_path / "site.yaml"
    live = read(emu, USUAL, record=Recording(path, "keep"))
    again = replay(path)
    kept, expected = facts(again), facts(live)
    for found in (kept, expected):
        found["contents"] = {ref: item.name for ref, item in found["contents"].items()}
    assert kept == expected
    assert incomplete(again) == {} == incomplete(live)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("policy", ["keep", "people", "all"])
@pytest.mark.parametrize("needs", [frozenset({Read.WORKBOOKS}), USUAL, ALL_READS])
@pytest.mark.parametrize("more", [{}, {"page_size": 2}, {"shortcuts": False}])
def test_a_recording_serves_whatever_is_asked_later(recorded, policy, needs, more):
    found = replay(recorded[policy], needs, **more)
    reasons = incomplete(found)
    if not more.get("shortcuts", True):
        reasons = {name: why for name, why in reasons.items() if "permissions" not in name and name != "group-members"}
    assert reasons == {}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cassettes")
    with emulate(sample_site(), tokens=TOKENS) as emu:
        for policy in ("keep", "people", "all"):
            read(emu, {Read.SITE}, record=Recording(folder / f"{policy}.yaml", policy))
    return {policy: folder / f"{policy}.yaml" for policy in ("keep", "people", "all")}


@pytest.mark.parametrize("policy", ["keep", "people", "all"])
def test_no_recording_holds_a_secret_or_the_host(emu, tmp_path, policy):
    path = tmp_path / "site.yaml"
    read(emu, USUAL, record=Recording(path, policy), credentials=PasswordCredentials("admin", Secret("pass-word-1")))
    read(emu, USUAL, record=Recording(path, policy))
    text = path.read_text()
    for never in (TOKEN_SECRET, "pass-word-1", "session-", "x-tableau-auth", "Cookie", "127.0.0.1", "User-Agent"):
        assert never not in text


def test_people_get_stand_ins_that_are_the_same_everywhere(emu, tmp_path):
    path = tmp_path / "site.yaml"
    s = emu.sites[0]
    book = next(w for w in s.things["workbook"].values() if w.name == "Firearms")
    book.attributes(description="Ask Alice Smith or alice@agency.example.", brandNew="Alice Smith was here")
    read(emu, USUAL, record=Recording(path))
    text = path.read_text()
    for never in ("alice", "Alice", "Smith", "bob", "partner.example", "agency.example"):
        assert never not in text
    found = replay(path)
    alice = next(u for u in found.users.values() if u.site_role == "Explorer")
    assert re.fullmatch(r"user-\d", alice.name)
    assert alice.email == f"{alice.name}@example.invalid"
    assert alice.full_name == f"User {alice.name[5:]}"
    bob = next(u for u in found.users.values() if u.site_role == "Viewer")
    assert re.fullmatch(r"user-\d@example\.invalid", bob.name)
    assert {g.name for g in found.groups.values() if g.is_everyone} == {"All Users"}
    assert [u.name for u in found.users.values() if u.is_guest] == ["guest"]
    assert {"Firearms", "Tabs hidden"} <= {item.name for item in found.contents.values()}
    described = next(item for item in found.contents.values() if item.name == "Firearms")
    assert described.description == f"Ask {alice.full_name} or {alice.email}."
    assert 'brandNew="masked"' in text


def test_all_names_can_go(emu, tmp_path):
    path = tmp_path / "site.yaml"
    read(emu, USUAL, record=Recording(path, "all"))
    text = path.read_text()
    for never in ("Firearms", "Justice", "Press", "Open Data", "opendata", "Overview", "beta", "Portal"):
        assert never not in text
    found = replay(path)
    assert all(re.fullmatch(r"project-\d+", p.name) for p in found.projects.values())
    assert "All Users" in {g.name for g in found.groups.values()}


def test_unknown_attributes_keep_their_names_and_only_harmless_values(emu, tmp_path):
    path = tmp_path / "site.yaml"
    s = emu.sites[0]
    s.attributes(
        "site", newSwitch=True, newNumber=12, newWord="Quarterly figures of Jane", supportContact="jane@x.example"
    )
    next(iter(s.things["workbook"].values())).attributes(
        apiKey="AKIAIOSFODNN7EXAMPLE", owningTeam="9f1c2d3e-0000-4000-8000-000000000001"
    )
    read(emu, USUAL, record=Recording(path, "keep"))
    text = path.read_text()
    assert 'newSwitch="true"' in text
    assert 'newNumber="12"' in text
    assert 'newWord="masked"' in text
    assert 'apiKey="masked"' in text
    assert "jane@x.example" not in text
    assert "9f1c2d3e-0000-4000-8000-000000000001" in text


def test_the_same_site_gives_the_same_cassette(tmp_path):
    texts = []
    for n in range(2):
        with emulate(sample_site(), tokens=TOKENS) as emu:
            read(emu, USUAL, record=Recording(tmp_path / f"{n}.yaml"), workers=8)
        texts.append((tmp_path / f"{n}.yaml").read_text())
    assert texts[0] == texts[1]


def test_vcrpy_reads_it(emu, tmp_path):
    from vcr.cassette import Cassette
    from vcr.persisters.filesystem import FilesystemPersister
    from vcr.request import Request
    from vcr.serializers import yamlserializer

    path = tmp_path / "site.yaml"
    read(emu, USUAL, record=Recording(path))
    requests, responses = FilesystemPersister.load_cassette(str(path), yamlserializer)
    assert len(requests) == len(responses) > 20
    cassette = Cassette.load(path=str(path))
    info = Request("GET", "https://tableau.example.invalid/api/2.4/serverInfo", None, {})
    assert b"restApiVersion" in cassette.responses_of(info)[0]["body"]["string"]


def test_a_failed_run_leaves_no_recording(emu, tmp_path):
    path = tmp_path / "site.yaml"

    def fails_after_reading():
        with open_source(settings(emu, record=Recording(path)), Ticking()) as source:
            source.read(USUAL, progress=NoProgress())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_after_reading()
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_cannot_be_written_is_a_sentence(emu, tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        read(emu, {Read.SITE}, record=Recording(tmp_path / "no" / "such" / "folder.yaml"))


def test_binary_answers_are_not_kept(tmp_path):
    import requests

    from auditor.sources.tableau.recording import Tape

    tape = Tape(Recording(tmp_path / "x.yaml"))
    answer = requests.Response()
    answer.status_code, answer._content = 200, b"PK\x03\x04 rows of people"
    answer.headers["Content-Type"] = "application/octet-stream"
    tape.exchange(requests.Request("GET", "https://h/api/3.27/sites/s/workbooks/w/content").prepare(), answer)
    tape.save()
    assert "people" not in (tmp_path / "x.yaml").read_text()


def test_what_was_not_recorded_is_named(recorded, tmp_path):
    raw = yaml.safe_load(recorded["keep"].read_text())
    gone = [
        one
        for one in raw["interactions"]
        if "/workbooks/" in one["request"]["uri"] and "/permissions" in one["request"]["uri"]
    ]
    raw["interactions"] = [one for one in raw["interactions"] if one not in gone]
    path = tmp_path / "less.yaml"
    path.write_text(yaml.safe_dump(raw))
    found = replay(path, USUAL)
    misses = found.ledger.misses(Read.WORKBOOK_PERMISSIONS)
    assert misses
    assert all(
        re.match(r"the recording holds no answer to GET /api/3\.27/sites/.*/permissions", m.reason) for m in misses
    )


def test_a_recording_without_a_sign_in_is_no_audit(recorded, tmp_path):
    raw = yaml.safe_load(recorded["keep"].read_text())
    raw["interactions"] = [one for one in raw["interactions"] if "signin" not in one["request"]["uri"]]
    path = tmp_path / "less.yaml"
    path.write_text(yaml.safe_dump(raw))
    with pytest.raises(SourceError, match=r"no answer to POST /api/2\.4/auth/signin"):
        replay(path)


def test_a_folder_of_cassettes_is_one_recording(recorded, tmp_path):
    raw = yaml.safe_load(recorded["keep"].read_text())["interactions"]
    for n, part in enumerate((raw[::2], raw[1::2])):
        (tmp_path / f"{n}.yaml").write_text(yaml.safe_dump({"interactions": part, "version": 1}))
    assert facts(replay(tmp_path)) == facts(replay(recorded["keep"]))


def test_repeated_requests_get_their_answers_in_turn():
    s = sample_site()
    free = next(p for p in s.things["project"].values() if p.name == "Free")

    def publish(_):
        free.workbook("Late").allow(s.all_users, "Read")

    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.yaml"
        with emulate(s, tokens=TOKENS, faults=[faults.happens("/default-permissions", publish)]) as emu:
            live = read(emu, USUAL, record=Recording(path, "keep"))
        again = replay(path)
    assert again.rules == live.rules
    assert any("appeared" in note for note in again.provenance.notes)
    assert incomplete(again) == {}


def test_cloud_stays_cloud(tmp_path):
    import requests

    from auditor.sources.tableau.recording import Tape

    tape = Tape(Recording(tmp_path / "x.yaml"))
    answer = requests.Response()
    answer.status_code, answer._content = 200, b"<tsResponse xmlns='http://tableau.com/api'/>"
    answer.headers["Content-Type"] = "application/xml"
    tape.exchange(requests.Request("GET", "https://eu-west-1a.online.tableau.com/api/3.27/x").prepare(), answer)
    tape.save()
    assert load(tmp_path / "x.yaml").address == "https://recorded.online.tableau.com"


def test_replaying_needs_no_credentials_and_no_network(recorded, monkeypatch):
    import socket

    def no(*_args, **_more):
        raise AssertionError("a replay opened a socket")

    monkeypatch.setattr(socket, "create_connection", no)
    monkeypatch.setattr(socket.socket, "connect", no)
    with open_source(TableauSettings(cassette=recorded["people"]), Ticking()) as source:
        assert source.read(USUAL, progress=NoProgress()).projects


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"interactions: []\nversion: 1\n", "holds no conversation"),
        (b"- just\n- a list\n", "not a recorded conversation"),
        (b"interactions: {a: b}\nversion: 1\n", "not a recorded conversation"),
        (b"\x00\x01\x02", "not a recorded conversation"),
        (b"a: [unclosed", "not a recorded conversation"),
        (b"!!python/object/apply:os.system ['true']", "not a recorded conversation"),
        (b"interactions: []\nversion: 2\n", "version 2"),
        (b"a: " + b"[" * 5000, "not a recorded conversation"),
        (b"a: " + b"[" * 200_000, "not a recorded conversation"),
        (b"- " * 200_000 + b"a\n", "not a recorded conversation"),
    ],
)
def test_a_file_that_is_no_cassette(tmp_path, content, word):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=word):
        replay(path)


def test_no_file_at_all(tmp_path):
    with pytest.raises(SourceError, match="no recording"):
        replay(tmp_path / "none.yaml")


def test_hostile_names_come_through_a_cassette(tmp_path):
    s = site("Hostile")
    free = s.project("Free")
    for name in faults.HOSTILE_NAMES:
        free.workbook(name)
    path = tmp_path / "x.yaml"
    with emulate(s, tokens=TOKENS) as emu:
        live = read(emu, USUAL, record=Recording(path, "keep"))
    names = {item.name for item in live.contents.values() if item.kind is Kind.WORKBOOK}
    assert {item.name for item in replay(path).contents.values()} == names == set(faults.HOSTILE_NAMES)
