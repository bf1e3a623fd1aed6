"""Warnings about a policy on one site: what it names and the site does not have."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.audience import resolve
from auditor.model import Project, Read, Snapshot
from auditor.policy import Policy, PolicyRule
from auditor.policy.globs import name_matches
from auditor.policy.selecting import Selection, in_projects


def oddities(policy: Policy, snapshot: Snapshot) -> tuple[str, ...]:
    """Each once, in the order of the rules."""
    found: dict[str, None] = {}
    for name, audience in policy.audiences.items():
        if any(name in getattr(rule.requirement, "audience", ()) for rule in policy.rules):
            found |= dict.fromkeys(resolve(audience, snapshot).warnings)
    for rule in policy.rules:
        found |= dict.fromkeys(_globs(rule, snapshot))
    return tuple(found)


def _globs(rule: PolicyRule, snapshot: Snapshot) -> Iterator[str]:
    for selection in (rule.select, rule.select.exclude):
        if selection is not None:
            yield from _unmatched(rule, selection, snapshot)


def _unmatched(rule: PolicyRule, selection: Selection, snapshot: Snapshot) -> Iterator[str]:
    if snapshot.ledger.is_complete(Read.PROJECTS):
        projects: list[Project] = list(snapshot.projects.values())
        for glob in selection.projects or ():
            if not any(in_projects((glob,), snapshot, project) for project in projects):
                yield f"No project of this site fits '{glob}'; rules that select by it judge nothing there."
    for glob in selection.names or ():
        if not any(name_matches(glob, subject.name) for subject in snapshot.subjects()):
            yield f"{rule.id} ({rule.file}:{rule.line}): nothing on this site is named like '{glob}'."
