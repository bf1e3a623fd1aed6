"""The one door to the network: what may leave, how patiently, how much may come back.

`Transport.session` is tableauserverclient's `session_factory`. Every session it makes has one adapter for everything,
which lets only reading requests out, follows no redirect, repeats what can be repeated, reads answers under a limit of
size and time, counts, and hands finished answers to the recorder.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from auditor.errors import InternalError
from auditor.sources.tableau.adapter import WatchedAdapter
from auditor.sources.tableau.answer import as_bytes, as_stream, refuse_redirect
from auditor.sources.tableau.failures import (
    AnswerTooSlowError,
    BudgetSpentError,
    ServerGoneError,
    StoppedError,
    TransportError,
    place_of,
)
from auditor.sources.tableau.patience import TryAgain, patiently
from auditor.sources.tableau.session import ReadingSession
from auditor.sources.tableau.settings import TableauSettings
from auditor.sources.tableau.throttle import Throttle
from auditor.sources.tableau.watchdog import Watchdog

#: What may leave, below the server's own address. GraphQL here holds queries only; the API has no mutations.
_ALLOWED = {
    "GET": re.compile(r"/api/[0-9.]+/[^?]+"),
    "POST": re.compile(r"/api/(?:[0-9.]+/auth/(?:signin|signout)|metadata/graphql)"),
}
_FILE = re.compile(r".*/api/[^/]+/sites/[^/]+/(?:workbooks|datasources)/[^/]+/content")
_SIGN_IN = re.compile(r"/auth/signin$")
_AGAIN = frozenset({429, 500, 502, 503, 504})
#: Final answers that say nothing about the thing asked for, only that the server cannot serve.
_UNAVAILABLE = frozenset({429, 502, 503, 504})

#: Makes the adapter that in the end answers: sockets, or a recording.
Inner = Callable[[], BaseAdapter]


class Recorder(Protocol):
    """Gets every finished exchange."""

    def exchange(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """One request and its final answer."""


class Transport:
    """Shared by all threads of one sign-in: limits, counters, the wish to stop."""

    def __init__(
        self,
        settings: TableauSettings,
        *,
        server: str,
        inner: Inner | None = None,
        recorder: Recorder | None = None,
        per_hour: int | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.throttle = Throttle(settings.workers, per_hour=per_hour)
        self.stop = threading.Event()
        self.notice = notice
        #: Strikes the secrets of the conversation out of an answer, before anybody reads or records it.
        self.conceal: Callable[[requests.Response], None] = lambda _: None
        self.closing = False
        self.recorder = recorder
        self._host = urlsplit(server).netloc
        self._base = urlsplit(server).path
        self._proxies = _proxies(settings, server)
        self.watchdog = Watchdog()
        self._inner = inner or (lambda: WatchedAdapter(self.watchdog))
        self._lock = threading.Lock()
        self._made = 0
        self._failures_in_a_row = 0
        self._answers = 0

    @property
    def made(self) -> int:
        """Requests that left, repetitions included."""
        return self._made

    @property
    def reached(self) -> bool:
        """Has the server answered anything yet?"""
        return self._answers > 0

    def session(self) -> requests.Session:
        """A session for one thread. Nothing of the user's environment but the usual proxy variables goes in."""
        session = ReadingSession(_Door(self, self._inner()))
        session.proxies = dict(self._proxies)
        if self.settings.ca_bundle is not None:
            session.verify = str(self.settings.ca_bundle)
        return session

    def close(self) -> None:
        """No answer is awaited any more."""
        self.watchdog.close()

    def check(self, request: requests.PreparedRequest) -> None:
        """An audit only reads, and only from its own server; anything else is a bug of ours."""
        parts = urlsplit(request.url or "")
        allowed = _ALLOWED.get(request.method or "")
        below = parts.path.removeprefix(self._base)
        if allowed is None or allowed.fullmatch(below) is None or ".." in below or parts.netloc != self._host:
            raise InternalError(
                f"The reader was about to send {request.method} {place_of(request.url or '')}, which is not reading."
            )

    def allowance(self, request: requests.PreparedRequest) -> tuple[int, float]:
        """How many bytes, and seconds, an answer may take. Files are large, other answers are not."""
        settings = self.settings
        if _FILE.fullmatch(urlsplit(request.url or "").path):
            return settings.max_file_bytes, max(settings.timeout, settings.file_timeout)
        return settings.max_answer_bytes, settings.timeout

    def may_leave(self) -> None:
        """Raise when no more requests should be made."""
        if self.closing:
            return
        if self.stop.is_set():
            raise StoppedError("the run was stopped")
        if self._failures_in_a_row >= self.settings.retry.give_up_after:
            raise ServerGoneError(f"the server did not answer {self._failures_in_a_row} requests in a row")
        if not self.throttle.spend():
            raise BudgetSpentError("the requests allowed in an hour are used up")

    def left(self) -> None:
        """Count a request."""
        with self._lock:
            self._made += 1

    def answered(self, seconds: float, *, good: bool) -> None:
        """Count an answer; `good` ends a row of failures."""
        with self._lock:
            self._answers += 1
            if good:
                self._failures_in_a_row = 0
        if good:
            self.throttle.answered(seconds)

    def failed(self) -> None:
        """Count a request that was not served, after all repetitions."""
        with self._lock:
            self._failures_in_a_row += 1

    def pause(self, seconds: float) -> None:
        """Sleep, unless the run is stopped meanwhile."""
        if self.stop.wait(seconds) and not self.closing:
            raise StoppedError("the run was stopped")


