"""Identifiers strewn over a column that a sample of it misses: patterns pushed down as SQL over the whole table.

In real extracts the columns that held e-mail addresses were called Value, EventValue and Message
(reference/tsc-wire-and-files.md, section 2). Only counts leave the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor.sensitivity.disclosure import Dialect
from auditor.sources.workbook_file.measuring import Relation, quoted
from auditor.sources.workbook_file.readings import PhysicalColumn, Table


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shape that is hard to meet by chance: its class, a cheap test that goes first, and the expression."""

    target: str
    like: str
    regex: str


#: Expressions that Hyper (POSIX-like) and DuckDB (RE2) read alike.
PATTERNS: tuple[Pattern, ...] = (
    Pattern("email", "%@%.%", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"),
    Pattern("national_id", "%-__-%", r"(^|[^0-9A-Za-z-])[0-9]{3}-[0-9]{2}-[0-9]{4}($|[^0-9A-Za-z-])"),
    Pattern(
        "phone", "%-____%", r"(^|[^0-9A-Za-z-])(\+?1[ .-])?\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}-[0-9]{4}($|[^0-9A-Za-z-])"
    ),
)
_LEAST_HITS = 5
_LEAST_SHARE = 0.01
_BASE_CONFIDENCE = 0.5
_TOP_CONFIDENCE = 0.9
#: Classes that leave room for identifiers of others inside; a column of another class is what it is.
_OPEN = frozenset({"free_text", "record_id", "username"})
#: A column with no more distinct values than this was seen whole, or nearly so.
_FEW = 200


def swept(table: Table, relation: Relation) -> Table:
    """The table with classes added where a pattern holds in enough rows of a text column that has many values."""
    columns = [column for column in table.columns if _is_open(column)]
    if not columns:
        return table
    row = relation.query(sweep_sql(relation.sql, [column.name for column in columns], relation.dialect))[0]
    hits = iter(int(value or 0) for value in row)
    found = {column.name: [(pattern.target, next(hits)) for pattern in PATTERNS] for column in columns}
    return replace(table, columns=tuple(_with_hits(column, found.get(column.name, [])) for column in table.columns))


def _is_open(column: PhysicalColumn) -> bool:
    return column.type == "text" and (column.distinct or 0) > _FEW and set(column.classes) <= _OPEN


def sweep_sql(sql_name: str, columns: Sequence[str], dialect: Dialect) -> str:
    """One query that counts each pattern's rows in each column, columns first."""
    terms = (_term(quoted(column), pattern, dialect) for column in columns for pattern in PATTERNS)
    return f"select {', '.join(terms)} from {sql_name}"  # noqa: S608


def _term(column: str, pattern: Pattern, dialect: Dialect) -> str:
    match dialect:
        case Dialect.HYPER:
            holds = f"{column} ~ '{pattern.regex}'"
        case Dialect.DUCKDB:
            holds = f"regexp_matches({column}, '{pattern.regex}')"
    return f"count(*) filter (where {column} like '{pattern.like}' and {holds})"


def _with_hits(column: PhysicalColumn, hits: Sequence[tuple[str, int]]) -> PhysicalColumn:
    classes = dict(column.classes)
    for target, count in hits:
        share = count / column.filled if column.filled else 0.0
        if count >= _LEAST_HITS and share >= _LEAST_SHARE and target not in classes:
            classes[target] = round(min(_TOP_CONFIDENCE, _BASE_CONFIDENCE + share / 2), 2)
    if len(classes) == len(column.classes):
        return column
    return replace(column, classes=classes, evidence=tuple(sorted({*column.evidence, "values"})))
