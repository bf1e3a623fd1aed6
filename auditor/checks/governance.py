"""`governance`: the lock on projects, and who owns content. Templates and single rules are in `templates`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from auditor.checks import templates, wording
from auditor.checks.context import Context, kinds_of, list_reads
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import (
    RULES_READ,
    GranteeKind,
    Kind,
    Lock,
    Mode,
    Project,
    Read,
    Ref,
    Snapshot,
    Subject,
    User,
    project_chain,
)
from auditor.policy import PolicyRule, matches
from auditor.policy.requirements import Governance, Owners

_OWNED: tuple[Kind, ...] = (Kind.PROJECT, Kind.WORKBOOK, Kind.DATASOURCE, Kind.FLOW, Kind.VIRTUAL_CONNECTION)
_NO_LICENCE = frozenset({"Unlicensed"})


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """By the one key that is given."""
    requirement = _requirement(rule)
    if requirement.owners is not None:
        leaders = {Read.PROJECT_PERMISSIONS, Read.GROUPS, Read.GROUP_MEMBERS} if requirement.owners.leaders else set()
        return list_reads(kinds_of(rule, frozenset(_OWNED))) | {Read.USERS} | leaders
    if requirement.templates is not None:
        own = {Read.PROJECT_PERMISSIONS} if requirement.templates.on_project else set()
        return frozenset({Read.PROJECTS, Read.DEFAULT_PERMISSIONS, Read.GROUPS, Read.USERS, Read.GROUP_MEMBERS} | own)
    if requirement.grants is not None:
        kinds = kinds_of(rule, frozenset(templates.RULED))
        template = {Read.DEFAULT_PERMISSIONS} if requirement.grants.as_project else set()
        return list_reads(kinds) | {RULES_READ[kind] for kind in kinds} | {Read.USERS} | template
    return frozenset({Read.PROJECTS})


def _requirement(rule: PolicyRule) -> Governance:
    assert isinstance(rule.requirement, Governance)
    return rule.requirement


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """By the one key that is given."""
    requirement = _requirement(rule)
    if requirement.locked is not None:
        yield from _judge_locked(rule, context, wanted=requirement.locked)
    elif requirement.templates is not None:
        yield from templates.judge_templates(rule, context, requirement.templates)
    elif requirement.owners is not None:
        yield from _judge_owners(rule, context, requirement.owners)
    elif requirement.grants is not None:
        yield from templates.judge_grants(rule, context, requirement.grants)


def is_locked(snapshot: Snapshot, project: Project) -> bool | None:
    """Does the project set its content's permissions, by itself or by one above it? None where that was not told."""
    if project.lock in (Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED):
        return True
    if project.controlling_id not in (None, project.id):
        return True
    above = project_chain(snapshot, project.parent_id)
    if any(one.lock is Lock.LOCKED for one in above):
        return True
    whole = project.parent_id is None or (bool(above) and above[-1].parent_id is None)
    unclear = not whole or Lock.UNKNOWN in {project.lock, *(one.lock for one in above)}
    return None if unclear else False


def _judge_locked(rule: PolicyRule, context: Context, *, wanted: bool) -> Iterator[Judgement]:
    for subject in context.subjects(rule, (Kind.PROJECT,)):
        assert isinstance(subject, Project)
        locked = is_locked(context.snapshot, subject)
        if locked is None:
            yield Judgement(
                subject.ref,
                Verdict.UNKNOWN,
                exposure=Exposure.UNKNOWN,
                message="The server did not tell who sets the permissions of its content.",
                unread=(str(Read.PROJECTS),),
            )
        elif locked is wanted:
            yield Judgement(subject.ref, Verdict.PASS)
        else:
            yield Judgement(
                subject.ref,
                Verdict.FAIL,
                cause=_topmost(rule, context.snapshot, subject, locked=locked),
                message=_lock_words(locked=locked),
                proof=(f"{wording.object_words(context.snapshot, subject.ref)}: contentPermissions = {subject.lock}",),
            )


def _lock_words(*, locked: bool) -> str:
    if locked:
        return "The permissions of the content are locked to the project."
    return "The project is not locked: whoever owns an item in it can give that item any permission."


