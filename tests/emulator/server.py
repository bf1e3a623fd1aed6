"""The HTTP server.

    with emulate(s, tokens={"auditor": "secret"}) as emu:
        server = TSC.Server(emu.url, use_server_version=True)

It answers GET and the four writes that an audit needs (sign-in, sign-out, switch of site, GraphQL); every other write
gets 405 and is noted in `emu.writes`.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.emulator import endpoints, graphql
from tests.emulator.builder import Site
from tests.emulator.calls import Answer, Call
from tests.emulator.errors import Refusal
from tests.emulator.faults import Fault
from tests.emulator.handler import Handler
from tests.emulator.sessions import SessionRules, Sessions
from tests.emulator.things import Thing
from tests.emulator.xml import el, response

WRITES_ALLOWED = re.compile(r"/api/([^/]+)/auth/(signin|signout|switchSite)|/api/metadata/graphql")


class Emulator:
    """A running server: its address, what it was asked, and what it should not have been asked."""

    def __init__(
        self,
        sites: Sequence[Site],
        *,
        latency: float,
        faults: Sequence[Fault],
        page_limit: int | None,
        version: str,
        product: tuple[str, str],
        sessions: Sessions,
        control: bool = False,
    ) -> None:
        self.sites = list(sites)
        self.latency = latency
        self.faults = list(faults)
        self.page_limit = page_limit
        self.version = version
        self.product = product
        self.sessions = sessions
        self.control = control
        self.requests: list[tuple[str, str]] = []
        self.writes: list[tuple[str, str]] = []
        self.struck: list[str] = []
        self.arranged: dict[tuple[Any, ...], tuple[int, list[Thing]]] = {}
        self.url = ""
        self._counts: dict[int, int] = {}
        self._lock = threading.Lock()

    def count(self, pattern: str, method: str = ".*") -> int:
        """How many requests were made whose path and query match."""
        return sum(1 for m, p in list(self.requests) if re.search(pattern, p) and re.fullmatch(method, m))

    def forget(self) -> None:
        """Start counting anew (requests, writes, faults that struck); faults keep their own count."""
        with self._lock:
            self.requests.clear()
            self.writes.clear()
            self.struck.clear()

    def note(self, method: str, target: str) -> list[Fault]:
        """Write the request down, and say which faults happen to it."""
        with self._lock:
            self.requests.append((method, target))
            struck = []
            for index, fault in enumerate(self.faults):
                if fault.matches(method, target):
                    self._counts[index] = self._counts.get(index, 0) + 1
                    if fault.strikes(self._counts[index]):
                        struck.append(fault)
            self.struck.extend(f.name for f in struck)
            return struck

    def told(self, path: str) -> Answer | None:
        """For another process: what was asked so far; None unless this is such a question."""
        if not self.control or not path.startswith("/emulator"):
            return None
        if path == "/emulator/forget":
            self.forget()
        told = {"requests": self.requests, "writes": self.writes, "struck": self.struck}
        return Answer(body=json.dumps(told).encode(), content_type="application/json")

    def answer(self, method: str, target: str, body: bytes, token: str | None) -> Answer:
        """The true answer, errors included."""
        parts = urlsplit(target)
        path = parts.path
        match = re.match(r"/api/([^/]+)/(.*)", path)
        version = match[1] if match else self.version
        call = Call(self, method, path, dict(parse_qsl(parts.query, keep_blank_values=True)), version, body, token)
        try:
            self._reads_only(method, target, path)
            return (
                graphql.answer(call)
                if path.startswith("/api/metadata/")
                else self._dispatch(call, match[2] if match else "")
            )
        except Refusal as refusal:
            headers = {
                "tableau_error_code": refusal.code,
                "tableau_status_code": str(refusal.status),
                "tableau_service_name": "vizportal",
            }
            return Answer(refusal.status, refusal.body(version), headers=headers | refusal.headers)

    def _reads_only(self, method: str, target: str, path: str) -> None:
        if method == "GET" or (method == "POST" and WRITES_ALLOWED.fullmatch(path)):
            return
        with self._lock:
            self.writes.append((method, target))
        raise Refusal("405000", f"Request type {method} is not allowed here.", Allow="GET")

    def _dispatch(self, call: Call, path: str) -> Answer:
        if path == "serverInfo":
            return self._server_info(call)
        if endpoints.version_of(call.version) > endpoints.version_of(self.version):
            raise Refusal("404003", f"API version {call.version} is not supported.")
        match (call.method, path):
            case ("POST", "auth/signin"):
                return self.sessions.sign_in(call)
            case ("POST", "auth/signout"):
                return self.sessions.sign_out(call)
            case ("POST", "auth/switchSite"):
                return self.sessions.switch(call)
        call.session = self.sessions.find(call.token)
        found = endpoints.find(path, call.version)
        if found is None:
            raise Refusal("404003", f"The requested resource '{path}' could not be found.")
        endpoint, groups, options = found
        values = [unquote(g) for g in groups]
        if path.startswith("sites/") and "/" in path[6:] and values[0] != call.site.luid:
            known = any(s.luid == values[0] for s in self.sites)
            raise Refusal("403004" if known else "404000", f"Site '{values[0]}' is not the one of this session.")
        return endpoint(call, *values, **options)

    def _server_info(self, call: Call) -> Answer:
        product, build = self.product
        inner = el("productVersion", {"build": build}, text=product) + el("restApiVersion", text=self.version)
        return Answer(body=response([el("serverInfo", None, inner)], version=self.version))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], emulator: Emulator) -> None:
        self.emulator = emulator
        self.alive: set[socket.socket] = set()
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the exercise; anything else would be a bug of the emulator's."""
        import sys
        import traceback

        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, ssl.SSLError)):
            traceback.print_exc()

    def close_all(self) -> None:
        for connection in list(self.alive):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def emulate(
    *sites: Site,
    latency: float = 0.0,
    faults: Sequence[Fault] = (),
    page_limit: int | None = None,
    version: str = "3.27",
    product: tuple[str, str] = ("2025.3.0", "20253.25.1112.1234"),
    sessions: SessionRules | None = None,
    tokens: dict[str, str] | None = None,
    passwords: dict[str, str] | None = None,
    jwts: dict[str, str] | None = None,
    port: int = 0,
    control: bool = False,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Emulator]:
    """Serve sites on a free port of the loopback.

    `tokens` are names and secrets of personal access tokens: a token belongs to the user of its name on each site, or
    to the site's administrator. `passwords` are user names and passwords, `jwts` tokens and the user names they are for.
    `latency` is seconds a request; `page_limit` the most items that a page gives, whatever is asked.
    With `tls` (see `tls.self_signed`) the address is an https one.
    `control` lets another process ask what was asked, at `/emulator` (see `apart.py`).
    """
    known = Sessions(
        sites,
        sessions or SessionRules(),
        passwords=passwords or {},
        jwts=jwts or {},
        tokens={"auditor": "secret"} if tokens is None else tokens,
    )
    emulator = Emulator(
        sites,
        latency=latency,
        faults=faults,
        page_limit=page_limit,
        version=version,
        product=product,
        sessions=known,
        control=control,
    )
    server = _Server(("127.0.0.1", port), emulator)
    if tls is not None:  # the handshake belongs to the thread of the connection, not to the one that accepts
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    emulator.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield emulator
    finally:
        server.shutdown()
        server.close_all()
        server.server_close()
        thread.join(timeout=5)
