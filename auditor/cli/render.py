"""`auditor render`: a saved JSON report in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli.options import FORMATS, SEVERITIES
from auditor.cli.output import pair_targets


@click.command()
@click.argument("report", type=click.Path(dir_okay=False))
@click.option(
    "--format", "-f", "formats", multiple=True, type=click.Choice(FORMATS), help="Repeatable. [default: text]"
)
@click.option(
    "--output", "-o", "outputs", multiple=True, metavar="FILE", help="Repeatable, paired with --format in order."
)
@click.option("--changes-only", is_flag=True, help="Show only what is new or wider than the report's baseline.")
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), default="high", show_default=True, help="As in scan, with --gate."
)
@click.option("--gate", is_flag=True, help="Exit as the scan that made the report did; without it, 0.")
def render(report: str, gate: bool, **options: Any) -> int:
    """Show a saved JSON report (REPORT) in another format."""
    from auditor.cli.scan import write_reports
    from auditor.report import load

    targets = pair_targets(options["formats"], options["outputs"])
    code = write_reports(load(Path(report)), targets, options)
    return code if gate else 0
