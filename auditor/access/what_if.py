"""What would change if …: a changed copy of the facts, and the answers that differ.

The server is never asked or touched. Locking and unlocking follow tableau-access.md, 2.5: locking overwrites the rules
of the content (and, including nested projects, of all projects below); unlocking leaves the content with copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar, assert_never

from auditor.access.decision import Decision
from auditor.access.engine import Access
from auditor.access.frame import Frames
from auditor.access.principals import Principal
from auditor.errors import UsageError
from auditor.model import (
    CONTENT_KINDS,
    Content,
    Kind,
    Lock,
    Project,
    Ref,
    Rule,
    RuleSet,
    SettingValue,
    Snapshot,
    project_chain,
)


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """An account joins a group."""

    user_id: str
    group_id: str


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """An account leaves a group."""

    user_id: str
    group_id: str


@dataclass(frozen=True, slots=True)
class SetRole:
    """An account gets another site role (the server's word)."""

    user_id: str
    site_role: str


@dataclass(frozen=True, slots=True)
class SetLock:
    """A project's asset permissions are locked, locked without nested projects, or made customizable."""

    project_id: str
    lock: Lock


@dataclass(frozen=True, slots=True)
class AddRule:
    """A rule is added to an object, or to a project's template for a kind of content."""

    ref: Ref
    rule: Rule
    template: Kind | None = None


@dataclass(frozen=True, slots=True)
class RemoveRule:
    """A rule is taken from an object, or from a project's template for a kind of content."""

    ref: Ref
    rule: Rule
    template: Kind | None = None


@dataclass(frozen=True, slots=True)
class SetSetting:
    """A switch of the site, by the server's name of the attribute."""

    name: str
    value: SettingValue


@dataclass(frozen=True, slots=True)
class ShowTabs:
    """A workbook shows its sheets as tabs, or hides them (its views then keep copies of its rules)."""

    workbook_id: str
    shown: bool


Key = TypeVar("Key")
Change = JoinGroup | LeaveGroup | SetRole | SetLock | AddRule | RemoveRule | SetSetting | ShowTabs


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer before and after."""

    before: Decision
    after: Decision


def what_if(snapshot: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """The facts as they would be after the changes, one after the other. UsageError where a change cannot be made."""
    for change in changes:
        snapshot = _changed(snapshot, change)
    return snapshot


def changed_decisions(
    before: Snapshot,
    after: Snapshot,
    principals: Iterable[Principal] | None = None,
    *,
    kinds: Iterable[Kind] | None = None,
    capabilities: Iterable[str] | None = None,
) -> Iterator[Difference]:
    """The answers that differ, object by object; about all principals where none are given."""
    then, now = Access(before), Access(after)
    asked = tuple(principals) if principals is not None else tuple(then.principals())
    wanted = frozenset(kinds) if kinds is not None else frozenset({Kind.PROJECT, *CONTENT_KINDS})
    named = tuple(capabilities) if capabilities is not None else None
    for subject in after.subjects():
        if subject.kind not in wanted or before.subject(subject.ref) is None:
            continue
        for capability in named or _capabilities(then, now, subject.ref):
            yield from _differing(then, now, asked, subject.ref, capability)


def _capabilities(then: Access, now: Access, ref: Ref) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*then.capabilities_of(ref), *now.capabilities_of(ref))))


def _differing(
    then: Access, now: Access, principals: tuple[Principal, ...], ref: Ref, capability: str
) -> Iterator[Difference]:
    was, will = then.who_can(ref, capability), now.who_can(ref, capability)
    for principal in principals:
        if was.of(principal) is not will.of(principal):
            yield Difference(then.can(principal, ref, capability), now.can(principal, ref, capability))


def _changed(snapshot: Snapshot, change: Change) -> Snapshot:
    match change:
        case JoinGroup(user_id, group_id):
            return _with_members(snapshot, group_id, lambda members: members | {user_id})
        case LeaveGroup(user_id, group_id):
            return _with_members(snapshot, group_id, lambda members: members - {user_id})
        case SetRole(user_id, site_role):
            user = snapshot.users.get(user_id)
            if user is None:
                raise UsageError(f"There is no user {user_id} in this snapshot.")
            return replace(snapshot, users={**snapshot.users, user_id: replace(user, site_role=site_role)})
        case SetLock(project_id, lock):
            return _with_lock(snapshot, project_id, lock)
        case AddRule(ref, rule, template):
            return _with_rules(snapshot, ref, template, lambda rules: RuleSet.of([*rules.rules, rule]))
        case RemoveRule(ref, rule, template):
            return _with_rules(snapshot, ref, template, lambda rules: _without(rules, rule))
        case SetSetting(name, value):
            return replace(snapshot, settings={**snapshot.settings, name: value})
        case ShowTabs(workbook_id, shown):
            return _with_tabs(snapshot, workbook_id, shown=shown)
        case _:
            assert_never(change)


def _with_members(snapshot: Snapshot, group_id: str, change: Callable[[frozenset[str]], frozenset[str]]) -> Snapshot:
    group = snapshot.groups.get(group_id)
    if group is None:
        raise UsageError(f"There is no group {group_id} in this snapshot.")
    if group.is_everyone:
        return snapshot  # every account is in it, and none can leave
    members = snapshot.group_members.get(group_id)
    if members is None:
        raise UsageError(f"The members of group “{group.name}” were not read.", next_step="Read the site again first.")
    return replace(snapshot, group_members={**snapshot.group_members, group_id: change(members)})


def _without(rules: RuleSet, rule: Rule) -> RuleSet:
    if rule not in rules.rules:
        raise UsageError(f"There is no rule {rule.capability} {rule.mode.value} for that grantee there.")
    return RuleSet.of([other for other in rules.rules if other != rule])


def _with_rules(snapshot: Snapshot, ref: Ref, template: Kind | None, change: Callable[[RuleSet], RuleSet]) -> Snapshot:
    if template is not None:
        key = (ref.id, template)
        rules = snapshot.default_rules.get(key)
        if rules is not None:
            return replace(snapshot, default_rules={**snapshot.default_rules, key: change(rules)})
    else:
        rules = snapshot.rules.get(ref)
        if rules is not None:
            return replace(snapshot, rules={**snapshot.rules, ref: change(rules)})
    raise UsageError(f"The rules of {ref.kind.value} {ref.id} were not read.", next_step="Read the site again first.")


def _with_tabs(snapshot: Snapshot, workbook_id: str, *, shown: bool) -> Snapshot:
    """Showing tabs overwrites the views' rules with the workbook's; hiding them leaves copies (cases 51c, 51d)."""
    ref = Ref(Kind.WORKBOOK, workbook_id)
    workbook = snapshot.contents.get(ref)
    if workbook is None:
        raise UsageError(f"There is no workbook {workbook_id} in this snapshot.")
    rules = dict(snapshot.rules)
    if shown or workbook.tabs_shown:
        views = [
            view for view, item in snapshot.contents.items() if view.kind is Kind.VIEW and item.parent_id == workbook_id
        ]
        for view in views:
            _set(rules, view, rules.get(ref))
    contents = {**snapshot.contents, ref: replace(workbook, tabs_shown=shown)}
    return replace(snapshot, contents=contents, rules=rules)


def _with_lock(snapshot: Snapshot, project_id: str, lock: Lock) -> Snapshot:
    project = snapshot.projects.get(project_id)
    if project is None:
        raise UsageError(f"There is no project {project_id} in this snapshot.")
    above = next((p for p in project_chain(snapshot, project.parent_id) if p.lock is Lock.LOCKED), None)
    if above is not None:
        raise UsageError(
            f"Project “{project.name}” is governed by “{above.name}”, which is locked including nested projects.",
            next_step=f"Change “{above.name}” instead.",
        )
    nested = [p for p in snapshot.projects.values() if p.id != project_id and project in project_chain(snapshot, p.id)]
    snapshot = _with_copies(snapshot, {project_id} | ({p.id for p in nested} if project.lock is Lock.LOCKED else set()))
    projects = {**snapshot.projects, project_id: replace(project, lock=lock, controlling_id=None)}
    if lock is Lock.LOCKED:
        projects |= {p.id: replace(p, lock=Lock.LOCKED, controlling_id=project_id) for p in nested}
        snapshot = _with_templates_of(snapshot, project, nested)
    elif project.lock is Lock.LOCKED:
        projects |= {p.id: replace(p, lock=Lock.CUSTOMIZABLE, controlling_id=None) for p in nested}
        snapshot = _with_templates_of(snapshot, project, nested)
    return replace(snapshot, projects=projects)


def _with_copies(snapshot: Snapshot, project_ids: set[str]) -> Snapshot:
    """Content that a lock governs gets a copy of the rules that govern it now, as unlocking leaves it."""
    frames, rules = Frames(snapshot), dict(snapshot.rules)
    for ref, item in snapshot.contents.items():
        if _home(snapshot, item) not in project_ids:
            continue
        governing = frames.of(ref).core.governing[0]
        if governing.locked:
            _set(rules, ref, governing.rules.rules if governing.rules else None)
    return replace(snapshot, rules=rules)


def _home(snapshot: Snapshot, item: Content) -> str | None:
    return snapshot.project_of(item)


def _with_templates_of(snapshot: Snapshot, project: Project, nested: list[Project]) -> Snapshot:
    """Nested projects take over a project's own rules and templates."""
    templates, rules = dict(snapshot.default_rules), dict(snapshot.rules)
    for below in nested:
        _set(rules, below.ref, rules.get(project.ref))
        for kind in CONTENT_KINDS:
            _set(templates, (below.id, kind), templates.get((project.id, kind)))
    return replace(snapshot, default_rules=templates, rules=rules)


def _set(table: dict[Key, RuleSet], key: Key, rules: RuleSet | None) -> None:
    """Set an entry, or take it away where the rules are not known."""
    if rules is None:
        table.pop(key, None)
    else:
        table[key] = rules
