"""`auditor access`: who can do what, with the proof."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.options import quiet_option, source_options
from auditor.cli.output import STDOUT, write_text

if TYPE_CHECKING:
    from auditor.access import Access, Decision
    from auditor.model import Snapshot


@click.group()
def access() -> None:
    """Who can do what, with the proof."""


@access.command("list")
@source_options
@click.option(
    "--principal", "principals", multiple=True, metavar="WHO", help="anonymous, everyone, user:NAME or group:NAME."
)
@click.option("--content", "contents", multiple=True, metavar="WHAT", help="KIND:ID, KIND:PATH or a path.")
@click.option(
    "--capability", "capabilities", multiple=True, metavar="NAME", help="Neutral, Tableau's own, or an outcome."
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only content of this kind.")
@click.option("--allowed-only", is_flag=True, help="Leave out what is denied; what is unknown stays.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(("table", "csv", "jsonl", "parquet")),
    default="table",
    show_default=True,
)
@click.option("--output", "-o", metavar="FILE", default=STDOUT, help="A file instead of stdout (needed for parquet).")
@quiet_option
def list_(**options: Any) -> int:
    """Every decision about some principals, contents and capabilities; all of them where none are named."""
    from auditor.cli.decisions import WRITERS, rows_of
    from auditor.errors import UsageError

    if options["form"] == "parquet" and options["output"] == STDOUT:
        raise UsageError("parquet is not written to stdout.", next_step="Name a file with --output.")
    snapshot, engine = read_facts(options)
    rows = rows_of(snapshot, engine, _wanted(engine, options))
    WRITERS[options["form"]](rows, options["output"])
    kinds = {_kind(word) for word in options["kinds"]} | {
        engine.find_content(text).kind for text in options["contents"]
    }
    return completeness(snapshot, kinds=kinds, capabilities=options["capabilities"])


@access.command()
@click.argument("principal")
@click.argument("content")
@click.argument("capability")
@source_options
@click.option("--format", "-f", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", "-o", metavar="FILE", default=STDOUT, help="A file instead of stdout.")
@quiet_option
def explain(principal: str, content: str, capability: str, **options: Any) -> int:
    """Why PRINCIPAL may, or may not, do CAPABILITY to CONTENT.

    Example: auditor access explain anonymous "Public / Justice / Firearms" download_full_data --snapshot S
    """
    snapshot, engine = read_facts(options)
    ref = engine.find_content(content)
    who = engine.find_principal(principal)
    found = [engine.explain(who, ref, name) for name in natives_of(capability, ref.kind)]
    if options["form"] == "json":
        data = [one.to_dict() for one in found]
        from auditor.report.render.as_json import escaped

        text = escaped(json.dumps(data[0] if len(data) == 1 else data, indent=2, ensure_ascii=False)) + "\n"
    else:
        from auditor.report.render.clean import clean

        text = "\n\n".join("\n".join(clean(line) for line in one.to_text().splitlines()) for one in found) + "\n"
    write_text(options["output"], text)
    return completeness(snapshot, kinds={ref.kind}, capabilities=[capability])


@access.command("what-if")
@source_options
@click.option("--join", nargs=2, multiple=True, metavar="USER GROUP", help="The user joins the group.")
@click.option("--leave", nargs=2, multiple=True, metavar="USER GROUP", help="The user leaves the group.")
@click.option("--role", nargs=2, multiple=True, metavar="USER ROLE", help="The user gets this site role.")
@click.option("--tabs", nargs=2, multiple=True, metavar="WORKBOOK HOW", help="shown or hidden.")
@click.option(
    "--lock", nargs=2, multiple=True, metavar="PROJECT HOW", help="customizable, locked or locked_without_nested."
)
@click.option(
    "--add-rule", nargs=4, multiple=True, metavar="CONTENT WHO CAPABILITY MODE", help="MODE is Allow or Deny."
)
@click.option("--drop-rule", nargs=4, multiple=True, metavar="CONTENT WHO CAPABILITY MODE", help="The rule goes.")
@click.option(
    "--setting", nargs=2, multiple=True, metavar="NAME VALUE", help="A site setting, as in guestAccessEnabled false."
)
@click.option(
    "--principal",
    "principals",
    multiple=True,
    metavar="WHO",
    help="Whose answers to compare. [default: anonymous, everyone, groups]",
)
@click.option(
    "--format", "-f", "form", type=click.Choice(("table", "csv", "jsonl")), default="table", show_default=True
)
@quiet_option
def what_if(**options: Any) -> int:
    """What would change if a user joined a group, a project were locked, a rule went, a setting turned."""
    from auditor.cli.what_if import run_what_if

    return run_what_if(options)


def read_facts(options: Any) -> tuple[Snapshot, Access]:
    """Everything that the source options lead to, and the engine over it."""
    from auditor.access import Access
    from auditor.audit import read_everything
    from auditor.cli.progress import progress_on_stderr
    from auditor.cli.source import open_source

    with open_source(options) as source, progress_on_stderr(quiet=options["quiet"], verbose=False) as progress:
        snapshot = read_everything(source, progress=progress)
    return snapshot, Access(snapshot)


def natives_of(name: str, kind: Any) -> tuple[str, ...]:
    """The server's names for a capability on a kind, or the outcome itself. UsageError with what is near."""
    from auditor.model import OUTCOMES
    from auditor.model.vocabulary import capability_order, is_on_kind

    if name in OUTCOMES:
        return (name,)
    natives = sorted(_known(name), key=capability_order)
    fitting = tuple(native for native in natives if is_on_kind(native, kind) is not False)
    return fitting or tuple(natives)


