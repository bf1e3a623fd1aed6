"""Who gained and who lost what between two snapshots, with the cause, grouped by root object.

Compared are the visitor without an account, everyone with an account, and the groups and users that rules name on an
object. An answer that is not known on one side is told as such and never as gained or lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.access import Access, Anonymous, Decision, Everyone, GroupPrincipal, Outcome, Principal, UserPrincipal
from auditor.findings import Exposure
from auditor.model import GranteeKind, Kind, Project, Ref, RuleSet, Snapshot, Subject, path_of, project_chain
from auditor.model.vocabulary import capability_order, label
from auditor.triage.diff.causes import cause_of
from auditor.triage.diff.inputs import Changed, Quiet
from auditor.triage.diff.model import Change, ChangeKind
from auditor.triage.diff.people import principal_key, principal_words

State = str  # "allow", "dormant", "deny", "unknown"
#: Moves worth telling: from one state to another. What becomes or was unknown is told apart.
_MOVES: Mapping[tuple[State, State], tuple[ChangeKind, str]] = {
    ("deny", "allow"): (ChangeKind.GAINED, "gained {what}"),
    ("dormant", "allow"): (ChangeKind.GAINED, "gained {what}"),
    ("deny", "dormant"): (ChangeKind.GAINED, "was granted {what} behind a switch that is off"),
    ("allow", "deny"): (ChangeKind.LOST, "lost {what}"),
    ("allow", "dormant"): (ChangeKind.LOST, "lost {what} for as long as a switch stays off"),
    ("dormant", "deny"): (ChangeKind.LOST, "is no longer granted {what} behind a switch that is off"),
}
_MERGE_FROM = 4  # so many objects of one project with the same change become one line


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison found."""

    changes: tuple[Change, ...] = ()
    unchanged: Mapping[str, int] = field(default_factory=dict)
    untold: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Move:
    """One capability of one principal on one object that changed."""

    principal: Principal
    ref: Ref
    capability: str
    kind: ChangeKind
    words: str
    cause: str


@dataclass(frozen=True, slots=True)
class _Group:
    """The moves of one principal on one object that have the same words and cause."""

    principal: Principal
    ref: Ref
    kind: ChangeKind
    words: str
    cause: str
    capabilities: frozenset[str]


def access_changes(old: Snapshot, new: Snapshot) -> Found:
    """All changes of access to objects that both snapshots hold; a new object is told with what is open on it."""
    before, after = Access(old), Access(new)
    everywhere = _site_changed(old, new)
    changed = Changed(old, new)
    quiet = Quiet(before, after)
    moves: list[_Move] = []
    unknown: Counter[tuple[str, tuple[str, ...]]] = Counter()
    same = 0
    for subject in new.subjects():
        ref = subject.ref
        if old.subject(ref) is None:
            continue
        touched = changed.inputs_of(ref)
        if not (touched or everywhere):
            same += 1
            continue
        for principal in _principals(old, new, ref, named=touched):
            if quiet.knows(principal, ref):
                continue
            found, lost = _compare(before, after, principal, ref)
            if not (found or lost):
                quiet.learn(principal, ref)
            moves += found
            for reads in lost:
                unknown[principal_words(principal, new), reads] += 1
    groups = _followed(new, _grouped(moves))
    changes = tuple(_change(old, new, group, followers) for group, followers in groups)
    return Found(changes, {"objects whose access did not change": same} if same else {}, tuple(_untold(unknown)))


