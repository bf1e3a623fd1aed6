"""`--lexicon FILE`: the administrator's own words reach columns in files and those read on a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model import Column, DataSource, Inventory
from auditor.sensitivity import load_lexicon
from auditor.sensitivity.lexicon import SHIPPED
from auditor.sensitivity.own_words import with_own_words
from tests.emulator import emulate, site
from tests.main.conftest import SECRET, Auditor, Result
from tests.metadata_answers import Data, metadata

OWN = """\
version: 1
classes:
  national_id: {words: [kundenkennung]}
not_personal: ["last name"]
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    file = tmp_path / "words.yaml"
    file.write_text(OWN)
    return str(file)


def scanned(auditor: Auditor, columns: tuple[str, ...], *more: str) -> Result:
    made = site("Open", content_url="open", guest_access=True)
    workbook = made.project("Public").allow(made.all_users, "Read").workbook("Permits")
    workbook.allow(made.all_users, "Read", "ViewUnderlyingData").connection(type="hyper").view("Map")
    made.metadata = metadata({workbook: (Data("Permits", columns, columns),)})
    with emulate(made, tokens={"auditor": SECRET}) as server:
        where = ["--server", server.url, "--site", "open", "--token-name", "auditor", "--quiet"]
        return auditor("scan", *where, "--select", "LEAK-01", "--format", "json", *more)


def test_own_words_make_a_leak_of_columns_read_on_a_server(auditor: Auditor, own: str) -> None:
    columns = ("Kundenkennung", "Year")
    assert "LEAK-01" not in scanned(auditor, columns).rules()
    result = scanned(auditor, columns, "--lexicon", own)
    (leak,) = [one for one in result.report["findings"] if one["verdict"] == "fail"]
    assert leak["columns"] == [{"name": "Kundenkennung", "classes": ["national_id"], "used": True}]
    assert result.code == 1


def test_words_that_are_not_personal_take_a_leak_away(auditor: Auditor, own: str) -> None:
    columns = ("Last Name", "Year")
    assert "LEAK-01" in scanned(auditor, columns).rules()
    assert "LEAK-01" not in scanned(auditor, columns, "--lexicon", own).rules()


def test_own_words_in_files(auditor: Auditor, own: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Kundenkennung,Year\n" + "".join(f"K{n}-{n * 7},2020\n" for n in range(50)))
    assert "MIN-02" not in auditor("preflight", str(file), "--format", "json").rules()
    assert "MIN-02" in auditor("preflight", str(file), "--format", "json", "--lexicon", own).rules()


def test_a_lexicon_that_is_not_right_is_told_with_its_place(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("classes:\n  badge: {word: [x]}\n")
    result = scanned(auditor, ("Year",), "--lexicon", str(file))
    assert result.code == 4
    assert "words.yaml: classes.badge" in result.err


def inventory(*columns: Column) -> Inventory:
    return Inventory("workbook", "w", "W", data_sources=(DataSource("D", columns=columns),))


def test_what_values_said_stays() -> None:
    lexicon = load_lexicon({"classes": {"username": {"words": ["kennung"]}}, "not_personal": ["last name"]})
    before = inventory(
        Column("Kennung", classes={"email": 0.97}, evidence=("values",), values="seen"),
        Column("Last Name", classes={"email": 0.97}, evidence=("values",), values="seen"),
        Column("LAST_NAME", classes={"person_name": 0.97}, evidence=("name", "values"), values="seen"),
        Column("Kennung 2", values="empty"),
        Column("Birth Date", classes={"date_of_birth": 0.9}, evidence=("name",)),
        Column("f1", caption="Last name", classes={"person_name": 0.9}, evidence=("name",)),
        Column("f2", remote_name="kennung"),
    )
    after = with_own_words(before, lexicon).data_sources[0].columns
    assert [(set(column.classes), column.evidence) for column in after] == [
        ({"email", "username"}, ("name", "values")),
        ({"email"}, ("values",)),
        (set(), ()),
        (set(), ()),
        ({"date_of_birth"}, ("name",)),
        (set(), ()),
        ({"username"}, ("name",)),
    ]
    assert with_own_words(before, SHIPPED) is before
