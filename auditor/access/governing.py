"""Which project governs: locks, and what is not known about them (reference/tableau-access.md, 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from auditor.access.decision import NO_READS
from auditor.model import Lock, Project, Read, Snapshot, project_chain

#: Stands for a project above that could not be read and may hold a lock over everything below.
UNREADABLE: Final = "\0unreadable"

#: The words of Tableau's dialogue for a project's setting.
LOCK_WORDS: Final[dict[Lock, str]] = {
    Lock.CUSTOMIZABLE: "Asset permissions: customizable",
    Lock.LOCKED: "Asset permissions: locked (including nested projects)",
    Lock.LOCKED_WITHOUT_NESTED: "Asset permissions: locked (this project only)",
    Lock.UNKNOWN: "Asset permissions: not known",
}


@dataclass(frozen=True, slots=True)
class Controllers:
    """Every project that may govern, most likely first; None: nothing is locked, objects keep their own rules.

    More than one option means that a lock was not read, or that our reading of the locks and the server's
    `controllingPermissionsProjectId` disagree. `reads` name what would settle it; `notes` say what disagrees.
    """

    options: tuple[str | None, ...]
    reads: frozenset[str] = NO_READS
    notes: tuple[str, ...] = ()


def content_controllers(snapshot: Snapshot, project_id: str) -> Controllers:
    """Who governs the direct content of a project."""
    chain = project_chain(snapshot, project_id)
    if not chain:
        return Controllers((None, UNREADABLE), frozenset({Read.PROJECTS}))
    top = _highest_lock(chain)
    if top >= 0:
        options: list[str | None] = [chain[top].id]
    else:
        options = _own_lock(chain[0])
    above = [project.id for project in chain[max(top, 0) + 1 :] if project.lock is Lock.UNKNOWN]
    return _weigh(snapshot, chain, [*options, *above], top)


def project_controllers(snapshot: Snapshot, project_id: str) -> Controllers:
    """Whose rules govern a project itself: its own (None), or those of the ancestor whose lock includes nested projects."""
    chain = project_chain(snapshot, project_id)
    if not chain:
        return Controllers((None, UNREADABLE), frozenset({Read.PROJECTS}))
    top = _highest_lock(chain)
    options: list[str | None] = [chain[top].id if top > 0 else None]
    above = [project.id for project in chain[max(top, 0) + 1 :] if project.lock is Lock.UNKNOWN]
    found = _weigh(snapshot, chain, [*options, *above], top)
    own = tuple(None if option == project_id else option for option in found.options)
    return Controllers(tuple(dict.fromkeys(own)), found.reads if len(set(own)) > 1 else NO_READS, found.notes)


def is_broken(chain: tuple[Project, ...]) -> bool:
    """Is there a project above the chain that could not be read (or do the parents run in a circle)?"""
    return not chain or chain[-1].parent_id is not None


def _highest_lock(chain: tuple[Project, ...]) -> int:
    return max((place for place, project in enumerate(chain) if project.lock is Lock.LOCKED), default=-1)


def _own_lock(project: Project) -> list[str | None]:
    match project.lock:
        case Lock.CUSTOMIZABLE:
            return [None]
        case Lock.LOCKED | Lock.LOCKED_WITHOUT_NESTED:
            return [project.id]
        case Lock.UNKNOWN:
            return [project.id, None]


def _weigh(snapshot: Snapshot, chain: tuple[Project, ...], options: list[str | None], top: int) -> Controllers:
    """Add what an unreadable ancestor may hold and what the server itself says, with a note where they disagree."""
    project, notes = chain[0], list[str]()
    if is_broken(chain):
        options = [*options, UNREADABLE]
    said = project.controlling_id
    agrees = said is None or said in options or (said == project.id and options == [None])
    if not agrees:
        options = [*options, None if said == project.id and project.lock is Lock.CUSTOMIZABLE else said]
        named = snapshot.projects.get(said or "")
        notes.append(
            f"The server names {f'project “{named.name}”' if named else 'a project that could not be read'} as the one that "
            f"controls the permissions of “{project.name}”; the locks that were read say otherwise. Both were weighed."
        )
    if top > 0:
        loose = [p.name for p in chain[:top] if p.lock is Lock.CUSTOMIZABLE]
        notes.extend(
            f"Project “{name}” is reported as customizable below “{chain[top].name}”, which is locked including nested "
            "projects; the lock above was taken to hold."
            for name in loose
        )
    several = tuple(dict.fromkeys(options))
    return Controllers(several, frozenset({Read.PROJECTS}) if len(several) > 1 else NO_READS, tuple(notes))
