"""`auditor preflight`: files before they are published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli.options import (
    output_options,
    policy_options,
    quiet_option,
    source_options,
    triage_options,
    verbose_option,
)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--into", metavar="PROJECT", help="Judge as if published into this project now; needs a source option.")
@click.option(
    "--tabs/--no-tabs",
    "tabs",
    default=None,
    help="With --into: publish with tabs shown or hidden, whatever the file says.",
)
@source_options
@policy_options
@triage_options
@output_options
@quiet_option
@verbose_option
def preflight(files: tuple[str, ...], into: str | None, tabs: bool | None, **options: Any) -> int:
    """Audit workbook and data source files (FILE…) before they are published.

    Without --into the rules that a file alone can answer; with it, what would happen if the files were published there
    now, joined with what is inside them. Without --policy the packs default, minimisation and credentials judge.
    """
    from auditor.audit import read_everything
    from auditor.cli.job import make_job
    from auditor.cli.output import pair_targets
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.scan import write_reports
    from auditor.cli.source import open_source
    from auditor.errors import UsageError
    from auditor.preflight import PACKS, find_project
    from auditor.preflight import preflight as run_preflight

    targets = pair_targets(options["formats"], options["outputs"])
    job = make_job({**options, "policies": options["policies"] or PACKS})
    paths = [Path(name) for name in files]
    if into:
        with (
            open_source(options) as source,
            progress_on_stderr(quiet=options["quiet"], verbose=options["verbose"]) as progress,
        ):
            place = find_project(read_everything(source, progress=progress), into, source)
            audited = run_preflight(paths, job, place=place, tabs_shown=tabs)
    elif any(options[name] for name in ("server", "snapshot", "cassette")):
        raise UsageError("a source without a project.", next_step="Say with --into where the files would be published.")
    else:
        audited = run_preflight(paths, job)
    return write_reports(audited.report, targets, options)
