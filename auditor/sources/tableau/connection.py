"""One sign-in, shared by all threads: raw GETs through tableauserverclient, parsed by us."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from email.message import Message
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, ParseError

import requests
from defusedxml.common import DefusedXmlException
from tableauserverclient.server.endpoint.exceptions import FailedSignInError, NotSignedInError, TableauError

from auditor.errors import SourceError
from auditor.sources.tableau.failures import ReadFailedError, explain, remedy_for
from auditor.sources.tableau.settings import (
    JwtCredentials,
    PasswordCredentials,
    TableauSettings,
    TokenCredentials,
)
from auditor.sources.tableau.signin import NOT_TABLEAU, ask_version, client, sign_in
from auditor.sources.tableau.transport import Transport
from auditor.sources.tableau.xml import parse

T = TypeVar("T")

#: A session that answered fewer requests than this was ended by somebody: another job with the same token.
_SHORT_LIFE = 20
_MOST_SIGN_INS = 25
_PARSE_ATTEMPTS = 3


@lru_cache(maxsize=64)
def _file_name(disposition: str) -> str:
    """The file's name in a Content-Disposition header, without any folder; "" where there is none."""
    message = Message()
    message["Content-Disposition"] = disposition
    return PurePosixPath((message.get_filename("") or "").replace("\\", "/")).name


