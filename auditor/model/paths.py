"""Paths of content: "Public / Justice / Firearms". A "/" in a name is written "//"."""

from __future__ import annotations

from auditor.model.facts import Content, Project, Subject
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Kind

SEPARATOR = " / "
PERSONAL_SPACE = "(personal space)"
UNREADABLE = "(unreadable)"
#: `Provenance.platform` of files that are not on a server yet.
FILE_PLATFORM = "file"


def escape_name(name: str) -> str:
    """A name as a part of a path."""
    return name.replace("/", "//")


def join_path(parts: tuple[str, ...]) -> str:
    """The printed form of a path."""
    return SEPARATOR.join(escape_name(part) for part in parts)


def split_path(text: str) -> tuple[str, ...]:
    """The names in a written path: "/" separates, "//" is a slash in a name, blanks around separators do not count."""
    parts: list[str] = []
    current: list[str] = []
    place = 0
    while place < len(text):
        if text.startswith("//", place):
            current.append("/")
            place += 2
        elif text[place] == "/":
            parts.append("".join(current).strip())
            current = []
            place += 1
        else:
            current.append(text[place])
            place += 1
    parts.append("".join(current).strip())
    return tuple(part for part in parts if part)


def project_chain(snapshot: Snapshot, project_id: str | None) -> tuple[Project, ...]:
    """The project and its ancestors, innermost first. Stops at a parent that is not in the snapshot, or at a cycle."""
    chain: list[Project] = []
    seen: set[str] = set()
    while project_id is not None and project_id not in seen:
        seen.add(project_id)
        project = snapshot.projects.get(project_id)
        if project is None:
            break
        chain.append(project)
        project_id = project.parent_id
    return tuple(chain)


def project_parts(snapshot: Snapshot, project_id: str | None) -> tuple[str, ...]:
    """The names from the top-level project down to the project; an unreadable ancestor is shown as such."""
    kept = snapshot.kept_paths.get(project_id)
    if kept is None:
        kept = snapshot.kept_paths[project_id] = _project_parts(snapshot, project_id)
    return kept


def _project_parts(snapshot: Snapshot, project_id: str | None) -> tuple[str, ...]:
    chain = project_chain(snapshot, project_id)
    names = tuple(project.name for project in reversed(chain))
    missing = project_id is not None and (not chain or (chain[-1].parent_id or "") != "")
    return (UNREADABLE, *names) if missing else names


def path_parts(snapshot: Snapshot, subject: Subject) -> tuple[str, ...]:
    """The names on the way to a subject, its own last."""
    if isinstance(subject, Project):
        return project_parts(snapshot, subject.id)
    parent = snapshot.parent_of(subject)
    if parent is not None:
        return (*path_parts(snapshot, parent), subject.name)
    return (*_container_parts(snapshot, subject), subject.name)


def _container_parts(snapshot: Snapshot, item: Content) -> tuple[str, ...]:
    if item.project_id is not None:
        return project_parts(snapshot, item.project_id)
    if snapshot.provenance.platform == FILE_PLATFORM:
        return ()  # not published: no project holds it
    if item.personal_space:
        return (PERSONAL_SPACE,)
    return (UNREADABLE,) if item.kind is not Kind.DATABASE else ()


def path_of(snapshot: Snapshot, subject: Subject) -> str:
    """The printed path of a subject."""
    return join_path(path_parts(snapshot, subject))
