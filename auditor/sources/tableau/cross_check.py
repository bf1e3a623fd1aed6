"""The server's own answer to "which workbooks can this user read": `GET users/{id}/workbooks` (issue 3, point 7).

It lists the workbooks that a user owns or may see (reference/tableau-access.md; Tableau's "Query Workbooks for User").
Reads alone: nothing is published or changed to find out.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from auditor.model import Kind, Read, User
from auditor.sources.interface import Progress
from auditor.sources.tableau.connection import Connection
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.lists import ListReader, ListSpec
from auditor.sources.tableau.parse_content import required_id
from auditor.sources.tableau.pool import Pool
from auditor.sources.tableau.settings import TableauSettings

#: Accounts that cannot sign in see nothing, whatever the rules say; the server's list for them proves nothing.
_NOBODY = frozenset({"Unlicensed", "UnlicensedWithPublish"})


@dataclass(frozen=True, slots=True)
class Listed:
    """The ids of the workbooks that the server lists for a user; `reason` where it did not give them (all)."""

    user_id: str
    workbooks: frozenset[str] = frozenset()
    reason: str = ""


def draw(users: Mapping[str, User], count: int, *, seed: int, guest: bool) -> tuple[User, ...]:
    """At most `count` users, the same for the same seed and site; each site role in turn, so that rare ones are tried.

    `guest`: visitors without an account are let in, so that Guest's list means something.
    """
    by_role: defaultdict[str, list[User]] = defaultdict(list)
    for user in sorted(users.values(), key=lambda one: one.id):
        if user.site_role not in _NOBODY and (guest or not user.is_guest):
            by_role[user.site_role].append(user)
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    for found in by_role.values():
        chance.shuffle(found)
    return tuple(_in_turn([by_role[role] for role in sorted(by_role)]))[:count]


def _in_turn(heaps: Sequence[Sequence[User]]) -> Iterator[User]:
    for place in range(max((len(heap) for heap in heaps), default=0)):
        yield from (heap[place] for heap in heaps if place < len(heap))


def listed_workbooks(
    connection: Connection, settings: TableauSettings, users: Sequence[User], *, progress: Progress
) -> tuple[Listed, ...]:
    """What the server lists for each user, in the order of `users`."""
    progress.start("cross-check", len(users))
    found: dict[str, Listed] = {}
    with closing(Pool(settings.workers)) as pool:
        for user, answer in pool.each(users, lambda one: _of(connection, one, settings.page_size)):
            progress.advance("cross-check", 1)
            found[user.id] = Listed(user.id, reason=answer.reason) if isinstance(answer, ReadFailedError) else answer
    return tuple(found[user.id] for user in users)


def _of(connection: Connection, user: User, page_size: int) -> Listed:
    spec = ListSpec(
        Read.WORKBOOKS, Kind.WORKBOOK, ("users", user.id, "workbooks"), "workbooks", "workbook", required_id
    )
    listing = ListReader(connection, spec, page_size=page_size).read()
    reason = listing.misses[0].reason if listing.misses else ""
    return Listed(user.id, frozenset(listing.items), reason)
