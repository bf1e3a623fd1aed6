"""Rules, members and connections as plain JSON for the checkpoint, and back, checked."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from pydantic import TypeAdapter, ValidationError

from auditor.model import Connection, Grantee, GranteeKind, Mode, Rule, RuleSet
from auditor.sources.tableau.plan import RuleTask

_Row = tuple[GranteeKind, str, str, str, Mode]
_RULES = TypeAdapter(tuple[list[_Row], str | None])
_MEMBERS = TypeAdapter(list[str])
_CONNECTIONS = TypeAdapter(list[tuple[str, str | None, str | None, str | None, bool | None, str | None, str | None]])


def key_of(task: RuleTask) -> str:
    """What names a task's answer in the checkpoint."""
    return f"{task.read} {task.subject.id} {task.of or ''}"


def rules_to_json(rules: RuleSet, parent: str | None) -> Any:
    """Rules and the project that governs them, as the server named it."""
    rows = [[r.grantee.kind, r.grantee.id, r.grantee.word, r.capability, r.mode] for r in rules.rules]
    return [rows, parent]


def rules_from_json(found: Any) -> tuple[RuleSet, str | None] | None:
    """The same back; None for anything else."""
    try:
        rows, parent = _RULES.validate_python(found)
    except ValidationError:
        return None
    return RuleSet.of([Rule(Grantee(kind, one, word), name, mode) for kind, one, word, name, mode in rows]), parent


def members_from_json(found: Any) -> frozenset[str] | None:
    """Members of a group; None for anything else."""
    try:
        return frozenset(_MEMBERS.validate_python(found))
    except ValidationError:
        return None


def connections_to_json(found: tuple[Connection, ...]) -> Any:
    """Connections as rows."""
    return [list(astuple(one)) for one in found]


def connections_from_json(found: Any) -> tuple[Connection, ...] | None:
    """The same back; None for anything else."""
    try:
        return tuple(Connection(*row) for row in _CONNECTIONS.validate_python(found))
    except ValidationError:
        return None
