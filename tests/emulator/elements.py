"""Each thing as the element that the server sends. `everything` is `fields=_all_` (tableau-api-and-scale.md, 1.1)."""

from __future__ import annotations

from collections.abc import Callable

from tests.emulator import people
from tests.emulator.content import Content, Database, Datasource, Table, View, VirtualConnection, Workbook
from tests.emulator.people import finished
from tests.emulator.project import Project
from tests.emulator.rules import controlling, reported_lock
from tests.emulator.things import User
from tests.emulator.xml import Value, el


def tags(labels: list[str]) -> str:
    return el("tags", None, *(el("tag", {"label": label}) for label in labels))


def owner(user: User, *, everything: bool) -> str:
    if not everything:
        return el("owner", {"id": user.luid, "name": user.name})
    return el(
        "owner",
        {
            "id": user.luid,
            "name": user.name,
            "fullName": user.extra.get("fullName", user.name),
            "email": user.extra.get("email"),
            "siteRole": user.role,
            "lastLogin": user.extra.get("lastLogin"),
        },
    )


def place(item: Content | View, *, everything: bool) -> dict[str, str]:
    """The project, and the location that also exists where there is no project (section 2.8)."""
    project = item.project
    if project is None:
        return {
            "location": el(
                "location",
                {"id": item.owner.luid, "type": "PersonalSpace", "name": item.owner.name if everything else None},
            )
        }
    return {
        "project": el(
            "project",
            {"id": project.luid, "name": project.name, "description": project.description if everything else None},
        ),
        "location": el(
            "location", {"id": project.luid, "type": "Project", "name": project.name if everything else None}
        ),
    }


def project(thing: Project, *, everything: bool) -> str:
    governing = controlling(thing)
    controller = governing.luid if governing is not None else thing.luid if thing.site.own_id_when_unlocked else None
    attributes: dict[str, Value] = {
        "id": thing.luid,
        "name": thing.name,
        "description": thing.description,
        "createdAt": thing.created,
        "updatedAt": thing.updated,
        "contentPermissions": reported_lock(thing),
        "parentProjectId": thing.parent.luid if thing.parent else None,
        "controllingPermissionsProjectId": controller,
    }
    children = {"owner": owner(thing.owner, everything=True) if everything else el("owner", {"id": thing.owner.luid})}
    if everything:
        attributes |= {"topLevelProject": thing.parent is None, "writeable": True}
        books = [c for c in thing.contents if isinstance(c, Workbook)]
        children["contentsCounts"] = el(
            "contentsCounts",
            {
                "projectCount": len(thing.children),
                "workbookCount": len(books),
                "viewCount": sum(len(b.views) for b in books),
                "datasourceCount": sum(isinstance(c, Datasource) for c in thing.contents),
            },
        )
    return finished(thing, attributes, children)


def workbook(thing: Workbook, *, everything: bool, with_views: bool = False) -> str:
    attributes: dict[str, Value] = {
        "id": thing.luid,
        "name": thing.name,
        "description": thing.description,
        "contentUrl": thing.content_url,
        "webpageUrl": f"http://tableau.example/#/site/{thing.site.content_url}/workbooks/{thing.number}",
        "showTabs": thing.tabs,
        "size": max(1, len(thing.content or b"") >> 20),
        "createdAt": thing.created,
        "updatedAt": thing.updated,
        "encryptExtracts": False,
        "defaultViewId": thing.views[0].luid if thing.views else None,
    }
    if everything:
        attributes |= {
            "sheetCount": len(thing.views),
            "hasExtracts": thing.has_extracts,
            "lastPublishedAt": thing.updated,
        }
    children = {
        **place(thing, everything=everything),
        "owner": owner(thing.owner, everything=everything),
        "tags": tags(thing.tags),
    }
    if with_views:
        children["views"] = el("views", None, *(view(v, everything=False, bare=True) for v in thing.views))
    children["dataAccelerationConfig"] = el("dataAccelerationConfig", {"accelerationEnabled": False})
    return finished(thing, attributes, children)


