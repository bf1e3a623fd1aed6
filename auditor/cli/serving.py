"""Puts together what `auditor serve` shows, and runs it."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.audit import now
from auditor.cli import say
from auditor.errors import UsageError


def run_server(where: str | None, snapshot: str | None, host: str, port: int, token_file: str | None) -> int:
    """Serve until Ctrl-C."""
    try:
        from auditor.serve import make_settings, read_token, run
    except ModuleNotFoundError as error:
        raise UsageError("The web view needs the package Flask.", next_step="Install bi-auditor[serve].") from error
    from auditor.history import open_history
    from auditor.sources.saved import load

    settings = make_settings(
        host=host,
        clock=now,
        history=open_history(where, now=now(), create=False) if where else None,
        snapshot=load(Path(snapshot)) if snapshot else None,
        token=read_token(token_file, os.environ),
    )
    run(settings, host=host, port=port, say=say)
    return 0
