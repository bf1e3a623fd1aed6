"""Reading one answer to its end, with a limit on its size and on its time as a whole."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator

import requests
import urllib3
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError, SSLError
from urllib3.response import BaseHTTPResponse, HTTPResponse

from auditor.sources.tableau.failures import AnswerTooLargeError, AnswerTooSlowError, RedirectRefusedError, place_of

_PIECE = 1 << 16
_IN_MEMORY = 8 << 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers that describe the bytes on the wire; what we hand on is decoded.
_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def refuse_redirect(response: requests.Response, asked: str) -> None:
    """Raise for any redirect, saying where it points. Following one would send the token, or the secret, there."""
    if response.status_code in _REDIRECTS:
        target = response.headers.get("Location", "")
        response.close()
        where = place_of(target) if target else "nowhere"
        raise RedirectRefusedError(f"{place_of(asked)} redirects to {where}, which is not followed")


def as_bytes(response: requests.Response, *, limit: int, deadline: float) -> requests.Response:
    """The same answer with its whole body read and decoded, as its `content`.

    `limit` in bytes after decoding; `deadline` in `time.monotonic()` seconds. Raises `AnswerTooLargeError`,
    `AnswerTooSlowError`, and what requests raises for a broken or undecodable body.
    """
    raw: BaseHTTPResponse = response.raw
    try:
        pieces = list(_pieces(raw, limit=limit, deadline=deadline))
    except BaseException:
        raw.close()
        raise
    raw.release_conn()
    response._content = pieces[0] if len(pieces) == 1 else b"".join(pieces)  # noqa: SLF001 - there is no other way in
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001
    # tableauserverclient parses every answer a second time, for its log, when it has an encoding. We read bytes.
    response.encoding = None
    return response


def as_stream(response: requests.Response, *, limit: int, deadline: float) -> requests.Response:
    """The same answer, its whole body read and decoded into `raw`: a file, beyond a few megabytes an unnamed private one.

    Arguments and errors as for `as_bytes`.
    """
    raw: BaseHTTPResponse = response.raw
    body = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer that is handed on closes it
    try:
        for piece in _pieces(raw, limit=limit, deadline=deadline):
            body.write(piece)
    except BaseException:
        body.close()
        raw.close()
        raise
    body.seek(0)
    raw.release_conn()
    headers = urllib3.HTTPHeaderDict((n, v) for n, v in raw.headers.items() if n.lower() not in _WIRE)
    response.raw = HTTPResponse(body=body, headers=headers, status=raw.status, reason=raw.reason, preload_content=False)
    response.encoding = None
    return response


def _pieces(raw: BaseHTTPResponse, *, limit: int, deadline: float) -> Iterator[bytes]:
    announced = raw.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > limit:
        raise AnswerTooLargeError(f"the answer is announced with {int(announced):,} bytes; the limit is {limit:,}")
    size = 0
    while piece := _piece(raw):
        size += len(piece)
        if size > limit:
            raise AnswerTooLargeError(f"the answer is longer than the limit of {limit:,} bytes")
        if time.monotonic() > deadline:
            raise AnswerTooSlowError("the answer did not come to an end in time")
        yield piece


def _piece(raw: BaseHTTPResponse) -> bytes:
    """What one read of the socket gives: a body that drips in must not hide behind one long read."""
    try:
        return raw.read1(_PIECE, decode_content=True)
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from None
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from None
    except ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from None
    except SSLError as error:
        raise requests.exceptions.SSLError(error) from None
