"""Keeping a conversation, and writing it, scrubbed, as a cassette when it ended well."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import yaml

from auditor.files import PRIVATE, written_whole
from auditor.sources.tableau.cassette import plain_path, same_body, sorted_query
from auditor.sources.tableau.scrub import Scrubber
from auditor.sources.tableau.settings import Recording

#: Headers of answers that are kept; all others are dropped.
_HEADERS = ("Content-Type", "tableau_error_code", "tableau_status_code", "tableau_service_name")
_TEXTUAL = re.compile(r"xml|json|html|text", re.IGNORECASE)
_AUTH = re.compile(r"/auth/(signin|signout)$")
_BASE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BASE):  # type: ignore[misc]
    """Texts of several lines as blocks, so that a person can read a cassette and its differences."""


def _text(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


@dataclass(frozen=True, slots=True)
class _Exchange:
    method: str
    url: str
    body: str
    status: int
    reason: str
    headers: dict[str, str]
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Tape:
    """Collects exchanges from all threads. Nothing is written before `save`."""

    recording: Recording
    _exchanges: list[_Exchange] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def exchange(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """Keep one exchange: no request headers, of a body only a GraphQL query, of the answer only text."""
        url, content_type = request.url or "", response.headers.get("Content-Type", "")
        if response.content and not _TEXTUAL.search(content_type):
            return
        body = request.body if isinstance(request.body, str) else (request.body or b"").decode("utf-8", "replace")
        one = _Exchange(
            method=request.method or "",
            url=url,
            body="" if _AUTH.search(urlsplit(url).path) else same_body(body),
            status=response.status_code,
            reason=response.reason or "",
            headers={name: response.headers[name] for name in _HEADERS if name in response.headers},
            content=response.content,
        )
        with self._lock:
            self._exchanges.append(one)

    def save(self) -> None:
        """Write the cassette: in the order of paths, not of threads, so that the same site gives the same file."""
        exchanges = sorted(self._exchanges, key=_order)
        scrubber = Scrubber(self.recording.names)
        for one in exchanges:
            scrubber.meet(one.content)
        with written_whole(self.recording.path, mode=PRIVATE) as stream:
            stream.write(b"interactions:\n")
            for one in exchanges:
                stream.write(_dump([_interaction(one, scrubber)]))
            stream.write(b"version: 1\n")


def _order(one: _Exchange) -> tuple[object, ...]:
    parts = urlsplit(one.url)
    path = plain_path(parts.path)
    rank = next((i for i, word in enumerate(("/serverInfo", "/signin", "/sessions")) if word in path), 9)
    return (rank, path.count("/"), path, one.method, sorted_query(parts.query), one.body)


def _interaction(one: _Exchange, scrubber: Scrubber) -> dict[str, Any]:
    parts = urlsplit(one.url)
    host = "recorded.online.tableau.com" if _is_cloud(parts.hostname) else "tableau.example.invalid"
    uri = f"https://{host}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return {
        "request": {"method": one.method, "uri": uri, "body": one.body or None, "headers": {}},
        "response": {
            "status": {"code": one.status, "message": one.reason},
            "headers": {name: [value] for name, value in one.headers.items()},
            "body": {"string": scrubber.answer(one.content, one.headers.get("Content-Type", ""))},
        },
    }


def _is_cloud(host: str | None) -> bool:
    return (host or "").endswith(".online.tableau.com")


def _dump(items: list[dict[str, Any]]) -> bytes:
    found: bytes = yaml.dump(items, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000, encoding="utf-8")
    return found
