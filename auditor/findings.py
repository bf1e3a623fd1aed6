"""What an audit says: verdicts, severities, exposure, findings and their fingerprints.

A `Judgement` is the verdict of one rule on one subject. Findings are made of judgements: one for each root cause.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.model.facts import Ref


class Verdict(StrEnum):
    """`unknown` is a verdict of its own and never counts as a pass. Waived is an overlay, not a verdict."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """How bad a finding is, worst first. Compare by `rank`."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical up to 4 for info."""
        return list(Severity).index(self)

    def at_least(self, other: Severity) -> bool:
        """Is this at least as bad as the other?"""
        return self.rank <= other.rank


class Exposure(StrEnum):
    """`dormant`: granted, but a switch stands before it; one change of that switch makes it live."""

    LIVE = "live"
    DORMANT = "dormant"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PolicyPlace:
    """Where the rule stands: file as named on the command line (or in the package), line from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """A column that a finding names: never a value."""

    name: str
    classes: tuple[str, ...] = ()
    used: bool | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of one rule on one subject.

    `cause` is the object whose setting is the root cause (the governing project, the workbook of a view, the site, or
    the subject itself); judgements of one rule, audience, verdict and cause become one finding. `capabilities` are
    the server's names. `unread` names the reads that stand between `unknown` and a verdict.
    """

    subject: Ref
    verdict: Verdict
    cause: Ref | None = None
    audience: str | None = None
    exposure: Exposure = Exposure.LIVE
    capabilities: tuple[str, ...] = ()
    message: str = ""
    proof: tuple[str, ...] = ()
    columns: tuple[ColumnNote, ...] = ()
    unread: tuple[str, ...] = ()
    severity: Severity | None = None  # where a check lowers or raises the rule's own


@dataclass(frozen=True, slots=True)
class Finding:
    """One root cause that a rule objects to (or could not judge), with all subjects concerned."""

    rule: str
    title: str
    severity: Severity
    verdict: Verdict
    policy: PolicyPlace
    site_id: str
    subject: Ref
    affected: tuple[Ref, ...] = ()
    audience: str | None = None
    exposure: Exposure = Exposure.LIVE
    capabilities: tuple[str, ...] = ()
    message: str = ""
    proof: tuple[str, ...] = ()
    columns: tuple[ColumnNote, ...] = ()
    unread: tuple[str, ...] = ()
    rationale: str = ""
    remediation: str = ""
    references: tuple[str, ...] = ()
    preview: bool = False  # reported, never fails a run
    parts: tuple[str, ...] = field(default=())  # fingerprints of the findings that a joined finding is made of

    @property
    def fingerprint(self) -> str:
        """32 hex digits, from rule, site, subject id, audience and capabilities only (contract, "Fingerprints")."""
        return fingerprint(self.rule, self.site_id, self.subject, self.audience, self.capabilities)


def fingerprint(rule: str, site_id: str, subject: Ref, audience: str | None, capabilities: tuple[str, ...]) -> str:
    """The stable identity of a finding: 32 hex digits."""
    words = (rule, site_id, subject.kind, subject.id, audience or "", *sorted(capabilities))
    return hashlib.sha256("\x1f".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All that the rules said: findings (fail and unknown) in stable order, and counts of the rest, a rule × subject each."""

    findings: tuple[Finding, ...] = ()
    passed: int = 0
    not_applicable: int = 0
    judged_subjects: int = 0  # distinct subjects that some rule gave pass, fail or unknown
    rules_run: int = 0
