"""`expression`: a CEL expression over facts of the subject. A fact that was not read makes the verdict unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from auditor.checks.access import access_reads, held_by, on_kind
from auditor.checks.below import BELOW_KINDS, below, columns
from auditor.checks.context import Context, kinds_of, list_reads
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import (
    LIST_READ,
    RULES_READ,
    Content,
    GranteeKind,
    Kind,
    Project,
    Read,
    Ref,
    Subject,
    join_path,
    path_of,
    path_parts,
    project_parts,
)
from auditor.policy import PolicyRule
from auditor.policy.cel import check
from auditor.policy.requirements_data import Expression

#: A fact's value and, where it is None, the read that would tell.
_Told = tuple[Any, str]
_Teller = Callable[[Context, Subject], _Told]


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """By the facts that the expression names."""
    wanted = _requirement(rule)
    typed = check(wanted.require)
    kinds = kinds_of(rule)
    reads = set(list_reads(kinds))
    if typed.capabilities:
        reads |= access_reads(kinds, outcomes=True)
    for fact in typed.facts:
        reads |= _FACT_READS.get(fact, frozenset())
    if "user_rules" in typed.facts:
        reads |= {RULES_READ[kind] for kind in kinds if kind in RULES_READ}
    return frozenset(reads)


def _requirement(rule: PolicyRule) -> Expression:
    assert isinstance(rule.requirement, Expression)
    return rule.requirement


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Each selected subject."""
    import cel  # heavy: 0.7 s, and few policies use it

    wanted = _requirement(rule)
    typed = check(wanted.require)
    program = cel.compile(wanted.require)
    for subject in context.subjects(rule):
        values: dict[str, Any] = {}
        unread: set[str] = set()
        for name in typed.facts:
            value, read = _TELLERS[name](context, subject)
            values[name] = value
            if value is None:
                unread.add(read)
        holds = _Holds(context, subject.ref, unread)
        answer: object = None
        try:
            if not unread:
                answer = program.execute(cel.Context(variables=values, functions={"holds": holds}))
        except _FAULTS as error:
            yield _failed(subject, error)
            continue
        if unread or holds.unknown:
            yield Judgement(subject.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=tuple(sorted(unread)))
        elif answer:
            yield Judgement(subject.ref, Verdict.PASS)
        else:
            told = ", ".join(f"{name} = {value!r}" for name, value in values.items() if not isinstance(value, list))
            message = wanted.message or f"It must hold that {wanted.require.strip()}."
            proof = (f"the expression is false with {told}",) if told else ()
            yield Judgement(subject.ref, Verdict.FAIL, message=message, proof=proof)


#: What the evaluator raises for a division by zero, a missing part of a list, a pattern that is none.
_FAULTS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def _failed(subject: Subject, error: Exception) -> Judgement:
    text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    message = f"The expression cannot be worked out here: {text}"
    return Judgement(subject.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, message=message)


class _Holds:
    """`holds(audience, capability)` on one subject; remembers that an answer was not known."""

    def __init__(self, context: Context, ref: Ref, unread: set[str]) -> None:
        self.context = context
        self.ref = ref
        self.unread = unread
        self.unknown = False

    def __call__(self, audience: str, capability: str) -> bool:
        if not on_kind((capability,), self.ref.kind):
            return False
        held = held_by(self.context, audience, (capability,), self.ref)
        if held.unknown and not held.live:
            self.unknown = True
            self.unread |= held.unread
        return bool(held.live)


def _list_read(subject: Subject) -> str:
    return str(LIST_READ.get(subject.kind, Read.SITE))


def _attribute(name: str) -> _Teller:
    def tell(context: Context, subject: Subject) -> _Told:
        del context
        return getattr(subject, name, False), _list_read(subject)

    return tell


def _owner(context: Context, subject: Subject, field: str) -> _Told:
    item = subject
    if isinstance(item, Content) and item.owner_id is None:
        item = context.snapshot.parent_of(item) or item
    user = context.snapshot.users.get(item.owner_id or "")
    return (getattr(user, field) if user is not None else None), str(Read.USERS)


def _project_path(context: Context, subject: Subject) -> _Told:
    return join_path(project_parts(context.snapshot, context.snapshot.project_of(subject))), str(Read.PROJECTS)


