"""The deployments file as it is written, version 1, and the refusal of secrets in it before anything else looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from auditor.deployments.credentials import Way
from auditor.findings import Severity
from auditor.policy.marked_yaml import Document, Place

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
WAYS: tuple[Way, ...] = ("token", "password", "jwt")
_KEYS: Mapping[Way, tuple[str, ...]] = {
    "token": ("name", "value_from"),
    "password": ("username", "value_from"),
    "jwt": ("value_from",),
}
_EXAMPLE: Mapping[Way, str] = {
    "token": "token: {name: auditor, value_from: {env: OPENDATA_TOKEN}}",
    "password": "password: {username: auditor, value_from: {file: secrets/password}}",
    "jwt": "jwt: {value_from: {file: secrets/jwt}}",
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class ValueFrom(_Strict):
    """Where a secret is found: exactly one of the name of an environment variable and the path of a file."""

    env: Text | None = None
    file: Text | None = None


class TokenEntry(_Strict):
    """A personal access token."""

    name: Text
    value_from: ValueFrom


class PasswordEntry(_Strict):
    """An account's name and password."""

    username: Text
    value_from: ValueFrom


class JwtEntry(_Strict):
    """A JSON web token of a connected app."""

    value_from: ValueFrom


class CommonEntry(_Strict):
    """What `defaults` may say for all sites, and each site for itself."""

    server: Text | None = Field(default=None, description="The server's address.")
    token: TokenEntry | None = None
    password: PasswordEntry | None = None
    jwt: JwtEntry | None = None
    policies: tuple[Text, ...] | None = Field(default=None, description="Files, folders, names of shipped packs.")
    select: tuple[Text, ...] | None = None
    ignore: tuple[Text, ...] | None = None
    waivers: tuple[Text, ...] | None = None
    register_: Text | None = Field(default=None, alias="register")
    fail_on: Severity | None = None
    ca_bundle: Text | None = None
    proxy: Text | None = None
    timeout: int | None = Field(default=None, ge=1, description="Seconds a request may take.")
    workers: int | None = Field(default=None, ge=1, le=64, description="Requests at the same time, for this site.")
    page_size: int | None = Field(default=None, ge=1, le=1000)


class SiteEntry(CommonEntry):
    """One site. `name` is ours, for the report's file and the summary; `site` is the content URL, empty for Default."""

    name: Text
    site: str = ""


class DeploymentsFile(_Strict):
    """A deployments file, version 1."""

    version: Literal[1]
    at_a_time: int | None = Field(default=None, ge=1, le=64, description="Sites audited at the same time.")
    defaults: CommonEntry = CommonEntry()
    sites: tuple[SiteEntry, ...] = Field(min_length=1)


def said(entry: CommonEntry, defaults: CommonEntry, key: str) -> Any:
    """What a site says, else what the defaults say; None where neither does."""
    own = getattr(entry, key)
    return own if own is not None else getattr(defaults, key)


def refuse_secrets(document: Document) -> None:
    """InvalidFileError for a credential that is written where a name must stand. Never repeats what stands there."""
    for place, part in _parts(document):
        for way in WAYS:
            if way in part:
                _refuse_literal(document, (*place, way), way, part[way])
        for key in ("server", "proxy"):
            if isinstance(part.get(key), str) and "@" in part[key]:
                raise document.error(
                    (*place, key),
                    f"'{key}' holds credentials, and this file is no place for a secret.",
                    "Leave them out; a proxy's credentials belong into HTTPS_PROXY of the environment.",
                )


def _parts(document: Document) -> Iterator[tuple[Place, dict[str, Any]]]:
    data = document.data if isinstance(document.data, dict) else {}
    if isinstance(data.get("defaults"), dict):
        yield ("defaults",), data["defaults"]
    sites = data.get("sites")
    for index, site in enumerate(sites if isinstance(sites, list) else ()):
        if isinstance(site, dict):
            yield ("sites", index), site


def _refuse_literal(document: Document, place: Place, way: Way, written: Any) -> None:
    advice = f"Name where it is found, as in `{_EXAMPLE[way]}`."
    if not isinstance(written, dict):
        raise document.error(place, f"'{way}' names a way to sign in; a secret must not stand in this file.", advice)
    if unknown := next((key for key in written if key not in _KEYS[way]), None):
        raise document.error(
            (*place, unknown), f"'{way}' has no key '{unknown}': a secret is not written here.", advice
        )
    if "value_from" not in written:
        raise document.error(place, f"'{way}' does not say where its secret is found ('value_from').", advice)
    source = written["value_from"]
    place = (*place, "value_from")
    if not isinstance(source, dict) or len(source) != 1 or next(iter(source)) not in {"env", "file"}:
        raise document.error(place, "'value_from' holds exactly one of 'env' and 'file'.", advice)
    if "env" in source and not (isinstance(source["env"], str) and _VARIABLE.fullmatch(source["env"])):
        raise document.error(
            (*place, "env"),
            "'env' is not the name of an environment variable (what stands there is not shown).",
            advice,
        )
