"""The answer to "may this principal do that to this object?"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from auditor.access.principals import Principal
from auditor.findings import Exposure
from auditor.model import Ref


class Outcome(StrEnum):
    """Allow, deny, or not known: some fact that would settle it was not read."""

    ALLOW = "allow"
    DENY = "deny"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why (design/contract.md, "access list"). `SWITCH_OFF` is a site switch other than the one for guests."""

    SITE_ROLE = "site-role"
    GUEST_OFF = "guest-off"
    SWITCH_OFF = "switch-off"
    ADMIN = "admin"
    PROJECT_OWNER = "project-owner"
    PROJECT_LEADER = "project-leader"
    OWNER = "owner"
    OWNER_IN_LOCKED_PROJECT = "owner-in-locked-project"
    PERSONAL_SPACE = "personal-space"
    USER_RULE = "user-rule"
    GROUP_DENY = "group-deny"
    GROUP_ALLOW = "group-allow"
    UNSPECIFIED = "unspecified"
    UNREAD = "unread"


NO_READS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """What rules and standing give, the site's switches left aside.

    `unread` names the reads that would settle an unknown. `unverified`: the role's ceiling is assumed, not documented
    (tableau-access.md, section 3, the cells marked "?"). `project_id` is the project whose owner or leader it is.
    """

    outcome: Outcome
    reason: Reason
    unread: frozenset[str] = NO_READS
    unverified: bool = False
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer.

    `capability` is the server's name or one of `model.OUTCOMES`. `exposure` is dormant on a deny that one switch would
    turn into an allow, and unknown on a deny by a switch where it is not known whether the switch is all that stands
    between. `cause` is the object whose setting decides. `unread` names the reads that would settle an unknown.
    """

    principal: Principal
    ref: Ref
    capability: str
    outcome: Outcome
    reason: str
    exposure: Exposure
    cause: Ref
    unread: tuple[str, ...] = ()
    unverified: bool = False
    prove: Callable[[], tuple[str, ...]] | None = field(default=None, compare=False, repr=False)

    @property
    def proof(self) -> tuple[str, ...]:
        """The steps that led to the answer, in sentences; worked out when asked for."""
        return self.prove() if self.prove is not None else ()

    @property
    def allowed(self) -> bool:
        """True for an allow only: an unknown is neither allowed nor denied."""
        return self.outcome is Outcome.ALLOW