def view(thing: View, *, everything: bool, bare: bool = False) -> str:
    """A view; `bare` is how it stands in its workbook's own list of views."""
    book = thing.workbook
    attributes: dict[str, Value] = {
        "id": thing.luid,
        "name": thing.name,
        "contentUrl": f"{book.content_url}/sheets/{thing.url_name}",
        "createdAt": thing.created,
        "updatedAt": thing.updated,
        "viewUrlName": thing.url_name,
        "hidden": thing.hidden,
    }
    if bare:
        return finished(thing, attributes, {"tags": tags(thing.tags)})
    inner: dict[str, Value] = {"id": book.luid}
    if everything:
        attributes |= {"sheetType": thing.sheet_type, "favoritesTotal": 0}
        inner |= {
            "name": book.name,
            "contentUrl": book.content_url,
            "showTabs": book.tabs,
            "size": 1,
            "createdAt": book.created,
            "updatedAt": book.updated,
            "sheetCount": len(book.views),
            "hasExtracts": book.has_extracts,
        }
    children = {
        "workbook": el("workbook", inner, *([el("tags")] if everything else [])),
        "owner": owner(thing.owner, everything=True) if everything else el("owner", {"id": thing.owner.luid}),
        **place(thing, everything=everything),
        "tags": tags(thing.tags),
    }
    if everything:
        children["usage"] = el("usage", {"totalViewCount": thing.visits})
    return finished(thing, attributes, children)


def datasource(thing: Datasource, *, everything: bool) -> str:
    attributes: dict[str, Value] = {
        "id": thing.luid,
        "name": thing.name,
        "description": thing.description,
        "contentUrl": thing.name.replace(" ", ""),
        "type": thing.connection_type,
        "createdAt": thing.created,
        "updatedAt": thing.updated,
        "encryptExtracts": False,
        "hasExtracts": thing.has_extracts,
        "isCertified": thing.certified,
        "useRemoteQueryAgent": False,
        "webpageUrl": f"http://tableau.example/#/site/{thing.site.content_url}/datasources/{thing.number}",
    }
    if everything:
        attributes |= {
            "isPublished": True,
            "connectedWorkbooksCount": len(thing.used_by),
            "serverName": "localhost",
            "size": 1,
            "hasAlert": False,
            "favoritesTotal": 0,
        }
    children = {
        **place(thing, everything=everything),
        "owner": owner(thing.owner, everything=True) if everything else el("owner", {"id": thing.owner.luid}),
        "tags": tags(thing.tags),
    }
    children.pop("location", None)
    return finished(thing, attributes, children)


def other(thing: Content, *, everything: bool) -> str:
    """Flows, virtual connections, databases and tables."""
    attributes: dict[str, Value] = {"id": thing.luid, "name": thing.name, "description": thing.description}
    children = {**place(thing, everything=False), "owner": el("owner", {"id": thing.owner.luid})}
    children.pop("location", None)
    if isinstance(thing, Database):
        attributes |= {
            "connectionType": thing.connection_type,
            "isEmbedded": False,
            "isCertified": thing.certified,
            "type": "DatabaseServer",
            "hostName": "db.example",
            "contentPermissions": "ManagedByOwner",
        }
        return finished(
            thing, attributes, {"contact": el("contact", {"id": thing.owner.luid, "name": thing.owner.name})}
        )
    if isinstance(thing, Table):
        attributes |= {"isEmbedded": False, "isCertified": thing.certified, "schema": thing.schema}
        return finished(
            thing, attributes, {"contact": el("contact", {"id": thing.owner.luid, "name": thing.owner.name})}
        )
    attributes |= {
        "createdAt": thing.created,
        "updatedAt": thing.updated,
        "webpageUrl": f"http://tableau.example/#/{thing.plural.lower()}/{thing.number}",
    }
    if isinstance(thing, VirtualConnection):
        attributes |= {"hasExtracts": thing.has_extracts, "isCertified": thing.certified}
    else:
        attributes["fileType"] = thing.file_type
        children["tags"] = tags(thing.tags)
    return finished(thing, attributes, children)


Renderer = Callable[..., str]
BY_KIND: dict[str, Renderer] = {
    "project": project,
    "workbook": workbook,
    "view": view,
    "datasource": datasource,
    "flow": other,
    "virtualConnection": other,
    "database": other,
    "table": other,
    "user": people.user,
    "group": people.group,
    "groupSet": people.group_set,
}
