"""What a site is made of: plain, mutable descriptions that the builders fill and the endpoints read.

Nothing here decides what anybody may do; see `rules.py` for what the server answers about rules and `evaluate.py`
for who can read what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from tests.emulator.xml import Value

if TYPE_CHECKING:
    from tests.emulator.builder import Site


ALLOW, DENY = "Allow", "Deny"


def luid(*path: str) -> str:
    """The same path always gets the same identifier, so that golden files stay the same."""
    digest = hashlib.blake2b(
        "\x1f".join(path).encode("utf-8", "surrogatepass"), digest_size=16, person=b"emulator"
    ).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


@dataclass(frozen=True)
class Grantee:
    """Whom a rule is about, by the element that the answer uses; `element` may be one that nobody has heard of."""

    element: str
    luid: str


@dataclass(frozen=True)
class Rule:
    grantee: Grantee
    capability: str
    mode: str


class RuleBook:
    """Explicit rules, in the order in which they were stated."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def allow(self, grantee: Principal | Grantee, *capabilities: str) -> Self:
        return self.state(grantee, ALLOW, *capabilities)

    def deny(self, grantee: Principal | Grantee, *capabilities: str) -> Self:
        return self.state(grantee, DENY, *capabilities)

    def state(self, grantee: Principal | Grantee, mode: str, *capabilities: str) -> Self:
        """Add rules; stating a capability again for the same grantee replaces the earlier rule."""
        whom = grantee if isinstance(grantee, Grantee) else grantee.grantee
        for capability in capabilities:
            self.rules = [r for r in self.rules if (r.grantee, r.capability) != (whom, capability)]
            self.rules.append(Rule(whom, capability, mode))
        return self

    def forget(self, grantee: Principal | Grantee | None = None) -> Self:
        """Take rules away: all of them, or those of one grantee."""
        whom = grantee if grantee is None or isinstance(grantee, Grantee) else grantee.grantee
        self.rules = [] if whom is None else [r for r in self.rules if r.grantee != whom]
        return self


class Thing:
    """Anything with an identifier. `extra` are attributes to add or replace, `omitted` those to leave out."""

    kind = "thing"
    # Shared until something is said: a site may have a quarter of a million things.
    extra: Mapping[str, Value] = MappingProxyType({})
    omitted: frozenset[str] = frozenset()
    updated_at: str | None = None

    def __init__(self, site: Site, name: str, *path: str) -> None:
        self.site = site
        self.name = name
        self.path = path
        self.number = site.next_number()
        self.luid = site.new_luid(self.kind, *path)
        site.add(self)

    @property
    def created(self) -> str:
        """Later for each thing than for those before it, a minute apart, over four weeks."""
        day, minute = divmod(self.number % 40320, 1440)
        return f"2024-01-{1 + day:02d}T{minute // 60:02d}:{minute % 60:02d}:00Z"

    @property
    def updated(self) -> str:
        return self.updated_at or self.created

    def changed(self, when: str) -> Self:
        """Say when it was last updated, as `2024-06-01T12:00:00Z`."""
        self.updated_at = when
        return self

    def attributes(self, **values: Value) -> Self:
        """Attributes to add to this thing's element, known to Tableau or not (an unknown site role, say)."""
        self.extra = {**self.extra, **values}
        return self

    def omit(self, *names: str) -> Self:
        """Attributes or child elements that the server does not say about this thing."""
        self.omitted = self.omitted | set(names)
        return self

    def delete(self) -> None:
        self.site.remove(self)


class Principal(Thing):
    @property
    def grantee(self) -> Grantee:
        return Grantee(self.kind, self.luid)


class User(Principal):
    kind = "user"

    def __init__(self, site: Site, name: str, *, role: str, listed: bool = True) -> None:
        self.role = role
        self.listed = listed
        self.domain: str | None = "local"
        super().__init__(site, name, name)


class Group(Principal):
    kind = "group"

    def __init__(
        self, site: Site, name: str, *, members: list[User], domain: str = "local", **attributes: Value
    ) -> None:
        self.members = members
        self.domain = domain
        self.minimum_site_role: str | None = None
        self.license_mode: str | None = None
        super().__init__(site, name, domain, name)
        self.attributes(**attributes)

    def add(self, *users: User) -> Self:
        self.members.extend(u for u in users if u not in self.members)
        return self


class GroupSet(Principal):
    kind = "groupSet"

    def __init__(self, site: Site, name: str, groups: list[Group]) -> None:
        self.groups = groups
        super().__init__(site, name, name)
