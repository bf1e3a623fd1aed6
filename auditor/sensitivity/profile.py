"""A column's values looked at once: distinct, trimmed, cut short. Values stay in here and are never shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.sensitivity.wordlists import word_lists

# 50 distinct values give the same quality as 1,000 (reference/sensitive-columns.md, section 2); 160 letters cost nothing.
MAX_ROWS = 2_000
MAX_SAMPLE = 64
MAX_LENGTH = 160
_LONGEST_NO_VALUE = 16


class ValueState(StrEnum):
    """`unknown`: nobody looked; `empty`: looked at, and nothing there; `seen`: there are values."""

    UNKNOWN = "unknown"
    EMPTY = "empty"
    SEEN = "seen"


_PLAIN_NUMBER = re.compile(r"^[-+]?\d*[.,]?\d+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Profile:
    """Up to 64 distinct values of a column, trimmed and cut at 160 letters; ``rows`` counts the non-blank ones."""

    state: ValueState
    rows: int
    distinct: int
    sample: tuple[str, ...] = field(repr=False)
    text: str = field(repr=False)

    def share(self, pattern: re.Pattern[str]) -> float:
        """The share of the sample that a multi-line pattern (`^…$`, no groups) matches."""
        return len(pattern.findall(self.text)) / len(self.sample) if self.sample else 0.0

    @property
    def only_numbers(self) -> bool:
        """Digits with at most a sign and one point: no words, no groups, no dates."""
        return len(_PLAIN_NUMBER.findall(self.text)) == len(self.sample)

    def matching(self, pattern: re.Pattern[str]) -> list[str]:
        """The values of the sample that a multi-line pattern (`^…$`, no groups) matches."""
        return pattern.findall(self.text)


def _plain(value: str) -> str:
    """One line, with the digits of every script as ASCII ones."""
    if value.isascii():
        return value if value.isprintable() else " ".join(value.split())
    digits: dict[str, str | int | None] = {
        c: str(unicodedata.digit(c)) for c in set(value) if c.isdecimal() and not c.isascii()
    }
    return " ".join((value.translate(str.maketrans(digits)) if digits else value).split())


def profile(values: Sequence[str | None]) -> Profile:
    """`()` is a column that nobody looked into; only None and blanks is an empty one."""
    if len(values) == 0:
        return Profile(ValueState.UNKNOWN, 0, 0, (), "")
    if len(values) > MAX_ROWS:
        values = values[:: len(values) // MAX_ROWS][:MAX_ROWS]
    # Deduplicate before any other work: most columns repeat themselves. Counting runs in C.
    unique = list(dict.fromkeys(values))
    rows = len(values) - sum(values.count(blank) for blank in (None, ""))
    picked = unique if len(unique) <= MAX_SAMPLE else unique[:: len(unique) // MAX_SAMPLE][: MAX_SAMPLE + 2]
    sample = _cleaned(picked) or _cleaned(unique)[:MAX_SAMPLE]
    if not sample:
        return Profile(ValueState.EMPTY, 0, 0, (), "")
    distinct = len(sample) if picked is unique else max(len(sample), len(unique) - 2)
    return Profile(ValueState.SEEN, rows, distinct, sample, "\n".join(sample))


def _cleaned(values: Sequence[str | None]) -> tuple[str, ...]:
    """Trimmed, cut and distinct values without the words that mean that there is none."""
    no_value = word_lists().no_value
    seen: dict[str, None] = {}
    for value in values:
        if value is None:
            continue
        text = str(value)[:MAX_LENGTH].strip()
        if text and (len(text) > _LONGEST_NO_VALUE or text.lower() not in no_value):
            seen[_plain(text)] = None
    return tuple(seen)
