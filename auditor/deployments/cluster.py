"""The same jobs on a Dask cluster that is already there: `dask://HOST:PORT`, or `dask+tls://HOST:PORT`.

What travels to the scheduler and the workers: a site's name and address, the *name* of its token and of the variable or
file with the secret, policies and waivers. What travels back: the report. No secret travels: each worker looks it up
in its own environment or files, and `Secret` refuses to be pickled. Paths (secrets, CA bundles) are the worker's.
A report says much about a site: on a network that others share, use `dask+tls://` with Dask's own TLS settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from auditor.deployments.running import Hands, Trouble, audit_site
from auditor.errors import SourceError, UsageError

_ADDRESS = re.compile(r"(?P<scheme>dask(?:\+tls)?)://(?P<place>(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5})/?")
_SCHEME = {"dask": "tcp", "dask+tls": "tls"}
_TIMEOUT = "10s"
#: With an open end: the cluster itself knows how many it can do at once.
_AT_A_TIME = 256


def scheduler_address(url: str) -> str:
    """The scheduler's address in Dask's words. UsageError where the URL is none of ours."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise UsageError(f"'{url}' is not an executor.", where="--executor", next_step="Give dask://HOST:PORT.")
    return f"{_SCHEME[found['scheme']]}://{found['place']}"


@contextmanager
def on_dask(url: str, at_a_time: int | None = None, *, timeout: str = _TIMEOUT) -> Iterator[Hands]:
    """The workers of a cluster. UsageError without the extra `dask`, SourceError where no scheduler answers."""
    address = scheduler_address(url)
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise UsageError(
            "this needs Dask's scheduler library.",
            where="--executor",
            next_step="Install it: pip install 'bi-auditor[dask]'.",
        ) from error
    try:
        client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise SourceError(
            f"No Dask scheduler answers at {address} ({type(error).__name__}).",
            where="--executor",
            next_step="Check host and port, and that the scheduler's version is near the one here.",
        ) from None
    try:
        yield Hands(
            client.get_executor(pure=False, retries=0), audit_site, at_a_time or _AT_A_TIME, _trouble_of(client)
        )
    finally:
        client.close(timeout=timeout)


def _trouble_of(client: Any) -> Trouble:
    def trouble() -> str | None:
        if client.status not in {"running", "connecting"}:
            return "The connection to the Dask scheduler was lost, and with it the audit of this site."
        if not client.scheduler_info(n_workers=-1)["workers"]:
            return "No worker is left in the Dask cluster to audit this site."
        return None

    return trouble
