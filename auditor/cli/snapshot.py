"""`auditor snapshot`: everything that an audit needs, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli import say
from auditor.cli.options import policies_option, quiet_option, source_options, verbose_option


@click.command()
@source_options
@click.option("--output", "-o", required=True, metavar="FILE", help="The snapshot file; written with mode 0600.")
@click.option("--resume", is_flag=True, help="Go on where an earlier run with this --output was stopped.")
@policies_option
@click.option(
    "--columns", is_flag=True, help="Read the columns below all items, not only where these policies ask for them."
)
@click.option(
    "--pseudonymise", is_flag=True, help="Replace names and e-mail addresses by stable stand-ins, for sharing."
)
@click.option("--plan", "show_plan", is_flag=True, help="Say first which requests will be made and why.")
@quiet_option
@verbose_option
def snapshot(**options: Any) -> int:
    """Save everything that an audit needs in one file.

    Who can do what is read of everything; what lies below the charts where the named policies (default: the pack
    default) need it to reach a verdict.

    Exit codes: 0 everything was read, 3 something is missing (the file says what), 5 nothing could be read.
    """
    from auditor.audit import Job, now, read_everything, read_what_matters
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.source import open_source
    from auditor.errors import ExitCode
    from auditor.policy import load
    from auditor.sources.saved import pseudonymise, save
    from auditor.sources.tableau.settings import Checkpoint

    output = Path(options["output"])
    keeps = bool(options["server"] or not (options["snapshot"] or options["cassette"])) and str(output) != "/dev/null"
    checkpoint = Checkpoint(output.with_name(f".{output.name}.part"), resume=options["resume"]) if keeps else None
    with (
        open_source(options, checkpoint=checkpoint) as source,
        progress_on_stderr(quiet=options["quiet"], verbose=options["verbose"]) as progress,
    ):
        if options["show_plan"]:
            from auditor.audit import EVERYTHING

            say(source.plan(EVERYTHING, progress=progress).to_text())
        facts = read_everything(source, columns=options["columns"], progress=progress)
        job = Job(load(options["policies"] or ("default",)))
        facts = read_what_matters(source, facts, job, clock=now, progress=progress)
        times = getattr(source, "times", None)
    save(pseudonymise(facts) if options["pseudonymise"] else facts, output, times=times)
    missing = [line for line in facts.ledger.lines.values() if not line.complete]
    if not options["quiet"]:
        say(
            f"{len(facts.contents):,} items, {len(facts.users):,} users, {facts.provenance.requests:,} requests: {output}"
        )
    for line in missing:
        say(
            f"Incomplete: {line.read}: {line.got} of {'?' if line.expected is None else line.expected} read, {len(line.missing)} missing."
        )
    return ExitCode.INCOMPLETE if missing else ExitCode.CLEAN
