"""Why, or why not: the chain of steps that led to an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.access.principals import Principal
from auditor.model import Ref

if TYPE_CHECKING:
    from auditor.access.engine import Access


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps, first to last."""

    steps: tuple[str, ...]

    def sentences(self) -> tuple[str, ...]:
        """The steps as sentences."""
        return self.steps


def explain(access: Access, principal: Principal, ref: Ref, capability: str) -> Explanation:
    """Not yet the whole chain: the answer and its reason."""
    decision = access.can(principal, ref, capability)
    return Explanation((f"{decision.outcome.value}: {decision.reason}",))
