"""Objects of a site as the report prints them."""

from __future__ import annotations

from auditor.model import Project, Ref, Snapshot, path_of
from auditor.model.paths import FILE_PLATFORM, UNREADABLE, escape_name
from auditor.model.vocabulary import Kind
from auditor.report.model import Thing


def thing(snapshot: Snapshot, ref: Ref) -> Thing:
    """The object that a reference names. One that was not read keeps its id as name and an "(unreadable)" path."""
    match ref.kind:
        case Kind.SITE:
            origin = snapshot.provenance
            unnamed = "files" if origin.platform == FILE_PLATFORM else "Default"
            name = origin.site_name or origin.site_content_url or unnamed
            return Thing(kind=ref.kind, id=ref.id, name=name, path=escape_name(name), url=origin.server or None)
        case Kind.USER:
            user = snapshot.users.get(ref.id)
            return _named(ref, user.name if user else None)
        case Kind.GROUP:
            group = snapshot.groups.get(ref.id)
            return _named(ref, group.name if group else None)
        case _:
            return _content(snapshot, ref)


def _named(ref: Ref, name: str | None) -> Thing:
    path = escape_name(name) if name is not None else UNREADABLE
    return Thing(kind=ref.kind, id=ref.id, name=name if name is not None else ref.id, path=path)


def _content(snapshot: Snapshot, ref: Ref) -> Thing:
    subject = snapshot.subject(ref)
    if subject is None:
        return Thing(kind=ref.kind, id=ref.id, name=ref.id, path=UNREADABLE)
    url = None if isinstance(subject, Project) else subject.web_url
    return Thing(kind=ref.kind, id=ref.id, name=subject.name, path=path_of(snapshot, subject), url=url)
