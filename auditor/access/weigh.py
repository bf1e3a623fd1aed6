"""Weigh the formula of an outcome for one principal, with Kleene's three values.

Parts are weighed one by one: where two parts hang on the same unread fact in opposite ways, the whole may be reported
unknown although no world allows it. It is never reported allowed or denied wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from auditor.access.decision import NO_READS, Outcome, Reason
from auditor.access.outcomes import AllOf, AnyOf, ByVisitor, Fact, Formula, Holds


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a formula comes to: the outcome and the part that decides it."""

    outcome: Outcome
    reason: Reason
    unread: frozenset[str] = NO_READS
    unverified: bool = False
    decider: Holds | None = None


Leaf = Callable[[Holds], Weighed]


def weigh(formula: Formula, leaf: Leaf, *, guest: bool) -> Weighed:
    """The value of a formula for a principal whose single rights `leaf` tells."""
    match formula:
        case Holds():
            return leaf(formula)
        case Fact(value=value, read=read):
            match value:
                case None:
                    return Weighed(Outcome.UNKNOWN, Reason.UNREAD, frozenset({str(read)}))
                case True:
                    return Weighed(Outcome.ALLOW, Reason.UNSPECIFIED)
                case False:
                    return Weighed(Outcome.DENY, Reason.UNSPECIFIED)
        case ByVisitor(guest=for_guest, account=for_account):
            return weigh(for_guest if guest else for_account, leaf, guest=guest)
        case AllOf(parts=parts):
            return _combine((weigh(part, leaf, guest=guest) for part in parts), stopper=Outcome.DENY)
        case AnyOf(parts=parts):
            return _combine((weigh(part, leaf, guest=guest) for part in parts), stopper=Outcome.ALLOW)
        case _:
            assert_never(formula)


def _combine(weighed: Iterator[Weighed], *, stopper: Outcome) -> Weighed:
    """`stopper` decides alone (a deny among all, an allow among any); an unknown part leaves the whole unknown."""
    parts: list[Weighed] = []
    for part in weighed:
        if part.outcome is stopper:
            return part
        parts.append(part)
    unknown = [part for part in parts if part.outcome is Outcome.UNKNOWN]
    if unknown:
        unread = frozenset[str]().union(*(part.unread for part in unknown))
        decider = next((part.decider for part in unknown if part.decider), None)
        return Weighed(Outcome.UNKNOWN, Reason.UNREAD, unread, any(p.unverified for p in parts), decider)
    agreed = Outcome.ALLOW if stopper is Outcome.DENY else Outcome.DENY
    first = next((part for part in parts if part.decider), None)
    if first is None:
        return Weighed(agreed, Reason.UNSPECIFIED)
    return Weighed(agreed, first.reason, unverified=any(p.unverified for p in parts), decider=first.decider)
