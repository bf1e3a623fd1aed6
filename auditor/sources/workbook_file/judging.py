"""From stored tables to judged ones: classes of columns, whether rows are persons, figures of disclosure.

The one place of this package that speaks to `auditor.sensitivity`. Sampled values end here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.model.data import Column, DataSource
from auditor.sensitivity import Classification, Lexicon, classify_column
from auditor.sensitivity.lexicon import SHIPPED
from auditor.sources.workbook_file.limits import Limits
from auditor.sources.workbook_file.measuring import Relation
from auditor.sources.workbook_file.persons import verdict_by_names, with_verdict
from auditor.sources.workbook_file.readings import PhysicalColumn, Table
from auditor.sources.workbook_file.sweeping import swept

#: (table, stored name) -> the other names that people and databases have for a column: caption, remote name.
Labels = Callable[[str, str], tuple[str | None, str | None]]

_NAME = 300

#: A calculation that aggregates tells no single person's value, whatever its fields are.
_AGGREGATING = re.compile(
    r"^\s*(?:SUM|AVG|MIN|MAX|COUNT|COUNTD|MEDIAN|STDEV|STDEVP|VAR|VARP|PERCENTILE|TOTAL|WINDOW_\w+|RUNNING_\w+)\s*\(",
    re.IGNORECASE,
)


def no_labels(_table: str, _name: str) -> tuple[None, None]:
    """For data that no document describes."""
    return None, None


@dataclass(frozen=True, slots=True)
class Told:
    """What a document says of an extract: other names of its columns, and whether it was aggregated when made."""

    labels: Labels = no_labels
    aggregated: bool | None = None


NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True)
class Judge:
    """Classifies columns and tables with one lexicon."""

    limits: Limits
    lexicon: Lexicon = field(default=SHIPPED, repr=False)

    def table(self, table: Table, relation: Relation | None, told: Told = NOTHING_TOLD) -> Table:
        """The table with classes and figures, and without its sampled values. `relation` None: no engine to ask."""
        columns = tuple(self._stored(table.name, column, told.labels) for column in table.columns)
        classed = replace(table, columns=columns)
        if relation is not None and table.rows:
            classed = swept(classed, relation)
        return with_verdict(classed, relation, aggregated=told.aggregated, k=self.limits.threshold)

    def by_name(self, source: DataSource) -> DataSource:
        """A data source whose columns without seen values are judged by their names, and its rows where none were read."""
        named = replace(source, columns=tuple(map(self._named, source.columns)))
        return verdict_by_names(named) if source.rows is None else named

    def _stored(self, table: str, column: PhysicalColumn, labels: Labels) -> PhysicalColumn:
        caption, remote = labels(table, column.name)
        values: tuple[str | None, ...] = () if column.sample is None else column.sample or (None,)
        found = self._classified(column.name, values, caption, remote)
        return replace(
            column,
            sample=None,
            classes=dict(found.classes),
            evidence=_evidence(found),
            values=str(found.values),
        )

    def _named(self, column: Column) -> Column:
        if column.values != "unknown" or column.classes or _is_derived(column):
            return column
        found = self._classified(column.name, (), column.caption, column.remote_name)
        return replace(column, classes=dict(found.classes), evidence=_evidence(found))

    def _classified(
        self, name: str, values: Sequence[str | None], caption: str | None, remote: str | None
    ) -> Classification:
        """Names cut short: a hostile one may be megabytes long."""
        name, caption, remote = name[:_NAME], (caption or "")[:_NAME] or None, (remote or "")[:_NAME] or None
        return classify_column(name, values, caption=caption, remote_name=remote, lexicon=self.lexicon)


def _is_derived(column: Column) -> bool:
    return column.type == "set" or (column.formula is not None and bool(_AGGREGATING.match(column.formula)))


def _evidence(found: Classification) -> tuple[str, ...]:
    kinds: Mapping[str, None] = dict.fromkeys(str(kind) for spoken in found.evidence.values() for kind in spoken)
    return tuple(sorted(kinds))
