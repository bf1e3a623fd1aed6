"""Plain denials, told for many objects at once: what nearly every question about a large site comes to.

A denial is plain where the answer is no, all that it hangs on was read, and no switch stands before it. For principals
that do not own the object it hangs on the object's core alone, so it is worked out once for all objects that share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from auditor.access.decision import Outcome
from auditor.access.frame import Core
from auditor.access.principals import Principal
from auditor.findings import Exposure
from auditor.model import OUTCOMES, Kind, Ref

if TYPE_CHECKING:
    from auditor.access.engine import Access

#: What an outcome on a workbook or view takes at least: without one right of each row there is no outcome
#: (auditor.access.outcomes). True: the right on the workbook counts, also for its views.
_NEEDS: Final[dict[str, tuple[tuple[tuple[str, bool], ...], ...]]] = {
    "sees": ((("Read", False),),),
    "takes_picture": ((("Read", False),), (("ExportImage", False),)),
    "takes_summary": ((("Read", False),), (("ExportData", False),)),
    "takes_rows": ((("Read", False),), (("ViewUnderlyingData", False),)),
    "takes_file": ((("ExportXml", True),),),
    "queries": ((("Connect", True), ("VizqlDataApiAccess", True)),),
    "edits": ((("Read", False),), (("WebAuthoring", False),)),
}
_SHEETS: Final = (Kind.WORKBOOK, Kind.VIEW)


@dataclass(slots=True)
class Denial:
    """One question, asked of object after object: is each of the principals plainly denied each of the capabilities?"""

    access: Access
    principals: Sequence[Principal]
    capabilities: Sequence[str]
    _known: dict[tuple[Core, Core], bool] = field(default_factory=dict)
    _owners: frozenset[str | None] = frozenset()  # an object of one of these is a question of its own

    def __post_init__(self) -> None:
        standings = [self.access.standing(principal) for principal in self.principals]
        own = frozenset[str | None]().union(*(standing.ids for standing in standings))
        self._owners = own | {None} if any(standing.can_own for standing in standings) else own

    def on(self, ref: Ref) -> bool:
        """True where each answer is a plain no; False where some is not, or where it takes more to tell."""
        frame = self.access.frames.of(ref)
        workbook = frame.workbook or frame
        if self._owners and not (self._owners.isdisjoint(frame.owners) and self._owners.isdisjoint(workbook.owners)):
            return False
        key = (frame.core, workbook.core)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = all(
                self._plainly(principal, ref, capability)
                for principal in self.principals
                for capability in self.capabilities
            )
        return known

    def _plainly(self, principal: Principal, ref: Ref, capability: str) -> bool:
        if capability not in OUTCOMES:
            return self._is_denied(principal, ref, capability)
        if ref.kind not in _SHEETS:
            return False
        workbook = self.access.workbook_of(ref)
        return any(
            all(self._is_denied(principal, workbook if of_workbook else ref, name) for name, of_workbook in ways)
            for ways in _NEEDS[capability]
        )

    def _is_denied(self, principal: Principal, ref: Ref, capability: str) -> bool:
        decision = self.access.can(principal, ref, capability)
        return decision.outcome is Outcome.DENY and decision.exposure is Exposure.LIVE
