"""Which reads rest on which: rules on their lists, lists on the projects that give them a path."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model import LIST_READ, RULES_READ, Kind, Read
from auditor.sources.tableau.catalogue import LISTS, NO_LIST

_KINDS = tuple(kind for kind in RULES_READ if kind is not Kind.PROJECT)

_ALSO: Mapping[Read, frozenset[Read]] = {
    **{LIST_READ[kind]: frozenset({Read.PROJECTS}) for kind in _KINDS},
    **{RULES_READ[kind]: frozenset({LIST_READ[kind]}) for kind in _KINDS},
    Read.VIEWS: frozenset({Read.WORKBOOKS}),
    Read.TABLES: frozenset({Read.DATABASES, Read.PROJECTS}),
    Read.VIEW_PERMISSIONS: frozenset({Read.VIEWS, Read.WORKBOOK_PERMISSIONS}),
    Read.PROJECT_PERMISSIONS: frozenset({Read.PROJECTS}),
    Read.DEFAULT_PERMISSIONS: frozenset({Read.PROJECTS}),
    Read.GROUP_MEMBERS: frozenset({Read.GROUPS}),
    Read.GROUP_SETS: frozenset({Read.GROUPS}),
    Read.WORKBOOK_CONNECTIONS: frozenset({Read.WORKBOOKS}),
    Read.DATASOURCE_CONNECTIONS: frozenset({Read.DATASOURCES}),
}

#: Everything that the REST API serves to an audit but data about columns and files, which other readers bring.
ALL_READS: frozenset[Read] = (
    frozenset(LISTS)
    | frozenset(RULES_READ.values())
    | {
        Read.SITE,
        Read.EMBEDDING,
        Read.EXTENSIONS,
        Read.SERVER_INFO,
        Read.DEFAULT_PERMISSIONS,
        Read.GROUP_MEMBERS,
        Read.WORKBOOK_CONNECTIONS,
        Read.DATASOURCE_CONNECTIONS,
    }
) - {Read.DATA_ROLE_PERMISSIONS, Read.LENS_PERMISSIONS}


def closure(needs: frozenset[Read]) -> frozenset[Read]:
    """The reads asked for and all that they rest on, within what this source can read."""
    found: set[Read] = {Read.SERVER_INFO}
    todo = set(needs) & (ALL_READS | NO_LIST)
    while todo:
        read = todo.pop()
        if read not in found:
            found.add(read)
            todo |= _ALSO.get(read, frozenset())
    return frozenset(found)
