"""What each read is for: what an audit cannot say without it. And what a site role cannot see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.model import RULES_READ, Kind, Read

_RULES: Final = "who may do what to such content is unknown, unless a lock gives it its project's rules"

MEANING: Final[Mapping[Read, str]] = {
    Read.SITE: "whether visitors without an account are let in, and how the site's switches stand, is unknown",
    Read.EMBEDDING: "where views may be embedded is unknown",
    Read.EXTENSIONS: "which dashboard extensions may run is unknown",
    Read.CONNECTED_APPS: "which applications may embed content, and for whom, is unknown",
    Read.PROJECTS: "locks and paths are unknown, and with them every rule that a project sets",
    Read.WORKBOOKS: "no workbook and no view can be judged",
    Read.VIEWS: "views whose workbook hides its tabs, and which have rules of their own, cannot be judged",
    Read.DATASOURCES: "published data sources cannot be judged, nor what workbooks take from them",
    Read.FLOWS: "flows cannot be judged",
    Read.VIRTUAL_CONNECTIONS: "virtual connections cannot be judged",
    Read.DATABASES: "databases cannot be judged",
    Read.TABLES: "tables cannot be judged",
    Read.METRICS: "metrics cannot be judged",
    Read.USERS: "site roles and their ceilings are unknown: who can do what cannot be told",
    Read.GROUPS: "which group is All Users is unknown: what everyone holds cannot be told",
    Read.GROUP_MEMBERS: "whom a rule for a group reaches is unknown",
    Read.GROUP_SETS: "whom a rule for a group set reaches is unknown",
    Read.DEFAULT_PERMISSIONS: "what content in locked projects allows, and what new content will allow, is unknown",
    Read.WORKBOOK_CONNECTIONS: "whether workbooks carry embedded passwords, and what they query, is unknown",
    Read.DATASOURCE_CONNECTIONS: "whether data sources carry embedded passwords is unknown",
    Read.COLUMNS: "which columns lie under the charts is unknown; rules on columns give 'unknown'",
    **{read: _RULES for kind, read in RULES_READ.items() if kind is not Kind.PROJECT},
    Read.PROJECT_PERMISSIONS: "who may lead, publish to and see a project is unknown",
}

_OWN = (
    "lists hold only content that it may view, rules are shown only for what it owns or leads, settings hardly at all"
)
#: Site role → what an account with it cannot see (reference/tableau-access.md, 2.3; tableau-api-and-scale.md, 1.4).
BLIND: Final[Mapping[str, str]] = {
    "Creator": _OWN,
    "Explorer": _OWN,
    "ExplorerCanPublish": _OWN,
    "Interactor": _OWN,
    "Publisher": _OWN,
    "Viewer": "lists hold only content that it may view; no rules and no settings at all",
    "ReadOnly": "lists hold only content that it may view; no rules and no settings at all",
    "Guest": "it is the account of visitors and sees what they see",
}


def blindness(role: str) -> str:
    """What an account with a site role that is no administrator's cannot see."""
    return BLIND.get(role, "only administrators see a whole site")
