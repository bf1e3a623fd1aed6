"""`view_rules`: a view with rules of its own must not be wider than its workbook (tableau-access.md, 8, case 3 and 14)."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.access import Outcome
from auditor.checks import wording
from auditor.checks.access import access_reads, principals
from auditor.checks.context import Context
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import Content, Kind, Read, Ref
from auditor.model.vocabulary import capability_order, is_on_kind, label
from auditor.policy import PolicyRule
from auditor.policy.requirements import ViewRules


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """Who can do what with views and workbooks."""
    del rule
    return access_reads((Kind.VIEW, Kind.WORKBOOK))


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Each view, for each audience."""
    requirement = rule.requirement
    assert isinstance(requirement, ViewRules)
    for subject in context.subjects(rule, (Kind.VIEW,)):
        assert isinstance(subject, Content)
        workbook = context.snapshot.parent_of(subject)
        if workbook is None:
            yield Judgement(subject.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=(str(Read.WORKBOOKS),))
            continue
        if context.access.governing(subject.ref) != subject.ref and workbook.tabs_shown is not None:
            yield Judgement(subject.ref, Verdict.PASS)
            continue
        for audience in requirement.audience:
            yield _judge_view(rule, context, subject.ref, workbook.ref, audience)


def _judge_view(rule: PolicyRule, context: Context, view: Ref, workbook: Ref, audience: str) -> Judgement:
    resolved = context.audience(audience)
    if context.shared.nobody(resolved, context.access.capabilities_of(view), view):
        return Judgement(view, Verdict.PASS, audience=audience)
    wider: set[str] = set()
    unread: set[str] = set()
    unknown = False
    proof: list[str] = []
    for principal in principals(resolved):
        for decision in context.access.decisions(principal, view):
            if is_on_kind(decision.capability, Kind.VIEW) is not True:
                continue
            dormant = decision.exposure is Exposure.DORMANT and rule.exposure == "any"
            if decision.outcome is Outcome.DENY and not dormant:
                continue
            other = context.access.can(principal, workbook, decision.capability)
            if Outcome.UNKNOWN in (decision.outcome, other.outcome):
                unknown = True
                unread |= {*decision.unread, *other.unread}
            elif other.outcome is Outcome.DENY and not (dormant and other.exposure is Exposure.DORMANT):
                wider.add(decision.capability)
                proof += decision.proof
    if wider:
        names = tuple(sorted(wider, key=capability_order))
        rights = wording.listed([f"'{label(name, Kind.VIEW)}'" for name in names])
        return Judgement(
            view,
            Verdict.FAIL,
            audience=audience,
            capabilities=names,
            message=f"{wording.audience_words(audience)} hold {rights} on this view but not on its workbook: its tabs are "
            "hidden, so the view has rules of its own and changes to the workbook's rules do not reach it.",
            proof=tuple(dict.fromkeys(proof)),
            cause=workbook,
            severity=rule.severity_for(context.shared.policy.audiences[audience].tier),
        )
    if unknown:
        return Judgement(
            view, Verdict.UNKNOWN, audience=audience, exposure=Exposure.UNKNOWN, unread=tuple(sorted(unread))
        )
    return Judgement(view, Verdict.PASS, audience=audience)
