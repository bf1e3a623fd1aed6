"""Loads a deployments file with everything that it names: all of it is valid before the first request is made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from auditor.audit import Job
from auditor.deployments.credentials import Credential, FromEnvironment, FromFile
from auditor.deployments.running import SiteJob
from auditor.deployments.schema import WAYS, DeploymentsFile, SiteEntry, ValueFrom, refuse_secrets, said
from auditor.errors import AuditorError, InvalidFileError, UsageError
from auditor.findings import Severity
from auditor.policy import Policy, load, pack_names, planned_rules, select_rules
from auditor.policy.marked_yaml import Document, Place, parse, read_text
from auditor.policy.problems import validate
from auditor.sources.tableau.settings import server_address
from auditor.triage import load_waivers

T = TypeVar("T")

_NAME_IN_FILE = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 100
#: Names that Windows keeps for devices, with any suffix.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says for all sites; it wins over the file. None: it says nothing."""

    policies: Sequence[str] | None = None
    select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    waivers: Sequence[str] | None = None
    register: str | None = None
    fail_on: Severity | None = None


@dataclass(frozen=True, slots=True)
class Deployments:
    """The jobs of a file, in its order. `at_a_time` None: the file leaves it open."""

    jobs: tuple[SiteJob, ...]
    at_a_time: int | None = None


def load_deployments(path: Path, *, today: date, overrides: Overrides | None = None) -> Deployments:
    """Every site of the file as a job. InvalidFileError with file, line and column for anything that is not right."""
    document = parse(read_text(path), str(path))
    refuse_secrets(document)
    file = validate(DeploymentsFile, document)
    reader = _Reader(document, file, path.resolve().parent, today, overrides or Overrides())
    jobs = tuple(reader.job(index) for index in range(len(file.sites)))
    return Deployments(jobs, file.at_a_time)


def file_name(name: str) -> str:
    """A file's name, without a suffix, for a deployment's name: letters, digits and "._-" only, and never a hidden file."""
    plain = _NAME_IN_FILE.sub("-", unicodedata.normalize("NFC", name)).strip("-._")[:_LONGEST_NAME]
    return f"_{plain}" if not plain or plain.split(".")[0].casefold() in _DEVICES else plain


