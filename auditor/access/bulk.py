"""Answers for sets of principals at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.access.decision import Outcome
from auditor.access.principals import Principal
from auditor.model import Ref

if TYPE_CHECKING:
    from auditor.access.engine import Access


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody who holds something on an object, and those of whom it is not known."""

    allowed: frozenset[Principal]
    unknown: frozenset[Principal]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Sets of principals."""

    access: Access

    def who_can(self, ref: Ref, capability: str) -> Holders:
        """Everybody who holds a capability or reaches an outcome on an object."""
        answers = {
            principal: self.access.can(principal, ref, capability).outcome for principal in self.access.principals()
        }
        return Holders(
            frozenset(p for p, outcome in answers.items() if outcome is Outcome.ALLOW),
            frozenset(p for p, outcome in answers.items() if outcome is Outcome.UNKNOWN),
        )
