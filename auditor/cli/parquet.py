"""Rows of text as a Parquet file, in row groups, so that it can stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from auditor.errors import UsageError
from auditor.files import written_whole

ROWS_A_GROUP = 50_000
COLUMNS = (
    "principal_kind", "principal_id", "principal", "content_kind", "content_id", "content",
    "capability", "native", "decision", "reason", "exposure", "unread",
)  # fmt: skip


def write_parquet(rows: Iterable[Mapping[str, str]], path: str) -> None:
    """Write the rows; every column is text. Raises UsageError where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise UsageError("Parquet needs the package pyarrow.", next_step="Install bi-auditor[parquet].") from error
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    waiting = iter(rows)
    with written_whole(Path(path)) as stream, parquet.ParquetWriter(stream, schema) as writer:
        while batch := list(islice(waiting, ROWS_A_GROUP)):
            writer.write_table(pa.table({name: [row[name] for row in batch] for name in COLUMNS}, schema=schema))
