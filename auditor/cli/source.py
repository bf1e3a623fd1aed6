"""Opens what the source options name: a server, a cassette or a saved snapshot; exactly one of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor import __version__
from auditor.audit import now
from auditor.cli.sign_in import Options, address, sign_in
from auditor.errors import UsageError
from auditor.sources.interface import Source
from auditor.sources.tableau.settings import Checkpoint, Recording, TableauSettings


@contextlib.contextmanager
def open_source(options: Mapping[str, Any], *, checkpoint: Checkpoint | None = None) -> Iterator[Source]:
    """The source, signed in where there is a server, and signed out again on every path.

    `options` are the values of `cli.options.source_options`. Raises UsageError where none or several are named.
    """
    named = [name for name in ("server", "snapshot", "cassette") if options.get(name)]
    if len(named) > 1:
        words = " and ".join(f"--{name}" for name in named)
        raise UsageError(
            f"{words} name two sources.", next_step="Give exactly one of --server, --snapshot, --cassette."
        )
    if options.get("snapshot"):
        from auditor.sources.saved import SavedSource

        if options.get("record"):
            raise UsageError("--record with --snapshot: there is no conversation to record.")
        yield SavedSource(Path(options["snapshot"]))
        return
    from auditor.sources.tableau import open_source as open_tableau

    with open_tableau(tableau_settings(options, os.environ, checkpoint=checkpoint), clock=now) as source:
        yield source


def tableau_settings(
    options: Mapping[str, Any], environment: Mapping[str, str], *, checkpoint: Checkpoint | None = None
) -> TableauSettings:
    """The settings of a conversation with a server, or of a recorded one."""
    shared: dict[str, Any] = {
        "ca_bundle": Path(options["ca_bundle"]) if options.get("ca_bundle") else None,
        "proxy": _proxy(options.get("proxy")),
        "timeout": options.get("timeout", 60.0),
        "workers": options.get("workers", 8),
        "page_size": options.get("page_size", 1000),
        "shortcuts": not options.get("no_shortcuts"),
        "look_inside": options.get("look_inside", "fallback"),
        "record": _recording(options),
        "checkpoint": checkpoint,
        "tool_version": __version__,
    }
    if options.get("cassette"):
        return TableauSettings(cassette=Path(options["cassette"]), **shared)
    said = Options(**{name: options.get(name) for name in Options.__dataclass_fields__})
    place = address(said, environment)
    if place is None:
        raise UsageError(
            "no source was named.",
            next_step="Give one of --server URL (or TABLEAU_SERVER_URL), --snapshot FILE, --cassette PATH.",
        )
    return TableauSettings(
        server=place.server, site=place.site, credentials=sign_in(said, environment).credentials, **shared
    )


def _recording(options: Mapping[str, Any]) -> Recording | None:
    return Recording(Path(options["record"]), options.get("record_names", "people")) if options.get("record") else None


def _proxy(proxy: str | None) -> str | None:
    if proxy and "@" in proxy.split("://", 1)[-1].split("/", 1)[0]:
        raise UsageError(
            "the proxy's address holds credentials, and an argument is no place for a secret.",
            where="--proxy",
            next_step="Set HTTPS_PROXY in the environment instead.",
        )
    return proxy
