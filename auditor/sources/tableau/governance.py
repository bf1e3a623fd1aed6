"""Whose rules hold in a project, from the lists alone (reference/tableau-access.md, 2.4 and 2.5).

Only a certain answer may spare a request. Whatever does not fit together (a parent that cannot be seen, a server's word
against the computed one, an unlocked project below a lock) is uncertain, and then everything is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import Lock, Project


@dataclass(frozen=True, slots=True)
class Governor:
    """`project_id`: the project whose rules and default rules hold, None where each item keeps its own."""

    project_id: str | None
    certain: bool


_OPEN = Governor(None, certain=True)
_UNCERTAIN = Governor(None, certain=False)


def governor(projects: Mapping[str, Project], project_id: str | None) -> Governor:
    """The governor of what lies directly in a project; uncertain for a project that was not listed."""
    project = projects.get(project_id) if project_id is not None else None
    if project is None:
        return _UNCERTAIN
    chain, whole = _chain(projects, project)
    match project.lock:
        case Lock.CUSTOMIZABLE:
            return _UNCERTAIN if any(p.lock is Lock.LOCKED for p in chain[1:]) else _OPEN
        case Lock.LOCKED:
            return _of_lock(project, chain, whole=whole)
        case Lock.LOCKED_WITHOUT_NESTED:
            disputed = project.controlling_id not in (None, project.id)
            return Governor(project.id, certain=not disputed and not any(p.lock is Lock.LOCKED for p in chain[1:]))
        case Lock.UNKNOWN:
            return _UNCERTAIN


def _of_lock(project: Project, chain: list[Project], *, whole: bool) -> Governor:
    """The highest lock above an unbroken row of locks, which the server's own word must confirm if it has one."""
    top = project
    for above in chain[1:]:
        if above.lock is not Lock.LOCKED:
            break
        top = above
    gap = any(p.lock is Lock.LOCKED for p in chain[chain.index(top) + 1 :])
    said = project.controlling_id
    sure = said == top.id if said is not None else whole
    return Governor(top.id, certain=sure and not gap)


def _chain(projects: Mapping[str, Project], project: Project) -> tuple[list[Project], bool]:
    """The project and its ancestors, and whether the row is known to its top."""
    chain, seen = [project], {project.id}
    while (parent_id := chain[-1].parent_id) is not None:
        parent = projects.get(parent_id)
        if parent is None or parent.id in seen:
            return chain, False
        seen.add(parent.id)
        chain.append(parent)
    return chain, True
