"""Whom the rules of a policy test's site name: somebody who is not on that site is a slip, not a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from auditor.errors import InvalidFileError
from auditor.policy.marked_yaml import Document, Place
from auditor.policy.names import nearest
from auditor.policy.problems import part_at

if TYPE_CHECKING:
    from auditor.policy.testing import SiteModel

#: On every site: the group of everybody, the account of visitors without one, and who owns what nobody else owns.
ALWAYS = ("All Users", "guest", "admin")
_TABLES = ("projects", "workbooks", "datasources", "flows", "virtual_connections")


def unknown_grantees(document: Document, case: int, site: SiteModel) -> Iterator[InvalidFileError]:
    """A fault for each name under `allow` or `deny` that is neither a group nor an account of the case's site."""
    known = (*ALWAYS, *site.groups, *site.users)
    place: Place = ("cases", case, "site")
    for block, data in _blocks(document, place):
        for mode in ("allow", "deny"):
            for name in data.get(mode) or ():
                if name not in known:
                    meant = nearest(name, known)
                    yield document.error(
                        (*block, mode, name),
                        f"There is no group and no account '{name}' on this site.",
                        f"Did you mean '{meant}'?" if meant else f"Add it to the site: `groups: {{{name}: []}}`.",
                    )


def _blocks(document: Document, site: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    case = part_at(document, site[:-1])
    for table in _TABLES:
        for path, item in (case.get("site", {}).get(table) or {}).items():
            place: Place = (*site, table, path)
            yield place, item
            for below in ("defaults", "views"):
                for name, block in (item.get(below) or {}).items():
                    yield (*place, below, name), block
