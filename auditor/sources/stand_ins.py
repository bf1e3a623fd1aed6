"""Stable stand-ins for names: the same name always gets the same one, and nobody can get back from it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

#: Accounts and groups of the server's own, which are nobody's names.
OWN_NAMES = frozenset({"guest", "_system", "_tableau", "All Users"})
EMAIL = re.compile(
    r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+|[^\s@<>\"'(),;:]+@[a-z0-9-]+", re.IGNORECASE
)
_MAIL_DOMAIN = "example.invalid"


@dataclass(slots=True)
class StandIns:
    """Numbers things in the order in which it meets them."""

    _numbers: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    _people: dict[str, str] = field(default_factory=dict)

    def number(self, sort: str, key: str) -> int:
        """The number of a thing of a sort, given at the first meeting."""
        known = self._numbers[sort]
        return known.setdefault(key, len(known) + 1)

    def thing(self, sort: str, key: str) -> str:
        """A word like `workbook-3`."""
        return f"{sort}-{self.number(sort, key)}"

    def meet(self, user_id: str, *spellings: str | None) -> None:
        """Remember how an account is spelled, so that a spelling alone gets the same stand-in."""
        self.number("user", user_id)
        for spelling in spellings:
            if spelling:
                self._people.setdefault(spelling, user_id)

    def person(self, name: str, user_id: str | None = None) -> str:
        """A word like `user-1`, or `user-1@example.invalid` where the name is an address; the server's own accounts stay."""
        if name in OWN_NAMES or not name:
            return name
        word = self.thing("user", user_id or self._people.get(name, name))
        return f"{word}@{_MAIL_DOMAIN}" if "@" in name else word

    def full_name(self, name: str, user_id: str | None = None) -> str:
        """`User 1`."""
        if name in OWN_NAMES or not name:
            return name
        return f"User {self.number('user', user_id or self._people.get(name, name))}"

    def without_people(self, text: str) -> str:
        """Free text without e-mail addresses and without the full names that were met."""
        plain = EMAIL.sub(lambda match: self.person(match[0]), text)
        for name in self._full_names():
            if name in plain:
                plain = plain.replace(name, self.full_name(name))
        return plain

    def _full_names(self) -> list[str]:
        return [name for name in self._people if " " in name and len(name) >= 5]