def _days(context: Context, subject: Subject) -> _Told:
    read = _list_read(subject)
    if subject.updated_at is None:
        return None, read
    try:
        return (context.today - datetime.fromisoformat(subject.updated_at).date()).days, read
    except ValueError:
        return None, read


def _locked(context: Context, subject: Subject) -> _Told:
    from auditor.checks.governance import is_locked

    project_id = subject.id if isinstance(subject, Project) else context.snapshot.project_of(subject)
    project = context.snapshot.projects.get(project_id or "")
    if project is None:
        return (False if isinstance(subject, Content) and subject.personal_space else None), str(Read.PROJECTS)
    return is_locked(context.snapshot, project), str(Read.PROJECTS)


def _user_rules(context: Context, subject: Subject) -> _Told:
    read = str(RULES_READ.get(subject.kind, Read.PROJECT_PERMISSIONS))
    rules = context.snapshot.rules.get(subject.ref)
    if rules is None:
        governed = context.access.governing(subject.ref) != subject.ref
        return (0 if governed else None), read
    guests = {user.id for user in context.snapshot.users.values() if user.is_guest}
    return sum(1 for one in rules.rules if one.grantee.kind is GranteeKind.USER and one.grantee.id not in guests), read


def _below(context: Context, subject: Subject, what: str) -> _Told:
    read = str(Read.COLUMNS)
    if subject.kind not in BELOW_KINDS:
        return {"row_level": False, "rows": 0}.get(what, []), read
    found = below(context, subject.ref)
    if found.unread:
        return None, read
    if what == "columns":
        return sorted({column.name for column in columns(found.sources)}), read
    if what == "classes":
        return sorted({name for column in columns(found.sources) for name in column.classes}), read
    if what == "rows":
        rows = [source.rows for source in found.sources]
        return (None if None in rows else max((one or 0 for one in rows), default=0)), read
    grains = [source.row_level for source in found.sources]
    return (True if True in grains else None if None in grains else False), read


def _guest(context: Context, subject: Subject) -> _Told:
    from auditor.checks.settings import value

    del subject
    return value(context.snapshot, "guestAccessEnabled"), str(Read.SITE)


_TELLERS: Mapping[str, _Teller] = {
    "kind": lambda _, subject: (str(subject.kind), ""),
    "name": lambda _, subject: (subject.name, ""),
    "path": lambda context, subject: (path_of(context.snapshot, subject), ""),
    "project": _project_path,
    "depth": lambda context, subject: (
        len(path_parts(context.snapshot, subject)) - 1 - (subject.kind is Kind.VIEW),
        "",
    ),
    "owner": lambda context, subject: _owner(context, subject, "name"),
    "owner_role": lambda context, subject: _owner(context, subject, "site_role"),
    "tags": lambda _, subject: (list(subject.tags) if isinstance(subject, Content) else [], ""),
    "description": lambda _, subject: (subject.description or "", ""),
    "certified": _attribute("certified"),
    "hidden": _attribute("hidden"),
    "tabs_shown": _attribute("tabs_shown"),
    "has_extracts": _attribute("has_extracts"),
    "personal_space": lambda _, subject: (isinstance(subject, Content) and bool(subject.personal_space), ""),
    "locked": _locked,
    "days_since_update": _days,
    "user_rules": _user_rules,
    "classes": lambda context, subject: _below(context, subject, "classes"),
    "columns": lambda context, subject: _below(context, subject, "columns"),
    "row_level": lambda context, subject: _below(context, subject, "row_level"),
    "rows": lambda context, subject: _below(context, subject, "rows"),
    "guest_access": _guest,
    "site": lambda context, _: (context.snapshot.provenance.site_name, ""),
    "today": lambda context, _: (context.today.isoformat(), ""),
}
_FACT_READS: Mapping[str, frozenset[Read]] = {
    "owner": frozenset({Read.USERS}),
    "owner_role": frozenset({Read.USERS}),
    "classes": frozenset({Read.COLUMNS}),
    "columns": frozenset({Read.COLUMNS}),
    "row_level": frozenset({Read.COLUMNS}),
    "rows": frozenset({Read.COLUMNS}),
    "guest_access": frozenset({Read.SITE}),
}
