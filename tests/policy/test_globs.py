"""Globs: what is wild, what is not, and what depends on something unread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.paths import UNREADABLE, join_path
from auditor.policy.globs import name_matches, path_matches


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("Public/**", ("Public",), True),
        ("Public/**", ("Public", "Justice"), True),
        ("Public / **", ("Public", "Justice", "Guns"), True),
        ("Public/**", ("Publicity",), False),
        ("Public/**", ("Other", "Public"), False),
        ("**/Public/**", ("Other", "Public", "x"), True),
        ("Public/*", ("Public",), False),
        ("Public/*", ("Public", "a"), True),
        ("Public/*", ("Public", "a", "b"), False),
        ("Public", ("Public",), True),
        ("Public", ("Public", "a"), False),
        ("public", ("Public",), False),
        ("**", (), True),
        ("**", ("a", "b"), True),
        ("a//b/c", ("a/b", "c"), True),
        ("Pub*/J?stice", ("Public", "Justice"), True),
        ("Sales [old]", ("Sales [old]",), True),
        ("Sales [old]", ("Sales o",), False),
        ("a/**/b", ("a", "b"), True),
        ("a/**/b", ("a", "x", "y", "b"), True),
        ("Public/**", (UNREADABLE, "Sub"), None),
        ("Public", (UNREADABLE, "Sub"), False),
        ("**", (UNREADABLE, "Sub"), True),
    ],
)
def test_paths(glob: str, path: tuple[str, ...], expected: bool | None) -> None:
    assert path_matches(glob, path) is expected


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*?"), min_size=1, max_size=6).filter(
    lambda text: text == text.strip() and text not in ("", UNREADABLE) and "/" not in (text[0], text[-1])
)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_glob_without_wildcards_is_exactly_one_path(names: list[str]) -> None:
    path = tuple(names)
    glob = join_path(path)
    assert path_matches(glob, path) is True
    assert path_matches(glob, (*path, "x")) is False
    assert path_matches(f"{glob}/**", (*path, "x", "y")) is True
    assert path_matches(f"{glob}/**", path) is True


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_names_agree_with_a_plain_evaluation(glob: str, name: str) -> None:
    def fits(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(fits(pattern[1:], text[cut:]) for cut in range(len(text) + 1))
        return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])

    assert name_matches(glob, name) is fits(glob, name)


@given(st.lists(st.sampled_from(["a", "b", "*", "**"]), max_size=5), st.lists(st.sampled_from(["a", "b"]), max_size=5))
def test_paths_agree_with_a_plain_evaluation(levels: list[str], parts: list[str]) -> None:
    def fits(pattern: list[str], path: list[str]) -> bool:
        if not pattern:
            return not path
        if pattern[0] == "**":
            return any(fits(pattern[1:], path[cut:]) for cut in range(len(path) + 1))
        return bool(path) and pattern[0] in ("*", path[0]) and fits(pattern[1:], path[1:])

    assert path_matches("/".join(levels), tuple(parts)) is fits(levels, parts)