def _known(name: str) -> frozenset[str]:
    import difflib

    from auditor.errors import UsageError
    from auditor.model import OUTCOMES
    from auditor.model.vocabulary import all_capability_names, native_names

    found = native_names(name)
    if not found:
        near = difflib.get_close_matches(name, (*all_capability_names(), *OUTCOMES), n=1)
        advice = f"Did you mean '{near[0]}'? " if near else ""
        raise UsageError(
            f"'{name}' is not a capability.", next_step=f"{advice}A server's name that we do not know: native:{name}."
        )
    return found


def _wanted(engine: Access, options: Any) -> Iterator[Decision]:
    """The decisions that the filters leave, principal by principal, streaming."""
    from auditor.model import OUTCOMES

    names = options["capabilities"]
    natives = [n for name in names for n in ((name,) if name in OUTCOMES else sorted(_known(name)))] or None
    kinds = [_kind(word) for word in options["kinds"]] or None
    refs = frozenset(engine.find_content(text) for text in options["contents"])
    who = [engine.find_principal(text) for text in options["principals"]] or list(engine.principals())
    for principal in who:
        for decision in _of(engine, principal, refs, kinds, natives, skip_denied=options["allowed_only"]):
            if not options["allowed_only"] or decision.outcome != "deny":
                yield decision


def _of(
    engine: Access, principal: Any, refs: frozenset[Any], kinds: Any, natives: Any, *, skip_denied: bool
) -> Iterator[Decision]:
    from auditor.model import OUTCOMES
    from auditor.model.vocabulary import is_on_kind

    if not refs:
        yield from engine.what_can(principal, kinds=kinds, capabilities=natives, skip_denied=skip_denied)
        return
    for ref in sorted(refs):
        if natives is None:
            yield from engine.decisions(principal, ref)
        else:
            fitting = (n for n in natives if n in OUTCOMES or is_on_kind(n, ref.kind) is not False)
            yield from (engine.can(principal, ref, native) for native in fitting)


def _kind(word: str) -> Any:
    from auditor.errors import UsageError
    from auditor.model import CONTENT_KINDS, Kind
    from auditor.model.vocabulary import parse_kind

    kind = parse_kind(word)
    if kind is None:
        known = ", ".join((Kind.PROJECT, *CONTENT_KINDS))
        raise UsageError(f"'{word}' is not a kind of content.", next_step=f"One of: {known}.")
    return kind


def completeness(snapshot: Snapshot, *, kinds: Collection[Any] = (), capabilities: Collection[str] = ()) -> int:
    """3 where some read is missing that answers about these kinds (all: none named) rest on: one may be unknown, or lack."""
    from auditor.cli import say
    from auditor.errors import ExitCode

    aside = _reads_aside(kinds, capabilities)
    missing = [line for line in snapshot.ledger.lines.values() if not line.complete and line.read not in aside]
    if not missing:
        return ExitCode.CLEAN
    say("Incomplete: not all could be read (" + ", ".join(sorted(line.read for line in missing)) + ").")
    return ExitCode.INCOMPLETE


def _reads_aside(kinds: Collection[Any], capabilities: Collection[str]) -> frozenset[str]:
    """The reads on which no answer rests: settings of embedding, what lies below content, and items and rules of kinds that nobody asked about.

    An outcome goes by connections and by content of other kinds; a view by its workbook, a table by its database.
    """
    from auditor.model import CONTENT_KINDS, LIST_READ, OUTCOMES, RULES_READ, Kind, Read

    settings = {str(Read.EMBEDDING), str(Read.EXTENSIONS), str(Read.CONNECTED_APPS)}
    below = {str(read) for read in (Read.COLUMNS, Read.FILES, Read.EXTRACTS, Read.REVISIONS, Read.HISTORY, Read.LOG)}
    if not kinds or any(name in OUTCOMES for name in capabilities):
        return frozenset(settings | below)
    above = {Kind.VIEW: Kind.WORKBOOK, Kind.TABLE: Kind.DATABASE}
    wanted = {*kinds, *(above[kind] for kind in kinds if kind in above)}
    others = [kind for kind in CONTENT_KINDS if kind not in wanted]
    return frozenset(settings | below | {str(read[kind]) for read in (LIST_READ, RULES_READ) for kind in others})
