"""Lists of words that values and tables are read by. The words are data: ``data/value_words.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class WordLists:
    """Folded words; what each list is for stands in the data file."""

    titles: frozenset[str]
    not_persons: frozenset[str]
    surnames_zh: frozenset[str]
    surnames_ko: frozenset[str]
    surnames_ja: tuple[str, ...]
    place_ends: frozenset[str]
    no_value: frozenset[str]
    aggregate: frozenset[str]
    entity: frozenset[str]
    period: frozenset[str]


@lru_cache(maxsize=1)
def word_lists() -> WordLists:
    """The lists that come with the program."""
    loaded = tomllib.loads(files("auditor.sensitivity").joinpath("data/value_words.toml").read_text(encoding="utf-8"))
    table = loaded["table"]
    return WordLists(
        frozenset(loaded["titles"].split()),
        frozenset(loaded["not_persons"].split()),
        frozenset(loaded["surnames_zh"]),
        frozenset(loaded["surnames_ko"]),
        tuple(loaded["surnames_ja"].split()),
        frozenset(loaded["place_ends"]),
        frozenset(loaded["no_value"].split("|")),
        frozenset(table["aggregate"].split()),
        frozenset(table["entity"].split()),
        frozenset(table["period"].split()),
    )
