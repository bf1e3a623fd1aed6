"""`coverage`: what the audit set out to read was read. A gap is `unknown`, so that a run with one ends incomplete."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.context import Context
from auditor.findings import Exposure, Judgement, Verdict
from auditor.model import Coverage as Line
from auditor.model import Miss, Read
from auditor.policy import PolicyRule
from auditor.policy.requirements import Coverage

_MOST_NAMED = 5


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """None of its own: it looks at what the other rules made the source read."""
    del rule
    return frozenset()


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Unknown for each line of the ledger that is not complete; a pass where all are."""
    requirement = rule.requirement
    assert isinstance(requirement, Coverage)
    gaps = [
        line
        for name, line in context.snapshot.ledger.lines.items()
        if not line.complete and name not in requirement.except_reads
    ]
    for line in gaps:
        yield Judgement(
            context.site,
            Verdict.UNKNOWN,
            exposure=Exposure.UNKNOWN,
            message=_told(line),
            proof=tuple(_miss(line.read, miss) for miss in line.missing[:_MOST_NAMED]),
            unread=(str(line.read),),
        )
    if not gaps:
        yield Judgement(context.site, Verdict.PASS)


def _told(line: Line) -> str:
    expected = "an unknown number" if line.expected is None else str(line.expected)
    remedies = list(dict.fromkeys(miss.remedy for miss in line.missing if miss.remedy))
    remedy = f" To mend it: {remedies[0].rstrip('.')}." if remedies else ""
    return f"Of the read '{line.read}' {line.got} of {expected} were got.{remedy}"


def _miss(read: str, miss: Miss) -> str:
    name = f" '{miss.name}'" if miss.name else ""
    return f"{read}: {miss.kind}{name} not read: {miss.reason}"
