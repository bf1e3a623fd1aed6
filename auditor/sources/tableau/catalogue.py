"""The table of Tableau's lists, rules and default rules: path, first version, what can be asked of it.

Versions: reference/tableau-access.md, 1.3, and tableauserverclient's own gates. Which lists know `fields=_all_`:
reference/tableau-api-and-scale.md, 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.model import CONTENT_KINDS, LIST_READ, RULES_READ, Kind, Read
from auditor.sources.tableau.lists import ListSpec
from auditor.sources.tableau.parse_content import CONTENT, project
from auditor.sources.tableau.parse_people import connected_app, group, group_set, user

#: By creation: what is published while we read comes last and moves no page.
_BY_AGE, _BY_NAME = "createdAt:asc", "name:asc"


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One kind of content on Tableau: its path, its list's version, its rules' and its default rules' versions."""

    kind: Kind
    plural: str
    since: str
    rules_since: str
    defaults_segment: str | None = None
    defaults_since: str = "99"
    until: str | None = None
    all_fields: bool = False
    sort: str | None = None


KINDS: tuple[KindSpec, ...] = (
    KindSpec(Kind.WORKBOOK, "workbooks", "2.0", "2.0", "workbooks", "2.1", all_fields=True, sort=_BY_AGE),
    KindSpec(Kind.VIEW, "views", "2.2", "3.2", all_fields=True, sort=_BY_AGE),
    KindSpec(Kind.DATASOURCE, "datasources", "2.0", "2.0", "datasources", "2.1", all_fields=True, sort=_BY_AGE),
    KindSpec(Kind.FLOW, "flows", "3.3", "3.3", "flows", "3.4", sort=_BY_AGE),
    KindSpec(Kind.VIRTUAL_CONNECTION, "virtualConnections", "3.18", "3.22", "virtualConnections", "3.23"),
    KindSpec(Kind.DATABASE, "databases", "3.5", "3.5", "databases", "3.23"),
    KindSpec(Kind.TABLE, "tables", "3.5", "3.5", "tables", "3.23"),
    KindSpec(Kind.METRIC, "metrics", "3.9", "3.9", "metrics", "3.9", until="3.21"),
)
KIND: Mapping[Kind, KindSpec] = {spec.kind: spec for spec in KINDS}

#: Kinds whose default rules exist though no list of them does (segment, since, until).
DEFAULTS_ONLY: Mapping[Kind, tuple[str, str, str | None]] = {
    Kind.DATA_ROLE: ("dataroles", "3.4", None),
    Kind.LENS: ("lenses", "3.4", "3.21"),
}

LISTS: Mapping[Read, ListSpec[Any]] = {
    Read.PROJECTS: ListSpec(
        Read.PROJECTS, Kind.PROJECT, ("projects",), "projects", "project", project, all_fields=True, sort=_BY_AGE
    ),
    Read.USERS: ListSpec(Read.USERS, Kind.USER, ("users",), "users", "user", user, all_fields=True, sort=_BY_NAME),
    Read.GROUPS: ListSpec(
        Read.GROUPS, Kind.GROUP, ("groups",), "groups", "group", group, all_fields=True, sort=_BY_NAME
    ),
    Read.GROUP_SETS: ListSpec(
        Read.GROUP_SETS, Kind.GROUP, ("groupsets",), "groupSets", "groupSet", group_set, since="3.22"
    ),
    Read.CONNECTED_APPS: ListSpec(
        Read.CONNECTED_APPS,
        Kind.SITE,
        ("connected-applications",),
        "connectedApplications",
        "connectedApplication",
        connected_app,
        since="3.14",
    ),
    **{
        LIST_READ[spec.kind]: ListSpec(
            LIST_READ[spec.kind],
            spec.kind,
            (spec.plural,),
            spec.plural,
            spec.plural.removesuffix("s"),
            CONTENT[spec.kind],
            since=spec.since,
            until=spec.until,
            all_fields=spec.all_fields,
            sort=spec.sort,
        )
        for spec in KINDS
    },
}

#: Reads of Tableau's REST API that no endpoint serves.
NO_LIST = frozenset({Read.DATA_ROLES, Read.LENSES})
RULE_READS: Mapping[Read, Kind] = {read: kind for kind, read in RULES_READ.items() if kind in CONTENT_KINDS}


def defaults_segment(kind: Kind, *, at_least: Any) -> str | None:
    """The path segment of a kind's default rules, None where the server's version has none.

    `at_least` says whether the server speaks a version.
    """
    if kind in DEFAULTS_ONLY:
        segment, since, until = DEFAULTS_ONLY[kind]
        return segment if at_least(since) and not _past(until, at_least) else None
    spec = KIND.get(kind)
    if (
        spec is None
        or spec.defaults_segment is None
        or not at_least(spec.defaults_since)
        or _past(spec.until, at_least)
    ):
        return None
    return spec.defaults_segment


def exists(spec: ListSpec[Any], *, at_least: Any) -> bool:
    """Does the server's version have this list?"""
    return bool(at_least(spec.since)) and not _past(spec.until, at_least)


def _past(until: str | None, at_least: Any) -> bool:
    if until is None:
        return False
    major, _, minor = until.partition(".")
    return bool(at_least(f"{major}.{int(minor) + 1}"))
