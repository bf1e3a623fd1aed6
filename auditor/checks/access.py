"""`forbid` and `allow_only`: what an audience may do with a subject."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.access import Decision, Outcome, Principal, UserPrincipal
from auditor.access.denials import Denial
from auditor.checks import wording
from auditor.checks.audience import Resolved
from auditor.checks.context import FEW, Context, kinds_of, kinds_with, list_reads
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import OUTCOMES, RULES_READ, Kind, Read, Ref
from auditor.model.vocabulary import CAPABILITIES, capability_order, is_on_kind, native_names
from auditor.policy import PolicyRule
from auditor.policy.requirements import AllowOnly, Forbid, natives_on

#: What the engine needs to know before it can say what anybody may do.
GROUND: frozenset[Read] = frozenset(
    {Read.SITE, Read.PROJECTS, Read.PROJECT_PERMISSIONS, Read.DEFAULT_PERMISSIONS, Read.USERS, Read.GROUPS, Read.GROUP_MEMBERS, Read.GROUP_SETS}
)  # fmt: skip

#: What an outcome is made of, for lists of what is allowed (auditor.model.vocabulary.OUTCOMES).
OUTCOME_NATIVES: dict[str, tuple[str, ...]] = {
    "sees": ("Read", "Filter"),
    "takes_picture": ("Read", "ExportImage"),
    "takes_summary": ("Read", "ExportData"),
    "takes_rows": ("Read", "ViewUnderlyingData"),
    "takes_file": ("Read", "ExportXml"),
    "queries": ("Connect", "VizqlDataApiAccess"),
    "edits": ("WebAuthoring", "WebAuthoringForFlows", "Write", "Overwrite"),
}
_OUTCOME_KINDS = frozenset({Kind.WORKBOOK, Kind.VIEW, Kind.DATASOURCE, Kind.FLOW})
#: So many holders are named in a finding's decisions at most.
_MOST_ACCOUNTS = 200
#: Some outcomes are no question for some kinds.
_NOT_ON: dict[str, frozenset[Kind]] = {
    "takes_picture": frozenset({Kind.DATASOURCE, Kind.FLOW}),
    "takes_summary": frozenset({Kind.DATASOURCE, Kind.FLOW}),
    "takes_rows": frozenset({Kind.DATASOURCE, Kind.FLOW}),
    "takes_file": frozenset({Kind.VIEW}),
    "queries": frozenset({Kind.VIEW, Kind.FLOW}),
}


@dataclass(slots=True)
class Held:
    """What an audience holds of a list of capabilities on one subject."""

    live: list[Decision] = field(default_factory=list)
    dormant: list[Decision] = field(default_factory=list)
    unknown: bool = False
    unread: set[str] = field(default_factory=set)
    cause: Ref | None = None

    def add(self, decision: Decision) -> None:
        """Sort one decision in."""
        if decision.outcome is Outcome.ALLOW:
            self.live.append(decision)
        elif decision.exposure is Exposure.DORMANT:
            self.dormant.append(decision)
        elif decision.outcome is Outcome.UNKNOWN or decision.exposure is Exposure.UNKNOWN:
            self.unknown = True
            self.unread |= set(decision.unread)
            self.cause = self.cause or decision.cause


@functools.cache
def on_kind(names: tuple[str, ...], kind: Kind) -> tuple[str, ...]:
    """The capabilities (server's names) and outcomes of a list that a kind has, in report order."""
    natives: set[str] = set()
    outcomes = [
        name for name in names if name in OUTCOMES and kind in _OUTCOME_KINDS and kind not in _NOT_ON.get(name, ())
    ]
    for name in names:
        if name.startswith("native:"):
            natives |= native_names(name)
        else:
            natives |= {
                word.native for word in CAPABILITIES if name in (word.neutral, word.native) and kind in word.kinds
            }
    return (*sorted(natives, key=capability_order), *outcomes)


def held_by(context: Context, audience: str, capabilities: tuple[str, ...], ref: Ref) -> Held:
    """Which of the capabilities the audience holds on the subject."""
    held = Held()
    asked = on_kind(capabilities, ref.kind)
    resolved = context.audience(audience)
    if context.shared.nobody(resolved, asked, ref):
        return held
    for capability in asked:
        for principal in holding(context, resolved, ref, capability):
            held.add(context.access.can(principal, ref, capability))
    if resolved.unread and asked:
        held.unknown = True
        held.unread |= set(resolved.unread)
    return held


def holding(context: Context, resolved: Resolved, ref: Ref, capability: str) -> Iterator[Principal]:
    """The principals of an audience to ask one by one: of many accounts only those that may hold it."""
    yield from resolved.principals
    yield from _accounts_holding(context, resolved, ref, capability)


def _accounts_holding(context: Context, resolved: Resolved, ref: Ref, capability: str) -> Iterator[Principal]:
    if len(resolved.accounts) <= FEW:
        yield from (UserPrincipal(account) for account in sorted(resolved.accounts))
        return
    holders = context.access.who_can(ref, capability)
    numbers = context.shared.numbers(resolved, holders.universe)
    for found in (holders.allowed & numbers, holders.unknown & numbers, holders.dormant & numbers):
        yield from (holders.universe.principals[number] for number in list(found)[:_MOST_ACCOUNTS])


def _counts(capability: str, permitted: frozenset[str], kind: Kind) -> bool:
    """Is it a capability that a list can leave out? One that the kind does not have is accepted and has no effect."""
    return capability not in permitted and capability not in OUTCOMES and is_on_kind(capability, kind) is not False


def principals(resolved: Resolved) -> Iterator[Principal]:
    """Every principal of an audience, one after the other."""
    yield from resolved.principals
    for account in sorted(resolved.accounts):
        yield UserPrincipal(account)


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """What `forbid` and `allow_only` need to read."""
    requirement = rule.requirement
    able = kinds_with(natives_on(requirement.capabilities)) if isinstance(requirement, Forbid) else None
    capabilities = requirement.capabilities if isinstance(requirement, Forbid | AllowOnly) else ()
    outcomes = any(name in OUTCOMES for name in capabilities)
    return access_reads(kinds_of(rule, None if outcomes else able), outcomes=outcomes)


def access_reads(kinds: tuple[Kind, ...], *, outcomes: bool = False) -> frozenset[Read]:
    """What answering about these kinds needs; outcomes also look at published data sources and connections."""
    wanted = {*kinds, *((Kind.WORKBOOK,) if Kind.VIEW in kinds else ())}
    reads = GROUND | list_reads(tuple(wanted)) | {RULES_READ[kind] for kind in wanted if kind in RULES_READ}
    if outcomes:
        reads |= {Read.DATASOURCES, Read.DATASOURCE_PERMISSIONS, Read.WORKBOOK_CONNECTIONS}
    return frozenset(reads)


def judge_forbid(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Fails a subject on which the audience holds any of the capabilities."""
    requirement = rule.requirement
    assert isinstance(requirement, Forbid)
    ask = Ask(rule, context)
    asking = {name: _Asking(context, context.audience(name), requirement.capabilities) for name in requirement.audience}
    for subject in context.subjects(rule):
        ref = subject.ref
        asked = on_kind(requirement.capabilities, ref.kind)
        for name, question in asking.items():
            if not asked or question.audience.is_empty:
                yield Judgement(ref, Verdict.NOT_APPLICABLE, audience=name)
            elif question.is_nobody(ref):
                yield Judgement(ref, Verdict.PASS, audience=name)
            else:
                yield from ask.verdicts(ref, name, held_by(context, name, requirement.capabilities, ref))


@dataclass(slots=True)
class _Asking:
    """One audience and one list of capabilities, asked of subject after subject."""

    context: Context
    audience: Resolved
    capabilities: tuple[str, ...]
    by_kind: dict[Kind, Denial | None] = field(default_factory=dict)

    def is_nobody(self, ref: Ref) -> bool:
        """Is it certain, and quickly told, that nobody holds any of them?"""
        if ref.kind not in self.by_kind:
            asked = on_kind(self.capabilities, ref.kind)
            self.by_kind[ref.kind] = self.context.shared.denial(self.audience, asked)
        denial = self.by_kind[ref.kind]
        return denial is not None and denial.on(ref)


def judge_allow_only(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Fails a subject on which the audience holds anything else, known to us or not."""
    requirement = rule.requirement
    assert isinstance(requirement, AllowOnly)
    ask = Ask(rule, context)
    for subject in context.subjects(rule):
        permitted = _permitted(requirement.capabilities, subject.kind)
        for name in requirement.audience:
            audience = context.audience(name)
            if audience.is_empty:
                yield Judgement(subject.ref, Verdict.NOT_APPLICABLE, audience=name)
                continue
            held = _held_beyond(context, audience, permitted, subject.ref)
            yield from ask.verdicts(subject.ref, name, held)


@functools.cache
def _permitted(names: tuple[str, ...], kind: Kind) -> frozenset[str]:
    natives = set(on_kind(names, kind))
    for name in names:
        natives |= set(OUTCOME_NATIVES.get(name, ()))
    return frozenset(natives)


@functools.cache
def _beyond(capabilities: tuple[str, ...], permitted: frozenset[str], kind: Kind) -> tuple[str, ...]:
    return tuple(name for name in capabilities if _counts(name, permitted, kind))


def _held_beyond(context: Context, audience: Resolved, permitted: frozenset[str], ref: Ref) -> Held:
    held = Held()
    asked = _beyond(context.access.capabilities_of(ref), permitted, ref.kind)
    if context.shared.nobody(audience, asked, ref):
        return held
    for principal in audience.principals:
        for decision in context.access.decisions(principal, ref):
            if decision.capability in asked:
                held.add(decision)
    for capability in asked if audience.accounts else ():
        for principal in _accounts_holding(context, audience, ref, capability):
            held.add(context.access.can(principal, ref, capability))
    if audience.unread:
        held.unknown = True
        held.unread |= set(audience.unread)
    return held


@dataclass(slots=True)
class Ask:
    """One rule asking; `told` remembers for which causes the message and the proof were given already."""

    rule: PolicyRule
    context: Context
    told: set[tuple[str, Ref, Exposure]] = field(default_factory=set)

    def verdicts(self, ref: Ref, audience: str, held: Held) -> Iterator[Judgement]:
        """What was found as judgements: live, dormant where the rule asks for it, unknown, or a pass."""
        if held.live:
            yield self._failure(ref, audience, held.live, Exposure.LIVE)
        if held.dormant and self.rule.exposure == "any":
            yield self._failure(ref, audience, held.dormant, Exposure.DORMANT)
        elif not held.live and held.unknown:
            unread = tuple(sorted(held.unread))
            yield Judgement(
                ref, Verdict.UNKNOWN, held.cause, audience=audience, exposure=Exposure.UNKNOWN, unread=unread
            )
        elif not held.live:
            yield Judgement(ref, Verdict.PASS, audience=audience)

    def _failure(self, ref: Ref, audience: str, decisions: list[Decision], exposure: Exposure) -> Judgement:
        cause = decisions[0].cause
        first = (audience, cause, exposure) not in self.told  # the proof of one subject stands for all of one cause
        self.told.add((audience, cause, exposure))
        return Judgement(
            ref,
            Verdict.FAIL,
            cause=cause,
            audience=audience,
            exposure=exposure,
            capabilities=tuple(sorted({one.capability for one in decisions}, key=capability_order)),
            message=wording.holds(self.context, audience, decisions, exposure, ref.kind) if first else "",
            proof=_proof(decisions) if first else (),
            severity=self.rule.severity_for(self.context.shared.policy.audiences[audience].tier),
        )


def _proof(decisions: list[Decision]) -> tuple[str, ...]:
    steps: dict[str, None] = {}
    for decision in decisions[:4]:
        steps |= dict.fromkeys(decision.proof)
    return tuple(steps)
