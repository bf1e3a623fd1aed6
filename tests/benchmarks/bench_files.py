"""Files a second, and an extract of a million rows (or more) against the plain SQL of the same work in the same run.

    python tests/benchmarks/bench_files.py [--rows 1000000] [--json]

Not a test: it prints figures. The plain SQL is every statement that the inspection sent, sent again by itself on a copy
that is already open; the ratio says what hashing, copying, starting the engine and judging add. Target: within 1.3 for
a million rows and more. Needs the extra `hyper` for the second part.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))

from workbook_file.builders import firearms_document, firearms_package, firearms_query, hyper_file
from workbook_file.needs import REAL

from auditor.sensitivity import classify
from auditor.sources.workbook_file import Limits, hyper, inspect, inspect_bytes, inspect_many
from auditor.sources.workbook_file.hyper import Engine, Session


def documents_a_second(folder: Path) -> dict[str, float]:
    """Documents without extracts in this process, and packages with them in two processes."""
    document = firearms_document()
    start, used = time.perf_counter(), time.process_time()
    for _ in range(200):
        inspect_bytes(document, "Firearms.twb")
    figures = {
        "own_documents_per_s": 200 / (time.perf_counter() - start),
        "own_documents_per_cpu_s": 200 / (time.process_time() - used),  # says more on a busy machine
    }
    if REAL.is_dir():
        real = [path for path in REAL.iterdir() if path.suffix in {".twb", ".tds", ".twbx", ".tdsx"}]
        start = time.perf_counter()
        for _ in range(10):
            for path in real:
                inspect(path, extracts=False)
        figures["real_documents_per_s"] = 10 * len(real) / (time.perf_counter() - start)
        start = time.perf_counter()
        inspect_many(list(REAL.iterdir()) * 5, workers=2)
        figures["real_files_with_extracts_in_2_processes_per_s"] = (
            5 * len(list(REAL.iterdir())) / (time.perf_counter() - start)
        )
    if hyper.is_installed():
        packages = [shutil.copy(firearms_package(folder, rows=1_000), folder / f"{n}.twbx") for n in range(20)]
        start = time.perf_counter()
        inspect_many([Path(path) for path in packages], workers=2)
        figures["own_packages_in_2_processes_per_s"] = len(packages) / (time.perf_counter() - start)
    return figures


@contextmanager
def recorded() -> Iterator[list[str]]:
    """All statements that sessions send meanwhile."""
    sent: list[str] = []
    query, command = Session.query, Session.command

    def noted_query(self: Session, sql: str):
        sent.append(sql)
        return query(self, sql)

    def noted_command(self: Session, sql: str):
        sent.append(sql)
        command(self, sql)

    with mock.patch.object(Session, "query", noted_query), mock.patch.object(Session, "command", noted_command):
        yield sent


def peak_mib_of(name: str) -> float:
    """The highest resident size so far of a running process of that name; 0 where the system does not tell."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "status").read_text()
        except OSError:
            continue
        if status.startswith(f"Name:\t{name}"):
            return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    return 0.0


def extract_figures(folder: Path, rows: int) -> dict[str, float]:
    """One large extract: the inspection, then the same statements alone."""
    path = hyper_file(folder / "large.hyper", Extract=firearms_query(rows))
    figures: dict[str, float] = {"rows": rows, "file_mib": path.stat().st_size / 2**20}
    start = time.perf_counter()
    classify("Full Name", ["Jane Roe"])
    figures["load_names_once_s"] = time.perf_counter() - start
    with recorded() as sent, Engine(Limits()) as engine:
        start = time.perf_counter()
        report = inspect(path, engine=engine)
        figures["inspect_s"] = time.perf_counter() - start
        figures["hyperd_peak_mib"] = peak_mib_of("hyperd")
    assert report.inventory is not None, report.misses
    figures["own_peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    copy = Path(shutil.copy(path, folder / "copy.hyper"))
    with Engine(Limits()) as engine, engine.open(copy) as session:
        session.query("select 1")
        start = time.perf_counter()
        for sql in sent:
            (session.query if sql.lower().startswith("select") else session.command)(sql)
        figures["plain_sql_s"] = time.perf_counter() - start
    figures["statements"] = len(sent)
    figures["ratio"] = figures["inspect_s"] / figures["plain_sql_s"]
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = {"files": documents_a_second(folder)}
        if hyper.is_installed():
            figures["extract"] = extract_figures(folder, options.rows)
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for part, values in figures.items():
        for key, value in values.items():
            print(f"{part}.{key:<48} {value:>14,.2f}")


if __name__ == "__main__":
    main()
