"""Where the server's address and the sign-in come from: options, files, the environment, a prompt. Never an argument.

The environment's families and their order are reference/tableau-api-and-scale.md, section 7. The bare names (`SERVER`,
`SITE`) collide easily with other programs': they count only where the token of the same family is set.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import UsageError
from auditor.sources.tableau.settings import (
    Credentials,
    JwtCredentials,
    PasswordCredentials,
    Secret,
    TokenCredentials,
)


@dataclass(frozen=True, slots=True)
class Family:
    """One convention of environment variables."""

    server: str
    site: str
    token_name: str
    token_value: str
    bare: bool = False


FAMILIES = (
    Family("TABLEAU_SERVER_URL", "TABLEAU_SITE", "TABLEAU_TOKEN_NAME", "TABLEAU_TOKEN_VALUE"),
    Family("TABLEAU_SERVER", "TABLEAU_SITE_ID", "TABLEAU_PAT_NAME", "TABLEAU_PAT_VALUE"),
    Family("SERVER", "SITE_NAME", "PAT_NAME", "PAT_VALUE", bare=True),
    Family("SERVER", "SITE", "TOKEN_NAME", "TOKEN_VALUE", bare=True),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    server: str | None = None
    site: str | None = None
    token_name: str | None = None
    token_file: str | None = None
    username: str | None = None
    password_file: str | None = None
    jwt_file: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """Credentials, and where the secret came from in words for people."""

    credentials: Credentials
    origin: str


@dataclass(frozen=True, slots=True)
class Address:
    """The server and the site's content URL ("" is the Default site)."""

    server: str
    site: str


def address(options: Options, environment: Mapping[str, str]) -> Address | None:
    """The server and site, by option or environment; None where neither names a server."""
    server = options.server or _first(environment, "server")
    if not server:
        return None
    server, named = _without_page(server)
    site = options.site if options.site is not None else _first(environment, "site")
    return Address(server, _site_name(site if site is not None else named))


def _without_page(server: str) -> tuple[str, str]:
    """An address copied from a browser without its page, and the site that it names ("…/#/site/NAME/projects")."""
    address, _, page = server.partition("#")
    words = [word for word in page.split("/") if word]
    named = words[1] if len(words) > 1 and words[0] == "site" else ""
    return address.rstrip("/"), named


def sign_in(options: Options, environment: Mapping[str, str]) -> SignIn:
    """The one way to sign in that the options and the environment name. Raises UsageError where there is none or two."""
    chosen = [name for name in ("token_file", "username", "jwt_file") if getattr(options, name)]
    if len(chosen) > 1:
        words = " and ".join("--" + name.replace("_", "-") for name in chosen)
        raise UsageError(f"{words} name two ways to sign in.", next_step="Keep one of them.")
    if options.jwt_file:
        return SignIn(JwtCredentials(_read(options.jwt_file, "--jwt-file")), f"the file {options.jwt_file}")
    if options.username:
        return _password(options.username, options.password_file, environment)
    return _token(options, environment)


def _password(username: str, file: str | None, environment: Mapping[str, str]) -> SignIn:
    if file:
        return SignIn(PasswordCredentials(username, _read(file, "--password-file")), f"the file {file}")
    if given := environment.get("TABLEAU_PASSWORD"):
        return SignIn(PasswordCredentials(username, Secret(given)), "the environment variable TABLEAU_PASSWORD")
    return SignIn(PasswordCredentials(username, _prompt(f"Password of {username}: ")), "a prompt")


def _token(options: Options, environment: Mapping[str, str]) -> SignIn:
    if options.token_file:
        name = options.token_name or _first(environment, "token_name")
        if not name:
            raise UsageError("--token-file without the token's name.", next_step="Add --token-name.")
        secret = _read(options.token_file, "--token-file")
        return SignIn(TokenCredentials(name, secret), f"the file {options.token_file}")
    for family in FAMILIES:
        value = environment.get(family.token_value)
        name = options.token_name or environment.get(family.token_name)
        if value and name:
            secret = Secret(value.strip())
            return SignIn(TokenCredentials(name, secret), f"the environment variable {family.token_value}")
    if options.token_name and sys.stdin.isatty():
        secret = _prompt(f"Value of token {options.token_name}: ")
        return SignIn(TokenCredentials(options.token_name, secret), "a prompt")
    if options.token_name:
        raise UsageError(
            f"the token '{options.token_name}' has no value: TABLEAU_TOKEN_VALUE is not set.",
            next_step="Set it, or name a file that holds it with --token-file.",
        )
    raise UsageError(
        "no way to sign in was given.",
        next_step=(
            "Name a personal access token by --token-name and put its value into TABLEAU_TOKEN_VALUE or --token-file; "
            "or use --username with --password-file, or --jwt-file."
        ),
    )


def _first(environment: Mapping[str, str], which: str) -> str | None:
    for family in FAMILIES:
        if family.bare and not environment.get(family.token_value):
            continue
        if (value := environment.get(getattr(family, which))) is not None and (value or which == "site"):
            return value
    return None


def _site_name(site: str) -> str:
    """The content URL; the word "default", in any case, is the Default site, whose URL is empty (as tabcmd reads it)."""
    return "" if site.strip().lower() == "default" else site.strip()


def _read(path: str, option: str) -> Secret:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise UsageError(f"the file cannot be read ({reason}).", where=f"{option} {path}") from error
    if not text:
        raise UsageError("the file is empty.", where=f"{option} {path}", next_step="Put the secret into it.")
    return Secret(text)


def _prompt(words: str) -> Secret:
    import getpass

    if not sys.stdin.isatty():
        raise UsageError("a secret is missing and there is no terminal to ask on.", next_step="Name a file with it.")
    return Secret(getpass.getpass(words, stream=sys.stderr))
