"""References to fields: brackets, instances, formulas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.sources.workbook_file.names import (
    base_of_instance,
    formula_references,
    last_part,
    names_user,
    references,
    unbracket,
)


@given(st.text(min_size=1).filter(lambda name: "%5B" not in name and "%5b" not in name), st.text(min_size=1))
def test_any_name_survives_its_brackets(source: str, name: str) -> None:
    def bracket(text: str) -> str:
        return f"[{text.replace(']', ']]')}]"

    if "%5" in name:
        return
    assert references(f"({bracket(source)}.{bracket(name)} * 2)")[0] == (source, name)
    assert unbracket(bracket(name)) == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("([ds].[sum:Sales:qk] + [ds].[sum:Profit:qk])", ((("ds"), "sum:Sales:qk"), ("ds", "sum:Profit:qk"))),
        ("tsl:Sheet?%5Bds%5D.%5Bnone:X:nk%5D~s0=<[Action]~na>", (("ds", "none:X:nk"), (None, "Action"))),
        ("nothing here", ()),
        ("[Parameters].[Top N]", (("Parameters", "Top N"),)),
    ],
)
def test_references(text: str, found: object) -> None:
    assert references(text) == found


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("IF [Name] = 'a [b] c' THEN \"[x]\" END // [y]", ["Name"]),
        ("{ FIXED [Person ID] : MIN([Date of birth]) } /* [no] */", ["Person ID", "Date of birth"]),
        ("[A]]B] + 1", ["A]B"]),
    ],
)
def test_formulas_without_their_literals_and_comments(formula: str, names: list[str]) -> None:
    assert [name for _, name in formula_references(formula)] == names


@pytest.mark.parametrize(
    ("instance", "base"),
    [
        ("sum:Sales:qk", "Sales"),
        ("none:A: b:nk", "A: b"),
        ("pcto:sum:Sales:qk:1", "Sales"),
        ("Sales", "Sales"),
        (":Measure Names", ":Measure Names"),
        ("F: GDP (curr $)", "F: GDP (curr $)"),
    ],
)
def test_the_field_of_an_instance(instance: str, base: str) -> None:
    assert base_of_instance(instance) == base


def test_asking_who_is_looking() -> None:
    assert names_user("[Region] = userdomain ()")
    assert not names_user("'USERNAME()' + [USERNAME()]".replace("[USERNAME()]", "[x]"))


def test_last_part() -> None:
    assert last_part("[dbo].[people]") == "people"
    assert last_part("plain") == "plain"
