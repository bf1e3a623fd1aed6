"""The options that several commands share, in one place. Each is the same wherever a deployment is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("text", "json", "sarif", "junit", "markdown", "html", "csv", "github")
SEVERITIES = ("critical", "high", "medium", "low", "info")


def _stack(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


#: Exactly one of --server, --snapshot, --cassette; and how to sign in and to talk to the server.
source_options = _stack(
    click.option("--server", metavar="URL", help="The server's address. [env: TABLEAU_SERVER_URL]"),
    click.option(
        "--site", metavar="CONTENT_URL", help="The site's part of the URL; empty for Default. [env: TABLEAU_SITE]"
    ),
    click.option("--snapshot", metavar="FILE", help="Read a saved snapshot instead of a server."),
    click.option("--cassette", metavar="PATH", help="Replay a recorded conversation instead of a server."),
    click.option(
        "--token-name",
        metavar="NAME",
        help="Personal access token; its value comes from TABLEAU_TOKEN_VALUE. [env: TABLEAU_TOKEN_NAME]",
    ),
    click.option("--token-file", metavar="FILE", help="A file with the token's value."),
    click.option(
        "--username", metavar="NAME", help="Sign in by name; the password comes from --password-file or a prompt."
    ),
    click.option("--password-file", metavar="FILE", help="A file with the password."),
    click.option("--jwt-file", metavar="FILE", help="A file with the JWT of a connected app."),
    click.option("--ca-bundle", metavar="FILE", help="Certificates to verify the server by."),
    click.option("--proxy", metavar="URL", help="A proxy without credentials; one with credentials by HTTPS_PROXY."),
    click.option(
        "--timeout", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Seconds a request may take."
    ),
    click.option(
        "--workers", type=click.IntRange(1, 64), default=8, show_default=True, help="Requests at the same time."
    ),
    click.option(
        "--page-size", type=click.IntRange(1, 1000), default=1000, show_default=True, help="Items a list page."
    ),
    click.option("--no-shortcuts", is_flag=True, help="Read the rules of locked content one by one as well."),
    click.option(
        "--look-inside",
        type=click.Choice(["never", "fallback", "always"]),
        default="fallback",
        show_default=True,
        help="Download files to see what lies below: where the Metadata API has no answer, or always.",
    ),
    click.option("--record", metavar="FILE", help="Write the conversation of this run as a cassette, scrubbed."),
    click.option(
        "--record-names",
        type=click.Choice(["people", "all", "keep"]),
        default="people",
        show_default=True,
        help="Whose names a recording replaces: people's, all names, none.",
    ),
)

policies_option = click.option(
    "--policy",
    "-p",
    "policies",
    multiple=True,
    metavar="FILE|DIR|NAME",
    help="Policies to judge by; a NAME is a shipped pack. [default: default]",
)
policy_options = _stack(
    policies_option,
    click.option("--select", multiple=True, metavar="ID", help="Only these rules (an id or its prefix)."),
    click.option("--ignore", multiple=True, metavar="ID", help="Not these rules."),
    click.option("--register", metavar="FILE", help="The register of what is meant to be public."),
    click.option("--lexicon", metavar="FILE", help="Your own classes and words for personal columns (YAML)."),
)

triage_options = _stack(
    click.option("--waivers", multiple=True, metavar="FILE", help="Accepted findings, with reason, owner and expiry."),
    click.option("--no-waivers", is_flag=True, help="Show everything as if nothing were waived."),
    click.option("--strict-waivers", is_flag=True, help="A waiver that nothing needs fails the run."),
    click.option(
        "--baseline", metavar="REPORT", help="An earlier JSON report: only new or wider findings fail the run."
    ),
)

output_options = _stack(
    click.option(
        "--format", "-f", "formats", multiple=True, type=click.Choice(FORMATS), help="Repeatable. [default: text]"
    ),
    click.option(
        "--output", "-o", "outputs", multiple=True, metavar="FILE", help="Repeatable, paired with --format in order."
    ),
    click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES),
        default="high",
        show_default=True,
        help="The least severity that makes the exit code 1.",
    ),
    click.option("--exit-zero", is_flag=True, help="Exit 0 for findings and incompleteness (report-only jobs)."),
    click.option("--changes-only", is_flag=True, help="Show only what is new or wider than the baseline."),
)

quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress and no notes on stderr.")
verbose_option = click.option(
    "--verbose", "-v", is_flag=True, help="Say on stderr what is read, and how many requests."
)
