"""An earlier report as triage sees it: protocols, since the rooms report and triage do not import each other.

`auditor.report.Report` is an `EarlierReport`.
"""

# ruff: noqa: D102 - the classes say what they stand for; their members are the fields of the JSON report

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from auditor.findings import Exposure, Severity, Verdict


class EarlierThing(Protocol):
    """An object in an earlier report."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...


class EarlierCapability(Protocol):
    """A capability in an earlier report, by the server's name."""

    @property
    def native(self) -> str: ...


class EarlierColumn(Protocol):
    """A column in an earlier report."""

    @property
    def name(self) -> str: ...


class EarlierFinding(Protocol):
    """A finding in an earlier report."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def waiver(self) -> object | None: ...
    @property
    def subject(self) -> EarlierThing: ...
    @property
    def affected(self) -> Sequence[EarlierThing]: ...
    @property
    def audience(self) -> str | None: ...
    @property
    def exposure(self) -> Exposure: ...
    @property
    def capabilities(self) -> Sequence[EarlierCapability]: ...
    @property
    def columns(self) -> Sequence[EarlierColumn]: ...


class EarlierSite(Protocol):
    """The site of an earlier report."""

    @property
    def id(self) -> str: ...


class EarlierTarget(Protocol):
    """The target of an earlier report."""

    @property
    def site(self) -> EarlierSite: ...


class EarlierRun(Protocol):
    """The run that made an earlier report."""

    @property
    def started_at(self) -> datetime | None: ...
    @property
    def finished_at(self) -> datetime | None: ...


class EarlierReport(Protocol):
    """An earlier report; `report.Report` is one."""

    @property
    def complete(self) -> bool: ...
    @property
    def run(self) -> EarlierRun: ...
    @property
    def target(self) -> EarlierTarget: ...
    @property
    def findings(self) -> Sequence[EarlierFinding]: ...
