"""Is a table about persons one by one, or does it count them?

An additive score over per-column facts; with little data no learned model was better (reference/sensitive-columns.md,
section 3). The figures the facts carry come from entire tables, never from a sample (section 4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import prod

from auditor.sensitivity.wordlists import word_lists
from auditor.sensitivity.words import raw_parts

ROW_LEVEL_FROM = 1.2
AGGREGATED_BELOW = 0.9
_DIRECT = frozenset(
    {
        "email",
        "phone",
        "street_address",
        "national_id",
        "driver_licence",
        "passport",
        "payment_card",
        "bank_account",
        "vehicle",
    }
)
_TRAITS = frozenset({"ethnicity", "marital_status", "religion", "health", "criminal_record", "biometric", "firearm"})
_TEXT_TYPES = frozenset({"text", "string", "date", "boolean", "bool", "datetime"})
_LOW_CARDINALITY = 60
_MOST_DIMENSIONS = 8
_AGGREGATE_CALL = re.compile(
    r"^\s*(?:sum|avg|count|countd|cntd|median|min|max|number of|count of|avg\.)\b", re.IGNORECASE
)


class Role(StrEnum):
    """What Tableau uses a field as."""

    DIMENSION = "dimension"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What is known of one column: its classes, type (`text`, `integer`, `real`, `date`, …), and the approximate number
    of distinct values in the entire table (None: not counted).
    """

    name: str
    classes: Collection[str] = ()
    type: str | None = None
    distinct: int | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that spoke for (positive) or against (negative) rows about persons."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class TableVerdict:
    """``row_level`` True: one row a person (or event of one); False: aggregated or not about persons; None: cannot be told."""

    row_level: bool | None
    score: float
    reasons: tuple[Reason, ...]


def _ratio(column: ColumnFacts, rows: int | None) -> float | None:
    return None if not rows or column.distinct is None else min(1.0, column.distinct / rows)


def _having(columns: Iterable[ColumnFacts], classes: Collection[str]) -> list[ColumnFacts]:
    return [c for c in columns if any(k in classes for k in c.classes)]


def _uniqueness(columns: Sequence[ColumnFacts], rows: int | None) -> float | None:
    known = [r for c in columns if (r := _ratio(c, rows)) is not None]
    return max(known) if known else None


def _person_reasons(columns: Sequence[ColumnFacts], rows: int | None) -> Iterable[Reason]:
    keys = _having(columns, {"record_id", "national_id"})
    if keys:
        unique = _uniqueness(keys, rows)
        if unique is not None and unique >= 0.9:
            yield Reason("a key of persons or cases, nearly one value a row", 1.2)
        else:
            yield Reason("a key of persons or cases", 0.7)
    names = _having(columns, {"person_name"})
    if names:
        unique = _uniqueness(names, rows)
        if unique is None:
            yield Reason("names of persons", 0.9)
        elif unique >= 0.5:
            yield Reason("names of persons, most of them once", 1.3)
        elif unique >= 0.1:
            yield Reason("names of persons, each in several rows", 0.8)
        else:
            yield Reason("few names of persons in many rows", 0.3)
    if _having(columns, {"date_of_birth"}):
        yield Reason("dates of birth", 1.2)
    direct = _having(columns, _DIRECT)
    if direct:
        yield Reason("direct identifiers (address, phone, numbers of papers)", min(1.2, 0.8 + 0.2 * len(direct)))


def _trait_reasons(columns: Sequence[ColumnFacts], rows: int | None) -> Iterable[Reason]:
    ages = [c for c in _having(columns, {"age"}) if (c.type or "integer") not in _TEXT_TYPES]
    if ages:
        yield Reason("ages in single years", 1.2)
    elif _having(columns, {"age"}):
        yield Reason("age bands", 0.2)
    if _having(columns, {"sex"}):
        yield Reason("sex", 0.7)
    traits = _having(columns, _TRAITS)
    if traits:
        yield Reason("further traits of persons", min(0.8, 0.4 * len(traits)))
    known = [c for c in columns if c.distinct is not None]
    if rows and rows >= 50 and len(known) >= 3:
        low = sum(1 for c in known if (c.distinct or 0) <= _LOW_CARDINALITY) / len(known)
        if low >= 0.7 and rows > 5 * _LOW_CARDINALITY:
            yield Reason("most columns take few values over many rows", 0.3)


