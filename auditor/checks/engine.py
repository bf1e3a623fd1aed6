"""Every rule over every subject: reads asked for, lists that are not complete, doubts, bugs, grouping, order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from auditor.access import Access
from auditor.checks import settings
from auditor.checks.access import access_reads
from auditor.checks.context import Context, Shared, kinds_of
from auditor.checks.grouping import finding_order, findings_of
from auditor.checks.joining import join_leaks
from auditor.checks.registry import REGISTRY
from auditor.errors import AuditorError, InternalError
from auditor.findings import Exposure, Finding, Judgement, Verdict, Verdicts
from auditor.model import OUTCOMES, Read, Ref, Snapshot
from auditor.policy import Policy, PolicyRule
from auditor.policy.audiences import AudiencePart
from auditor.policy.register import Register

#: Lists that must be complete before "nothing was found" means anything.
LISTS: frozenset[Read] = frozenset(
    {
        Read.PROJECTS, Read.WORKBOOKS, Read.VIEWS, Read.DATASOURCES, Read.FLOWS, Read.VIRTUAL_CONNECTIONS,
        Read.DATABASES, Read.TABLES, Read.DATA_ROLES, Read.METRICS, Read.LENSES,
    }
)  # fmt: skip

#: Verdicts, the one that counts most for a subject last.
_RANK = {Verdict.NOT_APPLICABLE: 0, Verdict.PASS: 1, Verdict.UNKNOWN: 2, Verdict.FAIL: 3}


def reads_needed(policy: Policy) -> frozenset[Read]:
    """All reads that the policy's rules need, for the source to make."""
    return frozenset(read for rule in policy.rules for read in rule_reads(rule, policy))


def rule_reads(rule: PolicyRule, policy: Policy) -> frozenset[Read]:
    """The reads of one rule: its requirement's, its selection's, its audiences' and those it names itself."""
    reads = set(REGISTRY[type(rule.requirement)].reads(rule))
    reads |= {Read(name) for name in rule.needs} | {settings.read_of(name) for name in rule.when}
    if rule.reachable_by is not None:
        outcomes = any(name in OUTCOMES for name in rule.reachable_by.capabilities)
        reads |= access_reads(kinds_of(rule), outcomes=outcomes)
    for selection in (rule.select, rule.select.exclude):
        if selection is not None and selection.owners is not None:
            reads.add(Read.USERS)
    for audience in (policy.audiences.get(name) for name in _audiences(rule)):
        for part in audience.parts if audience is not None else ():
            reads |= _part_reads(part)
    return frozenset(reads)


def _audiences(rule: PolicyRule) -> tuple[str, ...]:
    own: tuple[str, ...] = getattr(rule.requirement, "audience", ())
    return (*own, *(rule.reachable_by.audience if rule.reachable_by is not None else ()))


def _part_reads(part: AudiencePart) -> set[Read]:
    if part.group is not None:
        return {Read.GROUPS}
    reads = {Read.USERS}
    return reads | {Read.GROUPS, Read.GROUP_MEMBERS} if part.members_of is not None else reads


@dataclass(slots=True)
class _Tally:
    """What a run adds up to."""

    findings: list[Finding] = field(default_factory=list)
    passed: int = 0
    not_applicable: int = 0
    judged: set[Ref] = field(default_factory=set)


def judge(
    policy: Policy,
    snapshot: Snapshot,
    *,
    access: Access,
    register: Register | None = None,
    today: date,
    only: Collection[Ref] | None = None,
) -> Verdicts:
    """What the policy's rules say about the facts.

    `only`: the objects that the question is about; what is said of others is neither found nor counted.
    An object that was not read gives `unknown` for the rules that need it. InternalError where a check raises.
    """
    shared = Shared(policy, snapshot, access, register, today)
    tally = _Tally()
    for rule in policy.rules:
        judgements = judge_rule(rule, shared)
        if only is not None:
            judgements = (one for one in judgements if one.subject in only)
        objections = _count(tally, judgements)
        tally.findings += findings_of(rule, objections, snapshot)
    joined = join_leaks(policy, tally.findings)
    findings = sorted(joined, key=lambda finding: finding_order(snapshot, finding))
    return Verdicts(tuple(findings), tally.passed, tally.not_applicable, len(tally.judged), len(policy.rules))


def _count(tally: _Tally, judgements: Iterable[Judgement]) -> list[Judgement]:
    """Count a subject by the worst that the rule says of it; gives the judgements that findings are made of.

    The others are not kept: on a large site there are millions of them.
    """
    ranks: dict[Ref, int] = {}
    objections: list[Judgement] = []
    for judgement in judgements:
        rank = _RANK[judgement.verdict]
        if rank > ranks.get(judgement.subject, -1):
            ranks[judgement.subject] = rank
        if rank >= _RANK[Verdict.UNKNOWN]:
            objections.append(judgement)
    numbers = Counter(ranks.values())
    tally.not_applicable += numbers[0]
    tally.passed += numbers[1]
    tally.judged.update(ref for ref, rank in ranks.items() if rank)
    return objections


def judge_rule(rule: PolicyRule, shared: Shared) -> Iterator[Judgement]:
    """One rule's judgements, with the engine's own about what is missing."""
    context = Context(shared)
    applies, untold = settings.all_hold(rule.when, shared.snapshot)
    if applies is not True:
        yield settings.untold(context, untold) if applies is None else Judgement(context.site, Verdict.NOT_APPLICABLE)
        return
    yield from _missing_lists(rule, context)
    last: Ref | None = None
    try:
        for judgement in REGISTRY[type(rule.requirement)].judge(rule, context):
            last = judgement.subject
            yield _with_doubt(judgement, context)
    except AuditorError:
        raise
    except Exception as error:  # the one place where a bug in a check gets its name
        subject = f"after {last.kind} {last.id}" if last is not None else "at the first subject"
        raise InternalError(
            f"The check of rule {rule.id} failed {subject}: {type(error).__name__}.",
            where=f"{rule.file}:{rule.line}",
            next_step="This is a bug in the auditor; please report it.",
        ) from error
    yield from context.skipped


def _missing_lists(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    for read in sorted(rule_reads(rule, context.shared.policy) & LISTS):
        if not context.snapshot.ledger.is_complete(read):
            yield Judgement(
                context.site,
                Verdict.UNKNOWN,
                exposure=Exposure.UNKNOWN,
                message=f"The list '{read}' is not complete, so what is not on it was not judged.",
                unread=(str(read),),
            )


def _with_doubt(judgement: Judgement, context: Context) -> Judgement:
    doubts = context.doubts.get(judgement.subject)
    if doubts is None or judgement.verdict not in (Verdict.FAIL, Verdict.UNKNOWN):
        return judgement
    unread = tuple(sorted({*doubts, *judgement.unread}))
    return replace(
        judgement,
        verdict=Verdict.UNKNOWN,
        exposure=Exposure.UNKNOWN,
        unread=unread,
        message="",
        capabilities=(),
        cause=None,
    )


def warnings(policy: Policy, snapshot: Snapshot) -> tuple[str, ...]:
    """What is odd about the policy on this site and is no finding: globs and audiences that match nothing."""
    from auditor.checks.oddities import oddities

    return oddities(policy, snapshot)
