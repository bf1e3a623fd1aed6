"""Recorded conversations in VCR's format (version 1, YAML), and answering from them.

A request is matched by method, path and sorted query, whatever host and API version it was recorded with; GraphQL by
its body too. Repeated requests get the recorded answers in turn, the last one for ever after, so that the order of
threads does not matter. A page of a list that was recorded with other fields, order or page size answers as well:
lists say themselves how long they are.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import requests_mock
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from requests.adapters import BaseAdapter

from auditor.errors import SourceError
from auditor.sources.tableau.failures import NotRecordedError, clean

_LARGEST = 1 << 30
#: VCR's format needs seven levels. The parser in C has a stack that thousands of them overrun, and the process with it.
_DEEPEST = 50
_VERSIONED = re.compile(r"^.*?/api/([0-9]{1,3}\.[0-9]{1,3})/")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Body(_Loose):
    string: str | bytes = b""


class _Status(_Loose):
    code: int
    message: str | None = None


class _Request(_Loose):
    method: str
    uri: str
    body: str | bytes | None = None


class _Response(_Loose):
    status: _Status
    headers: dict[str, list[str] | str] = {}
    body: _Body = _Body()


class _Interaction(_Loose):
    request: _Request
    response: _Response


class _Cassette(_Loose):
    interactions: list[_Interaction]
    version: int = 1


Key = tuple[str, str]
Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded answer."""

    query: Query
    body: str
    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes


@dataclass(slots=True)
class Cassette:
    """All recorded answers by method and path. `address` is scheme and host of the recording."""

    address: str
    api_version: str | None
    answers: Mapping[Key, list[Recorded]]
    _turns: dict[tuple[Key, Query, str], int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def holds(self, method: str, path: str) -> bool:
        """Is there any answer to this? `path` as below `/api/{version}/`."""
        return (method, f"/{path}") in self.answers

    def answer(self, method: str, url: str, body: str) -> Recorded:
        """The next recorded answer. NotRecordedError names a request that was never recorded."""
        parts = urlsplit(url)
        key, query = (method, plain_path(parts.path)), sorted_query(parts.query)
        compared = same_body(body) if _is_graphql(key[1]) else ""
        recorded = self.answers.get(key, [])
        found = [one for one in recorded if one.query == query and one.body == compared]
        if not found and not compared:
            found = [one for one in recorded if _page(one.query) == _page(query)]
        if not found:
            asked = parts.path + (f"?{parts.query}" if parts.query else "")
            raise NotRecordedError(f"the recording holds no answer to {method} {clean(asked)}")
        with self._lock:
            turn = self._turns[key, query, compared]
            self._turns[key, query, compared] = turn + 1
        return found[min(turn, len(found) - 1)]

    def adapter(self) -> BaseAdapter:
        """An adapter of requests-mock that answers from this cassette."""
        mock = requests_mock.Adapter()
        mock.add_matcher(self._matched)
        found: BaseAdapter = mock
        return found

    def _matched(self, request: Any) -> requests.Response:
        body = request.body or b""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        recorded = self.answer(request.method, request.url, text)
        response: requests.Response = requests_mock.create_response(
            request,
            status_code=recorded.status,
            reason=recorded.reason,
            headers=dict(recorded.headers),
            content=recorded.content,
        )
        return response


def plain_path(path: str) -> str:
    """A path without what comes before and with the API's version: `/sites/…`; GraphQL's own path stays."""
    found = unquote(path)
    match = _VERSIONED.match(found)
    return found[match.end() - 1 :] if match else found


def sorted_query(text: str) -> Query:
    """The parameters of a query, in order."""
    return tuple(sorted(parse_qsl(text, keep_blank_values=True)))


def same_body(body: str) -> str:
    """A JSON body in one spelling; "" for anything else (a sign-in's body is never compared)."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        return ""


def _page(query: Query) -> str:
    return dict(query).get("pageNumber", "1")


def _is_graphql(path: str) -> bool:
    return path.endswith("/metadata/graphql")


def load(path: Path) -> Cassette:
    """A cassette from a file, or from all YAML files of a folder. SourceError where it is none."""
    answers: dict[Key, list[Recorded]] = defaultdict(list)
    addresses: list[str] = []
    versions: list[str] = []
    for file in _files(path):
        for one in _read(file).interactions:
            parts = urlsplit(one.request.uri)
            key = (one.request.method.upper(), plain_path(parts.path))
            answers[key].append(_recorded(one, parts.query, graphql=_is_graphql(key[1])))
            addresses.append(f"{parts.scheme}://{parts.netloc}")
            versions += _VERSIONED.findall(unquote(parts.path))
    if not answers:
        raise SourceError(f"The recording {path} holds no conversation.", next_step="Record one with --record.")
    newest = max(versions, key=lambda text: [int(part) for part in text.split(".")], default=None)
    return Cassette(addresses[0], newest, dict(answers))


def _recorded(one: _Interaction, query: str, *, graphql: bool) -> Recorded:
    body = one.request.body or ""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    content = one.response.body.string
    headers = {
        name: value if isinstance(value, str) else ", ".join(value) for name, value in one.response.headers.items()
    }
    return Recorded(
        query=sorted_query(query),
        body=same_body(text) if graphql else "",
        status=one.response.status.code,
        reason=one.response.status.message or "",
        headers={
            n: v
            for n, v in headers.items()
            if n.lower() not in {"content-encoding", "transfer-encoding", "content-length"}
        },
        content=content.encode() if isinstance(content, str) else content,
    )


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"})
    elif path.is_file():
        yield path
    else:
        raise SourceError(f"There is no recording at {path}.", next_step="Check --cassette.")


def _refuse_depth(content: bytes) -> None:
    """ValueError where a file is nested too deeply to be built."""
    depth = 0
    for event in yaml.parse(content, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise ValueError


def _read(file: Path) -> _Cassette:
    try:
        if file.stat().st_size > _LARGEST:
            raise SourceError(f"The recording {file} is larger than {_LARGEST >> 20} MiB.")
        content = file.read_bytes()
        _refuse_depth(content)
        raw = yaml.load(content, Loader=_LOADER)  # noqa: S506 - the loader is the safe one
        found = _Cassette.model_validate(raw)
    except OSError as error:
        raise SourceError(f"Cannot read the recording {file}: {error.strerror}.") from None
    except (yaml.YAMLError, ValidationError, ValueError, RecursionError):
        raise SourceError(
            f"{file} is not a recorded conversation.", next_step="It must be YAML in VCR's format, version 1."
        ) from None
    if found.version != 1:
        raise SourceError(f"{file} is of version {found.version}; version 1 can be read.")
    return found
