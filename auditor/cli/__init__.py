"""The command line: click, one file a command, options shared in `options.py`. No decisions are made here."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from pathlib import Path

import click

from auditor import __version__
from auditor.errors import AuditorError, ExitCode, InternalError

#: Command → the module that holds it, as a click command of that name with "-" read as "_". Imported when called for.
COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("auditor.cli.scan", "Audit a server, a saved snapshot or a recorded conversation against policies."),
    "preflight": ("auditor.cli.preflight", "Audit workbook and data source files before they are published."),
    "access": ("auditor.cli.access", "Who can do what, with the proof."),
    "snapshot": ("auditor.cli.snapshot", "Save everything that an audit needs in one file."),
    "diff": ("auditor.cli.diff", "What changed between two snapshots or two reports."),
    "render": ("auditor.cli.render", "Show a saved JSON report in another format."),
    "policy": ("auditor.cli.policy", "List, show, check and test policies; print their JSON Schemas."),
    "waiver": ("auditor.cli.waiver", "Write a waiver for a finding; check a waiver file."),
    "register": ("auditor.cli.register", "Draft and maintain the register of what is meant to be public."),
    "history": ("auditor.cli.history", "Past runs: what came, what went, how long it was open."),
    "serve": ("auditor.cli.serve", "A local, read-only web view of history and access."),
    "doctor": ("auditor.cli.doctor", "Can this account see all that an audit needs?"),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs, so that --help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table: no command is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="auditor")
def cli() -> None:
    """Makes sure that a dashboard gives away what it should and nothing more.

    Exit codes: 0 complete and clean · 1 findings at or above --fail-on · 2 wrong usage · 3 incomplete · 4 a policy,
    waiver, register or settings file is not valid · 5 no audit was made · 70 a bug in the auditor.
    """


def say(text: str) -> None:
    """Lines to stderr, free of control characters: names from a server may stand in them.

    A line break within such a name must not begin a line that a CI runner takes for a command (`::error::`, `##[`).
    """
    from auditor.report.render.clean import clean

    for line in map(clean, text.splitlines()):
        click.echo(f"| {line}" if line.lstrip().startswith(("::", "##")) else line, err=True)


def main() -> None:
    """The entry point: runs the command and turns every error into a sentence and an exit code."""
    for name in (
        "SIGTERM",
        "SIGHUP",
    ):  # as Ctrl-C: sign out, write nothing by halves (cancelled jobs, closed terminals)
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    if sys.stdout is None or sys.stderr is None:  # closed by the caller (`>&-`)
        sys.stdout, sys.stderr = sys.stdout or open(os.devnull, "w"), sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line and give its exit code; nothing but KeyboardInterrupt's 130 lies outside the contract."""
    try:
        result = cli.main(args=arguments, prog_name="auditor", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("Stopped. No report was written.")
        return 130
    except AuditorError as error:
        return _report_error(error, audits=arguments[:1] in (["scan"], ["preflight"]))
    except BrokenPipeError:
        # The reader of our output went away (`| head`). Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NO_AUDIT
    except Exception as error:
        if os.environ.get("AUDITOR_DEBUG"):
            raise
        return _report_error(_bug(error), audits=False)
    return int(result or 0)


def _bug(error: Exception) -> InternalError:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else None
    return InternalError(
        f"a bug in the auditor stopped it ({type(error).__name__}).",
        where=where,
        next_step="No verdict was reached. Run again with AUDITOR_DEBUG=1 to see where, and report it.",
    )


def _report_error(error: AuditorError, *, audits: bool) -> int:
    if audits and error.exit_code in (ExitCode.NO_AUDIT, ExitCode.INVALID_FILE):
        say("No audit was made.")
    say(f"Error: {error}")
    return error.exit_code
