"""Users, groups, group sets, connected apps and rules from their elements. Words that we do not know are carried."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from auditor.model import (
    ConnectedApp,
    Grantee,
    GranteeKind,
    Group,
    GroupSet,
    Mode,
    Rule,
    RuleSet,
    User,
)
from auditor.sources.tableau.parse_content import MalformedError, required_id, required_name, text
from auditor.sources.tableau.xml import child, child_attribute, children, flag, local, number

#: The built-in group of all accounts: its name in the domain of the server's own groups (tableau-access.md, 2.10).
_EVERYONE, _OWN_DOMAINS = "All Users", frozenset({None, "", "local"})

_GRANTEES = {"user": GranteeKind.USER, "group": GranteeKind.GROUP, "groupSet": GranteeKind.GROUP_SET}
_MODES = {mode.value: mode for mode in Mode}


def user(element: Element) -> User:
    """An account; a role that is unknown or missing loses nothing (trap 8)."""
    return User(
        id=required_id(element),
        name=required_name(element),
        site_role=element.get("siteRole", ""),
        full_name=text(element, "fullName"),
        email=text(element, "email"),
        domain=child_attribute(element, "domain", "name"),
        last_login=text(element, "lastLogin"),
        auth_setting=text(element, "authSetting"),
    )


def member(element: Element) -> str:
    """A member of a group: the account's id."""
    return required_id(element)


def group(element: Element) -> Group:
    """A group, with the minimum role that its members are given where the server says one."""
    name, domain = element.get("name", ""), child_attribute(element, "domain", "name")
    demand = flag(element, "ephemeralUsersEnabled")
    return Group(
        id=required_id(element),
        name=name,
        domain=domain,
        is_everyone=name == _EVERYONE and domain in _OWN_DOMAINS,
        minimum_site_role=text(element, "minimumSiteRole") or child_attribute(element, "import", "siteRole"),
        user_count=number(element.get("userCount")),
        on_demand_access=demand if demand is not None else flag(element, "externalUserEnabled"),
    )


def group_set(element: Element) -> GroupSet:
    """A group set; its groups are None unless all of them stand in the element."""
    groups = tuple(required_id(one) for one in children(element, "group"))
    announced = number(element.get("groupCount"))
    return GroupSet(
        id=required_id(element),
        name=element.get("name", ""),
        group_ids=tuple(dict.fromkeys(groups)) if announced is not None and announced == len(groups) else None,
    )


def groups_of_set(element: Element) -> tuple[str, ...]:
    """The groups in the answer about one group set."""
    return tuple(dict.fromkeys(required_id(one) for one in children(element, "group")))


def connected_app(element: Element) -> ConnectedApp:
    """A connected app. No projects named means the whole site; not a word about projects means not told."""
    return ConnectedApp(
        id=required_id(element, "clientId"),
        name=element.get("name", ""),
        enabled=flag(element, "enabled"),
        project_ids=_projects_of_app(element),
        domain_safelist=element.get("domainSafelist"),
        unrestricted_embedding=flag(element, "unrestrictedEmbedding"),
    )


def _projects_of_app(element: Element) -> tuple[str, ...] | None:
    listed = child(element, "projectIds")
    if listed is not None:
        return tuple(
            found for one in listed if (found := (one.text or "").strip() or one.get("id") or one.get("projectId"))
        )
    single = element.get("projectId")
    return None if single is None else tuple(filter(None, (single.strip(),)))


def rules(root: Element) -> RuleSet:
    """The explicit rules in an answer about permissions.

    A grantee of an unknown kind and an unknown capability are carried. MalformedError for a rule that cannot be told:
    no grantee, no capability, a mode that is neither Allow nor Deny. A set with a hole in it is not a set.
    """
    holder = _permissions(root)
    found: list[Rule] = []
    for block in children(holder, "granteeCapabilities"):
        holds = _grantee(block)
        for listed in children(block, "capabilities"):
            found.extend(_rule(holds, one) for one in children(listed, "capability"))
    return RuleSet.of(found)


def governing_parent(root: Element) -> str | None:
    """The project that the server names as governing these rules (the <parent> of a locked project's content)."""
    parent = child(_permissions(root), "parent")
    if parent is None or parent.get("type", "Project") != "Project":
        return None
    return parent.get("id") or None


def _permissions(root: Element) -> Element:
    holder = child(root, "permissions")
    if holder is None:
        raise MalformedError("the answer holds no permissions")
    return holder


def _grantee(block: Element) -> Grantee:
    element = next((one for one in block if local(one) != "capabilities"), None)
    if element is None:
        raise MalformedError("the server sent a rule without a grantee")
    word = local(element)
    kind = _GRANTEES.get(word, GranteeKind.OTHER)
    if kind is GranteeKind.OTHER:
        return Grantee(kind, element.get("id", ""), word)
    return Grantee(kind, required_id(element))


def _rule(holder: Grantee, element: Element) -> Rule:
    name, mode = element.get("name", "").strip(), _MODES.get(element.get("mode", "").strip())
    if not name or mode is None:
        raise MalformedError(
            f"the server sent a rule that cannot be told ({name or 'no capability'}, {element.get('mode')})"
        )
    return Rule(holder, name, mode)
