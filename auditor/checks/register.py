"""`register`: what the register of public content says about an item. Without a register nothing public can be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from auditor.access.denials import Denial
from auditor.checks.access import access_reads
from auditor.checks.below import below, classes_of, columns, named, note
from auditor.checks.context import Context
from auditor.checks.publication import PUBLISHED, State, state_of, viewing_denied
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import Content, Kind, Read, Ref
from auditor.policy import PolicyRule
from auditor.policy.register import Approved, Entry
from auditor.policy.requirements_data import DIRECT_CLASSES, InRegister, RegisterCheck

_KINDS = (*PUBLISHED,)
_OUT_OF_REACH = State(reached=False, capabilities=(), approved=Approved(), columns=None)
#: The verdict on one registered, public item: a fault in words, None for none; or the reads that are missing.
_Answer = str | tuple[str, ...] | None
_Ask = Callable[[Context, InRegister, Entry, Content, State], _Answer]


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """What is public, and for columns and files what lies below."""
    wanted = _requirement(rule)
    extra = {RegisterCheck.COLUMNS: {Read.COLUMNS}, RegisterCheck.SIBLINGS: {Read.COLUMNS}}.get(wanted.check, set())
    return access_reads((Kind.WORKBOOK, Kind.VIEW, Kind.DATASOURCE)) | extra


def _requirement(rule: PolicyRule) -> InRegister:
    assert isinstance(rule.requirement, InRegister)
    return rule.requirement


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Each item that is public; for `declared` also what is registered and is not public."""
    wanted = _requirement(rule)
    seen: set[Ref] = set()
    closed = {audience: viewing_denied(context.access, audience) for audience in wanted.audience}
    for subject in context.subjects(rule, _KINDS):
        assert isinstance(subject, Content)
        seen.add(subject.ref)
        for audience in wanted.audience:
            state = _state(context, subject.ref, audience, closed[audience])
            yield _judge_item(wanted, context, subject, state, audience)
    if wanted.check is RegisterCheck.DECLARED and context.register is not None:
        for ref, entry in context.register.entries.items():
            if ref not in seen and context.snapshot.subject(ref) is None and ref.kind in _KINDS:
                yield Judgement(
                    ref, Verdict.FAIL, message=f"The register names '{entry.path}', and this site does not have it."
                )


def _state(context: Context, ref: Ref, audience: str, closed: Denial) -> State:
    """The state of an item, worked out once for all rules; of one that is out of reach no more than that is told."""
    views = context.shared.views_of(ref.id)
    if all(closed.on(one) for one in (ref, *views)):
        return _OUT_OF_REACH
    states = context.shared.states
    if (ref, audience) not in states:
        states[ref, audience] = state_of(context.snapshot, context.access, ref, audience, views=views)
    return states[ref, audience]


def _judge_item(wanted: InRegister, context: Context, item: Content, state: State, audience: str) -> Judgement:
    if context.register is None:
        return _without_register(item, state, audience)
    entry = context.register.entry(item.ref)
    if state.reached is False:
        if wanted.check is RegisterCheck.DECLARED and entry is not None and entry.audience == audience:
            return Judgement(
                item.ref,
                Verdict.FAIL,
                audience=audience,
                message="It is registered as public and nobody outside reaches it.",
            )
        return Judgement(item.ref, Verdict.NOT_APPLICABLE, audience=audience)
    answer = _answer(wanted, context, item, state, entry)
    if isinstance(answer, str):
        if state.reached is None:
            return _unknown(item, state.unread, audience)
        return Judgement(item.ref, Verdict.FAIL, audience=audience, message=answer)
    if isinstance(answer, tuple):
        return _unknown(item, answer or state.unread, audience)
    return Judgement(item.ref, Verdict.PASS, audience=audience)


def _without_register(item: Content, state: State, audience: str) -> Judgement:
    if state.reached is False:
        return Judgement(item.ref, Verdict.NOT_APPLICABLE, audience=audience)
    return _unknown(item, (str(Read.REGISTER),), audience)


def _unknown(item: Content, unread: tuple[str, ...], audience: str) -> Judgement:
    return Judgement(item.ref, Verdict.UNKNOWN, audience=audience, exposure=Exposure.UNKNOWN, unread=unread)


def _answer(wanted: InRegister, context: Context, item: Content, state: State, entry: Entry | None) -> _Answer:
    if wanted.check is RegisterCheck.REGISTERED:
        return None if entry is not None else _not_registered(context, item)
    if wanted.check is RegisterCheck.SIBLINGS:
        return _siblings(context, item)
    return None if entry is None else _ASKS[wanted.check](context, wanted, entry, item, state)


def _not_registered(context: Context, item: Content) -> str:
    same = [
        one
        for one in (context.register.entries.values() if context.register else ())
        if one.path.rpartition("/")[2].strip() == item.name
    ]
    again = (
        f" An item of this name is registered under another id ({same[0].id}): was it published anew?" if same else ""
    )
    return f"It is public and nobody has registered it: no purpose, no owner, no approval.{again}"


