"""`auditor diff`: what changed between two snapshots or two reports."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import click

from auditor.cli.output import STDOUT, write_text


@click.command()
@click.argument("old", type=click.Path(dir_okay=False))
@click.argument("new", type=click.Path(dir_okay=False))
@click.option(
    "--format", "-f", "form", type=click.Choice(("text", "json", "markdown")), default="text", show_default=True
)
@click.option("--output", "-o", metavar="FILE", default=STDOUT, help="A file instead of stdout.")
@click.option("--fail-on-wider", is_flag=True, help="Exit 1 where something opened: gained, new, wider, a switch.")
def diff(old: str, new: str, form: str, output: str, fail_on_wider: bool) -> int:
    """What changed from OLD to NEW: two snapshots, or two JSON reports, of one site.

    Exit codes: 0 compared in full, 1 with --fail-on-wider where something opened, 3 where one side did not read
    everything, so that part of the comparison cannot be told.
    """
    from auditor.errors import ExitCode
    from auditor.report.render.changes import render_changes
    from auditor.triage.diff import ChangeKind

    found = _compare(Path(old), Path(new))
    write_text(output, render_changes(found, form))
    opening = {ChangeKind.GAINED, ChangeKind.NEW, ChangeKind.WIDER, ChangeKind.COLUMNS}
    if fail_on_wider and any(change.kind in opening for change in found.changes):
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if found.untold else ExitCode.CLEAN


def _compare(old: Path, new: Path) -> Any:
    from auditor.errors import UsageError
    from auditor.report import load as load_report
    from auditor.sources.saved import load as load_snapshot
    from auditor.triage.diff import diff_reports, diff_snapshots

    are_snapshots = [zipfile.is_zipfile(path) for path in (old, new)]
    if all(are_snapshots):
        return diff_snapshots(load_snapshot(old), load_snapshot(new))
    if any(are_snapshots):
        raise UsageError("One is a snapshot and the other is not.", next_step="Name two snapshots or two JSON reports.")
    return diff_reports(load_report(old), load_report(new))
