"""The words and rules that name columns are read by, with what administrators add to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.sensitivity.naming import Rule, shipped_rules
from auditor.sensitivity.words import Vocabulary, shipped_vocabulary


@dataclass(frozen=True, slots=True)
class Lexicon:
    own_words: tuple[tuple[str, frozenset[str]], ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        return shipped_vocabulary()

    @property
    def rules(self) -> Sequence[Rule]:
        return shipped_rules()


SHIPPED = Lexicon()
