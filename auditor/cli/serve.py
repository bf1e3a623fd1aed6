"""`auditor serve`: a local, read-only web view."""

from __future__ import annotations

import click


@click.command()
@click.option("--history", "where", envvar="AUDITOR_HISTORY", metavar="DB", help="Past runs. [env: AUDITOR_HISTORY]")
@click.option("--snapshot", metavar="FILE", help="The last snapshot, to search who can do what.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Anything but loopback needs a token.")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True)
@click.option(
    "--token-file", metavar="FILE", help="A file with the token that visitors must give. [env: AUDITOR_SERVE_TOKEN]"
)
def serve(where: str | None, snapshot: str | None, host: str, port: int, token_file: str | None) -> int:
    """A local, read-only web view of history and access."""
    from auditor.cli.serving import run_server

    return run_server(where, snapshot, host, port, token_file)
