"""One request on its way through the endpoints, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tests.emulator.builder import Site
from tests.emulator.errors import Refusal, not_found
from tests.emulator.things import Thing, User
from tests.emulator.xml import response

if TYPE_CHECKING:
    from tests.emulator.server import Emulator
    from tests.emulator.sessions import Session

XML = "application/xml;charset=utf-8"
ADMINS = frozenset(
    {"ServerAdministrator", "SiteAdministrator", "SiteAdministratorCreator", "SiteAdministratorExplorer"}
)

T = TypeVar("T", bound=Thing)


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    content_type: str | None = XML
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """A request: who asks, for what, and with which query."""

    emulator: Emulator
    method: str
    path: str
    query: dict[str, str]
    version: str
    body: bytes = b""
    token: str | None = None
    session: Session | None = None

    @property
    def site(self) -> Site:
        assert self.session is not None
        return self.session.site

    @property
    def user(self) -> User:
        assert self.session is not None
        return self.session.user

    @property
    def is_admin(self) -> bool:
        return self.user.role in ADMINS

    @property
    def everything(self) -> bool:
        return "_all_" in self.query.get("fields", "").split(",")

    def admins_only(self) -> None:
        if not self.is_admin:
            raise Refusal("403004", "The user does not have permission to perform this operation.")

    def thing(self, wanted: type[T], luid: str) -> T:
        found = self.site.things[wanted.kind].get(luid)
        if not isinstance(found, wanted):
            raise not_found(wanted.kind, luid)
        return found

    def xml(self, *children: str) -> Answer:
        return Answer(body=response(children, version=self.version))
