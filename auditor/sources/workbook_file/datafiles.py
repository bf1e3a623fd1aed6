"""Extracts and data files: opened as copies, measured, judged, and dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from auditor.model.coverage import Read
from auditor.sensitivity.disclosure import Dialect
from auditor.sources.workbook_file import hyper, tabular, tde
from auditor.sources.workbook_file.desk import Desk
from auditor.sources.workbook_file.judging import NOTHING_TOLD, Told
from auditor.sources.workbook_file.measuring import Relation, measure
from auditor.sources.workbook_file.readings import Table
from auditor.sources.workbook_file.refusal import RefusedError

#: Plain data that goes out beside a dashboard and can be opened.
DATA = tabular.CSV_SUFFIXES | {".parquet"}
_TDE = "it is an extract of the format before Hyper (.tde); its values cannot be read"
_TDE_NAMES = "of an extract of the format before Hyper (.tde) only the column names can be read"
_TDE_REMEDY = "open it in a version of Tableau from 10.5 to 2024.2 and save the extract again as .hyper"

Copied = Callable[[], Path]


def extract_tables(desk: Desk, name: str, copied: Copied, told: Told = NOTHING_TOLD) -> tuple[Table, ...]:
    """The judged tables of an extract. `copied` makes the private copy, only when the extract can be opened."""
    desk.attempted.add(Read.EXTRACTS)
    if PurePosixPath(name).suffix.lower() == ".tde":
        return _old_extract(desk, copied)
    if not hyper.is_installed():
        raise RefusedError("the Hyper engine is not installed, so the extract was not opened", hyper.INSTALL)
    copy = copied()
    try:
        if copy.stat().st_size == 0:
            raise RefusedError("the extract is an empty file of 0 bytes")
        with desk.engine.open(copy) as session:
            return tuple(_judged(desk, session, stored, told) for stored in session.tables())
    finally:
        copy.unlink(missing_ok=True)


def _old_extract(desk: Desk, copied: Copied) -> tuple[Table, ...]:
    """The column names of a .tde; that no more of it is read is a miss."""
    copy = copied()
    try:
        table = tde.table_of(copy)
    finally:
        copy.unlink(missing_ok=True)
    if table is None:
        raise RefusedError(_TDE, _TDE_REMEDY)
    desk.miss(Read.EXTRACTS, _TDE_NAMES, _TDE_REMEDY)
    return (desk.judge.table(table, None),)


def _judged(desk: Desk, session: hyper.Session, stored: hyper.StoredTable, told: Told) -> Table:
    relation = Relation(Dialect.HYPER, stored.sql, session.query, session.command)
    return desk.judge.table(measure(relation, stored.name, stored.columns, desk.limits), relation, told)


def data_table(desk: Desk, copied: Copied, name: str) -> Table:
    """The judged table of a CSV or Parquet file."""
    desk.attempted.add(Read.EXTRACTS)
    parquet = PurePosixPath(name).suffix.lower() == ".parquet"
    if not tabular.is_installed() and parquet:
        raise RefusedError("DuckDB is not installed, so the Parquet file was not opened", tabular.INSTALL)
    copy = copied()
    try:
        if tabular.is_installed():
            table = tabular.read_table(copy, desk.folder, desk.limits, desk.judge.table)
            if table.rejected:
                desk.miss(Read.EXTRACTS, f"{table.rejected} lines of the CSV fit no column and are in no figure")
            return table
        desk.miss(Read.EXTRACTS, "DuckDB is not installed: only the header and first rows were read", tabular.INSTALL)
        return desk.judge.table(tabular.read_csv_plainly(copy, desk.limits), None)
    finally:
        copy.unlink(missing_ok=True)
