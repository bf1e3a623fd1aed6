"""Sign-in, sessions and sign-out: one session for each personal access token, and sessions that end."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from defusedxml.ElementTree import fromstring

from tests.emulator.builder import Site
from tests.emulator.calls import Answer, Call
from tests.emulator.errors import Refusal
from tests.emulator.things import User, luid
from tests.emulator.xml import el


@dataclass(frozen=True)
class SessionRules:
    """`ends_after` requests a session is over; `one_per_token` is Tableau's rule for personal access tokens."""

    ends_after: int | None = None
    one_per_token: bool = True


@dataclass
class Session:
    token: str
    site: Site
    user: User
    pat: str | None
    requests: int = 0


class Sessions:
    """Who is signed in. Secrets are compared, never kept in a session."""

    def __init__(
        self,
        sites: tuple[Site, ...],
        rules: SessionRules,
        *,
        tokens: dict[str, str],
        passwords: dict[str, str],
        jwts: dict[str, str],
    ) -> None:
        self.sites = sites
        self.rules = rules
        self.tokens = tokens
        self.passwords = passwords
        self.jwts = jwts
        self.open: dict[str, Session] = {}
        self.opened = 0
        self._lock = threading.Lock()

    def find(self, token: str | None) -> Session:
        """The session of a token, counted; 401002 when there is none."""
        with self._lock:
            session = self.open.get(token or "")
            if session is not None and self.rules.ends_after is not None and session.requests >= self.rules.ends_after:
                del self.open[session.token]
                session = None
            if session is None:
                raise Refusal("401002", "Invalid authentication credentials were provided.")
            session.requests += 1
            return session

    def end_all(self) -> None:
        with self._lock:
            self.open.clear()

    def sign_in(self, call: Call) -> Answer:
        credentials = _credentials(call.body)
        name, pat = self._account(credentials)
        element = credentials.find("{*}site")
        wanted = element.get("contentUrl", "") if element is not None else ""
        site = next((s for s in self.sites if s.content_url == wanted), None)
        if site is None:
            raise Refusal("401001", "Error signing in to Tableau Server")
        user = site.user_named(name) or (site.admin if pat is not None else None)
        if user is None or user.role == "Unlicensed":
            raise Refusal("401001", "Error signing in to Tableau Server")
        return self._answer(call, self._start(site, user, pat))

    def sign_out(self, call: Call) -> Answer:
        with self._lock:
            self.open.pop(call.token or "", None)
        return Answer(status=204, content_type=None)

    def switch(self, call: Call) -> Answer:
        old = self.find(call.token)
        element = _parsed(call.body).find("{*}site")
        wanted = element.get("contentUrl", "") if element is not None else ""
        if wanted == old.site.content_url:
            raise Refusal("403070", "The user is already signed in to the specified site.")
        site = next((s for s in self.sites if s.content_url == wanted), None)
        if site is None:
            raise Refusal("404000", f"Site '{wanted}' could not be found.")
        with self._lock:
            self.open.pop(old.token, None)
        return self._answer(call, self._start(site, site.user_named(old.user.name) or site.admin, old.pat))

    def _account(self, credentials: ET.Element) -> tuple[str, str | None]:
        """The account's name, and the token's if it signed in with one; 401001 for anything wrong."""
        pat = credentials.get("personalAccessTokenName")
        if pat is not None and self.tokens.get(pat) == credentials.get("personalAccessTokenSecret"):
            return pat, pat
        name = credentials.get("name")
        if name is not None and self.passwords.get(name) == credentials.get("password"):
            return name, None
        jwt = credentials.get("jwt")
        if jwt is not None and jwt in self.jwts:
            return self.jwts[jwt], None
        raise Refusal("401001", "Error signing in to Tableau Server")

    def _start(self, site: Site, user: User, pat: str | None) -> Session:
        with self._lock:
            if pat is not None and self.rules.one_per_token:
                self.open = {t: s for t, s in self.open.items() if s.pat != pat}
            self.opened += 1
            session = Session(f"session-{luid('session', str(self.opened))}", site, user, pat)
            self.open[session.token] = session
            return session

    def _answer(self, call: Call, session: Session) -> Answer:
        place = el("site", {"id": session.site.luid, "contentUrl": session.site.content_url})
        attributes = {"token": session.token, "estimatedTimeToExpiration": "239:59:59"}
        return call.xml(el("credentials", attributes, place, el("user", {"id": session.user.luid})))


def _parsed(body: bytes) -> ET.Element:
    try:
        return fromstring(body)
    except ET.ParseError as error:
        raise Refusal("400000", "Payload is either malformed or incomplete.") from error


def _credentials(body: bytes) -> ET.Element:
    found = _parsed(body).find("{*}credentials")
    if found is None:
        raise Refusal("400000", "Payload is either malformed or incomplete.")
    return found
