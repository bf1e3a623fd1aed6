"""The snapshot file: the same facts back, private, and nothing hostile gets in."""

from __future__ import annotations

import contextlib
import json
import stat
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import SourceError, UsageError
from auditor.model import (
    Column,
    ConnectedApp,
    Connection,
    Content,
    Coverage,
    DataSource,
    FileConnection,
    Grantee,
    GranteeKind,
    Group,
    GroupSet,
    Identity,
    Inventory,
    Kind,
    Ledger,
    Lock,
    Miss,
    Mode,
    Project,
    Provenance,
    Read,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)
from auditor.sources.interface import NoProgress
from auditor.sources.saved import SavedSource, describe, load, pseudonymise, save
from tests.effort import examples
from tests.emulator import emulate
from tests.sources.helping import TOKENS, USUAL, read, sample_site

WORKBOOK = Ref(Kind.WORKBOOK, "w")


def full() -> Snapshot:
    """A snapshot with something of everything."""
    rules = RuleSet.of([Rule(Grantee(GranteeKind.OTHER, "x", "fellowship"), "TimeTravel", Mode.DENY)])
    source = DataSource(
        "Data", rows=3, row_level=True, connections=(FileConnection("sqlserver", "h", "svc"),),
        columns=(Column("ssn", classes={"national_id": 0.9}, hidden=True, evidence=("name",)),),
    )  # fmt: skip
    return Snapshot(
        provenance=Provenance(
            server="https://tableau.example", site_id="s", site_name="Site", signed_in_as=Identity("u", "alice", "Viewer", False),
            started_at=datetime(2026, 11, 22, 9, tzinfo=UTC), finished_at=datetime(2026, 11, 22, 9, 5, tzinfo=UTC),
            requests=12, is_cloud=False, notes=("a note",),
        ),
        settings={"guestAccessEnabled": True, "revisionLimit": 25, "state": "Active"},
        projects={"p": Project("p", "Pub/lic", lock=Lock.LOCKED, controlling_id="p")},
        contents={
            WORKBOOK: Content(Kind.WORKBOOK, "w", "Firearms", "p", "u", tabs_shown=False, tags=("a", "b"), certified=None),
            Ref(Kind.VIEW, "v"): Content(Kind.VIEW, "v", "=cmd()", "p", parent_id="w", hidden=True, views_total=7),
        },
        users={"u": User("u", "alice", "Viewer", "Alice Smith", "alice@x.example"), "g": User("g", "guest", "Guest")},
        groups={"a": Group("a", "All Users", "local", True), "b": Group("b", "Press", user_count=0)},
        group_members={"b": frozenset({"u", "g"}), "c": frozenset()},
        group_sets={"gs": GroupSet("gs", "Both", ("a", "b")), "gs2": GroupSet("gs2", "Unread")},
        rules={WORKBOOK: rules, Ref(Kind.PROJECT, "p"): RuleSet()},
        default_rules={("p", Kind.WORKBOOK): rules, ("p", Kind.FLOW): RuleSet()},
        connections={WORKBOOK: (Connection("c", "sqlserver", "db", "svc", True), Connection("d")), Ref(Kind.VIEW, "v"): ()},
        connected_apps=(ConnectedApp("app", "Portal", True, (), "*.x.example"),),
        inventories={WORKBOOK: Inventory("workbook", "w", "Firearms", data_sources=(source,))},
        ledger=Ledger.of([
            Coverage(Read.WORKBOOKS, 2, 1, (Miss(Kind.WORKBOOK, "z", "Gone", "HTTP 403", "an admin"),)),
            Coverage(Read.VIEWS, None, 0),
        ]),
    )  # fmt: skip


def test_everything_comes_back(tmp_path):
    path = tmp_path / "site.snapshot"
    save(full(), path)
    assert load(path) == full()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    save(Snapshot(), path)
    assert load(path) == Snapshot()


def test_a_real_reading_comes_back_and_keeps_its_order(tmp_path):
    with emulate(sample_site(), tokens=TOKENS) as emu:
        found = read(emu)
    save(found, tmp_path / "x")
    again = load(tmp_path / "x")
    assert again == found
    assert list(again.contents) == list(found.contents)
    assert SavedSource(tmp_path / "x").read(USUAL, progress=NoProgress()) == found
    assert SavedSource(tmp_path / "x").plan(USUAL, progress=NoProgress()).requests == 0


def test_a_part_at_a_time(tmp_path):
    save(full(), tmp_path / "x")
    some = load(tmp_path / "x", parts={"users.json"})
    assert some.users == full().users
    assert some.contents == {}
    manifest = describe(tmp_path / "x")
    assert manifest["version"] == 1
    assert manifest["parts"]["rules.json"] == {"from": "2026-11-22T09:00:00+00:00", "to": "2026-11-22T09:05:00+00:00"}


