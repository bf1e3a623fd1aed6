"""What may go wrong between a client and a server, each a small frozen description.

A fault says which requests it is for (`path`, a pattern searched in path and query; `method`), from which of those on
(`first`, counted from 1), how many times (`times`, None for ever) and at every how manyth (`every`), and what happens
then (`effect`). Make them with the functions below:

    faults=[too_many("/permissions", retry_after="1", times=3), reset("/views", first=2), redirect("/auth/signin", to=url)]
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.emulator.content import Content, View
    from tests.emulator.project import Project
    from tests.emulator.server import Emulator
    from tests.emulator.things import User

GIGABYTE = 1 << 30

HOSTILE_NAMES = (
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "::error file=x,line=1::owned",
    "##[error]owned",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a\nb\r\nc\td",
    "\u009b31mred\u0085",
    "\u202egpj.exe",
    "`$(reboot)` | [x](javascript:alert(1))",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "../../etc/passwd",
    "]]> & \"quoted\" 'name'",
    "A" * 5000,
)
"""Names that no format may let through unharmed; all of them can stand in XML."""


@dataclass(frozen=True)
class Instead:
    """This answer in place of the true one. `code` makes a Tableau error body of it when there is no body."""

    status: int
    body: bytes = b""
    code: str | None = None
    detail: str = ""
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reset:
    """The connection breaks without a word, after `sent` bytes of the true answer."""

    sent: int = 0


@dataclass(frozen=True)
class Cut:
    """The true answer, cut off: `complete` says whether the announced length fits what is sent."""

    keep: float = 0.5
    complete: bool = False


@dataclass(frozen=True)
class Slow:
    """The true answer, `before` seconds late, and in pieces of `piece` bytes every `pause` seconds if asked."""

    before: float = 0.0
    piece: int | None = None
    pause: float = 0.0


@dataclass(frozen=True)
class Endless:
    """An answer of `size` bytes, made as it is read; it stops when the client goes away."""

    size: int = GIGABYTE
    announced: bool = True


@dataclass(frozen=True)
class Changed:
    """The true answer with its body changed."""

    change: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Happens:
    """Something happens on the server, before or after the true answer is made."""

    action: Callable[[Emulator], None]
    after: bool = False


Effect = Instead | Reset | Cut | Slow | Endless | Changed | Happens


@dataclass(frozen=True)
class Fault:
    path: str
    effect: Effect
    method: str = "GET|POST"
    first: int = 1
    times: int | None = 1
    every: int = 1
    name: str = field(default="", compare=False)

    def matches(self, method: str, target: str) -> bool:
        return re.fullmatch(self.method, method) is not None and re.search(self.path, target) is not None

    def strikes(self, number: int) -> bool:
        """Whether the `number`th matching request (from 1) is one that it happens to."""
        turn, rest = divmod(number - self.first, self.every)
        return turn >= 0 and rest == 0 and (self.times is None or turn < self.times)


def http_date(seconds: float) -> str:
    """`Retry-After` as a date, so many seconds from now."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def too_many(path: str = "", *, retry_after: str | None = None, **when: Any) -> Fault:
    headers = (("Retry-After", retry_after),) if retry_after is not None else ()
    return Fault(path, Instead(429, code="429000", detail="Too many requests.", headers=headers), name="429", **when)


def status(number: int, path: str = "", *, body: bytes = b"", **when: Any) -> Fault:
    """500, 502, 503 and the like: 500 as Tableau words it, the others as a proxy does."""
    if number == 500 and not body:
        return Fault(path, Instead(500, code="500000", detail="An unexpected error occurred."), name="500", **when)
    page = body or f"<html><head><title>{number}</title></head><body><h1>{number}</h1></body></html>".encode()
    return Fault(path, Instead(number, page), name=str(number), **when)


def refuse(code: str, path: str = "", *, detail: str = "Refused.", **when: Any) -> Fault:
    """A Tableau error with this code."""
    return Fault(path, Instead(int(code[:3]), code=code, detail=detail), name=code, **when)


def reset(path: str = "", *, sent: int = 0, **when: Any) -> Fault:
    return Fault(path, Reset(sent), name="reset", **when)


