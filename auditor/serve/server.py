"""Runs the web view until it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable

from auditor.errors import SourceError
from auditor.serve.app import create_app
from auditor.serve.settings import ServeSettings, is_loopback


def run(settings: ServeSettings, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `say` is told the address. Raises SourceError where the port cannot be had."""
    app = create_app(settings)
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line a request: addresses and questions stay unlogged
    try:
        server = make_server(host.strip("[]"), port, app, threaded=True)
    except (OSError, SystemExit) as error:
        reason = getattr(error, "strerror", None) or "the port is taken or not allowed"
        raise SourceError(
            f"The web view cannot be started on port {port}: {reason}.",
            where=host,
            next_step="Choose another with --port.",
        ) from None
    name = f"[{host.strip('[]')}]" if ":" in host else host
    say(f"The web view is at http://{name}:{server.server_port}/ (read-only). Ctrl-C stops it.")
    if not is_loopback(host):
        say("It speaks plain HTTP: put it behind a proxy with TLS, or the token and the audit can be read on the way.")
    try:
        server.serve_forever()  # returns on Ctrl-C
    finally:
        server.server_close()
    say("Stopped.")
