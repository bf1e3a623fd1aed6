"""The Hyper engine (extra `hyper`): starts it without log and telemetry, opens copies only, pushes work down as SQL.

Facts about the engine: reference/tsc-wire-and-files.md, section 2, "Hyper engine".
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.sources.workbook_file.limits import Limits
from auditor.sources.workbook_file.refusal import RefusedError

INSTALL = 'install the extra: pip install "bi-auditor[hyper]" (it has no build for Linux on ARM and Alpine)'
_TYPES = {
    "TEXT": "text",
    "VARCHAR": "text",
    "CHAR": "text",
    "JSON": "text",
    "SMALL_INT": "integer",
    "INT": "integer",
    "BIG_INT": "integer",
    "OID": "integer",
    "DOUBLE": "number",
    "FLOAT": "number",
    "NUMERIC": "number",
    "BOOL": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "TIMESTAMP_TZ": "datetime",
    "TIME": "time",
    "INTERVAL": "interval",
    "BYTES": "bytes",
    "GEOGRAPHY": "spatial",
    "TABLEAU.TABGEOGRAPHY": "spatial",
}


def is_installed() -> bool:
    """Is the extra `hyper` there? Does not import it."""
    return importlib.util.find_spec("tableauhyperapi") is not None


def _api() -> Any:
    """The extra's package. RefusedError where its library cannot be loaded, as on a system that it has no build for."""
    try:
        return importlib.import_module("tableauhyperapi")
    except (ImportError, OSError):
        raise RefusedError("the Hyper engine is installed and cannot be loaded", INSTALL) from None


@dataclass(slots=True)
class Engine(AbstractContextManager["Engine"]):
    """One Hyper process, started when first needed and stopped on the way out; several files may use it in turn."""

    limits: Limits
    _process: Any = field(default=None, repr=False)

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    def _endpoint(self) -> Any:
        api = _api()
        if self._process is None:
            parameters = {"log_config": "", "memory_limit": f"{self.limits.memory_bytes // 2**20}m"}
            try:
                self._process = api.HyperProcess(
                    api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, user_agent="bi-auditor", parameters=parameters
                )
            except (api.HyperException, OSError) as error:
                raise RefusedError(f"the Hyper engine could not be started ({type(error).__name__})", INSTALL) from None
        return self._process.endpoint

    @contextmanager
    def open(self, copy: Path) -> Iterator[Session]:
        """A session on a private copy of an extract. Opening rewrites a file: never pass the original."""
        api = _api()
        try:
            with api.Connection(self._endpoint(), str(copy), api.CreateMode.NONE) as connection:
                yield Session(connection, self.limits)
        except api.HyperException as error:
            raise RefusedError(f"the Hyper engine cannot read the extract ({_why(error)})") from None


def _why(error: Any) -> str:
    """The engine's reason in a few words; its full message may hold values."""
    text = str(error).lower()
    known = (
        ("truncated", "the file is truncated"),
        ("not a valid database", "it is not a Hyper database"),
        ("cancel", "it took longer than the time limit"),
        ("memory", "it needed more memory than the limit"),
        ("version", "its format version is not supported"),
    )
    return next((words for key, words in known if key in text), "the engine reported an error")


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table's quoted name for SQL, its plain name, and its columns (name, our type word)."""

    sql: str
    name: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Session:
    """An open copy: lists tables and runs queries that return few rows."""

    connection: Any
    limits: Limits

    def tables(self) -> tuple[StoredTable, ...]:
        """All tables of all schemas but the engine's own."""
        catalog = self.connection.catalog
        found = []
        for schema in catalog.get_schema_names():
            for name in catalog.get_table_names(schema):
                definition = catalog.get_table_definition(name)
                columns = tuple(
                    (column.name.unescaped, _TYPES.get(column.type.tag.name, column.type.tag.name.lower()))
                    for column in definition.columns
                )
                found.append(StoredTable(str(name), name.name.unescaped, columns))
        return tuple(found)

    def query(self, sql: str) -> Sequence[Sequence[Any]]:
        """The rows of a query; cancelled at the time limit."""
        with self._time_limit():
            rows: Sequence[Sequence[Any]] = self.connection.execute_list_query(sql)
        return rows

    def command(self, sql: str) -> None:
        """A statement without a result, on the copy."""
        with self._time_limit():
            self.connection.execute_command(sql)

    @contextmanager
    def _time_limit(self) -> Iterator[None]:
        watch = threading.Timer(self.limits.seconds, self.connection.cancel)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
