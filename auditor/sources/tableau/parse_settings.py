"""A site's switches: every attribute that the server said, typed by its looks. What it left out has no key."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from auditor.model import SettingValue
from auditor.sources.tableau.parse_content import MalformedError
from auditor.sources.tableau.xml import children, element_named, local, number, yes_or_no

#: One setting goes by two names (reference/tableau-access.md, trap 16).
_SAME = {"isDataAlertsEnabled": "dataAlertsEnabled"}
#: What names the site and is said to everybody; an answer with nothing else is one that holds no settings.
IDENTITY = frozenset({"id", "name", "contentUrl"})


def typed(value: str) -> SettingValue:
    """A value by its looks: "true" and "false" are booleans, digits whole numbers, anything else its own words."""
    yes = yes_or_no(value)
    if yes is not None:
        return yes
    whole = number(value)
    return whole if whole is not None else value.strip()


def site_settings(root: Element) -> dict[str, SettingValue]:
    """The attributes of <site>, and those of its childless children as "child.attribute"."""
    site = element_named(root, "site")
    if site is None:
        raise MalformedError("the answer holds no site")
    found = {name: typed(value) for name, value in site.attrib.items()}
    for one in site:
        if len(one) == 0:
            found |= {f"{local(one)}.{name}": typed(value) for name, value in one.attrib.items()}
    for other, usual in _SAME.items():
        if other in found:
            found.setdefault(usual, found[other])
    return found


def embedding_settings(root: Element) -> dict[str, SettingValue]:
    """`embedding.unrestrictedEmbedding` and `embedding.allowList`, wherever in the answer they stand."""
    found: dict[str, SettingValue] = {}
    for element in root.iter():
        for name in ("unrestrictedEmbedding", "allowList"):
            if name in element.attrib:
                value = element.attrib[name]
                found[f"embedding.{name}"] = value if name == "allowList" else typed(value)
    if not found:
        raise MalformedError("the answer holds no embedding settings")
    return found


def extension_settings(root: Element) -> dict[str, SettingValue]:
    """The site's rules for dashboard extensions, as `extensions.NAME`; addresses of the safe list joined by blanks."""
    holder = element_named(root, "extensionsSiteSettings")
    if holder is None:
        raise MalformedError("the answer holds no settings for extensions")
    found = {f"extensions.{local(one)}": typed(one.text or "") for one in holder if len(one) == 0}
    safe = [(url.text or "").strip() for entry in children(holder, "safeList") for url in children(entry, "url")]
    return {**found, "extensions.safeList": " ".join(safe)}