def truncated(path: str = "", *, keep: float = 0.5, complete: bool = False, **when: Any) -> Fault:
    """`complete=False`: fewer bytes than announced; True: an answer of the announced length that stops mid-element."""
    return Fault(path, Cut(keep, complete), name="truncated", **when)


def garbage(path: str = "", **when: Any) -> Fault:
    body = bytes((i * 37 + 11) % 256 for i in range(2048))
    return Fault(path, Instead(200, body, content_type="application/xml;charset=utf-8"), name="garbage", **when)


def html(path: str = "", **when: Any) -> Fault:
    """A sign-in page of somebody else's, with status 200."""
    body = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Log in to continue<br></form></body></html>"
    return Fault(path, Instead(200, body), name="html", **when)


def empty(path: str = "", **when: Any) -> Fault:
    return Fault(path, Instead(200, b"", content_type="application/xml;charset=utf-8"), name="empty", **when)


def malformed(path: str = "", **when: Any) -> Fault:
    """XML that is not well-formed: a control character and an element never closed."""
    return Fault(
        path, Changed(lambda body: body.replace(b"</tsResponse>", b"<open a='\x01'>")), name="malformed", **when
    )


def no_namespace(path: str = "", **when: Any) -> Fault:
    """The answer without its namespace: tableauserverclient then finds nothing in it, and says nothing."""
    return Fault(
        path, Changed(lambda body: body.replace(b' xmlns="http://tableau.com/api"', b"")), name="no namespace", **when
    )


def bomb(path: str = "", **when: Any) -> Fault:
    """Entities that would grow to gigabytes."""
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 11))
    body = f'<?xml version="1.0"?><!DOCTYPE tsResponse [<!ENTITY e0 "boom">{entities}]><tsResponse xmlns="http://tableau.com/api">&e10;</tsResponse>'
    return Fault(path, Instead(200, body.encode(), content_type="application/xml;charset=utf-8"), name="bomb", **when)


def external_entity(path: str = "", **when: Any) -> Fault:
    body = b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><tsResponse xmlns="http://tableau.com/api">&x;</tsResponse>'
    return Fault(path, Instead(200, body, content_type="application/xml;charset=utf-8"), name="external entity", **when)


def slow(path: str = "", *, seconds: float = 1.0, **when: Any) -> Fault:
    return Fault(path, Slow(before=seconds), name="slow", **when)


def drip(path: str = "", *, piece: int = 16, pause: float = 0.05, **when: Any) -> Fault:
    """An answer that never stops coming and never comes to an end in good time."""
    return Fault(path, Slow(piece=piece, pause=pause), name="drip", **when)


def gigabyte(path: str = "", *, size: int = GIGABYTE, announced: bool = True, **when: Any) -> Fault:
    return Fault(path, Endless(size, announced), name="gigabyte", **when)


def session_ends(path: str = "", **when: Any) -> Fault:
    """All sessions end just before this request."""
    return Fault(path, Happens(lambda emulator: emulator.sessions.end_all()), name="session ends", **when)


def promises(path: str, *, more: int = 1, **when: Any) -> Fault:
    """`totalAvailable` is greater than what there is."""

    def lie(body: bytes) -> bytes:
        return re.sub(rb'totalAvailable="(\d+)"', lambda m: b'totalAvailable="%d"' % (int(m[1]) + more), body)

    return Fault(path, Changed(lie), name="promises", **{"times": None, **when})


def deleted_after(path: str, thing: Content | View | Project | User, **when: Any) -> Fault:
    """The thing is deleted once this request has been answered: listed, and gone when it is read."""
    return Fault(path, Happens(lambda _: thing.delete(), after=True), name="deleted", **when)


def happens(path: str, action: Callable[[Emulator], None], *, after: bool = True, **when: Any) -> Fault:
    """Anything: a workbook appears or moves while the lists are read, say."""
    return Fault(path, Happens(action, after), name="happens", **when)


def redirect(path: str, *, to: str, status: int = 302, **when: Any) -> Fault:
    """To another host: `to` is an address, or the start of one that gets the request's own path (when it ends in `*`)."""
    return Fault(path, Instead(status, headers=(("Location", to),)), name="redirect", **when)
