"""The versioned public view of a run: the JSON report, `schema_version` "1" (contract, "The JSON report").

Promise: within version 1 keys are only added. A reader keeps what it does not know out of its way (`extra="ignore"`).
Everything here is immutable; names and texts from a server are kept as they came, the renderers make them harmless.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from auditor.findings import Exposure, Severity, Verdict
from auditor.report.pieces import (
    CapabilityName,
    CoverageLine,
    InventoryItem,
    Missing,
    Part,
    Reach,
    ReportColumn,
    ReportConnection,
    ReportDataSource,
    Thing,
)

__all__ = [
    "SCHEMA_VERSION",
    "BaselineBlock",
    "BaselineState",
    "CapabilityName",
    "ColumnRef",
    "CoverageLine",
    "GoneFinding",
    "InventoryItem",
    "Link",
    "Missing",
    "Part",
    "PolicyRef",
    "PolicySource",
    "Reach",
    "Report",
    "ReportColumn",
    "ReportConnection",
    "ReportDataSource",
    "ReportFinding",
    "Run",
    "SignedInAs",
    "Site",
    "Summary",
    "Target",
    "Thing",
    "Tool",
    "WaiverNote",
    "WaiverRef",
    "Waivers",
    "json_schema",
]

SCHEMA_VERSION: Literal["1"] = "1"

BaselineState = Literal["new", "unchanged", "wider", "narrower"]


class Tool(Part):
    """What made the report."""

    name: str = "bi-auditor"
    version: str


class Run(Part):
    """The only block that differs between two reports of the same facts. Times are UTC."""

    id: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    requests: int = 0


class Site(Part):
    """The site audited; empty strings for files."""

    id: str = ""
    name: str = ""
    content_url: str = ""


class SignedInAs(Part):
    """The account that read the facts, and its site role in the server's word."""

    id: str = ""
    name: str = ""
    role: str = ""


class Target(Part):
    """What was audited. `platform` is "tableau" for a server and "file" for files before they are published."""

    platform: str
    server: str = ""
    site: Site = Site()
    signed_in_as: SignedInAs = SignedInAs()


class Summary(Part):
    """Findings by severity (fail: neither waived nor preview), and rule × subject counts of `pass` and `not_applicable`."""

    fail: dict[Severity, int] = Field(default_factory=dict)
    unknown: int = 0
    waived: int = 0
    passed: Annotated[int, Field(alias="pass")] = 0
    not_applicable: int = 0
    preview: int = 0

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @property
    def failures(self) -> int:
        """All failing findings, of every severity."""
        return sum(self.fail.values())


class PolicyRef(Part):
    """Where a rule stands: the file as it was named, the line from 1."""

    file: str
    line: int


class PolicySource(Part):
    """A policy that was judged by. `digest` is the SHA-256 of its file, where it is known."""

    name: str
    file: str = ""
    rules: int = 0
    digest: str | None = None


class ColumnRef(Part):
    """A column that a finding names; never a value. `used` null: it could not be told."""

    name: str
    classes: tuple[str, ...] = ()
    used: bool | None = None


class WaiverRef(Part):
    """The waiver that holds a finding back; dates as YYYY-MM-DD."""

    reason: str
    owner: str
    ticket: str
    expires: str
    file: str = ""
    line: int = 0


class Link(Part):
    """A link that helps with a finding, such as the page of its rule."""

    title: str
    url: str


class ReportFinding(Part):
    """One root cause that a rule objects to (`fail`) or could not judge (`unknown`)."""

    fingerprint: str
    rule: str
    title: str
    severity: Severity
    verdict: Verdict
    waiver: WaiverRef | None = None
    policy: PolicyRef
    subject: Thing
    affected: tuple[Thing, ...] = ()
    audience: str | None = None
    exposure: Exposure = Exposure.LIVE
    capabilities: tuple[CapabilityName, ...] = ()
    message: str = ""
    proof: tuple[str, ...] = ()
    columns: tuple[ColumnRef, ...] = ()
    rationale: str = ""
    remediation: str = ""
    references: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    preview: bool = False
    baseline_state: BaselineState | None = None
    parts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def open_failure(self) -> bool:
        """Does it count as a failure of the run: fail, not waived, not of a preview rule?"""
        return self.verdict is Verdict.FAIL and self.waiver is None and not self.preview

    @property
    def is_change(self) -> bool:
        """Is it new or wider than the baseline? Always true where there was no baseline."""
        return self.baseline_state in (None, "new", "wider")


class WaiverNote(Part):
    """A waiver that people should look at."""

    rule: str
    subject: str
    path: str
    owner: str
    ticket: str
    expires: str
    reason: str = ""
    file: str = ""
    line: int = 0


class Waivers(Part):
    """Waivers past their date, without a finding, and within 14 days of their date."""

    expired: tuple[WaiverNote, ...] = ()
    unused: tuple[WaiverNote, ...] = ()
    expiring: tuple[WaiverNote, ...] = ()


class GoneFinding(Part):
    """A finding of the baseline that is no more, or (`told` false) of which nothing can be said now, and why."""

    fingerprint: str
    rule: str
    title: str
    severity: Severity
    subject: Thing
    audience: str | None = None
    told: bool = True
    reason: str = ""


class BaselineBlock(Part):
    """The comparison with an earlier report. `taken_at`: when that one's facts were read (UTC)."""

    complete: bool
    taken_at: datetime | None = None
    gone: tuple[GoneFinding, ...] = ()
    note: str = ""


class Report(Part):
    """The report of one run."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    tool: Tool
    run: Run
    target: Target
    complete: bool
    judged: int = 0
    policies: tuple[PolicySource, ...] = ()
    coverage: tuple[CoverageLine, ...] = ()
    summary: Summary
    findings: tuple[ReportFinding, ...] = ()
    waivers: Waivers | None = None
    baseline: BaselineBlock | None = None
    inventory: tuple[InventoryItem, ...] | None = None
    reach: tuple[Reach, ...] | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def incomplete_lines(self) -> tuple[CoverageLine, ...]:
        """The lines of coverage that some rule needs and that are not complete."""
        return tuple(line for line in self.coverage if line.needed and not line.complete)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report, made from the models above."""
    schema = Report.model_json_schema(by_alias=True, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bi-auditor report, schema_version 1",
        **{key: value for key, value in schema.items() if key != "title"},
    }
