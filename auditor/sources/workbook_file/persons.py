"""Is a table one row a person, and if so what gives a single person away: figures over the whole table, never a sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from auditor.errors import UsageError
from auditor.model.data import Column, DataSource, Disclosure
from auditor.sensitivity import disclosure
from auditor.sensitivity.table import ColumnFacts, Role, TableVerdict, judge_table
from auditor.sources.workbook_file.measuring import Relation
from auditor.sources.workbook_file.readings import PhysicalColumn, Table

#: Classes by which a person is found again in combination, the telling ones first.
_QUASI = ("date_of_birth", "age", "sex", "postal_code", "ethnicity", "marital_status", "religion")
#: Classes that a group must not share.
_SENSITIVE = ("health", "criminal_record", "firearm", "religion", "ethnicity")
_MOST_QUASI = 4
_MOST_VALUES = 1_000  # a plain dimension with more values than this is rather a key or a text
_TYPES = {"number": "real"}


def with_verdict(table: Table, relation: Relation | None, *, aggregated: bool | None, k: int) -> Table:
    """The table with its verdict and, where its rows may be persons or small counts, its figures of disclosure."""
    verdict = judge_table(
        [_facts(column) for column in table.columns], rows=table.rows, aggregated_for_visible_dimensions=aggregated
    )
    judged = replace(table, row_level=verdict.row_level, row_level_reasons=_reasons(verdict))
    if relation is None or not table.rows or verdict.row_level is False:
        figures = _counted(table, relation, k) if relation is not None and table.rows else None
        return replace(judged, disclosure=figures)
    return replace(judged, disclosure=_figures(table, relation, k))


def verdict_by_names(source: DataSource) -> DataSource:
    """A data source of which only names are known: rows about persons where these say so, else not told."""
    columns = [column for column in source.columns if not column.calculated]
    facts = [
        ColumnFacts(column.caption or column.name, tuple(column.classes), _type(column.type), None, _role(column))
        for column in columns
    ]
    verdict = judge_table(facts, rows=None, aggregated_for_visible_dimensions=source.aggregated)
    if verdict.row_level is not True:
        return source
    return replace(source, row_level=True, row_level_reasons=_reasons(verdict))


def _facts(column: PhysicalColumn) -> ColumnFacts:
    return ColumnFacts(column.name, tuple(column.classes), _type(column.type), column.distinct)


def _type(word: str | None) -> str | None:
    return _TYPES.get(word or "", word)


def _role(column: Column) -> Role | None:
    return Role(column.role) if column.role in set(Role) else None


def _reasons(verdict: TableVerdict) -> tuple[str, ...]:
    """What spoke for the verdict; everything where none was reached."""
    match verdict.row_level:
        case True:
            told = [reason for reason in verdict.reasons if reason.weight > 0]
        case False:
            told = [reason for reason in verdict.reasons if reason.weight < 0]
        case _:
            told = list(verdict.reasons)
    return tuple(reason.text for reason in told)


def _figures(table: Table, relation: Relation, k: int) -> Disclosure | None:
    """Groups over the quasi-identifiers, and those that share a sensitive value."""
    quasi = quasi_identifiers(table)
    if not quasi:
        return None
    where = disclosure.Relation(relation.dialect, relation.sql)
    try:
        asked = disclosure.groups_query(where, quasi, k=k)
        groups = disclosure.read_groups(quasi, relation.query(asked.sql)[0], k=k)
        sensitive = _first(table, _SENSITIVE, set(quasi))
        shared = None
        if sensitive is not None:
            asked = disclosure.homogeneity_query(where, quasi, sensitive, k=k)
            shared = disclosure.read_homogeneity(quasi, sensitive, relation.query(asked.sql)[0], k=k).groups
    except UsageError:  # a column name that cannot be quoted: figures that nobody knows
        return Disclosure(quasi_identifiers=quasi, threshold=k)
    return Disclosure(
        quasi_identifiers=quasi,
        smallest_group=groups.smallest,
        unique_rows=groups.unique_rows,
        rows_in_small_groups=groups.rows_below,
        small_cells=groups.groups_below,
        homogeneous_groups=shared,
        threshold=k,
    )


def _counted(table: Table, relation: Relation, k: int) -> Disclosure | None:
    """Small cells of a table that counts persons already."""
    count = next((column.name for column in table.columns if "small_count" in column.classes), None)
    dimensions = tuple(_plain_dimensions(table, {count or ""}))[:_MOST_QUASI]
    if count is None or not dimensions:
        return None
    where = disclosure.Relation(relation.dialect, relation.sql)
    try:
        asked = disclosure.small_cells_query(where, dimensions, threshold=k, count_column=count)
        cells = disclosure.read_small_cells(dimensions, relation.query(asked.sql)[0], threshold=k)
    except UsageError:
        return Disclosure(quasi_identifiers=dimensions, threshold=k)
    return Disclosure(quasi_identifiers=dimensions, small_cells=cells.small, threshold=k)


def quasi_identifiers(table: Table) -> tuple[str, ...]:
    """Up to four: by class, then plain dimensions (a county, an agency) to fill up. None where no class is there."""
    found = [name for target in _QUASI if (name := _first(table, (target,), set())) is not None]
    names = list(dict.fromkeys(found))[:_MOST_QUASI]
    if not names:
        return ()
    return tuple([*names, *_plain_dimensions(table, set(names))][:_MOST_QUASI])


def _first(table: Table, targets: Sequence[str], without: set[str]) -> str | None:
    for target in targets:
        for column in table.columns:
            if target in column.classes and column.name not in without and not _is_key(column, table.rows):
                return column.name
    return None


def _plain_dimensions(table: Table, without: set[str]) -> Iterable[str]:
    for column in table.columns:
        few = 2 <= (column.distinct or 0) <= _MOST_VALUES
        if column.type == "text" and few and not column.classes and column.name not in without:
            yield column.name


def _is_key(column: PhysicalColumn, rows: int | None) -> bool:
    """Constant, or a key: of no use in a group. A date of birth that nearly everybody has alone is no key but a find."""
    distinct = column.distinct or 0
    nearly_unique = bool(rows and distinct / rows > disclosure.KEY_RATIO)
    return distinct < 2 or (nearly_unique and "date_of_birth" not in column.classes)
