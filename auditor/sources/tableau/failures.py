"""What can go wrong with one request, as a reason and a remedy that stand in the ledger or in an error.

No text here ever holds a secret: what a server says is shortened, cleaned of control characters, and known secrets are
struck out of it before it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import requests
from defusedxml.common import DefusedXmlException
from tableauserverclient.server.endpoint import exceptions as tsc

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LONGEST = 200

Mask = Callable[[str], str]


class TransportError(requests.RequestException):
    """A request that our own transport ended. The message is a finished sentence without a secret."""

    remedy = ""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class RedirectRefusedError(TransportError):
    """The server pointed elsewhere; redirects are never followed, since they would take the token along."""

    remedy = "Give the address that the server itself answers under, and check what stands between."


class AnswerTooLargeError(TransportError):
    """The answer went over the limit and was not read on."""

    remedy = "Check what answers at this address; a smaller --page-size makes smaller answers."


class AnswerTooSlowError(TransportError):
    """The answer as a whole took longer than the timeout."""

    remedy = "Run again at a quieter hour, or with a longer --timeout."


class BudgetSpentError(TransportError):
    """The requests that an hour allows are used up."""

    remedy = "Go on in the next hour with --resume, or select fewer rules."


class ServerGoneError(TransportError):
    """So many requests in a row failed that asking on makes no sense."""

    remedy = "Run again when the server answers."


class StoppedError(TransportError):
    """The run was stopped by its user."""

    remedy = "Run again; a snapshot goes on with --resume."


class NotRecordedError(TransportError):
    """A replayed conversation has no answer to this request."""

    remedy = "Record the site again with this version and policy, or audit the server itself."


class ReadFailedError(Exception):
    """One request gave nothing usable. `status` is the HTTP status, `code` Tableau's; 0 and "" where there was none."""

    def __init__(self, reason: str, remedy: str = "", *, status: int = 0, code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.status = status
        self.code = code

    @property
    def is_gone(self) -> bool:
        """The thing is not there (or not for this account)."""
        return self.status == 404

    @property
    def is_refused_parameter(self) -> bool:
        """The server refused how it was asked, not what: sorting or fields that it does not have."""
        return self.status == 400 and self.code not in {"400006", "400007"}


def clean(text: str, mask: Mask = str) -> str:
    """Words of a server's, fit for one line of a report."""
    plain = mask(_CONTROL.sub(" ", text).strip())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def place_of(url: str) -> str:
    """The part of an address that may be shown: no query, no fragment, no credentials."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if _port(url) else ""
    return clean(f"{parts.scheme}://{host}{port}{parts.path}" if host else parts.path)


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Remedy:
    pattern: str
    text: str


_REMEDIES = (
    _Remedy("401", "Is this token in use elsewhere? A personal access token allows one session: use one token a job."),
    _Remedy("403", "Sign in as a site administrator, who may read this."),
    _Remedy("404", "It was deleted meanwhile, or this account may not see it: read again as a site administrator."),
    _Remedy("429", "The server asks for fewer requests: run again later or with fewer --workers."),
    _Remedy("400", "The server does not take this request: please report it with the server's version."),
    _Remedy("5", "The server failed: run again later, and ask its administrator if it stays."),
)


def remedy_for(code: str) -> str:
    """What would mend an answer with this code or status."""
    return next((remedy.text for remedy in _REMEDIES if code.startswith(remedy.pattern)), "")


def _of_answer(code: str, summary: str | None, detail: str | None, mask: Mask) -> ReadFailedError:
    said = ": ".join(clean(part, mask) for part in (summary, detail) if part and part.strip())
    status = int(code[:3]) if code[:3].isdigit() else 0
    reason = f"HTTP {code[:3]} ({code}{' ' + said if said else ''})" if code else f"an error without a code ({said})"
    return ReadFailedError(reason, remedy_for(code), status=status, code=code)


def explain(error: Exception, mask: Mask) -> ReadFailedError:
    """Any error that a request through tableauserverclient can raise, as a reason and a remedy."""
    match error:
        case ReadFailedError():
            return error
        case TransportError():
            return ReadFailedError(mask(error.sentence), error.remedy)
        case tsc.XMLError():
            return _of_answer(error.code, error.summary, error.detail, mask)
        case tsc.InternalServerError():
            return ReadFailedError(f"HTTP {error.code}", remedy_for(str(error.code)), status=int(error.code))
        case tsc.RedirectError():
            return ReadFailedError("the server redirects", RedirectRefusedError.remedy)
        case tsc.NonXMLResponseError() | ParseError() | DefusedXmlException() | UnicodeError() | LookupError():
            return ReadFailedError("the answer is not Tableau's XML", "Check what answers at this address.")
        case tsc.NotSignedInError():
            return ReadFailedError("not signed in any more", remedy_for("401"), status=401)
        case requests.RequestException():
            return ReadFailedError(explain_connection(error), "Run again when the server can be reached.")
    return ReadFailedError(f"{type(error).__name__} in the answer", "Please report this with the server's version.")


_CONNECTION = (
    (requests.exceptions.ProxyError, "the proxy refused the connection"),
    (requests.exceptions.SSLError, "the server's certificate could not be verified"),
    (requests.exceptions.ConnectTimeout, "the server could not be reached in time"),
    (requests.exceptions.Timeout, "the server did not answer in time"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "the answer could not be decoded"),
)
#: What OpenSSL says of a certificate; what it says otherwise is mostly about plain HTTP where TLS was meant.
_CERTIFICATE = ("certificate", "hostname")
_CAUSES = (
    ("NameResolutionError", "the server's name could not be found"),
    ("Connection refused", "the connection was refused"),
    ("NewConnectionError", "the server could not be reached"),
)


def explain_connection(error: requests.RequestException) -> str:
    """Why no answer came, from what the library knows; never its text, which may hold addresses with credentials."""
    text = f"{error!r} {error}"
    if isinstance(error, requests.exceptions.SSLError) and not any(word in text.lower() for word in _CERTIFICATE):
        return "no TLS could be agreed on; does plain HTTP answer there?"
    for kind, sentence in _CONNECTION:
        if isinstance(error, kind):
            return sentence
    return next((sentence for word, sentence in _CAUSES if word in text), "the connection broke")
