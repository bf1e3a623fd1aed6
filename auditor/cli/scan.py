"""`auditor scan`: the main job."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import say
from auditor.cli.options import (
    output_options,
    policy_options,
    quiet_option,
    source_options,
    triage_options,
    verbose_option,
)
from auditor.cli.output import Target, pair_targets, write_text

if TYPE_CHECKING:
    from auditor.report import HistoryPoint, Report


@click.command()
@source_options
@policy_options
@triage_options
@output_options
@click.option("--save-snapshot", metavar="FILE", help="Keep what was read, as `auditor snapshot` does.")
@click.option("--plan", "show_plan", is_flag=True, help="Say first which requests will be made and why.")
@click.option(
    "--history",
    envvar="AUDITOR_HISTORY",
    metavar="DB",
    help="Keep the run in this database (a file, or an SQLAlchemy URL). [env: AUDITOR_HISTORY]",
)
@click.option(
    "--notify",
    "notify_names",
    multiple=True,
    metavar="NAME",
    help="Tell this target of the settings file what changed.",
)
@click.option(
    "--settings",
    "settings_file",
    metavar="FILE",
    help="The settings file with targets to notify. [env: AUDITOR_SETTINGS]",
)
@click.option("--metrics", metavar="FILE", help="Write Prometheus metrics for the textfile collector.")
@click.option("--health", metavar="FILE", help="Write a small JSON file about this run for a health check.")
@click.option("--deployments", metavar="FILE", help="Audit every site of this YAML file instead of one.")
@click.option(
    "--executor", metavar="URL", help="With --deployments: hand the sites to a Dask cluster (dask://HOST:PORT)."
)
@quiet_option
@verbose_option
def scan(**options: Any) -> int:
    """Audit a server, a saved snapshot or a recorded conversation against policies."""
    if options["deployments"]:
        from auditor.cli.deployments import scan_deployments

        return scan_deployments(options)
    from auditor.cli.after import after_failure, before_run
    from auditor.errors import SourceError

    before_run(options)
    try:
        return scan_one(options)
    except SourceError as error:
        after_failure(error, options)
        raise


def scan_one(options: Mapping[str, Any]) -> int:
    """One site: read, judge, report, keep."""
    from auditor.audit import audit
    from auditor.cli.after import after_run, past_runs
    from auditor.cli.job import make_job
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.source import open_source

    targets = pair_targets(options["formats"], options["outputs"])
    job = make_job(options)
    with (
        open_source(options) as source,
        progress_on_stderr(quiet=options["quiet"], verbose=options["verbose"]) as progress,
    ):
        if options["show_plan"]:
            say(source.plan(job.needs, progress=progress).to_text())
        audited = audit(source, job, progress=progress)
    if options["save_snapshot"]:
        from auditor.sources.saved import save

        save(audited.snapshot, Path(options["save_snapshot"]))
    if (options["show_plan"] or options["verbose"]) and not options["quiet"]:
        say(f"{audited.snapshot.provenance.requests:,} requests were made.")
    code = write_reports(audited.report, targets, options, past=past_runs(audited, options))
    after_run(audited, job, code, options)
    return code


def write_reports(
    report: Report, targets: Sequence[Target], options: Mapping[str, Any], *, past: Sequence[HistoryPoint] = ()
) -> int:
    """Write the report in every format asked for; the exit code is the same whatever the format."""
    from auditor.errors import ExitCode
    from auditor.findings import Severity
    from auditor.report import RenderOptions, exit_code, render

    for target in targets:
        look = RenderOptions(
            color=target.path == "-" and wants_color(sys.stdout.isatty(), os.environ),
            width=_width(),
            changes_only=bool(options.get("changes_only")),
            history=tuple(past),
        )
        write_text(target.path, render(report, target.format, look))
    code: ExitCode = exit_code(
        report,
        fail_on=Severity(options.get("fail_on", "high")),
        exit_zero=bool(options.get("exit_zero")),
        strict_waivers=bool(options.get("strict_waivers")),
    )
    return int(code)


def wants_color(terminal: object, environment: Mapping[str, str]) -> bool:
    """Colour on a terminal, unless NO_COLOR is set; FORCE_COLOR wins where both are."""
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return bool(terminal) and not environment.get("NO_COLOR")


def _width() -> int:
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))
