"""The server, its sites and their settings."""

from __future__ import annotations

from typing import Any

from tests.emulator import people
from tests.emulator.builder import ConnectedApp, Site
from tests.emulator.calls import Answer, Call
from tests.emulator.endpoints.content import S
from tests.emulator.errors import Refusal, not_found
from tests.emulator.paging import page
from tests.emulator.xml import Value, el


def sites(call: Call) -> Answer:
    """All sites: for server administrators; Tableau Cloud refuses it to all (403069)."""
    if call.site.cloud:
        raise Refusal("403069", "This method is not available on Tableau Cloud.")
    if call.user.role != "ServerAdministrator":
        raise Refusal("403004", "Only server administrators can list the sites.")
    return page(call, "sites", call.emulator.sites, lambda s: people.site(s, settings=True))


def site(call: Call, wanted: str) -> Answer:
    """One site, by identifier or by another key; only server administrators may ask for a site that is not theirs."""
    attribute = {"name": "name", "contentUrl": "content_url"}.get(call.query.get("key", ""), "luid")
    found = next((s for s in call.emulator.sites if getattr(s, attribute) == wanted), None)
    if found is None:
        raise not_found("site", wanted)
    if found is not call.site and call.user.role != "ServerAdministrator":
        raise Refusal("403004", "The user is not signed in to this site.")
    return call.xml(people.site(found, settings=call.is_admin))


def embedding(call: Call, wanted: str) -> Answer:
    call.admins_only()
    if call.site.embedding_settings is None:
        raise Refusal("404003", "The requested resource could not be found.")
    return call.xml(el("site", None, el("settings", call.site.embedding_settings)))


def extensions(call: Call, wanted: str) -> Answer:
    call.admins_only()
    values = {"extensionsEnabled": "true", "useDefaultSetting": "true"}
    return call.xml(el("extensionsSiteSettings", None, *(el(name, text=value) for name, value in values.items())))


def server_extensions(call: Call) -> Answer:
    call.admins_only()
    return call.xml(el("extensionsServerSettings", None, el("extensionsGloballyEnabled", text="true")))


def _app(app: ConnectedApp) -> str:
    attributes: dict[str, Value] = {
        "clientId": app.client_id,
        "name": app.name,
        "enabled": app.enabled,
        "createdAt": "2024-01-01T00:00:00Z",
        "projectId": app.project.luid if app.project else None,
        "domainSafelist": app.domain_safelist,
        "unrestrictedEmbedding": app.unrestricted_embedding,
    }
    return el("connectedApplication", {**attributes, **app.extra})


def connected_apps(call: Call, wanted: str) -> Answer:
    call.admins_only()
    return call.xml(el("connectedApplications", None, *(_app(a) for a in call.site.connected_apps)))


def connected_app(call: Call, wanted: str, client_id: str) -> Answer:
    call.admins_only()
    found = next((a for a in call.site.connected_apps if a.client_id == client_id), None)
    if found is None:
        raise Refusal("404003", f"Connected app '{client_id}' could not be found.")
    return call.xml(_app(found))


def own_site(emulator_sites: tuple[Site, ...], wanted: str) -> Site | None:
    return next((s for s in emulator_sites if s.luid == wanted), None)


ROUTES: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    ("sites", "2.0", sites, {}),
    ("sites/([^/]*)", "2.0", site, {}),
    (f"{S}settings/embedding", "3.16", embedding, {}),
    (f"{S}settings/extensions", "3.21", extensions, {}),
    ("settings/extensions", "3.21", server_extensions, {}),
    (f"{S}(?:connected-applications|connected-apps/direct-trust)", "3.14", connected_apps, {}),
    (f"{S}(?:connected-applications|connected-apps/direct-trust)/([^/]+)", "3.14", connected_app, {}),
)
