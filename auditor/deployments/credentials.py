"""Credentials by name: where a secret will be found, and the looking up of it on the machine that needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from auditor.errors import SignInError
from auditor.sources.tableau.settings import (
    Credentials,
    JwtCredentials,
    PasswordCredentials,
    Secret,
    TokenCredentials,
)

_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """The value of an environment variable of the machine that audits."""

    variable: str

    def __str__(self) -> str:
        return f"the environment variable {self.variable}"


@dataclass(frozen=True, slots=True)
class FromFile:
    """The content of a file on the machine that audits, blanks at its ends left out."""

    path: Path

    def __str__(self) -> str:
        return f"the file {self.path}"


Way = Literal["token", "password", "jwt"]


@dataclass(frozen=True, slots=True)
class Credential:
    """A way to sign in, its secret by name only. `account` is the token's or the account's name; a JWT has none."""

    way: Way
    account: str
    value_from: FromEnvironment | FromFile


def resolve(credential: Credential, environment: Mapping[str, str]) -> Credentials:
    """The credentials themselves, looked up here and now. SignInError where the named place holds nothing."""
    secret = _secret(credential.value_from, environment)
    match credential.way:
        case "token":
            return TokenCredentials(credential.account, secret)
        case "password":
            return PasswordCredentials(credential.account, secret)
        case "jwt":
            return JwtCredentials(secret)
        case _:
            assert_never(credential.way)


def _secret(place: FromEnvironment | FromFile, environment: Mapping[str, str]) -> Secret:
    match place:
        case FromEnvironment(variable):
            value = environment.get(variable, "")
        case FromFile(path):
            value = _content(path)
        case _:
            assert_never(place)
    if not value.strip():
        raise SignInError(
            f"The secret to sign in with is missing: {place} is not set or empty on this machine.",
            next_step="Set it where the audit runs (with --executor: on every worker); its value goes nowhere else.",
        )
    return Secret(value.strip())


def _content(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SignInError(
            f"The secret to sign in with cannot be read on this machine: {reason}.",
            where=str(path),
            next_step="Check the path and the rights on the file.",
        ) from None
