"""Warnings about a policy on one site: what it names and the site does not have."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.audience import resolve
from auditor.model import Project, Read, Snapshot
from auditor.policy import Policy, PolicyRule
from auditor.policy.globs import name_matches
from auditor.policy.parameters import KNOWN
from auditor.policy.places import is_pack, pack
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
        globs = selection.projects or ()
        missing = [glob for glob in globs if not any(in_projects((glob,), snapshot, one) for one in projects)]
        shipped = _shipped_parameter(rule, globs)
        if shipped is None:
            for glob in missing:
                yield f"No project of this site fits '{glob}'; rules that select by it judge nothing there."
        elif len(missing) == len(globs) and shipped != "default_projects":  # a site may well do without Default
            names = " or ".join(f"'{glob}'" for glob in missing)
            yield f"No project of this site fits {names}; set the parameter {shipped} to the projects that are meant."
    for glob in selection.names or ():
        if not any(name_matches(glob, subject.name) for subject in snapshot.subjects()):
            yield f"{rule.id} ({rule.file}:{rule.line}): nothing on this site is named like '{glob}'."


def _shipped_parameter(rule: PolicyRule, globs: tuple[str, ...]) -> str | None:
    """The parameter whose shipped value these globs of a shipped rule are; None where somebody wrote them."""
    if not globs or not is_pack(rule.pack) or rule.file != pack(rule.pack).shown:
        return None
    return next((name for name, parameter in KNOWN.items() if parameter.default == globs), None)