def test_equal_facts_give_equal_bytes(tmp_path):
    save(full(), tmp_path / "a")
    save(full(), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


TEXT = st.text(max_size=8)
MAYBE = st.none() | TEXT


@settings(max_examples=examples(25))
@given(
    st.lists(st.builds(
        Content, kind=st.sampled_from([Kind.WORKBOOK, Kind.VIEW]), id=TEXT, name=TEXT, project_id=MAYBE, owner_id=MAYBE,
        parent_id=MAYBE, personal_space=st.none() | st.booleans(), tabs_shown=st.none() | st.booleans(),
        tags=st.lists(TEXT, max_size=3).map(tuple), views_total=st.none() | st.integers(0, 10**9),
    ), max_size=12),
    st.lists(st.tuples(TEXT, st.lists(st.builds(
        Rule, st.builds(Grantee, st.sampled_from(GranteeKind), TEXT, TEXT), TEXT, st.sampled_from(Mode),
    ), max_size=3)), max_size=6),
)  # fmt: skip
def test_any_facts_come_back(tmp_path_factory, items, rules):
    path = tmp_path_factory.mktemp("any") / "x"
    items = sorted(items, key=lambda item: item.kind is Kind.VIEW)
    snapshot = Snapshot(
        contents={item.ref: item for item in items},
        rules={Ref(Kind.WORKBOOK, name): RuleSet.of(found) for name, found in rules},
        default_rules={(name, Kind.WORKBOOK): RuleSet.of(found) for name, found in rules},
    )
    save(snapshot, path)
    assert load(path) == snapshot


def test_stand_ins_for_sharing():
    named = replace(
        full(),
        contents={WORKBOOK: Content(Kind.WORKBOOK, "w", "Sheet of Alice Smith", description="ask alice@x.example")},
        settings={"customSubscriptionEmail": "alice@x.example", "guestAccessEnabled": True},
    )
    shared = pseudonymise(named)
    text = repr(shared)
    for never in ("alice", "Alice", "Smith", "x.example'", "svc"):
        assert never not in text.replace("*.x.example", "")
    user = shared.users["u"]
    assert (user.name, user.full_name, user.email) == ("user-1", "User 1", "user-1@example.invalid")
    assert shared.users["g"].name == "guest"
    assert shared.provenance.signed_in_as.name == "user-1"
    assert shared.contents[WORKBOOK].name == "Sheet of User 1"
    assert shared.contents[WORKBOOK].description == "ask user-1@example.invalid"
    assert shared.rules == named.rules
    assert any("stand-ins" in note for note in shared.provenance.notes)
    assert pseudonymise(named) == shared


# What is not a snapshot ----------------------------------------------------------------------------------------------


def rewritten(path, name, content):
    """The same file with one member changed; content None removes it."""
    with zipfile.ZipFile(path) as old:
        members = {one: old.read(one) for one in old.namelist()}
    members[name] = content
    with zipfile.ZipFile(path, "w") as new:
        for one, data in members.items():
            if data is not None:
                new.writestr(one, data)
    return path


@pytest.fixture
def saved(tmp_path):
    save(full(), tmp_path / "x.snapshot")
    return tmp_path / "x.snapshot"


def refused(path, word):
    """It cannot be loaded, and one sentence says why; the manifest may be whole where a part is not."""
    with pytest.raises(SourceError, match=word) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    with contextlib.suppress(SourceError):
        describe(path)


def test_no_such_file(tmp_path):
    refused(tmp_path / "none", "No such file")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 not really", bytes(1000)])
def test_something_else(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    refused(tmp_path / "x", "not a snapshot file")


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
def test_cut_off(saved, keep):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * keep)])
    refused(saved, "cut off")


