"""How to reach a Tableau site: address, credentials, limits. Nothing here talks to anybody."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn, final
from urllib.parse import urlsplit

from auditor.errors import UsageError

NamesPolicy = Literal["keep", "people", "all"]
LookInside = Literal["never", "fallback", "always"]

#: Requests an hour that Tableau Cloud allows a user on a site (reference/tableau-api-and-scale.md, 1.6).
CLOUD_REQUESTS_PER_HOUR = 40_000
MEGABYTE = 1 << 20


@final
class Secret:
    """A value that no representation, log, pickle or exception shows."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value, for the one place that sends it."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self.__value)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class TokenCredentials:
    """A personal access token. One token, one session: another sign-in with it ends ours."""

    name: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class PasswordCredentials:
    """An account's name and password."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class JwtCredentials:
    """A JSON web token of a connected app (isUat is false: not a unified access token)."""

    jwt: Secret


Credentials = TokenCredentials | PasswordCredentials | JwtCredentials


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patiently a request is repeated. Times are seconds; `pace` scales our own pauses, not the server's.

    `longest_wait` caps one pause (a longer Retry-After is not waited for), `patience` caps all pauses of one request.
    After `give_up_after` requests in a row that got no answer at all the server counts as gone.
    """

    attempts: int = 6
    longest_wait: float = 60.0
    patience: float = 300.0
    pace: float = 1.0
    give_up_after: int = 12


@dataclass(frozen=True, slots=True)
class Recording:
    """Write the conversation, scrubbed, to `path`. `names`: keep them, replace people's, or replace all."""

    path: Path
    names: NamesPolicy = "people"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Keep what was read in `path` as it comes; with `resume` go on from what an earlier run left there."""

    path: Path
    resume: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableauSettings:
    """Everything about one site that a reader needs.

    `server` and `credentials` may be left out with a `cassette`. `site` is the content URL, "" for the default site.
    `look_inside`: download a workbook or data source to look at its columns never, where the Metadata API has no answer
    ("fallback"), or always; files up to `max_file_bytes`, each for at most `file_timeout` seconds.
    `timeout` (seconds) holds for connecting, for every pause in an answer, and for an answer as a whole.
    `requests_per_hour` None: Cloud's own limit on Cloud, none elsewhere. `sample_seed` None: from the site and day.
    """

    server: str = ""
    site: str = ""
    credentials: Credentials | None = None
    ca_bundle: Path | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    workers: int = 8
    page_size: int = 1000
    requests_per_hour: int | None = None
    shortcuts: bool = True
    sample_seed: int | None = None
    record: Recording | None = None
    cassette: Path | None = None
    checkpoint: Checkpoint | None = None
    max_answer_bytes: int = 64 * MEGABYTE
    max_file_bytes: int = 1024 * MEGABYTE
    file_timeout: float = 900.0
    look_inside: LookInside = "fallback"
    retry: RetryPolicy = RetryPolicy()
    tool_version: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= 1000:
            raise UsageError(f"A page size of {self.page_size} is not possible.", next_step="Give 1 to 1000.")
        if not 1 <= self.workers <= 64:
            raise UsageError(f"{self.workers} workers are not possible.", next_step="Give 1 to 64.")
        if self.timeout <= 0:
            raise UsageError("The timeout must be more than 0 seconds.")
        if self.ca_bundle is not None and not self.ca_bundle.exists():
            raise UsageError(f"There is no CA bundle at {self.ca_bundle}.", next_step="Check --ca-bundle.")
        if self.cassette is None:
            object.__setattr__(self, "server", server_address(self.server))
            if self.credentials is None:
                raise UsageError("No credentials were given.", next_step="Give a token, a password file or a JWT file.")


def server_address(text: str) -> str:
    """The address without trailing slash, page or fragment; https where no scheme is given. UsageError if it is none."""
    address = text.strip()
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise UsageError(f"'{text}' is not the address of a server.", next_step="Give https://HOST.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"'{text}' is not the address of a server.", next_step="Give https://HOST.")
    if parts.username is not None:
        raise UsageError("The server's address must not hold credentials.", next_step="Give https://HOST.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