@lru_cache(maxsize=64)
def version_of(text: str) -> tuple[int, ...]:
    """A version as numbers, to be compared."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())


#: What XML may write in more than one way.
_MAY_BE_ESCAPED = {">": (">", "&gt;"), '"': ('"', "&quot;", "&#34;"), "'": ("'", "&apos;", "&#39;", "&#x27;")}


@lru_cache(maxsize=64)
def spellings(secret: str) -> frozenset[bytes]:
    """How a body may spell a text: as it is, and as XML, HTML, JSON and addresses write it."""
    forms = {secret.replace("&", "&amp;").replace("<", "&lt;")}
    for plain, ways in _MAY_BE_ESCAPED.items():
        forms = {form.replace(plain, way) for form in forms for way in ways}
    return frozenset(form.encode() for form in forms | {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]})


class Connection:
    """Signed in from `open` to `close`. `get` may be called by many threads."""

    def __init__(
        self, address: str, settings: TableauSettings, transport: Transport, *, assumed_version: str | None = None
    ) -> None:
        self.address = address
        self.transport = transport
        self.sign_ins = 0
        self.product_version = ""
        self._settings = settings
        self._assumed_version = assumed_version
        self._server = client(address, transport, settings)
        self._renewing = threading.Lock()
        self._tokens: set[str] = set()
        self._answers_of_session = 0
        self._lost: str | None = None
        transport.conceal = self._conceal

    def open(self) -> None:
        """Ask for the version, sign in. Raises SourceError or SignInError; nothing stays open then."""
        try:
            version, self.product_version = ask_version(self._server, self.mask)
        except SourceError:
            if self._assumed_version is None:
                self._shut()
                raise
            version = self._assumed_version
        try:
            self._sign_in()
        except SourceError:
            self._shut()
            raise
        self._server.version = version

    def close(self) -> None:
        """Sign out, whatever happened; that signing out fails is nobody's news (trap 9)."""
        self.transport.closing = True
        try:
            self._server.auth.sign_out()
        except (requests.RequestException, TableauError, *NOT_TABLEAU):
            pass
        finally:
            self._shut()

    def _shut(self) -> None:
        self._server.close()
        self.transport.close()

    @property
    def api_version(self) -> str:
        """The version of the REST API that is spoken."""
        return str(self._server.version)

    def at_least(self, version: str) -> bool:
        """Does the server speak this version of the API?"""
        return version_of(self.api_version) >= version_of(version)

    @property
    def site_id(self) -> str:
        """The LUID of the site, as the sign-in said it."""
        return str(self._server.site_id)

    @property
    def site_content_url(self) -> str:
        """The content URL of the site, as the sign-in said it."""
        try:
            return str(self._server.site_url)
        except NotSignedInError:
            return self._settings.site

    @property
    def user_id(self) -> str:
        """The LUID of the account that is signed in."""
        return str(self._server.user_id or "")

    def mask(self, text: str) -> str:
        """The text without any secret of this conversation, should a server repeat one."""
        for secret in (*self._secrets(), *self._tokens):
            if len(secret) >= 4:
                text = text.replace(secret, "[secret]")
        return text

    def _conceal(self, response: requests.Response) -> None:
        """Strike the secrets out of an answer's body, in whatever way it spells them, and out of its headers."""
        known = [secret for secret in (*self._secrets(), *self._tokens) if len(secret) >= 4]
        content = response.content
        for spelling in {spelled for secret in known for spelled in spellings(secret)}:
            if spelling in content:
                content = content.replace(spelling, b"[secret]")
        response._content = content  # noqa: SLF001 - there is no other way in
        response.reason = self.mask(response.reason or "")
        for name, value in response.headers.items():
            if any(secret in value for secret in known):
                response.headers[name] = self.mask(value)

    def _secrets(self) -> tuple[str, ...]:
        match self._settings.credentials:
            case TokenCredentials(_, secret) | PasswordCredentials(_, secret) | JwtCredentials(secret):
                return (secret.reveal(),)
            case _:
                return ()

    def of_site(self, *parts: str) -> str:
        """The path of something on the site: `of_site("workbooks", id)`."""
        return "/".join(("sites", self.site_id, *(quote(part, safe="-") for part in parts)))

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Element:
        """The parsed answer to a GET below `/api/{version}/`. ReadFailedError says why there is none."""
        return self.read(path, query, parse)

    def read(self, path: str, query: Mapping[str, str | int] | None, understood: Callable[[bytes], T]) -> T:
        """The same, as `understood` makes it of the answer's bytes; what it cannot parse is asked for again."""
        question = f"?{urlencode(query, safe=':,')}" if query else ""
        url = f"{self._server.baseurl}/{path}{question}"
        failure = ReadFailedError("")
        for _ in range(_PARSE_ATTEMPTS):
            content = self._content(url)
            try:
                return understood(content)
            except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
                failure = explain(error, self.mask)
                failure.__cause__ = None
        raise failure

    @contextmanager
    def download(self, path: str) -> Iterator[tuple[BinaryIO, str]]:
        """The bytes of a published file as a stream, and the name that the server gives it. ReadFailedError as for `get`."""
        url = f"{self._server.baseurl}/{path}"
        response: requests.Response = self._renewing_once(
            lambda: self._server.workbooks.get_request(url, parameters={"stream": True})  # type: ignore[no-untyped-call]
        )
        with closing(cast("BinaryIO", response.raw)) as stream:
            name = _file_name(response.headers.get("Content-Disposition", ""))
            kind = response.headers.get("Content-Type", "")
            if "html" in kind or (
                not name and "xml" in kind
            ):  # a plain .twb may be called XML, a page has no file name
                raise ReadFailedError("the download is not a file but a page", "check what answers at this address")
            yield stream, name

    def query(self, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The Metadata API's answer to one GraphQL query, errors and all. ReadFailedError says why there is none."""
        return self._renewing_once(lambda: self._ask_metadata(text, variables))

    def _ask_metadata(self, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = self._server.metadata.query(text, dict(variables))
        except (ValueError, RecursionError) as error:
            raise ReadFailedError(
                "the Metadata API's answer is not JSON", "check what answers at this address"
            ) from error
        if not isinstance(answer, dict):
            raise ReadFailedError(
                "the Metadata API's answer is not a JSON object", "check what answers at this address"
            )
        self._answers_of_session += 1
        return answer

    def _content(self, url: str) -> bytes:
        return self._renewing_once(lambda: self._ask(url))

    def _renewing_once(self, ask: Callable[[], T]) -> T:
        """Ask; where the session has ended, open it again and repeat the question once."""
        try:
            token = str(self._server.auth_token)
            return ask()
        except FailedSignInError as error:
            self._renew(token, explain(error, self.mask))
        except (requests.RequestException, TableauError, *NOT_TABLEAU) as error:
            raise explain(error, self.mask) from None
        try:
            return ask()
        except (requests.RequestException, TableauError, *NOT_TABLEAU) as error:
            raise explain(error, self.mask) from None

    def _ask(self, url: str) -> bytes:
        content: bytes = self._server.workbooks.get_request(url).content  # type: ignore[no-untyped-call]
        self._answers_of_session += 1
        return content

    def _renew(self, stale: str, why: ReadFailedError) -> None:
        """Sign in again, once for all threads that found the session ended."""
        with self._renewing:
            if self._server.is_signed_in() and self._server.auth_token != stale:  # type: ignore[no-untyped-call]
                return
            if self._lost is None:
                self._lost = self._why_not_again()
            if self._lost is None:
                try:
                    self._sign_in()
                except SourceError as error:
                    self._lost = f"signing in again failed: {error.what}"
            if self._lost is not None:
                raise ReadFailedError(
                    f"the session ended ({why.reason}), and {self._lost}", remedy_for("401"), status=401, code=why.code
                )
            self.transport.notice("the session ended and was opened again; is this token in use elsewhere?")

    def _why_not_again(self) -> str | None:
        if self.sign_ins >= _MOST_SIGN_INS:
            return f"it was opened {self.sign_ins} times already"
        if self.sign_ins > 1 and self._answers_of_session < _SHORT_LIFE:
            return f"the one before ended after {self._answers_of_session} answers: the token is in use elsewhere"
        return None

    def _sign_in(self) -> None:
        sign_in(self._server, self._settings, self.mask)
        self.sign_ins += 1
        self._answers_of_session = 0
        self._tokens.add(str(self._server.auth_token))
