"""Projects and content from their elements. Each function raises MalformedError only where not even an id is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

from auditor.model import Connection, Content, Kind, Lock, Project
from auditor.sources.tableau.xml import child, child_attribute, children, flag, local, number

#: contentPermissions (reference/tableau-access.md, 2.5).
_LOCKS = {
    "ManagedByOwner": Lock.CUSTOMIZABLE,
    "LockedToProject": Lock.LOCKED,
    "LockedToProjectWithoutNested": Lock.LOCKED_WITHOUT_NESTED,
}


class MalformedError(Exception):
    """An element that cannot be told from others. The message says what is wrong with it."""


def required_id(element: Element, attribute: str = "id") -> str:
    """The element's id, or MalformedError naming what else is known of it."""
    found = (element.get(attribute) or "").strip()
    if not found:
        name = element.get("name") or "no name"
        raise MalformedError(f"the server sent a {local(element)} without an id ({name[:80]})")
    return found


def text(element: Element, attribute: str) -> str | None:
    """A text, None where the attribute is missing or empty."""
    return element.get(attribute) or None


def project(element: Element) -> Project:
    """A project. A lock that the server left out, or named by a word we do not know, is UNKNOWN."""
    return Project(
        id=required_id(element),
        name=element.get("name", ""),
        parent_id=text(element, "parentProjectId"),
        owner_id=child_attribute(element, "owner", "id"),
        lock=_LOCKS.get(element.get("contentPermissions", ""), Lock.UNKNOWN),
        controlling_id=text(element, "controllingPermissionsProjectId"),
        description=element.get("description"),
        created_at=text(element, "createdAt"),
        updated_at=text(element, "updatedAt"),
    )


def content(kind: Kind) -> Callable[[Element], Content]:
    """The parser of one kind of content."""

    def one(element: Element) -> Content:
        project_id = child_attribute(element, "project", "id")
        return Content(
            kind=kind,
            id=required_id(element),
            name=element.get("name", ""),
            project_id=project_id,
            owner_id=child_attribute(element, "owner", "id") or child_attribute(element, "contact", "id"),
            parent_id=_parent(kind, element),
            personal_space=_personal_space(element, project_id),
            tabs_shown=flag(element, "showTabs"),
            hidden=flag(element, "hidden"),
            certified=flag(element, "isCertified"),
            has_extracts=flag(element, "hasExtracts"),
            tags=_tags(element),
            content_url=text(element, "contentUrl"),
            web_url=_web_address(element),
            sheet_type=text(element, "sheetType"),
            description=element.get("description"),
            type=text(element, "type") if kind is Kind.DATASOURCE else text(element, "connectionType"),
            created_at=text(element, "createdAt"),
            updated_at=text(element, "updatedAt"),
            last_published_at=text(element, "lastPublishedAt"),
            use_remote_query_agent=flag(element, "useRemoteQueryAgent"),
            views_total=number(child_attribute(element, "usage", "totalViewCount")),
        )

    return one


def _parent(kind: Kind, element: Element) -> str | None:
    match kind:
        case Kind.VIEW:
            return child_attribute(element, "workbook", "id")
        case Kind.TABLE:
            return child_attribute(element, "database", "id") or text(element, "databaseId")
        case _:
            return None


def _personal_space(element: Element, project_id: str | None) -> bool | None:
    """In somebody's personal space? False in a project; where neither is told, None (tableau-access.md, 2.8)."""
    if project_id is not None:
        return False
    place = child_attribute(element, "location", "type")
    return {"PersonalSpace": True, "Project": False}.get(place) if place is not None else None


def _tags(element: Element) -> tuple[str, ...]:
    holder = child(element, "tags")
    if holder is None:
        return ()
    return tuple(label for tag in children(holder, "tag") if (label := tag.get("label")))


def _web_address(element: Element) -> str | None:
    address = element.get("webpageUrl", "")
    return address if address.startswith(("https://", "http://")) else None


def connection(element: Element) -> Connection:
    """One data connection of a workbook or data source."""
    return Connection(
        id=required_id(element),
        type=text(element, "type") or text(element, "dbClass"),
        server=text(element, "serverAddress"),
        user_name=text(element, "userName") or text(element, "username"),
        embeds_password=flag(element, "embedPassword"),
        datasource_id=child_attribute(element, "datasource", "id"),
        datasource_name=child_attribute(element, "datasource", "name"),
    )


CONTENT: Mapping[Kind, Callable[[Element], Content]] = {
    kind: content(kind)
    for kind in (
        Kind.WORKBOOK,
        Kind.VIEW,
        Kind.DATASOURCE,
        Kind.FLOW,
        Kind.VIRTUAL_CONNECTION,
        Kind.DATABASE,
        Kind.TABLE,
        Kind.METRIC,
    )
}
