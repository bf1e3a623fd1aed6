"""What was measured in a table of an extract or data file: names, types and figures; sampled values only in passing."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.model.data import Disclosure


@dataclass(frozen=True, slots=True)
class PhysicalColumn:
    """A column as it is really stored. `filled` counts rows that are neither null nor blank.

    `sample` holds a few distinct values for classification; it has no repr and is dropped by `forget`.
    """

    name: str
    type: str
    filled: int | None = None
    distinct: int | None = None
    sample: tuple[str, ...] | None = field(default=None, repr=False)
    classes: dict[str, float] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    values: str = "unknown"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is really stored. `name` is without its schema. `rows` is None where they were not counted.

    `rejected` lines of a CSV fit no column and are in no figure.
    """

    name: str
    columns: tuple[PhysicalColumn, ...] = ()
    rows: int | None = None
    row_level: bool | None = None
    row_level_reasons: tuple[str, ...] = ()
    disclosure: Disclosure | None = None
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class ExtractReading:
    """One extract or data file: where it stood, its digest, its tables."""

    place: str
    digest: str
    tables: tuple[Table, ...] = ()
