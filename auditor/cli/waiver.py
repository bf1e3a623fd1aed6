"""`auditor waiver`: write a waiver for a finding; check a waiver file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import say
from auditor.cli.output import write_stdout

if TYPE_CHECKING:
    from auditor.findings import Finding
    from auditor.report.model import ReportFinding


@click.group()
def waiver() -> None:
    """Write a waiver for a finding; check a waiver file."""


@waiver.command()
@click.argument("fingerprint")
@click.option("--report", "report_file", required=True, metavar="REPORT", help="The JSON report with the finding.")
@click.option("--reason", required=True, help="Why it is accepted.")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--ticket", required=True, help="Where it was decided.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="At most 180 days ahead. [default: in 90 days]")
def new(fingerprint: str, report_file: str, expires: Any, **said: str) -> int:
    """Print the entry for a waiver file that accepts the finding FINGERPRINT (its start is enough) of a report."""
    from auditor.audit import now
    from auditor.report import load
    from auditor.triage import waiver_entry

    report = load(Path(report_file))
    found = _find(report.findings, fingerprint)
    until: date | None = expires.date() if expires else None
    entry = waiver_entry(
        _finding(found, report.target.site.id), path=found.subject.path, created=now().date(), expires=until, **said
    )
    write_stdout(entry)
    say("Put it under `waivers:` of a file with `version: 1`, and name that file with --waivers.")
    return 0


@waiver.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def check(files: tuple[str, ...]) -> int:
    """Are these waiver files valid, and what of them has expired?"""
    from auditor.audit import now
    from auditor.triage import load_waivers

    today = now().date()
    for name in files:
        waivers = load_waivers([Path(name)], rules=None, today=today)
        expired = [one for one in waivers if one.is_expired(today)]
        say(f"{name}: {len(waivers)} waivers, {len(expired)} expired.")
        for one in expired:
            say(f"  {one.file}:{one.line}: {one.rule} on {one.path} expired {one.expires_on}.")
    return 0


def _find(findings: tuple[ReportFinding, ...], start: str) -> ReportFinding:
    from auditor.errors import UsageError

    matching = [one for one in findings if one.fingerprint.startswith(start)]
    if len(matching) != 1:
        what = "no finding has" if not matching else f"{len(matching)} findings have"
        raise UsageError(f"{what} a fingerprint that starts with '{start}'.", next_step="Copy it from the report.")
    return matching[0]


def _finding(found: ReportFinding, site_id: str) -> Finding:
    """The finding behind its public view, as far as a waiver needs it."""
    from auditor.findings import Finding, PolicyPlace
    from auditor.model import Kind, Ref

    return Finding(
        rule=found.rule,
        title=found.title,
        severity=found.severity,
        verdict=found.verdict,
        policy=PolicyPlace(found.policy.file, found.policy.line),
        site_id=site_id,
        subject=Ref(Kind(found.subject.kind), found.subject.id),
        affected=tuple(Ref(Kind(one.kind), one.id) for one in found.affected),
        audience=found.audience,
        capabilities=tuple(one.native for one in found.capabilities),
    )
