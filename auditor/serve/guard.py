"""Who may look: reading only, under a known name, with the token; and headers that leave a page no power."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from auditor.serve.settings import ServeSettings

if TYPE_CHECKING:
    from flask import Flask, Request, Response

#: No script at all, nothing from elsewhere, no frame around it.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guard(app: Flask, settings: ServeSettings) -> None:
    """Put the guards before and after every request of the app."""
    from flask import Response, abort, request

    @app.before_request
    def _check() -> None:
        if request.method not in ("GET", "HEAD"):
            abort(Response("This view is read-only.\n", 405, {"Allow": "GET, HEAD"}, mimetype="text/plain"))
        if not _known_host(request, settings):
            # A page elsewhere may have pointed its own name at this address (DNS rebinding).
            abort(Response("This server does not answer to that name.\n", 421, mimetype="text/plain"))
        if settings.token is not None and not _has_token(request, settings.token):
            challenge = {
                "WWW-Authenticate": 'Basic realm="bi-auditor: any name, the token as password", charset="UTF-8"'
            }
            abort(Response("A token is needed.\n", 401, challenge, mimetype="text/plain"))

    @app.after_request
    def _harden(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response


def _known_host(request: Request, settings: ServeSettings) -> bool:
    if settings.hosts is None:
        return True
    return _without_port(request.headers.get("Host", "")) in settings.hosts


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


def _has_token(request: Request, token: str) -> bool:
    """The token as the password of HTTP Basic, which browsers ask for, or as a bearer token."""
    given = request.authorization
    if given is None:
        return False
    offered = (given.password if given.type == "basic" else given.token if given.type == "bearer" else None) or ""
    return hmac.compare_digest(offered.encode("utf-8", "replace"), token.encode())
