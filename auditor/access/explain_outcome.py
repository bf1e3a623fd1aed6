"""The steps behind an outcome: each right and each fact that it takes, and the whole story of each right."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from auditor.access import explain_right
from auditor.access.decision import Decision, Outcome
from auditor.access.explain import Effect, Step, verdict
from auditor.access.outcomes import AllOf, AnyOf, ByVisitor, Fact, Formula, Holds

if TYPE_CHECKING:
    from auditor.access.engine import Access

#: Ways beyond this many are counted, not told: a data source may be opened by hundreds of workbooks.
_WAYS_TOLD = 5


def story(access: Access, decision: Decision) -> tuple[Step, ...]:
    """The steps."""
    return tuple(dict.fromkeys(_steps(access, decision, access.formula(decision.ref, decision.capability), 0)))


def changes(access: Access, decision: Decision) -> tuple[str, ...]:
    """What would turn the answer round."""
    return _changes(access, decision, access.formula(decision.ref, decision.capability))


def _steps(access: Access, decision: Decision, formula: Formula, depth: int) -> list[Step]:
    match formula:
        case Holds():
            return _right(access, decision, formula, depth)
        case Fact(value=value, words=words):
            effect = {True: Effect.PASSES, False: Effect.DENIES, None: Effect.OPEN}[value]
            return [Step("data", effect, words, depth=depth)]
        case ByVisitor(guest=guest, account=account):
            chosen = guest if access.standing(decision.principal).is_guest else account
            return _steps(access, decision, chosen, depth)
        case AllOf(parts=parts):
            return [step for part in parts for step in _steps(access, decision, part, depth)]
        case AnyOf(parts=parts):
            head = Step("any", Effect.NOTES, f"One of these is enough ({len(parts)}):", depth=depth)
            told = [step for part in parts[:_WAYS_TOLD] for step in _steps(access, decision, part, depth + 1)]
            return [head, *told]
        case _:
            assert_never(formula)


def _right(access: Access, decision: Decision, holds: Holds, depth: int) -> list[Step]:
    part = access.can(decision.principal, holds.ref, holds.capability)
    words = access.words
    what = words.capability(holds.capability, holds.ref.kind)
    text = f"It takes “{what}” on {words.thing(holds.ref)}. {verdict(part, what)}"
    steps = explain_right.story(access, part)
    below = [Step(s.about, s.effect, s.text, s.ref, depth + 1 + s.depth) for s in steps]
    return [Step("right", explain_right.summary(part), text, holds.ref, depth), *below]


def _changes(access: Access, decision: Decision, formula: Formula) -> tuple[str, ...]:
    """The changes of the first right that decides."""
    if decision.outcome is Outcome.UNKNOWN:
        return (f"Read {', '.join(decision.unread)}: that settles it.",)
    for holds in _rights(formula):
        part = access.can(decision.principal, holds.ref, holds.capability)
        if part.outcome is decision.outcome:
            return explain_right.changes(access, part)
    return ()


def _rights(formula: Formula) -> list[Holds]:
    match formula:
        case Holds():
            return [formula]
        case Fact():
            return []
        case ByVisitor(guest=guest, account=account):
            return [*_rights(guest), *_rights(account)]
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return [holds for part in parts for holds in _rights(part)]
        case _:
            assert_never(formula)
