"""Rules as they are written: the templates of projects, and rules on single items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.access import GroupPrincipal
from auditor.checks import wording
from auditor.checks.access import on_kind
from auditor.checks.context import Context
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import (
    LIST_READ,
    RULES_READ,
    Content,
    Grantee,
    GranteeKind,
    Kind,
    Lock,
    Mode,
    Project,
    Read,
    Ref,
    RuleSet,
    Snapshot,
    project_chain,
)
from auditor.model.vocabulary import capability_order, is_on_kind, label
from auditor.policy import ANONYMOUS, EVERYONE, PolicyRule
from auditor.policy.requirements import Grants, Templates

#: Kinds of content that carry rules of their own and have a template in projects.
RULED: tuple[Kind, ...] = (Kind.WORKBOOK, Kind.DATASOURCE, Kind.FLOW, Kind.VIRTUAL_CONNECTION)
_ALWAYS: tuple[Kind, ...] = (Kind.WORKBOOK, Kind.DATASOURCE)


@dataclass(frozen=True, slots=True)
class _Holders:
    """Whose rules are looked at: those on single accounts go before those on groups."""

    users: frozenset[str]
    groups: frozenset[str]
    unread: tuple[str, ...] = ()

    def mode(self, rules: RuleSet, capability: str) -> Mode | None:
        """What the rules say to them, None for nothing."""
        said: dict[GranteeKind, set[Mode]] = {}
        for rule in rules.rules:
            if rule.capability == capability and self._is_one(rule.grantee):
                said.setdefault(rule.grantee.kind, set()).add(rule.mode)
        for kind in (GranteeKind.USER, GranteeKind.GROUP):
            if modes := said.get(kind):
                return Mode.DENY if Mode.DENY in modes else Mode.ALLOW
        return None

    def _is_one(self, grantee: Grantee) -> bool:
        return grantee.id in {GranteeKind.USER: self.users, GranteeKind.GROUP: self.groups}.get(grantee.kind, ())


def _holders(context: Context, audience: str) -> _Holders:
    snapshot = context.snapshot
    all_users = frozenset(group.id for group in snapshot.groups.values() if group.is_everyone)
    unread = () if all_users or snapshot.ledger.is_complete(Read.GROUPS) else (str(Read.GROUPS),)
    if audience == EVERYONE:
        return _Holders(frozenset(), all_users, unread)
    if audience == ANONYMOUS:
        guests = frozenset(user.id for user in snapshot.users.values() if user.is_guest)
        theirs = {group for group, members in snapshot.group_members.items() if not guests.isdisjoint(members)}
        return _Holders(guests, all_users | theirs, unread)
    resolved = context.audience(audience)
    groups = frozenset(one.group_id for one in resolved.principals if isinstance(one, GroupPrincipal))
    return _Holders(resolved.accounts, groups, resolved.unread)


def judge_templates(rule: PolicyRule, context: Context, wanted: Templates) -> Iterator[Judgement]:
    """Each project that sets its own templates, for each audience."""
    for subject in context.subjects(rule, (Kind.PROJECT,)):
        assert isinstance(subject, Project)
        if governed_from_above(context.snapshot, subject):
            yield Judgement(subject.ref, Verdict.NOT_APPLICABLE)
            continue
        for audience in wanted.audience:
            yield _judge_project(rule, context, wanted, subject, audience)


def governed_from_above(snapshot: Snapshot, project: Project) -> bool:
    """A project below one that is locked with its nested projects has no templates of its own."""
    return any(one.lock is Lock.LOCKED for one in project_chain(snapshot, project.parent_id))


def _judge_project(rule: PolicyRule, context: Context, wanted: Templates, project: Project, audience: str) -> Judgement:
    holders = _holders(context, audience)
    unread = set(holders.unread)
    found: dict[str, list[str]] = {}
    for kind, rules in _written(context.snapshot, project, wanted):
        if rules is None:
            unread.add(str(Read.PROJECT_PERMISSIONS if kind is Kind.PROJECT else Read.DEFAULT_PERMISSIONS))
            continue
        for native in _faults(wanted, holders, rules, kind):
            found.setdefault(native, []).append(
                wording.KIND_WORDS[kind][1] if kind is not Kind.PROJECT else "the project itself"
            )
    if found:
        capabilities = tuple(sorted(found, key=capability_order))
        return Judgement(
            project.ref,
            Verdict.FAIL,
            audience=audience,
            capabilities=capabilities,
            message=_template_words(wanted, audience, found),
            proof=tuple(
                f"template of '{project.name}' for {', '.join(kinds)}: {native}" for native, kinds in found.items()
            ),
            severity=rule.severity_for(context.shared.policy.audiences[audience].tier),
        )
    if unread:
        return Judgement(
            project.ref, Verdict.UNKNOWN, audience=audience, exposure=Exposure.UNKNOWN, unread=tuple(sorted(unread))
        )
    return Judgement(project.ref, Verdict.PASS, audience=audience)


def _written(snapshot: Snapshot, project: Project, wanted: Templates) -> Iterator[tuple[Kind, RuleSet | None]]:
    read = {kind for owner, kind in snapshot.default_rules if owner == project.id}
    kinds = wanted.kinds or tuple(sorted({*_ALWAYS, *read}, key=list(Kind).index))
    for kind in kinds:
        yield kind, snapshot.default_rules.get((project.id, kind))
    if wanted.on_project:
        yield Kind.PROJECT, snapshot.rules.get(project.ref)


def _faults(wanted: Templates, holders: _Holders, rules: RuleSet, kind: Kind) -> list[str]:
    if wanted.explicit_deny is not None:
        return [native for native in on_kind(wanted.explicit_deny, kind) if holders.mode(rules, native) is None]
    permitted = set(on_kind(wanted.allow_only or (), kind))
    named = dict.fromkeys(rule.capability for rule in rules.rules)
    return [
        native
        for native in named
        if native not in permitted
        and is_on_kind(native, kind) is not False
        and holders.mode(rules, native) is Mode.ALLOW
    ]


def _template_words(wanted: Templates, audience: str, found: dict[str, list[str]]) -> str:
    rights = wording.listed([f"'{label(native, Kind.WORKBOOK)}'" for native in sorted(found, key=capability_order)])
    places = wording.listed(list(dict.fromkeys(kind for kinds in found.values() for kind in kinds)))
    who = (
        wording.audience_words(audience).lower()
        if audience in (ANONYMOUS, EVERYONE)
        else wording.audience_words(audience)
    )
    if wanted.explicit_deny is not None:
        return (
            f"The default permissions for {places} leave {rights} unspecified for {who.lower()}: "
            "a group that gets it later opens it for them as well."
        )
    return f"The default permissions for {places} allow {who} {rights}; everything that is published here gets them."


def judge_grants(rule: PolicyRule, context: Context, wanted: Grants) -> Iterator[Judgement]:
    """Rules on single items: on people, or other than the project's template."""
    for subject in context.subjects(rule, RULED):
        assert isinstance(subject, Content)
        if context.access.governing(subject.ref).kind is Kind.PROJECT:
            yield Judgement(subject.ref, Verdict.NOT_APPLICABLE)
            continue
        rules = context.snapshot.rules.get(subject.ref)
        if rules is None:
            unread = RULES_READ.get(subject.kind, LIST_READ[subject.kind])
            yield Judgement(subject.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=(str(unread),))
            continue
        yield _judge_item(context, wanted, subject, rules)


def _judge_item(context: Context, wanted: Grants, item: Content, rules: RuleSet) -> Judgement:
    faults: list[str] = []
    people = _people(context.snapshot, rules)
    if not wanted.to_users and people:
        faults.append(f"Rules stand on single people: {wording.people(context.snapshot, people)}.")
    template = context.snapshot.default_rules.get((item.project_id or "", item.kind))
    if wanted.as_project and template is None:
        return Judgement(item.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=(str(Read.DEFAULT_PERMISSIONS),))
    if wanted.as_project and rules != template:
        faults.append("The item's rules are other than the project's default permissions.")
    if not faults:
        return Judgement(item.ref, Verdict.PASS)
    return Judgement(item.ref, Verdict.FAIL, cause=_project(item), message=" ".join(faults))


def _project(item: Content) -> Ref | None:
    return None if item.project_id is None else Ref(Kind.PROJECT, item.project_id)


def _people(snapshot: Snapshot, rules: RuleSet) -> list[str]:
    guests = {user.id for user in snapshot.users.values() if user.is_guest}
    return [
        rule.grantee.id
        for rule in rules.rules
        if rule.grantee.kind is GranteeKind.USER and rule.grantee.id not in guests
    ]
