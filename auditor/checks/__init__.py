"""Checks: one module a kind of requirement; the engine that runs them, and the grouping into findings."""

from auditor.checks.engine import judge, reads_needed, rule_reads, warnings
from auditor.checks.later import groups_wanted, wanted_later

__all__ = ["groups_wanted", "judge", "reads_needed", "rule_reads", "wanted_later", "warnings"]
