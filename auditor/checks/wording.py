"""Sentences for administrators: who holds what, why, and what that means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from auditor.access import Decision, UserPrincipal
from auditor.findings import Exposure
from auditor.model import Kind, Ref, Snapshot, path_of
from auditor.model.vocabulary import label
from auditor.policy import ANONYMOUS, EVERYONE

if TYPE_CHECKING:
    from auditor.checks.context import Context

_REASONS: dict[str, str] = {
    "user-rule": "a rule on the account itself allows it",
    "group-allow": "a rule of a group allows it and nothing denies it",
    "admin": "the account is an administrator",
    "project-owner": "the account owns the project",
    "project-leader": "the account leads the project",
    "owner": "the account owns the item",
    "owner-in-locked-project": "the account owns the item",
    "personal-space": "it is in the account's personal space",
}
_OUTCOMES: dict[str, str] = {
    "sees": "see it",
    "takes_picture": "take pictures of it",
    "takes_summary": "take the summary data",
    "takes_rows": "take the rows below it",
    "takes_file": "take the file with all data in it",
    "queries": "query the data directly",
    "edits": "change it",
}
#: Beyond the ceiling of a Viewer (reference/tableau-access.md, section 3); a Guest can hold these.
_BEYOND_VIEWER = frozenset(
    {"ViewUnderlyingData", "WebAuthoring", "ExportXml", "RunExplainData", "takes_rows", "takes_file"}
)
KIND_WORDS: dict[Kind, tuple[str, str]] = {
    Kind.SITE: ("site", "sites"),
    Kind.PROJECT: ("project", "projects"),
    Kind.WORKBOOK: ("workbook", "workbooks"),
    Kind.VIEW: ("view", "views"),
    Kind.DATASOURCE: ("data source", "data sources"),
    Kind.FLOW: ("flow", "flows"),
    Kind.VIRTUAL_CONNECTION: ("virtual connection", "virtual connections"),
    Kind.DATABASE: ("database", "databases"),
    Kind.TABLE: ("table", "tables"),
    Kind.DATA_ROLE: ("data role", "data roles"),
    Kind.METRIC: ("metric", "metrics"),
    Kind.LENS: ("lens", "lenses"),
    Kind.USER: ("account", "accounts"),
    Kind.GROUP: ("group", "groups"),
}


def audience_words(name: str) -> str:
    """The audience at the beginning of a sentence."""
    if name == ANONYMOUS:
        return "Visitors without an account"
    if name == EVERYONE:
        return "All signed-in users"
    return f"The audience '{name}'"


def holds(context: Context, audience: str, decisions: Sequence[Decision], exposure: Exposure, kind: Kind) -> str:
    """Who holds what, and by what."""
    who = audience_words(audience)
    accounts = [one.principal.user_id for one in decisions if isinstance(one.principal, UserPrincipal)]
    named = f" ({people(context.snapshot, accounts)})" if accounts else ""
    natives = list(dict.fromkeys(one.capability for one in decisions))
    rights = [f"'{label(name, kind)}'" for name in natives if name not in _OUTCOMES]
    outcomes = [_OUTCOMES[name] for name in natives if name in _OUTCOMES]
    could = exposure is Exposure.DORMANT
    does = [f"{'would hold' if could else _verb(audience, 'hold')} {listed(rights)}"] if rights else []
    does += [f"{'could' if could else 'can'} {listed(outcomes)}"] if outcomes else []
    because = _REASONS.get(decisions[0].reason)
    text = f"{who}{named} {' and '.join(does)}" + (f": {because}." if because and not could else ".")
    if could:
        text += " Only a switch of the site stands before it; one change of that switch opens it."
    beyond = _BEYOND_VIEWER.intersection(natives)
    if audience == ANONYMOUS and beyond and not could:
        text += " A visitor without an account may hold rights here that a paid Viewer cannot hold."
    return text


def _verb(audience: str, verb: str) -> str:
    return verb if audience in (ANONYMOUS, EVERYONE) else f"{verb}s"


def listed(words: Sequence[str]) -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def people(snapshot: Snapshot, user_ids: Iterable[str]) -> str:
    """At most five account names, and how many more."""
    ids = list(dict.fromkeys(user_ids))
    names = [snapshot.users[one].name if one in snapshot.users else one for one in ids[:5]]
    return listed(names) if len(ids) <= 5 else f"{', '.join(names)} and {len(ids) - 5} more"


def counted(refs: Iterable[Ref]) -> str:
    """How many of which kind: "1 workbook and 3 views"."""
    numbers = Counter(ref.kind for ref in refs)
    return listed(
        [
            f"{number} {KIND_WORDS[kind][number != 1]}"
            for kind, number in sorted(numbers.items(), key=lambda one: list(Kind).index(one[0]))
        ]
    )


def object_words(snapshot: Snapshot, ref: Ref) -> str:
    """An object in a sentence: "the workbook 'Public / Justice / Firearms'"."""
    word = KIND_WORDS[ref.kind][0]
    if ref.kind is Kind.SITE:
        return f"the site '{snapshot.provenance.site_name or snapshot.provenance.site_content_url or ref.id}'"
    if ref.kind is Kind.USER:
        return f"the account '{snapshot.users[ref.id].name if ref.id in snapshot.users else ref.id}'"
    if ref.kind is Kind.GROUP:
        return f"the group '{snapshot.groups[ref.id].name if ref.id in snapshot.groups else ref.id}'"
    subject = snapshot.subject(ref)
    return f"the {word} '{path_of(snapshot, subject)}'" if subject is not None else f"the {word} {ref.id}"
