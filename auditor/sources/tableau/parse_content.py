"""Projects and content from their elements. Each function raises MalformedError only where not even an id is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from sys import intern
from xml.etree.ElementTree import Element

from auditor.model import Connection, Content, Kind, Lock, Project
from auditor.sources.tableau.xml import child_attribute, children, flag, local, number, yes_or_no

#: contentPermissions (reference/tableau-access.md, 2.5).
_LOCKS = {
    "ManagedByOwner": Lock.CUSTOMIZABLE,
    "LockedToProject": Lock.LOCKED,
    "LockedToProjectWithoutNested": Lock.LOCKED_WITHOUT_NESTED,
}


_WEB = ("https://", "http://")
_PLACES = {"PersonalSpace": True, "Project": False}


class MalformedError(Exception):
    """An element that cannot be told from others. The message says what is wrong with it."""


def required_id(element: Element, attribute: str = "id") -> str:
    """The element's id, or MalformedError naming what else is known of it."""
    found = (element.get(attribute) or "").strip()
    if not found:
        name = element.get("name") or "no name"
        raise MalformedError(f"the server sent a {local(element)} without an id ({name[:80]})")
    return found


def required_name(element: Element) -> str:
    """The element's name, which policies select by; MalformedError where the server left it out."""
    found = element.get("name")
    if found is None:
        raise MalformedError(f"the server sent a {local(element)} without a name ({required_id(element)})")
    return found


def text(element: Element, attribute: str) -> str | None:
    """A text, None where the attribute is missing or empty."""
    return element.get(attribute) or None


def project(element: Element) -> Project:
    """A project. A lock that the server left out, or named by a word we do not know, is UNKNOWN."""
    return Project(
        id=required_id(element),
        name=required_name(element),
        parent_id=text(element, "parentProjectId"),
        owner_id=child_attribute(element, "owner", "id"),
        lock=_LOCKS.get(element.get("contentPermissions", ""), Lock.UNKNOWN),
        controlling_id=text(element, "controllingPermissionsProjectId"),
        description=element.get("description"),
        created_at=text(element, "createdAt"),
        updated_at=text(element, "updatedAt"),
    )


def content(kind: Kind) -> Callable[[Element], Content]:
    """The parser of one kind of content. A large site has hundreds of thousands of items: it goes over each once.

    Ids that many items share (projects, owners, the workbooks of views) are kept as one string each.
    """
    named_by_others = kind in {Kind.WORKBOOK, Kind.DATABASE}
    type_attribute = "type" if kind is Kind.DATASOURCE else "connectionType"

    def one(element: Element) -> Content:
        below: dict[str, Element] = {}
        for part in element:
            below.setdefault(local(part), part)
        get = element.attrib.get
        identity = required_id(element)
        usage = below.get("usage")
        project_id = _named(below.get("project"))
        created_at, updated_at = get("createdAt") or None, get("updatedAt") or None
        published_at = get("lastPublishedAt") or None
        web_url = get("webpageUrl")
        return Content(
            kind=kind,
            id=intern(identity) if named_by_others else identity,
            name=required_name(element),
            project_id=project_id,
            owner_id=_named(below.get("owner")) or _named(below.get("contact")),
            parent_id=_parent(kind, element, below),
            personal_space=_personal_space(below.get("location")) if project_id is None else False,
            tabs_shown=yes_or_no(get("showTabs")),
            hidden=yes_or_no(get("hidden")),
            certified=yes_or_no(get("isCertified")),
            has_extracts=yes_or_no(get("hasExtracts")),
            tags=_tags(below.get("tags")),
            content_url=get("contentUrl") or None,
            web_url=web_url if web_url is not None and web_url.startswith(_WEB) else None,
            sheet_type=_shared(get("sheetType")),
            description=get("description"),
            type=_shared(get(type_attribute)),
            created_at=created_at,
            updated_at=created_at if updated_at == created_at else updated_at,
            last_published_at=updated_at if published_at == updated_at else published_at,
            use_remote_query_agent=yes_or_no(get("useRemoteQueryAgent")),
            views_total=number(usage.get("totalViewCount")) if usage is not None else None,
        )

    return one


def _shared(value: str | None) -> str | None:
    """The value as one string for all items that have it; None where it is missing or empty."""
    return intern(value) if value else None


def _named(element: Element | None) -> str | None:
    """The id of a neighbour (project, owner, workbook) that the item names."""
    found = element.get("id") if element is not None else None
    return intern(found) if found else None


def _parent(kind: Kind, element: Element, below: Mapping[str, Element]) -> str | None:
    match kind:
        case Kind.VIEW:
            return _named(below.get("workbook"))
        case Kind.TABLE:
            return _named(below.get("database")) or _shared(element.get("databaseId"))
        case _:
            return None


def _personal_space(location: Element | None) -> bool | None:
    """In somebody's personal space? None where neither project nor place is told (tableau-access.md, 2.8)."""
    return _PLACES.get(location.get("type", "")) if location is not None else None


def _tags(holder: Element | None) -> tuple[str, ...]:
    if holder is None or len(holder) == 0:
        return ()
    return tuple(intern(label) for tag in children(holder, "tag") if (label := tag.get("label")))


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
