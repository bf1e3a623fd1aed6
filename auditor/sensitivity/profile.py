"""A column's values looked at once: distinct, trimmed, cut short. Values stay in here and are never shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

# 50 distinct values give the same quality as 1,000 (reference/sensitive-columns.md, section 2); 160 letters cost nothing.
MAX_ROWS = 2_000
MAX_SAMPLE = 120
MAX_LENGTH = 160
_NO_VALUE = frozenset(
    "null none nan n/a na nil #n/a - -- --- . .. ? ?? unknown unk undefined missing blank empty (blank) (null) <na> \\n "
    "not available not applicable not provided not specified unspecified tbd n.a. s/n nd n/d keine sin dato".split()
) | {"not available", "not applicable", "not provided", "not specified", "sin dato", "no data"}


class ValueState(StrEnum):
    """`unknown`: nobody looked; `empty`: looked at, and nothing there; `seen`: there are values."""

    UNKNOWN = "unknown"
    EMPTY = "empty"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Profile:
    """Up to 120 distinct values of a column, trimmed and cut at 160 letters; ``rows`` counts the non-blank ones."""

    state: ValueState
    rows: int
    distinct: int
    sample: tuple[str, ...] = field(repr=False)
    text: str = field(repr=False)

    def share(self, pattern: re.Pattern[str]) -> float:
        """The share of the sample that a multi-line pattern (`^…$`, no groups) matches."""
        return len(pattern.findall(self.text)) / len(self.sample) if self.sample else 0.0

    def matching(self, pattern: re.Pattern[str]) -> list[str]:
        """The values of the sample that a multi-line pattern (`^…$`, no groups) matches."""
        return pattern.findall(self.text)


def profile(values: Sequence[str | None]) -> Profile:
    """`()` is a column that nobody looked into; only None and blanks is an empty one."""
    if len(values) == 0:
        return Profile(ValueState.UNKNOWN, 0, 0, (), "")
    if len(values) > MAX_ROWS:
        step = len(values) // MAX_ROWS
        values = values[:: step][:MAX_ROWS]
    rows = len(values)
    # Deduplicate before any other work: most columns repeat themselves.
    seen: dict[str, None] = {}
    for value in dict.fromkeys(values):
        if value is None:
            continue
        text = str(value)[:MAX_LENGTH].strip()
        if text and text.lower() not in _NO_VALUE:
            seen[text] = None
    if None in values or len(seen) < rows:
        rows = sum(1 for v in values if v is not None and v != "")
    if not seen:
        return Profile(ValueState.EMPTY, 0, 0, (), "")
    distinct = list(seen)
    picked = distinct if len(distinct) <= MAX_SAMPLE else distinct[:: len(distinct) // MAX_SAMPLE][:MAX_SAMPLE]
    sample = tuple(v if v.isprintable() else " ".join(v.split()) for v in picked)
    return Profile(ValueState.SEEN, rows, len(distinct), sample, "\n".join(sample))
