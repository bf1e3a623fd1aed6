"""Meeting a server: is it one, which version does it speak, will it let us in. Each refusal is one sentence."""

from __future__ import annotations

import logging
import re
from typing import assert_never
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import requests
import tableauserverclient as tsc
from defusedxml.common import DefusedXmlException
from tableauserverclient.models.tableau_auth import Credentials as ClientCredentials
from tableauserverclient.server.endpoint.exceptions import TableauError, XMLError

from auditor.errors import SignInError, SourceError
from auditor.sources.tableau.failures import Mask, RedirectRefusedError, TransportError, clean, explain
from auditor.sources.tableau.settings import (
    Credentials,
    JwtCredentials,
    PasswordCredentials,
    TableauSettings,
    TokenCredentials,
)
from auditor.sources.tableau.transport import Transport
from auditor.sources.tableau.xml import child_text, element_named, parse

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")

#: What a call through tableauserverclient may raise besides its own errors and requests' when an answer is not Tableau's.
NOT_TABLEAU = (ParseError, DefusedXmlException, AttributeError, KeyError, ValueError)


def client(address: str, transport: Transport, settings: TableauSettings) -> tsc.Server:
    """Tableauserverclient's server over our transport. Its log says nothing unless somebody listens to it."""
    logging.getLogger("TSC").addHandler(logging.NullHandler())
    return tsc.Server(  # type: ignore[no-untyped-call]
        address, http_options={"timeout": settings.timeout}, session_factory=transport.session
    )


def client_credentials(credentials: Credentials, site: str) -> ClientCredentials:
    """The same credentials in tableauserverclient's types; they live for the length of one call."""
    match credentials:
        case TokenCredentials(name, secret):
            return tsc.PersonalAccessTokenAuth(name, secret.reveal(), site_id=site)
        case PasswordCredentials(username, password):
            return tsc.TableauAuth(username, password.reveal(), site_id=site)
        case JwtCredentials(jwt):
            return tsc.JWTAuth(jwt.reveal(), isUat=False, site_id=site)
        case _:
            assert_never(credentials)


def ask_version(server: tsc.Server, mask: Mask) -> tuple[str, str]:
    """The API's and the product's version, asked before any secret is sent. SourceError where nobody says.

    tableauserverclient's own negotiation stays silently at API 2.4 when this fails (tsc-wire-and-files.md, trap 3).
    """
    host = urlsplit(server.server_address).netloc
    try:
        answer = server.server_info.get_unauthenticated_request(server.server_info.baseurl)  # type: ignore[no-untyped-call]
        root = parse(answer.content)
    except (requests.RequestException, TableauError, *NOT_TABLEAU) as error:
        raise _unreachable(error, host, mask) from None
    info = element_named(root, "serverInfo")
    version = child_text(info, "restApiVersion") if info is not None else None
    product = child_text(info, "productVersion") if info is not None else None
    if version is None or _VERSION.fullmatch(version) is None:
        raise SourceError(
            f"{host} answered, but did not say which version of Tableau's REST API it speaks.",
            next_step="Check the address; the server must be Tableau Server 10.1 or newer, or Tableau Cloud.",
        )
    return version, clean(product or "")


def sign_in(server: tsc.Server, settings: TableauSettings, mask: Mask) -> None:
    """Sign in. SignInError where the server refuses, SourceError where no answer came."""
    assert settings.credentials is not None
    host = urlsplit(server.server_address).netloc
    try:
        server.auth.sign_in(client_credentials(settings.credentials, settings.site))
    except XMLError as error:
        raise _refused(error, settings, mask) from None
    except (requests.RequestException, TableauError, *NOT_TABLEAU) as error:
        raise _unreachable(error, host, mask) from None
    if not server.is_signed_in() or not server.auth_token or not server.site_id:  # type: ignore[no-untyped-call]
        raise SignInError(f"{host} answered the sign-in without a session.", next_step="Check the address.")


def _refused(error: XMLError, settings: TableauSettings, mask: Mask) -> SignInError:
    said = explain(error, mask).reason
    site = f"site '{clean(settings.site)}'" if settings.site else "the default site"
    match settings.credentials:
        case TokenCredentials(name):
            who = f"the token '{clean(name)}'"
            advice = (
                "Check the token's name and value, the site's content URL (the part after /site/ in its address), and "
                "whether the token has expired: a token lapses after 15 days without use."
            )
        case PasswordCredentials(username):
            who = f"the account '{clean(username)}'"
            advice = (
                "Check name, password and the site's content URL; where sign-in needs a second factor, use a token."
            )
        case _:
            who = "the JWT"
            advice = "Check that the connected app is enabled, and the token's time, audience, user and scopes."
    return SignInError(f"The server refused {who} on {site}: {said}.", next_step=advice)


_STEPS = (
    ("name could not be found", "Check the server's name in --server."),
    ("refused", "Check host and port in --server, and whether the server runs."),
    ("no TLS", "Is it http:// instead of https://? Then whoever is on the way can read the token."),
    ("certificate", "Give the authority that signed it with --ca-bundle; verification is never switched off."),
    ("in time", "Check the address and the network, or give a longer --timeout."),
    ("redirects", RedirectRefusedError.remedy),
    ("XML", "Is this a sign-in page or a proxy? Give the address under which Tableau itself answers."),
)


def _unreachable(error: Exception, host: str, mask: Mask) -> SourceError:
    if isinstance(error, requests.exceptions.ProxyError):
        return SourceError(
            f"The proxy on the way to {host} refused the connection.", next_step="Check --proxy or HTTPS_PROXY."
        )
    if isinstance(error, NOT_TABLEAU) or (isinstance(error, TableauError) and not isinstance(error, XMLError)):
        failure = explain(error, mask)
        what = failure.reason if failure.status else "the answer is not Tableau's XML"
    else:
        what = explain(error, mask).reason
    step = next((step for word, step in _STEPS if word in what), "Check the address in --server, and try again later.")
    if isinstance(error, TransportError) and error.remedy:
        step = error.remedy
    return SourceError(f"No audit of {host}: {what}.", next_step=step)