def _topmost(rule: PolicyRule, snapshot: Snapshot, project: Project, *, locked: bool) -> Ref:
    """The outermost selected project above that has the same fault: mending it mends all."""
    top = project
    for above in project_chain(snapshot, project.parent_id):
        if is_locked(snapshot, above) is not locked or not matches(rule.select, snapshot, above):
            break
        top = above
    return top.ref


def _judge_owners(rule: PolicyRule, context: Context, wanted: Owners) -> Iterator[Judgement]:
    for subject in context.subjects(rule, _OWNED):
        owner = context.snapshot.users.get(subject.owner_id or "")
        faults = [] if owner is None else list(_owner_faults(owner, wanted, context.today))
        if isinstance(subject, Project) and wanted.leaders and wanted.allowed:
            faults += _leader_faults(subject, wanted, context.snapshot)
        unread = _owner_unread(subject, owner, wanted, context.snapshot)
        if faults:
            yield Judgement(
                subject.ref,
                Verdict.FAIL,
                message=" ".join(dict.fromkeys(faults)),
                proof=(f"{wording.object_words(context.snapshot, subject.ref)}: owner = {_name(subject, owner)}",),
            )
        elif unread:
            yield Judgement(subject.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=unread)
        elif owner is None:
            yield _stranger(subject)
        else:
            yield Judgement(subject.ref, Verdict.PASS)


def _name(subject: Subject, owner: User | None) -> str:
    return owner.name if owner is not None else subject.owner_id or "not told"


def _stranger(subject: Subject) -> Judgement:
    """The list of accounts is whole and the owner is not on it; projects may belong to a system account that is on no list."""
    if isinstance(subject, Project):
        return Judgement(subject.ref, Verdict.NOT_APPLICABLE)
    return Judgement(subject.ref, Verdict.FAIL, message="The owner is not among the accounts of the site.")


def _owner_unread(subject: Subject, owner: User | None, wanted: Owners, snapshot: Snapshot) -> tuple[str, ...]:
    if subject.owner_id is None:
        return (str(Read.PROJECTS if isinstance(subject, Project) else f"{subject.kind}s"),)
    if owner is None:
        return () if snapshot.ledger.is_complete(Read.USERS) else (str(Read.USERS),)
    if wanted.max_days_since_login is not None and owner.last_login is None:
        return (str(Read.USERS),)
    if isinstance(subject, Project) and wanted.leaders and subject.ref not in snapshot.rules:
        return (str(Read.PROJECT_PERMISSIONS),)
    return ()


def _owner_faults(owner: User, wanted: Owners, today: date) -> Iterator[str]:
    if wanted.allowed and not _is_allowed(owner, wanted.allowed):
        yield f"The owner '{owner.name}' is not on the list of those who may own public content."
    if wanted.licensed and owner.site_role in _NO_LICENCE:
        yield f"The owner '{owner.name}' has no licence any more."
    seen = _day(owner.last_login)
    if wanted.max_days_since_login is not None and seen is not None:
        days = (today - seen).days
        if days > wanted.max_days_since_login:
            yield f"The owner '{owner.name}' has not signed in for {days} days."


def _is_allowed(user: User, names: tuple[str, ...]) -> bool:
    own = {user.name.casefold(), (user.email or user.name).casefold(), user.id.casefold()}
    return not own.isdisjoint(name.casefold() for name in names)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC).date()
    except ValueError:
        return None


def _leader_faults(project: Project, wanted: Owners, snapshot: Snapshot) -> list[str]:
    rules = snapshot.rules.get(project.ref)
    leaders: set[str] = set()
    for rule in rules.rules if rules is not None else ():
        if rule.capability == "ProjectLeader" and rule.mode is Mode.ALLOW:
            if rule.grantee.kind is GranteeKind.USER:
                leaders.add(rule.grantee.id)
            elif rule.grantee.kind is GranteeKind.GROUP:
                leaders |= snapshot.group_members.get(rule.grantee.id, frozenset())
    strangers = [
        one
        for one in sorted(leaders)
        if one in snapshot.users and not _is_allowed(snapshot.users[one], wanted.allowed or ())
    ]
    if not strangers:
        return []
    return [f"Project leaders who are not on the list: {wording.people(snapshot, strangers)}."]
