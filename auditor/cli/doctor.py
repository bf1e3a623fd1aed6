"""`auditor doctor`: can this account see all that an audit needs?"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.options import quiet_option, source_options
from auditor.cli.output import write_stdout

if TYPE_CHECKING:
    from auditor.doctor import Diagnosis
    from auditor.sources.tableau import TableauSettings


@click.command()
@source_options
@click.option("--format", "-f", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--cross-check", is_flag=True, help="Compare who can view which workbook with the server's own lists.")
@click.option("--sample", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Users to cross-check.")
@click.option("--seed", type=int, default=1, show_default=True, help="Draws the same users again.")
@quiet_option
def doctor(**options: Any) -> int:
    """Say what this account can see, what each lack means for an audit, and what mends it.

    Exit codes: 0 all can be seen, 3 something not, 5 no sign-in.
    """
    diagnosis = _of_facts(options) if options["snapshot"] or options["cassette"] else _of_server(options)
    if options["form"] == "json":
        from auditor.report.render.as_json import escaped

        write_stdout(escaped(json.dumps(diagnosis.to_dict(), indent=2, ensure_ascii=False)) + "\n")
    else:
        from auditor.report.render.clean import clean

        write_stdout("\n".join(clean(line) for line in diagnosis.to_text().split("\n")))
    return int(diagnosis.code)


def _of_server(options: Mapping[str, Any]) -> Diagnosis:
    from auditor.audit import now
    from auditor.cli.progress import progress_on_stderr
    from auditor.doctor import CrossCheckWish, consult

    settings, origin = _settings(options, os.environ)
    wish = CrossCheckWish(options["sample"], options["seed"]) if options["cross_check"] else None
    with progress_on_stderr(quiet=options["quiet"], verbose=False) as progress:
        return consult(settings, origin=origin, clock=now, progress=progress, cross_check=wish)


def _settings(options: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[TableauSettings, str]:
    """The settings, and where the secret came from. It is looked up once: it may have to be typed in."""
    from auditor.cli.sign_in import Options, address, sign_in
    from auditor.cli.source import tableau_settings
    from auditor.errors import UsageError

    if options["record"]:
        raise UsageError("--record does not go with doctor.", next_step="Record with scan or snapshot.")
    said = Options(**{name: options.get(name) for name in Options.__dataclass_fields__})
    place = address(said, environment)
    if place is None:
        raise UsageError(
            "no source was named.",
            next_step="Give one of --server URL (or TABLEAU_SERVER_URL), --snapshot FILE, --cassette PATH.",
        )
    found = sign_in(said, environment)
    # What a recording's settings say of the way (proxy, timeout …) is all but address and credentials.
    way = tableau_settings({**options, "cassette": "-"}, environment)
    settings = replace(way, cassette=None, server=place.server, site=place.site, credentials=found.credentials)
    return settings, found.origin


def _of_facts(options: Mapping[str, Any]) -> Diagnosis:
    """A saved snapshot or a recording: what it holds, without asking a server."""
    from auditor.audit import read_everything
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.source import open_source
    from auditor.doctor import consult_facts
    from auditor.errors import UsageError

    if options["cross_check"]:
        raise UsageError("--cross-check asks a server.", next_step="Give --server instead of a snapshot or cassette.")
    with open_source(options) as source, progress_on_stderr(quiet=options["quiet"], verbose=False) as progress:
        return consult_facts(read_everything(source, progress=progress))
