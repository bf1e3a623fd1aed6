"""People, sites and rules as the elements that the server sends."""

from __future__ import annotations

from tests.emulator.builder import Site
from tests.emulator.things import Group, GroupSet, Rule, Thing, User
from tests.emulator.xml import Value, el


def finished(thing: Thing, attributes: dict[str, Value], children: dict[str, str]) -> str:
    """The element, with what the description adds and leaves out."""
    gone = thing.omitted | thing.site.omissions.get(thing.kind, set())
    values = {**attributes, **thing.site.additions.get(thing.kind, {}), **thing.extra}
    return el(
        thing.kind,
        {name: value for name, value in values.items() if name not in gone},
        *(child for name, child in children.items() if name not in gone),
    )


def user(thing: User, *, everything: bool) -> str:
    attributes: dict[str, Value] = {
        "id": thing.luid,
        "name": thing.name,
        "siteRole": thing.role,
        "externalAuthUserId": "",
        "locale": "",
        "language": "en",
        "authSetting": "TableauIDWithMFA" if thing.site.cloud else "ServerDefault",
    }
    if everything:
        attributes |= {"fullName": thing.name, "email": ""}
    told = everything and thing.domain is not None
    return finished(thing, attributes, {"domain": el("domain", {"name": thing.domain})} if told else {})


def group(thing: Group, *, everything: bool) -> str:
    attributes: dict[str, Value] = {"id": thing.luid, "name": thing.name, "minimumSiteRole": thing.minimum_site_role}
    if everything:
        attributes["userCount"] = len(thing.site.members(thing))
    children = {"domain": el("domain", {"name": thing.domain})}
    if thing.license_mode is not None:
        children["import"] = el(
            "import",
            {"domainName": thing.domain, "siteRole": thing.minimum_site_role, "grantLicenseMode": thing.license_mode},
        )
    return finished(thing, attributes, children)


def group_set(thing: GroupSet, *, everything: bool) -> str:
    groups = {f"group {g.luid}": el("group", {"id": g.luid, "name": g.name}) for g in thing.groups}
    return finished(thing, {"id": thing.luid, "name": thing.name, "groupCount": len(thing.groups)}, groups)


def site(thing: Site, *, settings: bool) -> str:
    """A site; the settings are for administrators only (trap 17 of tableau-access.md)."""
    values: dict[str, Value] = {"id": thing.luid, "name": thing.name, "contentUrl": thing.content_url}
    values |= {**(thing.settings if settings else {}), **thing.additions.get("site", {})}
    gone = thing.omissions.get("site", set())
    return el("site", {name: value for name, value in values.items() if name not in gone})


def rules(found: list[Rule]) -> str:
    """One `granteeCapabilities` for each grantee, in the order in which the grantees first appear."""
    by_grantee: dict[tuple[str, str], list[Rule]] = {}
    for rule in found:
        by_grantee.setdefault((rule.grantee.element, rule.grantee.luid), []).append(rule)
    return "".join(
        el(
            "granteeCapabilities",
            None,
            el(element, {"id": luid}),
            el("capabilities", None, *(el("capability", {"name": r.capability, "mode": r.mode}) for r in group)),
        )
        for (element, luid), group in by_grantee.items()
    )
