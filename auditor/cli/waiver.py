"""`auditor waiver`: write a waiver for a finding; check a waiver file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import say
from auditor.cli.output import write_stdout, write_text

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
@click.option("--append", metavar="FILE", help="Put it into this waiver file; a new file is begun. [default: print it]")
def new(fingerprint: str, report_file: str, expires: Any, append: str | None, **said: str) -> int:
    """Write a waiver that accepts the finding FINGERPRINT (its start is enough) of a report.

    Prints a whole waiver file, or puts the waiver into the one of --append.
    """
    from auditor.audit import now
    from auditor.report import load
    from auditor.triage import appended, new_file, refuse_days, waiver_entry

    today = now().date()
    until: date | None = expires.date() if expires else None
    _refuse_empty(said)
    refuse_days(today, until)
    report = load(Path(report_file))
    found = _find(report.findings, fingerprint)
    entry = waiver_entry(
        _finding(found, report.target.site.id), path=found.subject.path, created=today, expires=until, **said
    )
    alone = new_file(entry, today=today)
    if append is None:
        write_stdout(alone)
        say("Save it and name the file with --waivers; --append FILE puts it into a file that you have.")
        return 0
    file = Path(append)
    write_text(append, appended(_read(file), entry, file=append, today=today) if file.exists() else alone)
    say(f"{append}: {found.rule} on {found.subject.path} is accepted. Name the file with --waivers.")
    return 0


def _read(file: Path) -> str:
    from auditor.policy.marked_yaml import read_text

    return read_text(file)


def _refuse_empty(said: dict[str, str]) -> None:
    from auditor.errors import UsageError

    for name, value in said.items():
        if not value.strip():
            raise UsageError(
                "it is empty.", where=f"--{name}", next_step="A waiver needs a reason, an owner, a ticket."
            )


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
    if matching[0].verdict != "fail":
        raise UsageError(
            "this finding could not be judged, and nobody can accept what nobody knows.",
            next_step="Mend what was not read; the report names it.",
        )
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
