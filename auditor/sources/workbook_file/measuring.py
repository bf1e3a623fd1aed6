"""Figures and samples of a table by SQL, the same for Hyper and DuckDB: counts, distinct counts, a few distinct values.

Rows are never fetched: what leaves the engine is one row of counts, and per column a handful of distinct values.
Identifiers are quoted; no value ever becomes part of a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from auditor.sensitivity.disclosure import Dialect
from auditor.sources.workbook_file.limits import Limits
from auditor.sources.workbook_file.readings import PhysicalColumn, Table

Query = Callable[[str], Sequence[Sequence[Any]]]
Command = Callable[[str], None]

_TEXTUAL = frozenset({"text"})
_SAMPLED = frozenset({"text", "integer", "number", "date", "datetime"})
_COUNTED = _SAMPLED | {"boolean", "time"}
_SAMPLE = "auditor_sample"
#: Aim a little higher than wanted, so that a Bernoulli sample seldom falls short.
_SURPLUS = 1.3
_COLUMNS_A_QUERY = 100


@dataclass(frozen=True, slots=True)
class Relation:
    """A table in an open engine: its dialect, its quoted name, and how to ask and to command there."""

    dialect: Dialect
    sql: str
    query: Query
    command: Command


def quoted(name: str) -> str:
    """An identifier for SQL, quotes doubled: names come from hostile files."""
    return '"' + name.replace('"', '""') + '"'


def measure(relation: Relation, name: str, columns: Sequence[tuple[str, str]], limits: Limits) -> Table:
    """A table's figures, and for each column that can be judged by value a sample (dropped by the caller)."""
    rows = int(relation.query(f"select count(*) from {relation.sql}")[0][0])  # noqa: S608
    if rows == 0 or not columns:
        empty = tuple(PhysicalColumn(column, kind, 0, 0, ()) for column, kind in columns)
        return Table(name, empty, rows)
    counts = [(filled, min(distinct, rows)) for filled, distinct in _counts(relation, columns)]
    _take_sample(relation, rows, limits)
    measured = tuple(
        PhysicalColumn(column, kind, filled, distinct, _values(relation, column, kind, filled, limits))
        for (column, kind), (filled, distinct) in zip(columns, counts, strict=True)
    )
    relation.command(f"drop table {_SAMPLE}")
    return Table(name, measured, rows)


def _counts(relation: Relation, columns: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """(filled, roughly how many distinct) for each column; blanks of text do not count as filled."""
    found: list[tuple[int, int]] = []
    for start in range(0, len(columns), _COLUMNS_A_QUERY):
        part = columns[start : start + _COLUMNS_A_QUERY]
        asked = ", ".join(_count_terms(column, kind) for column, kind in part)
        row = relation.query(f"select {asked} from {relation.sql}")[0]  # noqa: S608
        found += [(int(row[2 * n] or 0), int(row[2 * n + 1] or 0)) for n in range(len(part))]
    return found


def _count_terms(column: str, kind: str) -> str:
    name = quoted(column)
    if kind in _TEXTUAL:
        return f"count(*) filter (where {name} <> ''), approx_count_distinct({name})"
    return f"count({name}), " + (f"approx_count_distinct({name})" if kind in _COUNTED else "0")


def _take_sample(relation: Relation, rows: int, limits: Limits) -> None:
    share = min(100.0, 100.0 * _SURPLUS * limits.sample_rows / rows)
    unit = " percent" if relation.dialect is Dialect.DUCKDB else ""
    part = "" if share >= 100.0 else f" tablesample bernoulli ({share:.6f}{unit})"
    inner = f"select * from {relation.sql}{part} limit {limits.sample_rows}"  # noqa: S608
    relation.command(f"create temporary table {_SAMPLE} as ({inner})")


def _values(relation: Relation, column: str, kind: str, filled: int, limits: Limits) -> tuple[str, ...] | None:
    """Up to `sample_values` distinct values cut to `value_length`, each as often as the sample has it.

    From the whole table where the sample has none.
    """
    if kind not in _SAMPLED:
        return None
    if filled == 0:
        return ()
    rows = relation.query(_values_sql(_SAMPLE, column, kind, limits))
    rows = rows or relation.query(_values_sql(relation.sql, column, kind, limits))
    return tuple(chain.from_iterable(repeat(str(value), int(times)) for value, times in rows))


def _values_sql(table: str, column: str, kind: str, limits: Limits) -> str:
    name = quoted(column)
    blank = f" and {name} <> ''" if kind in _TEXTUAL else ""
    shown = f"substring(cast({name} as text) from 1 for {limits.value_length})"
    inner = f"select {shown} as v from {table} where {name} is not null{blank} limit {limits.sample_rows}"  # noqa: S608
    return f"select v, count(*) from ({inner}) as t group by v limit {limits.sample_values}"  # noqa: S608
