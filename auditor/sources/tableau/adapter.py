"""The adapter that in the end speaks to the server: requests' own, less what is the same for every request of a run.

A session speaks to one server, through one proxy or none, with one way of checking certificates; so requests' choice of
the connection pool is made once, not for each of thousands of requests. How errors are told stays requests' own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from auditor.sources.tableau.watchdog import Watchdog


class WatchedAdapter(HTTPAdapter):
    """Of one thread: one connection, kept open, which tells the watchdog its socket."""

    def __init__(self, watchdog: Watchdog) -> None:
        self._pool_classes = _pool_classes(watchdog)
        self._found: tuple[tuple[object, ...], HTTPConnectionPool] | None = None
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Pools whose connections are watched."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = self._pool_classes

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        """The same through a proxy."""
        manager = super().proxy_manager_for(*args, **more)
        manager.pool_classes_by_scheme = self._pool_classes
        return manager

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        """The pool for this server, chosen anew only where something that decides about it differs."""
        scheme, _, rest = (request.url or "").partition("://")
        key = (scheme, rest.partition("/")[0], verify, cert, proxies)
        found = self._found
        if found is None or found[0] != key:
            pool = cast("HTTPConnectionPool", super().get_connection_with_tls_context(request, verify, proxies, cert))
            super().cert_verify(pool, request.url, verify, cert)  # type: ignore[no-untyped-call]
            found = self._found = ((*key[:4], dict(proxies) if proxies else proxies), pool)
        return found[1]

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Done when the pool was chosen: `verify` and `cert` are part of that choice."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """What stands in the request's first line: path and query, but for some proxies."""
        return super().request_url(request, proxies) if proxies else request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The answer without cookies, which are never sent back, and without an encoding: we read bytes."""
        response = requests.Response()
        response.status_code = resp.status
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw, response.reason = resp, resp.reason
        response.url, response.request = req.url or "", req
        return response

    def close(self) -> None:
        """Close the connection; a later request opens another."""
        self._found = None
        super().close()


def _pool_classes(watchdog: Watchdog) -> dict[str, Any]:
    """Pools of connections that say on which socket an answer is awaited."""

    class Plain(HTTPConnection):
        def getresponse(self) -> Any:
            watchdog.on(self.sock)
            return super().getresponse()

    class Secure(HTTPSConnection):
        def getresponse(self) -> Any:
            watchdog.on(self.sock)
            return super().getresponse()

    plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
    secure = type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})
    return {"http": plain, "https": secure}