class _Door(BaseAdapter):
    def __init__(self, transport: Transport, inner: BaseAdapter) -> None:
        super().__init__()
        self._transport = transport
        self._inner = inner

    def send(  # noqa: PLR0917 - requests' own signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        transport = self._transport
        transport.check(request)
        options = {"timeout": timeout, "verify": verify, "cert": cert, "proxies": proxies}
        try:
            response = patiently(lambda: self._once(request, options, stream=stream), transport)
        except (TransportError, InternalError):
            raise
        except requests.RequestException:
            transport.failed()
            raise
        if response.status_code in _UNAVAILABLE:
            transport.failed()
        if not stream and _SIGN_IN.search(request.url or "") is None:  # the answer to a sign-in has to hold the token
            transport.conceal(response)
        if transport.recorder is not None and _FILE.fullmatch(urlsplit(request.url or "").path) is None:
            transport.recorder.exchange(request, response)  # a file holds rows, which no recording keeps
        return response

    def _once(self, request: requests.PreparedRequest, options: dict[str, Any], *, stream: bool) -> requests.Response:
        transport = self._transport
        transport.may_leave()
        with transport.throttle.slot():
            transport.left()
            began = time.monotonic()
            limit, seconds = transport.allowance(request)
            with transport.watchdog.watching(began + seconds) as watch:
                try:
                    response = self._inner.send(request, stream=True, **options)
                    refuse_redirect(response, request.url or "")
                    read_whole = as_stream if stream else as_bytes
                    whole = read_whole(response, limit=limit, deadline=began + seconds)
                except requests.RequestException:
                    if not watch.over:
                        raise
                if watch.over:  # seen as a broken connection, or as an answer that ended where it was cut
                    raise AnswerTooSlowError("the answer did not come to an end in time")
        again = whole.status_code in _AGAIN
        transport.answered(time.monotonic() - began, good=not again)
        if whole.status_code == 429:
            transport.throttle.too_many()
        if again:
            raise TryAgain(whole)
        return whole

    def close(self) -> None:
        self._inner.close()


def _proxies(settings: TableauSettings, server: str) -> Mapping[str, str]:
    """The proxy that was asked for, else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say."""
    if settings.cassette is not None:
        return {}
    if settings.proxy is not None:
        return {"http": settings.proxy, "https": settings.proxy}
    return requests.utils.get_environ_proxies(server)
