"""Decisions as lines: a table for people, CSV, JSON lines and Parquet for programs; all of them stream."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.cli.output import STDOUT, write_stdout
from auditor.files import written_whole

if TYPE_CHECKING:
    from auditor.access import Access, Decision
    from auditor.model import Ref, Snapshot


def rows_of(snapshot: Snapshot, engine: Access, decisions: Iterable[Decision]) -> Iterator[dict[str, Any]]:
    """The lines of the contract's `access list --format jsonl`. Decisions about one object come one after the other."""
    from auditor.report.things import thing

    last: Ref | None = None
    content: dict[str, Any] = {}
    for decision in decisions:
        if decision.ref != last:
            last, found = decision.ref, thing(snapshot, decision.ref)
            content = {"kind": found.kind, "id": found.id, "name": found.name, "path": found.path}
        yield _row(engine, decision, content)


def _row(engine: Access, decision: Decision, content: dict[str, Any]) -> dict[str, Any]:
    from auditor.model import OUTCOMES
    from auditor.model.vocabulary import neutral_name

    kind, identifier, name = engine.principal_info(decision.principal)
    outcome = decision.capability in OUTCOMES
    row: dict[str, Any] = {
        "principal": {"kind": kind, "id": identifier, "name": name},
        "content": content,
        "capability": decision.capability if outcome else neutral_name(decision.capability, decision.ref.kind),
        "native": None if outcome else decision.capability,
        "decision": str(decision.outcome),
        "reason": decision.reason,
    }
    if decision.exposure != "live":
        row["exposure"] = str(decision.exposure)
    if decision.unread:
        row["unread"] = list(decision.unread)
    return row


def _flat(row: dict[str, Any]) -> dict[str, str]:
    who, what = row["principal"], row["content"]
    return {
        "principal_kind": who["kind"], "principal_id": who["id"], "principal": who["name"],
        "content_kind": what["kind"], "content_id": what["id"], "content": what["path"],
        "capability": row["capability"], "native": row["native"] or "", "decision": row["decision"], "reason": row["reason"],
        "exposure": row.get("exposure", "live"), "unread": " ".join(row.get("unread", ())),
    }  # fmt: skip


def _jsonl(rows: Iterable[dict[str, Any]], path: str) -> None:
    from auditor.report.render.as_json import escaped

    _stream((escaped(json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), path)


def _csv(rows: Iterable[dict[str, Any]], path: str) -> None:
    def lines() -> Iterator[str]:
        for number, cells in enumerate(map(_flat, rows)):
            if number == 0:
                yield csv_line(cells)
            yield csv_line(cells.values())

    _stream(lines(), path)


def csv_line(cells: Iterable[str]) -> str:
    """One line of CSV, no cell of which a spreadsheet takes for a formula."""
    from auditor.report.render.as_csv import safe_cell

    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()


def _table(rows: Iterable[dict[str, Any]], path: str) -> None:
    """Aligned columns; widths are fixed so that the table can stream."""
    from auditor.report.render.clean import clean

    widths = {"principal": 28, "content": 48, "capability": 22, "decision": 8, "reason": 0}

    def lines() -> Iterator[str]:
        yield "  ".join(name.upper().ljust(width) for name, width in widths.items()).rstrip() + "\n"
        for row in rows:
            what = row["content"]
            cells = {
                "principal": f"{row['principal']['kind']}:{row['principal']['name']}",
                "content": f"{what['kind']}: {what['path']}",
                "capability": row["capability"],
                "decision": row["decision"],
                "reason": row["reason"] + (" (dormant)" if row.get("exposure") == "dormant" else ""),
            }
            yield "  ".join(clean(cells[name]).ljust(width) for name, width in widths.items()).rstrip() + "\n"

    _stream(lines(), path)


def _stream(lines: Iterable[str], path: str) -> None:
    if path != STDOUT:
        with written_whole(Path(path)) as stream:
            stream.writelines(line.encode("utf-8", "backslashreplace") for line in lines)
        return
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) >= 1000:
            write_stdout("".join(batch))
            batch.clear()
    write_stdout("".join(batch))


def _parquet(rows: Iterable[dict[str, Any]], path: str) -> None:
    """Row groups of 50,000, through pyarrow (extra `parquet`)."""
    from auditor.cli.parquet import write_parquet

    write_parquet(map(_flat, rows), path)


WRITERS: Mapping[str, Callable[[Iterable[dict[str, Any]], str], None]] = {
    "table": _table,
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
