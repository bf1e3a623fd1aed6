"""What each site role can hold at most: reference/tableau-access.md, section 3, as a table.

Each row: kind, capabilities, and one mark for Creator, ExplorerCanPublish, Explorer, Viewer and Guest:
`y` can hold, `-` never, `?` not verified: assumed to hold, and said so in the proof. `*` of the reference ("can be
granted, documented as not possible") is `-`. Rows that the reference does not have are `?` but for Guest, whose list is
documented as complete for what changes things. Guest has its own column: it can hold more than a Viewer.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from auditor.model import CONTENT_KINDS, Kind


class Role(StrEnum):
    """The classes of site roles that differ in what they can hold."""

    ADMIN = "admin"
    CREATOR = "Creator"
    EXPLORER_CAN_PUBLISH = "ExplorerCanPublish"
    EXPLORER = "Explorer"
    VIEWER = "Viewer"
    GUEST = "Guest"
    NONE = "Unlicensed"


class Ceiling(StrEnum):
    """Can the role hold the capability at all?"""

    YES = "y"
    NO = "-"
    UNVERIFIED = "?"


#: The server's words for site roles. A word that is not here could stand for any role.
ROLE_WORDS: Final[dict[str, Role]] = {
    "ServerAdministrator": Role.ADMIN,
    "SiteAdministrator": Role.ADMIN,
    "SiteAdministratorCreator": Role.ADMIN,
    "SiteAdministratorExplorer": Role.ADMIN,
    "Creator": Role.CREATOR,
    "ExplorerCanPublish": Role.EXPLORER_CAN_PUBLISH,
    "Publisher": Role.EXPLORER_CAN_PUBLISH,
    "Explorer": Role.EXPLORER,
    "Interactor": Role.EXPLORER,
    "Viewer": Role.VIEWER,
    "ViewerWithPublish": Role.VIEWER,
    "ReadOnly": Role.VIEWER,
    "Guest": Role.GUEST,
    "Unlicensed": Role.NONE,
    "UnlicensedWithPublish": Role.NONE,
}

_COLUMNS = (Role.CREATOR, Role.EXPLORER_CAN_PUBLISH, Role.EXPLORER, Role.VIEWER, Role.GUEST)
_WB = (Kind.WORKBOOK, Kind.VIEW)
_MINOR = (Kind.DATA_ROLE, Kind.METRIC)
_UNLISTED = (Kind.DATABASE, Kind.TABLE, Kind.LENS)

_TABLE: Final[tuple[tuple[tuple[Kind, ...], str, str], ...]] = (
    ((Kind.PROJECT,), "Read", "yyyyy"),
    ((Kind.PROJECT,), "Write", "yy---"),
    ((Kind.PROJECT,), "ProjectLeader", "yyyy-"),
    ((Kind.PROJECT, *CONTENT_KINDS), "InheritedProjectLeader", "yyyy-"),
    (_WB, "Read Filter ViewComments", "yyyyy"),
    (_WB, "AddComment", "yyyy-"),
    (_WB, "ExportImage ExportData", "yyyyy"),
    (_WB, "ShareView", "yyy--"),
    (_WB, "ViewUnderlyingData WebAuthoring", "yyy-y"),
    ((Kind.WORKBOOK,), "ExportXml", "yyy-y"),
    (_WB, "RunExplainData", "yyyy?"),
    ((Kind.WORKBOOK,), "Write Overwrite", "yy---"),
    ((Kind.WORKBOOK,), "ChangeHierarchy", "yy---"),
    (_WB, "Delete ChangePermissions", "yy---"),
    (_WB, "CreateRefreshMetrics", "yy---"),  # case 78
    ((Kind.WORKBOOK,), "Connect", "y???-"),  # 2026; Guest can never hold Connect (4.3)
    ((Kind.DATASOURCE,), "Read", "yyyyy"),
    ((Kind.DATASOURCE,), "Connect", "yyyy-"),
    ((Kind.DATASOURCE,), "ExportXml", "yyy-y"),
    ((Kind.DATASOURCE,), "Write Overwrite Delete ChangePermissions", "yy---"),
    ((Kind.DATASOURCE,), "ChangeHierarchy", "yy---"),
    ((Kind.DATASOURCE,), "SaveAs ExtractRefresh PulseMetricDefine VizqlDataApiAccess", "yy???"),
    (_MINOR, "Read", "yyyy?"),
    (_MINOR, "Write Delete ChangePermissions ChangeHierarchy", "yy---"),
    ((Kind.FLOW,), "Read", "yyyy?"),
    ((Kind.FLOW,), "ExportXml", "yyy-?"),
    ((Kind.FLOW,), "Execute Write Overwrite Delete ChangePermissions ChangeHierarchy", "yy---"),
    ((Kind.FLOW,), "WebAuthoringForFlows", "y?---"),
    ((Kind.VIRTUAL_CONNECTION,), "Read Connect", "y???-"),
    ((Kind.VIRTUAL_CONNECTION,), "Write Overwrite Delete ChangePermissions ChangeHierarchy", "y???-"),
    (_UNLISTED, "Read", "y????"),
    (_UNLISTED, "Write Delete ChangePermissions ChangeHierarchy", "y???-"),
)

_CELLS: Final[dict[tuple[Role, Kind, str], Ceiling]] = {
    (role, kind, capability): Ceiling(mark)
    for kinds, capabilities, marks in _TABLE
    for kind in kinds
    for capability in capabilities.split()
    for role, mark in zip(_COLUMNS, marks, strict=True)
}


def role_of(site_role: str) -> Role | None:
    """The class of a site role's word; None where the word could stand for any role."""
    return ROLE_WORDS.get(site_role)


def ceiling(role: Role, kind: Kind, capability: str) -> Ceiling:
    """Can the role hold the capability on the kind? A capability that the table does not know is `UNVERIFIED`."""
    match role:
        case Role.ADMIN:
            return Ceiling.YES
        case Role.NONE:
            return Ceiling.NO
        case _:
            return _CELLS.get((role, kind, capability), Ceiling.UNVERIFIED)
