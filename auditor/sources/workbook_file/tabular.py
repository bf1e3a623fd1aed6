"""CSV and Parquet beside a dashboard, through DuckDB (extra `tabular`) with external access off but for the one file.

Without the extra a CSV's header and first rows are read with the standard library.
"""

from __future__ import annotations

import csv
import importlib.util
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.sensitivity.disclosure import Dialect
from auditor.sources.workbook_file.limits import Limits
from auditor.sources.workbook_file.measuring import Command, Query, Relation, measure, quoted
from auditor.sources.workbook_file.readings import PhysicalColumn, Table
from auditor.sources.workbook_file.refusal import RefusedError

INSTALL = 'install the extra: pip install "bi-auditor[tabular]"'
CSV_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_TYPES = {
    "VARCHAR": "text",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "SMALLINT": "integer",
    "TINYINT": "integer",
    "HUGEINT": "integer",
    "UBIGINT": "integer",
    "UINTEGER": "integer",
    "DOUBLE": "number",
    "FLOAT": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "BLOB": "bytes",
    "UUID": "text",
}
_SNIFFED_BYTES = 64 * 1024
_SNIFFED_ROWS = 20_000
_MOST_REJECTS = 10_000

Judged = Callable[[Table, Relation | None], Table]


def is_installed() -> bool:
    """Is the extra `tabular` there? Does not import it."""
    return importlib.util.find_spec("duckdb") is not None


def read_table(path: Path, folder: Path, limits: Limits, judged: Judged) -> Table:
    """The measured and judged table in a CSV or Parquet file at `path`, a private copy. `folder` takes spilled data."""
    import duckdb

    limit = f"{limits.memory_bytes // 2**20}MiB"
    config: dict[str, Any] = {
        "memory_limit": limit,
        "threads": 2,
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    try:
        with closing(duckdb.connect(str(folder / f"{path.stem}.duckdb"), config=config)) as engine:
            watch = threading.Timer(limits.seconds, engine.interrupt)
            watch.daemon = True
            watch.start()
            try:
                return _measure(engine, path, limits, judged)
            finally:
                watch.cancel()
    except duckdb.InterruptException:
        raise RefusedError("the file took longer than the time limit") from None
    except duckdb.Error as error:
        kind = type(error).__name__.removesuffix("Exception")
        raise RefusedError(f"the file cannot be read as {path.suffix[1:]} ({kind})") from None


def _measure(engine: Any, path: Path, limits: Limits, judged: Judged) -> Table:
    engine.execute("SET allowed_paths = [$1]", [str(path)])
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")

    def run(sql: str) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = engine.execute(sql).fetchall()
        return rows

    def do(sql: str) -> None:
        engine.execute(sql)

    where = "'" + str(path).replace("'", "''") + "'"
    if path.suffix.lower() == ".parquet":
        do(f"create view data as select * from read_parquet({where})")  # noqa: S608
        told = _described(run, "data")
    else:
        told = _load_csv(where, run, do)
    stored = list(_described(run, "data").items())
    relation = Relation(Dialect.DUCKDB, "data", run, do)
    table = judged(_retyped(measure(relation, path.stem, stored, limits), told), relation)
    return replace(table, rejected=_rejected(run) if path.suffix.lower() in CSV_SUFFIXES else 0)


def _rejected(run: Query) -> int:
    return int(run("select count(distinct line) from reject_errors")[0][0])


def _described(run: Query, relation: str) -> dict[str, str]:
    return {str(row[0]): _plain(str(row[1])) for row in run(f"describe select * from {relation}")}  # noqa: S608


def _load_csv(where: str, run: Query, do: Command) -> dict[str, str]:
    """Load a CSV as text, so that one odd row far down does not end the reading; numbers where every value is one.

    Returns the types that its first rows suggest.
    """
    options = f"all_varchar = true, store_rejects = true, rejects_limit = {_MOST_REJECTS}"
    do(f"create table raw as select * from read_csv({where}, {options})")  # noqa: S608
    told = _described(run, f"read_csv({where}, sample_size = {_SNIFFED_ROWS}, ignore_errors = true)")
    numeric = [name for name in _described(run, "raw") if told.get(name) in {"integer", "number"}]
    tests = [f"count(nullif({quoted(name)}, '')) = count(try_cast({quoted(name)} as double))" for name in numeric]
    holds = run(f"select {', '.join(tests)} from raw")[0] if tests else ()  # noqa: S608
    casts = ", ".join(
        f"try_cast({quoted(name)} as {'bigint' if told[name] == 'integer' else 'double'}) as {quoted(name)}"
        for name, all_numbers in zip(numeric, holds, strict=True)
        if all_numbers
    )
    do(f"create view data as select {f'* replace ({casts})' if casts else '*'} from raw")  # noqa: S608
    return told


def _retyped(table: Table, told: dict[str, str]) -> Table:
    columns = tuple(replace(column, type=told.get(column.name, column.type)) for column in table.columns)
    return replace(table, columns=columns)


def _plain(word: str) -> str:
    return _TYPES.get(word, "number" if word.startswith("DECIMAL") else word.lower())


def read_csv_plainly(path: Path, limits: Limits) -> Table:
    """A CSV's header and a sample of its first rows with the standard library; rows are not counted."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as source:
        start = source.read(_SNIFFED_BYTES)
        source.seek(0)
        try:
            dialect: Any = csv.Sniffer().sniff(start, delimiters=",;\t|")
        except csv.Error:
            dialect = csv.excel
        rows = csv.reader(source, dialect)
        try:
            header = next(rows, [])
            sample = [row for row, _ in zip(rows, range(limits.sample_rows), strict=False)]
        except csv.Error:
            raise RefusedError("the file cannot be read as csv") from None
    return Table(path.stem, tuple(_plain_column(name, n, sample, limits) for n, name in enumerate(header)))


def _plain_column(name: str, place: int, sample: Sequence[Sequence[str]], limits: Limits) -> PhysicalColumn:
    values = dict.fromkeys(row[place][: limits.value_length] for row in sample if place < len(row) and row[place])
    return PhysicalColumn(name, "text", sample=tuple(values)[: limits.sample_values])
