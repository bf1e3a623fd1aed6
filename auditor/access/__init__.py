"""Who can do what, with proof (reference/tableau-access.md). Pure: facts in, answers out; no policy, no network.

The entrance is `Access(snapshot)`. `Principal` is whom a question is about; `Decision` is one answer.
"""

from auditor.access.decision import Decision, Outcome, Reason
from auditor.access.engine import Access
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.access.what_if import (
    AddRule,
    Change,
    Difference,
    JoinGroup,
    LeaveGroup,
    RemoveRule,
    SetLock,
    SetRole,
    SetSetting,
    ShowTabs,
    changed_decisions,
    what_if,
)

__all__ = [
    "Access",
    "AddRule",
    "Anonymous",
    "Change",
    "Decision",
    "Difference",
    "Everyone",
    "GroupPrincipal",
    "JoinGroup",
    "LeaveGroup",
    "Outcome",
    "Principal",
    "Reason",
    "RemoveRule",
    "SetLock",
    "SetRole",
    "SetSetting",
    "ShowTabs",
    "UserPrincipal",
    "changed_decisions",
    "what_if",
]
