"""`auditor register`: the register of what is meant to be public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import say
from auditor.cli.options import quiet_option, source_options
from auditor.cli.output import STDOUT, write_text

if TYPE_CHECKING:
    from auditor.policy.register import Entry


@click.group()
def register() -> None:
    """Draft and maintain the register of what is meant to be public."""


@register.command()
@source_options
@click.option("--register", "existing", metavar="FILE", help="Complete this register: what people wrote stays.")
@click.option("--output", "-o", metavar="FILE", default=STDOUT, help="A file instead of stdout.")
@quiet_option
def draft(existing: str | None, output: str, **options: Any) -> int:
    """Write an entry for everything that the public reaches now, for people to complete.

    Personal columns are marked by a comment: strike them unless their publication is lawful.
    """
    from auditor.access import Access
    from auditor.audit import read_everything
    from auditor.checks.publication import draft as drafted
    from auditor.checks.publication import personal_columns
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.source import open_source
    from auditor.errors import ExitCode
    from auditor.model import Kind, Read
    from auditor.policy.register import dump_register, load_register

    known = load_register(existing) if existing else None
    with open_source(options) as source, progress_on_stderr(quiet=options["quiet"], verbose=False) as progress:
        snapshot = read_everything(source, progress=progress)
        new = set(drafted(snapshot, Access(snapshot), known).entries) - set(known.entries if known else ())
        below = frozenset(ref for ref in new if ref.kind in (Kind.WORKBOOK, Kind.DATASOURCE))
        if below:
            snapshot = source.read_more(snapshot, {Read.COLUMNS: below}, progress=progress)
    found = drafted(snapshot, Access(snapshot), known)
    unapproved = [ref for ref, entry in found.entries.items() if not entry.approvals]
    personal = {ref: personal_columns(snapshot.inventories.get(ref)) for ref in unapproved}
    write_text(output, dump_register(found, personal))
    marked = sum(len(columns) for columns in personal.values())
    say(_closing(len(found.entries), marked, "FILE" if output == STDOUT else output, options))
    complete = all(line.complete for line in snapshot.ledger.lines.values())
    return ExitCode.CLEAN if complete else ExitCode.INCOMPLETE


def _closing(entries: int, marked: int, file: str, options: Mapping[str, Any]) -> str:
    """What was drafted and the command that comes next, with the source that was given."""
    import shlex

    named = [(f"--{name}", options.get(name)) for name in ("server", "site", "snapshot", "cassette")]
    source = " ".join(f"{option} {shlex.quote(str(value))}" for option, value in named if value) or "--server URL"
    place = "FILE" if file == "FILE" else shlex.quote(file)
    strike = f" {marked} columns are personal: strike them unless their publication is lawful." if marked else ""
    return (
        f"{entries} entries.{strike} Fill in purpose and data_owner, then approve each (ITEM is its id or path):\n"
        f"  auditor register approve ITEM --register {place} --by WHO {source}"
    )


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
    from auditor.checks.publication import column_names, personal_columns, state_of
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
    personal = personal_columns(snapshot.inventories.get(entry.ref))
    _refuse_struck(entry, personal)
    changed = approved(known, entry.ref, given, state.approved, columns=columns)
    write_text(str(Path(file)), dump_register(changed))
    unknown = " What was not known at the time is not part of it." if columns is None else ""
    lawful = f" Personal columns are approved with it: {_told(personal)}." if personal else ""
    say(f"{entry.path}: approved by {by}.{unknown}{lawful}")
    return 0


def _refuse_struck(entry: Entry, personal: Mapping[str, Sequence[str]]) -> None:
    """A personal column that somebody struck from the entry, or never listed, is not approved by the way."""
    from auditor.errors import UsageError

    struck = {name: classes for name, classes in personal.items() if name not in (entry.columns or ())}
    if entry.columns is not None and struck:
        raise UsageError(
            f"{entry.path} holds personal columns that its entry does not list: {_told(struck)}.",
            next_step="Take them out of the data; or list them under 'columns' of the entry if that is lawful.",
        )


def _told(personal: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"'{name}' ({', '.join(classes)})" for name, classes in personal.items())


@register.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def check(files: tuple[str, ...]) -> int:
    """Are these registers valid?"""
    from auditor.policy.register import load_register

    for name in files:
        say(f"{name}: {len(load_register(name).entries)} entries, valid.")
    return 0