class _Reader:
    """Makes jobs from entries; policies that several sites share are loaded once."""

    def __init__(
        self, document: Document, file: DeploymentsFile, folder: Path, today: date, overrides: Overrides
    ) -> None:
        self._document = document
        self._file = file
        self._folder = folder
        self._today = today
        self._overrides = overrides
        self._policies: dict[tuple[tuple[str, ...], ...], tuple[Policy, frozenset[str]]] = {}
        self._names: dict[str, str] = {}

    def job(self, index: int) -> SiteJob:
        entry = self._file.sites[index]
        place: Place = ("sites", index)
        ca_bundle = self._said(entry, "ca_bundle")
        return SiteJob(
            name=entry.name,
            file_name=self._unique_name(entry.name, place),
            server=self._server(entry, place),
            site="" if entry.site.strip().lower() == "default" else entry.site.strip(),
            credential=self._credential(entry, place),
            job=self._job(entry, place),
            fail_on=self._overrides.fail_on or self._said(entry, "fail_on") or Severity.HIGH,
            ca_bundle=self._path(ca_bundle) if ca_bundle else None,
            proxy=self._said(entry, "proxy"),
            timeout=self._said(entry, "timeout") or 60,
            workers=self._said(entry, "workers") or 8,
            page_size=self._said(entry, "page_size") or 1000,
        )

    def _said(self, entry: SiteEntry, key: str) -> Any:
        return said(entry, self._file.defaults, key)

    def _path(self, text: str) -> Path:
        """Relative paths start at the deployments file's folder."""
        return self._folder / Path(text).expanduser()

    def _where(self, entry: SiteEntry, place: Place, key: str) -> Place:
        attribute = "register_" if key == "register" else key
        return (*place, key) if getattr(entry, attribute) is not None else ("defaults", key)

    def _unique_name(self, name: str, place: Place) -> str:
        safe = file_name(name)
        if (other := self._names.get(safe.casefold())) is not None:
            raise self._document.error(
                (*place, "name"),
                f"The report of '{name}' would overwrite that of '{other}' (both are written to '{safe}').",
                "Give each site a name of its own.",
            )
        self._names[safe.casefold()] = name
        return safe

    def _server(self, entry: SiteEntry, place: Place) -> str:
        written = self._said(entry, "server")
        if written is None:
            raise self._document.error(
                place, f"'{entry.name}' has no server.", "Add 'server: https://HOST', here or in defaults."
            )
        return self._at(self._where(entry, place, "server"), lambda: server_address(written))

    def _credential(self, entry: SiteEntry, place: Place) -> Credential:
        holder, at = (
            (entry, place) if any(getattr(entry, way) for way in WAYS) else (self._file.defaults, ("defaults",))
        )
        ways = [way for way in WAYS if getattr(holder, way) is not None]
        if not ways:
            raise self._document.error(
                place,
                f"'{entry.name}' has no way to sign in.",
                "Add 'token', 'password' or 'jwt', here or in defaults.",
            )
        if len(ways) > 1:
            raise self._document.error(
                (*at, ways[1]), f"'{ways[0]}' and '{ways[1]}' name two ways to sign in.", "Keep one."
            )
        named = getattr(holder, ways[0])
        account = {"token": "name", "password": "username"}.get(ways[0])
        return Credential(ways[0], getattr(named, account) if account else "", self._value_from(named.value_from))

    def _value_from(self, source: ValueFrom) -> FromEnvironment | FromFile:
        return FromEnvironment(source.env) if source.env is not None else FromFile(self._path(source.file or ""))

    def _job(self, entry: SiteEntry, place: Place) -> Job:
        from auditor.policy.register import load_register

        policy, known = self._policy(entry, place)
        waivers = self._overrides.waivers
        if waivers is None:
            waivers = [str(self._path(text)) for text in self._said(entry, "waivers") or ()]
        register = self._overrides.register
        if register is None and (named := self._said(entry, "register_")) is not None:
            register = str(self._path(named))
        return Job(
            policy=policy,
            waivers=load_waivers([Path(text) for text in waivers], rules=known, today=self._today),
            register=load_register(Path(register)) if register is not None else None,
        )

    def _policy(self, entry: SiteEntry, place: Place) -> tuple[Policy, frozenset[str]]:
        """The policy of a site, and every rule id that waivers may name."""
        names = self._overrides.policies
        if names is None:
            names = [
                text if text in pack_names() else str(self._path(text)) for text in self._said(entry, "policies") or ()
            ]
        select = self._overrides.select if self._overrides.select is not None else self._said(entry, "select") or ()
        ignore = self._overrides.ignore if self._overrides.ignore is not None else self._said(entry, "ignore") or ()
        key = (tuple(names) or ("default",), tuple(select), tuple(ignore))
        if key not in self._policies:
            whole = self._at(self._where(entry, place, "policies"), lambda: load(key[0]))
            known = frozenset({rule.id for rule in whole.rules} | {rule.id for rule in planned_rules()})
            at = self._where(entry, place, "select" if select else "ignore")
            self._policies[key] = (self._at(at, lambda: select_rules(whole, select, ignore)), known)
        return self._policies[key]

    def _at(self, place: Place, make: Callable[[], T]) -> T:
        """What `make` gives; an error of its that has no place of its own gets this one, and is one of this file."""
        try:
            return make()
        except AuditorError as error:
            if error.where is not None or not isinstance(error, (UsageError, InvalidFileError)):
                raise
            raise self._document.error(place, error.what, error.next_step) from error
