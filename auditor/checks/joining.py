"""A leak is one finding; the findings of its halves (the right, the data) are named as its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.findings import Finding, Verdict
from auditor.policy import Policy
from auditor.policy.requirements import AllowOnly, Forbid, ViewRules
from auditor.policy.requirements_data import Columns, DataSources, Leak

_HALVES = (Forbid, AllowOnly, ViewRules, Columns, DataSources)


def join_leaks(policy: Policy, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each leak with the fingerprints of the other failures about the same objects and audience."""
    kinds = {rule.id: type(rule.requirement) for rule in policy.rules}
    halves = [one for one in findings if one.verdict is Verdict.FAIL and kinds.get(one.rule) in _HALVES]
    return [
        replace(one, parts=_parts(one, halves)) if kinds.get(one.rule) is Leak and one.verdict is Verdict.FAIL else one
        for one in findings
    ]


def _parts(leak: Finding, halves: Sequence[Finding]) -> tuple[str, ...]:
    about = {leak.subject, *leak.affected}
    return tuple(
        sorted(
            half.fingerprint
            for half in halves
            if half.audience in (None, leak.audience) and not about.isdisjoint({half.subject, *half.affected})
        )
    )