def test_flipped_bytes(saved):
    data = bytearray(saved.read_bytes())
    for place in range(len(data) // 3, len(data) // 3 + 40):
        data[place] ^= 0xFF
    saved.write_bytes(bytes(data))
    refused(saved, "damaged|not a snapshot")


def test_a_newer_version(saved):
    manifest = {**describe(saved), "version": 2}
    refused(rewritten(saved, "manifest.json", json.dumps(manifest)), "newer release")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", "[]"),
        ("manifest.json", "{}"),
        ("manifest.json", None),
        ("manifest.json", '{"format": "bi-auditor-snapshot", "version": 1}'),
        ("manifest.json", '{"format": "bi-auditor-snapshot", "version": true, "provenance": {}}'),
        ("users.json", "not json"),
        ("users.json", '{"count": 99999999999, "columns": {"id": {"v": []}}}'),
        ("users.json", '{"count": 1, "columns": {"id": {"v": [7]}}}'),
        ("users.json", '{"count": 1, "columns": {"id": {"v": ["a"]}}}'),
        ("users.json", '{"count": 2, "columns": {"id": {"d": ["a"], "i": [0, 5]}}}'),
        (
            "contents/view.json",
            '{"count": 1, "columns": {"kind": {"c": "dragon"}, "id": {"c": "a"}, "name": {"c": "b"}}}',
        ),
        (
            "contents/view.json",
            '{"count": 1, "columns": {"kind": {"c": "view"}, "id": {"c": "a"}, "name": {"c": {"a": 1}}}}',
        ),
        ("rules.json", '{"sets": [], "own": {"count": 1, "kind": {"c": "view"}, "id": {"c": "x"}, "set": [4]}}'),
        ("rules.json", '{"sets": [[["user", "u", "", "Read", "Perhaps"]]]}'),
        ("rules.json", "{}"),
        ("connections.json", '{"of": [["workbook", "w", 3]], "table": {"count": 0, "columns": {}}}'),
        ("ledger.json", '[{"read": 1}]'),
        ("ledger.json", '[{"read": "users", "expected": 1, "got": null, "missing": {"count": 0, "columns": {}}}]'),
        ("settings.json", '{"a": {"b": 1}}'),
        ("settings.json", "[" * 100_000),
        ("inventories.json", '[["workbook", "w", {"kind": 5}]]'),
    ],
)
def test_hostile_parts(saved, name, content):
    refused(rewritten(saved, name, content), "damaged|not a snapshot")


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    import auditor.sources.saved as room

    monkeypatch.setattr(room, "_LARGEST_PART", 1 << 20)
    path = tmp_path / "bomb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("users.json", bytes(2 << 20))
    assert path.stat().st_size < 10_000
    refused(path, "more than a snapshot ever holds")


def test_a_thousand_members_are_too_many(tmp_path):
    path = tmp_path / "many"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(1000):
            archive.writestr(f"{n}", "")
    refused(path, "more than a snapshot ever holds")


def test_what_a_later_release_adds_is_left_out(saved):
    with zipfile.ZipFile(saved) as archive:
        users = json.loads(archive.read("users.json"))
    users["columns"]["shoe_size"] = {"v": [41, 42]}
    rewritten(saved, "users.json", json.dumps(users))
    rewritten(saved, "dreams.json", '{"count": 3}')
    assert load(saved) == full()


def member(path, name):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(name))


@pytest.mark.parametrize("name", ["rules.json", "contents/view.json", "users.json", "ledger.json"])
def test_a_part_that_the_manifest_names_and_the_file_lacks(saved, name):
    refused(rewritten(saved, name, None), "damaged")


def test_a_part_that_an_earlier_release_did_not_write(saved):
    manifest = member(saved, "manifest.json")
    del manifest["parts"]["inventories.json"]
    rewritten(saved, "manifest.json", json.dumps(manifest))
    assert load(rewritten(saved, "inventories.json", None)) == replace(full(), inventories={})


@pytest.mark.parametrize("name", ["users.json", "projects.json", "contents/workbook.json"])
def test_an_id_that_comes_twice_hides_nothing(saved, name):
    part = member(saved, name)
    twice = {"count": 2, "columns": {key: {"c": _first(column)} for key, column in part["columns"].items()}}
    refused(rewritten(saved, name, json.dumps(twice)), "damaged")


def _first(column):
    match column:
        case {"c": value}:
            return value
        case {"v": [value, *_]} | {"d": [value, *_]}:
            return value
    raise AssertionError(column)


def test_half_of_a_surrogate_pair_in_a_name(saved):
    part = member(saved, "users.json")
    part["columns"]["name"] = {"c": "a\ud800"}
    found = load(rewritten(saved, "users.json", json.dumps(part)))
    assert {user.name for user in found.users.values()} == {"a\ufffd"}
    save(found, saved)
    assert load(saved) == found


def test_half_of_a_surrogate_pair_from_a_server_is_saved(tmp_path):
    user = next(iter(full().users.values()))
    save(replace(full(), users={user.id: replace(user, name="a\ud800")}), tmp_path / "x")
    assert load(tmp_path / "x").users[user.id].name == "a\ufffd"


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        save(full(), tmp_path / "no" / "x")


def test_a_failure_half_way_leaves_the_old_file(saved, monkeypatch):
    before = saved.read_bytes()
    import auditor.sources.saved as room

    monkeypatch.setattr(room, "_put", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut")))
    with pytest.raises(RuntimeError):
        save(full(), saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
