"""Who can do what, with proof (reference/tableau-access.md). Pure: facts in, answers out; no policy, no network.

The entrance is `Access(snapshot)`. `Principal` is whom a question is about; `Decision` is one answer.
"""

from auditor.access.decision import Decision, Outcome, Reason
from auditor.access.engine import Access
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal

__all__ = [
    "Access",
    "Anonymous",
    "Decision",
    "Everyone",
    "GroupPrincipal",
    "Outcome",
    "Principal",
    "Reason",
    "UserPrincipal",
]