def _untold(unknown: Counter[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    for (who, reads), number in sorted(unknown.items()):
        objects = "1 object" if number == 1 else f"{number:,} objects"
        yield f"Whether anything changed for {who} on {objects} cannot be told: not read: {', '.join(reads) or 'see the coverage'}."


def _site_changed(old: Snapshot, new: Snapshot) -> bool:
    """Did anything change that bears on every object: switches, accounts, groups?"""
    return (
        old.settings != new.settings
        or old.users != new.users
        or old.groups != new.groups
        or old.group_members != new.group_members
        or old.group_sets != new.group_sets
    )


def _principals(old: Snapshot, new: Snapshot, ref: Ref, *, named: bool) -> Iterator[Principal]:
    """Whom to ask about: the public and everyone; with `named` also the groups and users of the rules that bear on it."""
    yield Anonymous()
    yield Everyone()
    if not named:
        return
    found: set[Principal] = set()
    for snapshot in (old, new):
        for rules in _rules_around(snapshot, ref):
            for rule in rules.rules:
                match rule.grantee.kind:
                    case GranteeKind.GROUP if (
                        rule.grantee.id in new.groups and not new.groups[rule.grantee.id].is_everyone
                    ):
                        found.add(GroupPrincipal(rule.grantee.id))
                    case GranteeKind.USER if rule.grantee.id in new.users and not new.users[rule.grantee.id].is_guest:
                        found.add(UserPrincipal(rule.grantee.id))
                    case _:
                        pass
    yield from sorted(found, key=principal_key)


def _rules_around(snapshot: Snapshot, ref: Ref) -> Iterator[RuleSet]:
    """The rules of the object, of its workbook, and of the projects above with their templates."""
    subject = snapshot.subject(ref)
    if subject is None:
        return
    refs = [ref]
    if not isinstance(subject, Project) and (parent := snapshot.parent_of(subject)) is not None:
        refs.append(parent.ref)
    project_id = subject.id if isinstance(subject, Project) else snapshot.project_of(subject)
    chain = project_chain(snapshot, project_id)
    refs += [project.ref for project in chain]
    yield from (snapshot.rules[r] for r in refs if r in snapshot.rules)
    for project in chain:
        template = snapshot.default_rules.get((project.id, ref.kind))
        if template is not None:
            yield template


def _compare(
    before: Access, after: Access, principal: Principal, ref: Ref
) -> tuple[list[_Move], list[tuple[str, ...]]]:
    """The moves of one principal on one object, and the reads for want of which nothing can be said (at most one)."""
    then = {d.capability: d for d in before.decisions(principal, ref)}
    moves: list[_Move] = []
    unread: set[str] = set()
    lost = False
    for decision in after.decisions(principal, ref):
        earlier = then.get(decision.capability)
        states = (_state(earlier) if earlier else "deny", _state(decision))
        if "unknown" in states:
            if states[0] != states[1]:
                lost = True
                unread |= {*decision.unread, *(earlier.unread if earlier else ())}
            continue
        if states in _MOVES:
            kind, words = _MOVES[states]
            cause = cause_of(before, after, earlier, decision)
            moves.append(_Move(principal, ref, decision.capability, kind, words, cause))
    return moves, [tuple(sorted(unread))] if lost else []


def _state(decision: Decision) -> State:
    match decision.outcome:
        case Outcome.ALLOW:
            return "allow"
        case Outcome.UNKNOWN:
            return "unknown"
        case Outcome.DENY:
            return "dormant" if decision.exposure is Exposure.DORMANT else "deny"


def _grouped(moves: Iterable[_Move]) -> list[_Group]:
    table: dict[tuple[Principal, Ref, ChangeKind, str, str], set[str]] = defaultdict(set)
    for move in moves:
        table[move.principal, move.ref, move.kind, move.words, move.cause].add(move.capability)
    return [_Group(*key, frozenset(capabilities)) for key, capabilities in table.items()]


def _followed(snapshot: Snapshot, groups: Sequence[_Group]) -> list[tuple[_Group, tuple[Ref, ...]]]:
    """Views follow their workbook, and many alike objects of a project become one line with the rest as followers."""
    heads: dict[tuple[object, ...], _Group] = {
        (g.principal, g.kind, g.words, g.ref): g for g in groups if g.ref.kind is not Kind.VIEW
    }
    followers: dict[_Group, list[Ref]] = defaultdict(list)
    alone: list[_Group] = []
    for group in groups:
        head = heads.get((group.principal, group.kind, group.words, _workbook_of(snapshot, group.ref)))
        if group.ref.kind is Kind.VIEW and head is not None and group.capabilities <= head.capabilities:
            followers[head].append(group.ref)
        else:
            alone.append(group)
    return _merged(snapshot, [(group, tuple(followers.get(group, ()))) for group in alone])


def _workbook_of(snapshot: Snapshot, ref: Ref) -> Ref | None:
    item = snapshot.contents.get(ref)
    parent = snapshot.parent_of(item) if item is not None else None
    return parent.ref if parent is not None else None


def _merged(
    snapshot: Snapshot, lines: Sequence[tuple[_Group, tuple[Ref, ...]]]
) -> list[tuple[_Group, tuple[Ref, ...]]]:
    table: dict[tuple[object, ...], list[tuple[_Group, tuple[Ref, ...]]]] = defaultdict(list)
    for group, followers in lines:
        subject = snapshot.subject(group.ref)
        project = snapshot.project_of(subject) if subject is not None else None
        table[
            group.principal, group.kind, group.words, group.cause, group.capabilities, group.ref.kind, project
        ].append((group, followers))
    merged: list[tuple[_Group, tuple[Ref, ...]]] = []
    for alike in table.values():
        if len(alike) < _MERGE_FROM:
            merged += alike
            continue
        first, own = alike[0]
        merged.append((first, (*own, *(ref for group, more in alike[1:] for ref in (group.ref, *more)))))
    return merged


def _change(old: Snapshot, new: Snapshot, group: _Group, followers: tuple[Ref, ...]) -> Change:
    subject = new.subject(group.ref) or old.subject(group.ref)
    path = path_of(new, subject) if subject is not None else ""
    capabilities = tuple(sorted(group.capabilities, key=capability_order))
    what = ", ".join(dict.fromkeys(label(name, group.ref.kind) for name in capabilities))
    who = principal_words(group.principal, new)
    cause = f" ({group.cause})" if group.cause else ""
    sentence = f"{who} {group.words.format(what=what)} on '{_name(subject)}'{cause}{_follow(followers)}"
    return Change(
        kind=group.kind,
        sentence=sentence,
        object_kind=group.ref.kind,
        object_id=group.ref.id,
        path=path,
        principal=principal_key(group.principal),
        capabilities=capabilities,
        followers=tuple(sorted(path_of(new, s) for ref in followers if (s := new.subject(ref)) is not None)),
        cause=group.cause,
    )


def _name(subject: Subject | None) -> str:
    return subject.name if subject is not None else "(unreadable)"


def _follow(followers: Sequence[Ref]) -> str:
    """The objects that follow, counted by kind: ", 3 views follow"."""
    counted = Counter(ref.kind for ref in followers)
    if not counted:
        return ""
    parts = [
        f"{number:,} {kind.replace('_', ' ')}{'' if number == 1 else 's'}" for kind, number in sorted(counted.items())
    ]
    return f", {' and '.join(parts)} follow{'s' if len(followers) == 1 else ''}"
