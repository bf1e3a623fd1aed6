"""Checks: one module a kind of requirement; the engine that runs them, and the grouping into findings."""

from auditor.checks.engine import judge, reads_needed, rule_reads, warnings
from auditor.checks.later import wanted_later

__all__ = ["judge", "reads_needed", "rule_reads", "wanted_later", "warnings"]
