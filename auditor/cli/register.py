"""`auditor register`: the register of what is meant to be public."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli import say
from auditor.cli.options import quiet_option, source_options
from auditor.cli.output import STDOUT, write_text


@click.group()
def register() -> None:
    """Draft and maintain the register of what is meant to be public."""


@register.command()
@source_options
@click.option("--register", "existing", metavar="FILE", help="Complete this register: what people wrote stays.")
@click.option("--output", "-o", metavar="FILE", default=STDOUT, help="A file instead of stdout.")
@quiet_option
def draft(existing: str | None, output: str, **options: Any) -> int:
    """Write an entry for everything that the public reaches now, for people to complete."""
    from auditor.access import Access
    from auditor.audit import read_everything
    from auditor.checks.publication import draft as drafted
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.source import open_source
    from auditor.errors import ExitCode
    from auditor.policy.register import dump_register, load_register

    known = load_register(existing) if existing else None
    with open_source(options) as source, progress_on_stderr(quiet=options["quiet"], verbose=False) as progress:
        snapshot = read_everything(source, progress=progress)
    found = drafted(snapshot, Access(snapshot), known)
    write_text(output, dump_register(found))
    say(
        f"{len(found.entries)} entries. Fill in purpose and data_owner, then approve each: auditor register approve ITEM."
    )
    complete = all(line.complete for line in snapshot.ledger.lines.values())
    return ExitCode.CLEAN if complete else ExitCode.INCOMPLETE


@register.command()
@click.argument("item")
@click.option("--register", "file", required=True, metavar="FILE", help="The register; it is written again, sorted.")
@click.option("--by", required=True, help="Who approves. Not the publisher.")
@click.option("--role", help="As what: data owner, privacy, platform.")
@click.option("--ticket", help="Where it was decided.")
@source_options
@quiet_option
def approve(item: str, file: str, by: str, role: str | None, ticket: str | None, **options: Any) -> int:
    """Record that ITEM (an id or a path) was approved as it is now: its rules, columns and file."""
    from auditor.access import Access
    from auditor.audit import now, read_everything
    from auditor.checks.publication import column_names, state_of
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.source import open_source
    from auditor.policy.register import Approval, dump_register, load_register
    from auditor.policy.register import approve as approved

    known = load_register(file)
    entry = known.find(item)
    with open_source(options) as source, progress_on_stderr(quiet=options["quiet"], verbose=False) as progress:
        snapshot = read_everything(source, columns=True, progress=progress)
    state = state_of(snapshot, Access(snapshot), entry.ref, entry.audience)
    given = Approval(by=by, date=now().date(), role=role, ticket=ticket)
    columns = column_names(snapshot.inventories.get(entry.ref))
    changed = approved(known, entry.ref, given, state.approved, columns=columns)
    write_text(str(Path(file)), dump_register(changed))
    say(
        f"{entry.path}: approved by {by}. What was not known at the time is not part of it."
        if columns is None
        else f"{entry.path}: approved by {by}."
    )
    return 0


@register.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def check(files: tuple[str, ...]) -> int:
    """Are these registers valid?"""
    from auditor.policy.register import load_register

    for name in files:
        say(f"{name}: {len(load_register(name).entries)} entries, valid.")
    return 0
