"""Stable stand-ins for names: the same name always gets the same one, and nobody can get back from it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

#: Accounts and groups of the server's own, which are nobody's names.
OWN_NAMES = frozenset({"guest", "_system", "_tableau", "All Users"})
EMAIL = re.compile(r"[^\s@<>\"'(),;:]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}", re.IGNORECASE)
_MAIL_DOMAIN = "example.invalid"
#: Words of a full name at most.
_LONGEST_NAME = 4


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
        plain = EMAIL.sub(lambda match: self.person(match[0]), text) if "@" in text else text
        return self._without_full_names(plain) if " " in plain else plain

    def _without_full_names(self, text: str) -> str:
        """Runs of two to four words that are an account's full name are replaced."""
        words = text.split(" ")
        place = 0
        while place < len(words) - 1:
            for length in range(min(_LONGEST_NAME, len(words) - place), 1, -1):
                run = " ".join(words[place : place + length])
                name = run.rstrip(".,;:!?)'\"")
                if name in self._people:
                    words[place : place + length] = [self.full_name(name) + run[len(name) :]]
                    break
            place += 1
        return " ".join(words)