def _approved(context: Context, wanted: InRegister, entry: Entry, item: Content, state: State) -> _Answer:
    del context, wanted, item, state
    return None if entry.approvals else "It is public, and the register holds no approval."


def _independent(context: Context, wanted: InRegister, entry: Entry, item: Content, state: State) -> _Answer:
    missing = _approved(context, wanted, entry, item, state)
    if missing is not None:
        return missing
    owner = context.snapshot.users.get(item.owner_id or "")
    if owner is None:
        return () if item.owner_id is None else (str(Read.USERS),)
    own = {owner.name.casefold(), (owner.email or owner.name).casefold(), owner.id.casefold()}
    if all(approval.by.casefold() in own for approval in entry.approvals):
        return f"Only '{owner.name}' approved it, who publishes it."
    return None


def _unchanged(context: Context, wanted: InRegister, entry: Entry, item: Content, state: State) -> _Answer:
    del context, wanted
    faults = []
    approved = entry.approved
    if approved.rules is not None and state.approved.rules is not None and approved.rules != state.approved.rules:
        faults.append("what visitors may do has changed")
    if approved.files is not None and state.approved.files is not None and approved.files != state.approved.files:
        faults.append("the file is another one")
    last = max((approval.on for approval in entry.approvals), default=None)
    published = _day(item.last_published_at or item.updated_at)
    if last is not None and published is not None and published > last:
        faults.append(f"it was published again on {published.isoformat()}, after the approval of {last.isoformat()}")
    if faults:
        return f"Not as approved: {'; '.join(faults)}."
    return state.unread if approved.rules is not None and state.approved.rules is None else None


def _columns(context: Context, wanted: InRegister, entry: Entry, item: Content, state: State) -> _Answer:
    del wanted
    if entry.columns is None and entry.approved.columns is None:
        return None  # that nobody listed columns is for `approved` to say
    if state.columns is None:
        return below(context, item.ref).unread
    added = sorted(set(state.columns) - set(entry.columns or state.columns))
    if added:
        names = ", ".join(f"'{name}'" for name in added[:8]) + (f" and {len(added) - 8} more" if len(added) > 8 else "")
        return f"Columns lie below that nobody approved: {names}."
    if entry.approved.columns is not None and entry.approved.columns != state.approved.columns:
        return "The columns, their types or the grain of the rows are not those that were approved."
    return None


def _review(context: Context, wanted: InRegister, entry: Entry, item: Content, state: State) -> _Answer:
    del item, state
    last = entry.last_review
    if last is None:
        return "It was never reviewed."
    due = entry.review_by or last + timedelta(days=wanted.review_interval_days)
    if due < context.today:
        return f"The last review was on {last.isoformat()}; the next was due on {due.isoformat()}."
    return None


def _hold(context: Context, wanted: InRegister, entry: Entry, item: Content, state: State) -> _Answer:
    del context, wanted, item, state
    if not entry.on_hold or entry.hold is None:
        return None
    return (
        f"It is public while a report of a disclosure is open since {entry.hold.since.isoformat()}: {entry.hold.reason}"
    )


def _declared(context: Context, wanted: InRegister, entry: Entry, item: Content, state: State) -> _Answer:
    del context, wanted, item
    beyond = [name for name in state.capabilities if name not in entry.capabilities]
    return f"Visitors hold more than is registered: {', '.join(beyond)}." if beyond else None


_ASKS: Mapping[RegisterCheck, _Ask] = {
    RegisterCheck.APPROVED: _approved,
    RegisterCheck.INDEPENDENT: _independent,
    RegisterCheck.UNCHANGED: _unchanged,
    RegisterCheck.COLUMNS: _columns,
    RegisterCheck.REVIEW: _review,
    RegisterCheck.NOT_ON_HOLD: _hold,
    RegisterCheck.DECLARED: _declared,
}


def _siblings(context: Context, item: Content) -> _Answer:
    """An item of the same project or owner as one that was reported, with personal data below: the fix covered a part."""
    assert context.register is not None
    reported = [
        one for one in context.register.entries.values() if one.hold is not None and _related(context, item, one)
    ]
    if not reported:
        return None
    found = below(context, item.ref)
    notes = [
        note(column, names) for column in columns(found.sources) if (names := classes_of(column, DIRECT_CLASSES, 0.5))
    ]
    rows = [source.name for source in found.sources if source.row_level]
    if notes or rows:
        what = f"columns of personal data: {named(notes)}" if notes else f"single people's rows in {', '.join(rows)}"
        return f"'{reported[0].path}' was reported and dealt with; this one, from the same hands, still has {what}."
    return found.unread or None


def _related(context: Context, item: Content, entry: Entry) -> bool:
    other = context.snapshot.contents.get(entry.ref)
    if other is None:
        return False
    same_project = item.project_id is not None and item.project_id == other.project_id
    return item.ref == other.ref or same_project or (item.owner_id is not None and item.owner_id == other.owner_id)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
