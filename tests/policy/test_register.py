"""The register: faults with their place, and a file that lives well in git."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import InvalidFileError, UsageError
from auditor.model import Kind, Ref
from auditor.policy.register import Approval, Approved, Entry, Hold, Register, approve, dump_register, load_register
from tests.effort import examples

ENTRY = """\
version: 1
items:
  - id: w1
    kind: workbook
    path: Public / Bikes
    capabilities: [view]
    approvals: [{by: zoe, date: 2026-01-01}]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "register.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("capabilities", "capabilites", r":6:5: Unknown key 'capabilites'. Did you mean 'capabilities'\?"),
        ("[view]", "[vew]", "Did you mean 'view'"),
        ("2026-01-01", "soon", ":7:33: 'date' must be a date"),
        ("workbook", "workbok", "Did you mean 'workbook'"),
        (
            "approvals:",
            "hold: {since: 2026-01-01, by: a, reason: b, released: 2026-01-02}\n    approvals:",
            "released_by",
        ),
        ("version: 1\nitems:\n", "version: 1\nitems:\n  - {id: w1, kind: workbook, path: x}\n", "registered twice"),
    ],
)
def test_faults(tmp_path: Path, before: str, after: str, words: str) -> None:
    with pytest.raises(InvalidFileError, match=words):
        load_register(write(tmp_path, ENTRY.replace(before, after, 1)))


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
ENTRIES = st.builds(
    Entry,
    id=WORDS,
    kind=st.sampled_from([Kind.WORKBOOK, Kind.DATASOURCE]),
    path=WORDS,
    purpose=WORDS,
    data_owner=WORDS,
    capabilities=st.just(("view", "filter")),
    columns=st.none() | st.lists(WORDS, max_size=3).map(tuple),
    approvals=st.lists(st.builds(Approval, by=WORDS, date=DAYS, role=st.none() | WORDS), max_size=2).map(tuple),
    approved=st.builds(Approved, rules=st.none() | WORDS),
    reviewed=st.none() | DAYS,
    hold=st.none() | st.builds(Hold, since=DAYS, by=WORDS, reason=WORDS),
)


@settings(max_examples=examples(25))
@given(st.lists(ENTRIES, max_size=4, unique_by=lambda entry: (entry.kind, entry.id)))
def test_written_and_read_again_it_is_the_same_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    register = Register({entry.ref: entry for entry in entries})
    text = dump_register(register)
    again = load_register(write(tmp_path_factory.mktemp("r"), text))
    assert dict(again.entries) == dict(register.entries)
    assert dump_register(Register({entry.ref: entry for entry in reversed(entries)})) == text


def test_one_fact_a_line(tmp_path: Path) -> None:
    register = load_register(write(tmp_path, ENTRY))
    changed = approve(
        register,
        Ref(Kind.WORKBOOK, "w1"),
        Approval(by="kim", date=date(2026, 2, 1)),
        Approved(rules="abc"),
        columns=["b", "a"],
    )
    before, after = dump_register(register).splitlines(), dump_register(changed).splitlines()
    assert [line for line in after if line not in before] == [
        "    columns:", "      - a", "      - b", "      - by: kim", "        date: 2026-02-01", "    approved:", "      rules: abc",
    ]  # fmt: skip


def test_an_item_that_is_not_registered_cannot_be_approved(tmp_path: Path) -> None:
    register = load_register(write(tmp_path, ENTRY))
    with pytest.raises(UsageError, match="not in the register"):
        approve(register, Ref(Kind.WORKBOOK, "w2"), Approval(by="kim", date=date(2026, 2, 1)), Approved())
    assert register.find("Public/Bikes").id == "w1"
    with pytest.raises(UsageError, match="Did you mean 'Public / Bikes'"):
        register.find("Public / Bike")


@pytest.mark.parametrize("name", ["", "c" * 5_000])
def test_a_column_may_have_no_name_or_a_long_one(tmp_path: Path, name: str) -> None:
    entry = Entry(id="w1", kind=Kind.WORKBOOK, path="x", columns=(name, "b"))
    path = write(tmp_path, dump_register(Register({entry.ref: entry}, "", {})))
    assert load_register(path).entries[entry.ref].columns == (name, "b")
