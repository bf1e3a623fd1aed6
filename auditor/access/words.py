"""Names and an administrator's words for what proofs speak of. Ids only where there is no name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, assert_never

from auditor.access.ceilings import Role
from auditor.access.lookup import principal_info
from auditor.access.principals import Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.model import Grantee, GranteeKind, Kind, Ref, Snapshot, path_of
from auditor.model.vocabulary import label

#: What one calls several objects of a kind.
PLURALS: Final[dict[Kind, str]] = {
    Kind.WORKBOOK: "workbooks",
    Kind.VIEW: "workbooks",  # views have no template of their own
    Kind.DATASOURCE: "data sources",
    Kind.FLOW: "flows",
    Kind.VIRTUAL_CONNECTION: "virtual connections",
    Kind.DATABASE: "databases",
    Kind.TABLE: "tables",
    Kind.DATA_ROLE: "data roles",
    Kind.METRIC: "metrics",
    Kind.LENS: "lenses",
}
OUTCOME_WORDS: Final[dict[str, str]] = {
    "sees": "See the data",
    "takes_picture": "Take a picture of the data",
    "takes_summary": "Take the summary data",
    "takes_rows": "Take the rows",
    "takes_file": "Take the file",
    "queries": "Query the data",
    "edits": "Edit on the web",
}


def plain(text: str) -> str:
    """A name from a server without what could steer a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "�" for char in text)


@dataclass(frozen=True, slots=True)
class Words:
    """Speaks of one snapshot's objects. Names of principals and projects, which come again and again, are kept."""

    snapshot: Snapshot
    _principals: dict[Principal, tuple[str, str, str]] = field(default_factory=dict, compare=False, repr=False)
    _projects: dict[Ref, str] = field(default_factory=dict, compare=False, repr=False)

    def principal_info(self, principal: Principal) -> tuple[str, str, str]:
        """Kind, id and name of a principal, for reports."""
        if principal not in self._principals:
            self._principals[principal] = principal_info(self.snapshot, principal)
        return self._principals[principal]

    def principal(self, principal: Principal) -> str:
        """As the subject of a sentence."""
        name = plain(self.principal_info(principal)[2])
        match principal:
            case Anonymous():
                return f"The visitor without an account ({name})"
            case Everyone():
                return f"An account in {name}"
            case GroupPrincipal():
                return f"A member of group “{name}”"
            case UserPrincipal():
                return f"User “{name}”"
            case _:
                assert_never(principal)

    def grantee(self, grantee: Grantee) -> str:
        """Whom a rule is about."""
        match grantee.kind:
            case GranteeKind.USER:
                user = self.snapshot.users.get(grantee.id)
                return f"user “{plain(user.name)}”" if user else f"a user that is not listed ({plain(grantee.id)})"
            case GranteeKind.GROUP:
                group = self.snapshot.groups.get(grantee.id)
                return f"group “{plain(group.name)}”" if group else f"a group that is not listed ({plain(grantee.id)})"
            case GranteeKind.GROUP_SET:
                return self._group_set(grantee.id)
            case GranteeKind.OTHER:
                return f"a grantee of a kind we do not know ({plain(grantee.word or grantee.id)})"
            case _:
                assert_never(grantee.kind)

    def _group_set(self, set_id: str) -> str:
        found = self.snapshot.group_sets.get(set_id)
        if found is None:
            return f"a group set that is not listed ({plain(set_id)})"
        if not found.group_ids:
            return f"group set “{plain(found.name)}”"
        named = (self.snapshot.groups.get(group) for group in found.group_ids)
        groups = ", ".join(plain(group.name) if group else "?" for group in named)
        return f"group set “{plain(found.name)}” (members of all of: {groups})"

    def thing(self, ref: Ref) -> str:
        """An object with its kind and path."""
        if ref.kind is not Kind.PROJECT:
            return self._thing(ref)
        if ref not in self._projects:
            self._projects[ref] = self._thing(ref)
        return self._projects[ref]

    def _thing(self, ref: Ref) -> str:
        subject = self.snapshot.subject(ref)
        kind = ref.kind.value.replace("_", " ")
        kind = "data source" if ref.kind is Kind.DATASOURCE else kind
        return f"{kind} “{plain(path_of(self.snapshot, subject))}”" if subject else f"a {kind} that was not read"

    def project(self, project_id: str) -> str:
        """A project by its path."""
        return self.thing(Ref(Kind.PROJECT, project_id))

    def capability(self, name: str, kind: Kind) -> str:
        """The words of Tableau's dialogue, or ours for an outcome."""
        return OUTCOME_WORDS.get(name) or plain(label(name, kind))

    def role(self, principal: Principal, role: Role | None) -> str:
        """The site role as the server says it."""
        if isinstance(principal, UserPrincipal):
            user = self.snapshot.users.get(principal.user_id)
            return plain(user.site_role) if user else "a role that was not read"
        if isinstance(principal, Anonymous):
            return "Guest"
        return "Creator (the highest that is no administrator's)" if role is Role.CREATOR else str(role)
