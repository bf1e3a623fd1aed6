"""Progress on stderr: a bar on a terminal, nothing elsewhere; notes where they are wanted."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from auditor.cli import say
from auditor.sources.interface import NoProgress, Progress


class Notes(NoProgress):
    """No bar: only what the reader has to say, a line each."""

    def note(self, text: str) -> None:
        """A line on stderr."""
        say(text)


@contextlib.contextmanager
def progress_on_stderr(*, quiet: bool, verbose: bool) -> Iterator[Progress]:
    """A bar while the block runs, where stderr is a terminal; else only notes, and with `quiet` not even those."""
    if quiet:
        yield NoProgress()
    elif not sys.stderr.isatty():
        yield _Spoken() if verbose else Notes()
    else:
        with _bar() as bar:
            yield bar


class _Spoken(Notes):
    """Every kind of read on a line of its own, for logs."""

    def start(self, read: str, total: int | None) -> None:
        """Say what is read and how much of it there is."""
        say(f"reading {read}" + (f" ({total:,})" if total is not None else ""))


@contextlib.contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)

    class Bar:
        def __init__(self, bars: Bars) -> None:
            self._bars = bars
            self._tasks: dict[str, TaskID] = {}

        def start(self, read: str, total: int | None) -> None:
            if read in self._tasks:
                self._bars.update(self._tasks[read], total=total)
            else:
                self._tasks[read] = self._bars.add_task(read, total=total)

        def advance(self, read: str, n: int) -> None:
            if read in self._tasks:
                self._bars.advance(self._tasks[read], n)

        def note(self, text: str) -> None:
            from auditor.report.render.clean import clean

            self._bars.console.print(clean(text), markup=False, highlight=False)

    with Bars(*columns, console=console, transient=True) as bars:
        yield Bar(bars)
