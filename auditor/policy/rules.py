"""A policy as the checks see it: rules with their places, audiences, parameters, and what was switched off or is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from auditor.errors import UsageError
from auditor.findings import PolicyPlace, Severity
from auditor.policy.audiences import BUILT_IN, Audience, Tier
from auditor.policy.names import suggestion
from auditor.policy.parameters import Value
from auditor.policy.requirements import Expectation
from auditor.policy.schema import Disabled, PlannedRule, Reach, Requirement
from auditor.policy.selecting import Select


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule, ready to be judged. `file` is as told to people, `line` from 1; `pack` is the policy's own name."""

    id: str
    title: str
    severity: Severity
    requirement: Requirement
    kind: str
    select: Select
    reachable_by: Reach | None = None
    when: Mapping[str, Expectation] = field(default_factory=dict)
    severity_by_tier: Mapping[str, Severity] = field(default_factory=dict)
    exposure: Literal["live", "any"] = "live"
    status: Literal["stable", "preview"] = "stable"
    edition: str | None = None
    needs: tuple[str, ...] = ()
    rationale: str = ""
    remediation: str = ""
    references: tuple[str, ...] = ()
    file: str = ""
    line: int = 1
    pack: str = ""

    @property
    def place(self) -> PolicyPlace:
        """Where the rule stands."""
        return PolicyPlace(self.file, self.line)

    @property
    def preview(self) -> bool:
        """Reported, never fails a run."""
        return self.status == "preview"

    def severity_for(self, tier: Tier) -> Severity:
        """The severity for an audience of this tier."""
        return self.severity_by_tier.get(tier, self.severity)


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of a run, in the order of the files. `sources` are the files, as told to people."""

    rules: tuple[PolicyRule, ...]
    audiences: Mapping[str, Audience] = field(default_factory=lambda: MappingProxyType(BUILT_IN))
    parameters: Mapping[str, Value] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    name: str = ""
    description: str = ""
    edition: str | None = None
    disabled: tuple[Disabled, ...] = ()
    planned: tuple[PlannedRule, ...] = ()

    def rule(self, rule_id: str) -> PolicyRule:
        """The rule of this id; UsageError with the nearest id where there is none."""
        for rule in self.rules:
            if rule.id.casefold() == rule_id.casefold():
                return rule
        raise UsageError(
            f"There is no rule '{rule_id}'.", next_step=suggestion(rule_id, [rule.id for rule in self.rules])
        )


def select_rules(policy: Policy, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Policy:
    """The policy with only the selected rules and without the ignored ones.

    A name is a rule id, or the beginning of ids that ends before a "-" ("ANON" is every ANON-…). UsageError for a name
    that fits no rule, and where nothing is left to judge.
    """
    wanted = _named(policy, select) if select else {rule.id for rule in policy.rules}
    unwanted = _named(policy, ignore)
    rules = tuple(rule for rule in policy.rules if rule.id in wanted and rule.id not in unwanted)
    if not rules:
        raise UsageError("--select and --ignore leave no rule to judge.", next_step="Select at least one rule.")
    return _with_rules(policy, rules)


def _named(policy: Policy, names: Sequence[str]) -> set[str]:
    ids = [rule.id for rule in policy.rules]
    found: set[str] = set()
    for name in (part.strip() for text in names for part in text.split(",")):
        if not name:
            continue
        fitting = {
            one for one in ids if one.casefold() == name.casefold() or one.casefold().startswith(f"{name.casefold()}-")
        }
        if not fitting:
            raise UsageError(f"There is no rule '{name}' in this policy.", next_step=suggestion(name, ids))
        found |= fitting
    return found


def _with_rules(policy: Policy, rules: tuple[PolicyRule, ...]) -> Policy:
    return Policy(
        rules,
        policy.audiences,
        policy.parameters,
        policy.sources,
        policy.name,
        policy.description,
        policy.edition,
        policy.disabled,
        policy.planned,
    )