def _against(columns: Sequence[ColumnFacts], rows: int | None) -> Iterable[Reason]:
    measures = [c for c in columns if _is_aggregate(c)]
    if measures:
        yield Reason("columns that count, sum or average", -min(1.5, 0.4 + 1.6 * len(measures) / len(columns)))
    entities = [c for c in columns if set(raw_parts(c.name)) & word_lists().entity and not c.classes]
    sole = [
        c
        for c in entities
        if (r := _ratio(c, rows)) is not None and r >= 0.9 and not set(raw_parts(c.name)) & word_lists().period
    ]
    if sole:
        yield Reason("one row a place, organisation or period", -1.2)
    elif entities:
        yield Reason("places, organisations or periods", -min(0.6, 0.2 * len(entities)))
    if crosses(columns, rows):
        yield Reason("rows are the combinations of the dimensions: a cross-table", -1.6)


def _is_aggregate(column: ColumnFacts) -> bool:
    if _AGGREGATE_CALL.match(column.name):
        return True
    if "small_count" in column.classes:
        return True
    parts = set(raw_parts(column.name))
    numeric = column.type is None or column.type not in _TEXT_TYPES
    return (
        bool(parts & word_lists().aggregate)
        and numeric
        and not parts & {"id", "phone", "account"}
        and not column.classes
    )


def crosses(columns: Sequence[ColumnFacts], rows: int | None) -> bool:
    """The cross-table signature: 0.5 to 1.0 of all combinations of the dimensions occur, each as one row.

    Only counts are at hand, so a set of two or more low dimensions whose product is 1 to 2 times the row count stands
    for "rows unique on the dimensions"; at least one more column, a measure, must be there.
    """
    if not rows or rows < 4:
        return False
    dimensions = [
        c
        for c in columns
        if c.distinct is not None and 2 <= c.distinct <= max(_LOW_CARDINALITY, 120) and _is_dimension(c)
    ]
    measures = len(columns) - len(dimensions)
    if len(dimensions) < 2 or not 1 <= measures <= max(2, len(dimensions)) or len(dimensions) > _MOST_DIMENSIONS:
        return False
    counts = [c.distinct or 1 for c in dimensions]
    if 0.5 <= rows / prod(counts) <= 1.0:
        return True
    # Some dimensions may merely label others (a code and its name); then the rest must fit nearly exactly.
    counted = any(set(raw_parts(c.name)) <= word_lists().aggregate and not c.classes for c in columns)
    subsets = (chosen for size in range(2, len(counts)) for chosen in combinations(counts, size))
    return counted and any(0.9 <= rows / prod(chosen) <= 1.0 for chosen in subsets)


def _is_dimension(column: ColumnFacts) -> bool:
    if column.role is not None:
        return column.role is Role.DIMENSION
    if column.type in {"real", "float", "double"} or _is_aggregate(column):
        return False
    named = set(raw_parts(column.name)) & (word_lists().period | word_lists().entity)
    return (column.type or "text") in _TEXT_TYPES or bool(named) or bool(column.classes)


def judge_table(
    columns: Sequence[ColumnFacts], *, rows: int | None, aggregated_for_visible_dimensions: bool | None = None
) -> TableVerdict:
    """One verdict for a table of ``rows`` rows (None: not known); an empty table or no facts at all cannot be told.

    ``aggregated_for_visible_dimensions`` is the flag of the extract element in a .twb or .tds.
    """
    if not columns:
        return TableVerdict(None, 0.0, (Reason("no columns are known", 0.0),))
    reasons = [*_person_reasons(columns, rows), *_trait_reasons(columns, rows), *_against(columns, rows)]
    if aggregated_for_visible_dimensions:
        reasons.append(Reason("the extract was aggregated for visible dimensions", -1.0))
    score = round(sum(r.weight for r in reasons), 2)
    return TableVerdict(_verdict(rows, score, reasons), score, tuple(reasons))


def _verdict(rows: int | None, score: float, reasons: Sequence[Reason]) -> bool | None:
    if rows == 0:
        return None
    if score >= ROW_LEVEL_FROM:
        return True
    if score < AGGREGATED_BELOW and (rows is not None or not any(r.weight > 0 for r in reasons)):
        return False
    return None
