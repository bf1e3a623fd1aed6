"""Which requests are repeated, after which pause.

After 429 and 503: what `Retry-After` says, in seconds or as a date, else 1, 3, 10, 30, then 60 s; after other failures
0.5, 0.5, 0.5, 1, 2 s (as Tableau's own Migration SDK does; reference/tableau-api-and-scale.md, 1.6). All with jitter,
and with an upper bound on one pause and on all pauses of a request.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import requests
import tenacity
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from auditor.sources.tableau.settings import RetryPolicy

if TYPE_CHECKING:
    from auditor.sources.tableau.transport import Transport

_PAUSES_429 = (1.0, 3.0, 10.0, 30.0, 60.0)
_PAUSES = (0.5, 0.5, 0.5, 1.0, 2.0)
_JITTER = 0.25
#: Before the server has answered anything a second try is enough: it is the address that is wrong.
_FIRST_ATTEMPTS = 2
_WORTH_TELLING = 5.0

_NEVER = (
    requests.exceptions.SSLError,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.ContentDecodingError,
)
_BROKEN = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
)


class TryAgain(Exception):  # noqa: N818 - it is an answer, not an error
    """The server answered, and asks to be asked again later."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def retry_after(response: requests.Response) -> float | None:
    """The seconds that the server asks to wait (header in seconds or as an HTTP date), None where it does not."""
    value = response.headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        return Retry().parse_retry_after(value)
    except (ValueError, OverflowError, InvalidHeader):
        return None


def _pause(error: BaseException | None, attempt: int, policy: RetryPolicy) -> float:
    asked = retry_after(error.response) if isinstance(error, TryAgain) else None
    if asked is not None:
        return min(asked, policy.longest_wait) * (1 + random.uniform(0, _JITTER / 5))  # noqa: S311
    table = _PAUSES_429 if isinstance(error, TryAgain) and error.response.status_code == 429 else _PAUSES
    own = table[min(attempt, len(table)) - 1] * policy.pace * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
    return min(own, policy.longest_wait)


def _worth_it(error: BaseException) -> bool:
    return isinstance(error, TryAgain) or (isinstance(error, _BROKEN) and not isinstance(error, _NEVER))


def patiently(once: Callable[[], requests.Response], transport: Transport) -> requests.Response:
    """Call until there is a final answer. The last answer is given back even if it asks for patience."""
    try:
        return once()  # nearly always; what follows is built only for a request that needs it
    except (TryAgain, *_BROKEN) as error:
        failed: list[Exception] = [error]
    policy = transport.settings.retry

    def again() -> requests.Response:
        if failed:
            raise failed.pop()  # the first attempt, which was made above
        return once()

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        seconds = _pause(error, state.attempt_number, policy)
        if seconds >= _WORTH_TELLING:
            transport.notice(f"waiting {seconds:.0f} s, as the server asked")
        return seconds

    def enough(state: tenacity.RetryCallState) -> bool:
        attempts = policy.attempts if transport.reached else min(_FIRST_ATTEMPTS, policy.attempts)
        asked_too_much = state.idle_for + state.upcoming_sleep > policy.patience
        return transport.closing or state.attempt_number >= attempts or asked_too_much

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_worth_it), wait=wait, stop=enough, sleep=transport.pause, reraise=True
    )
    try:
        return retrying(again)
    except TryAgain as last:
        return last.response
