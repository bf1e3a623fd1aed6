"""The versioned public view of a run: the JSON report, `schema_version` "1" (contract, "The JSON report").

Promise: within version 1 keys are only added. A reader keeps what it does not know out of its way (`extra="ignore"`).
Everything here is immutable; names and texts from a server are kept as they came, the renderers make them harmless.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from auditor.findings import Exposure, Severity, Verdict

SCHEMA_VERSION: Literal["1"] = "1"

BaselineState = Literal["new", "unchanged", "wider", "narrower"]


class Part(BaseModel):
    """A frozen piece of the report."""

    model_config = ConfigDict(frozen=True, extra="ignore")


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


class Missing(Part):
    """One thing that was not read: which, why, and what would mend it."""

    kind: str
    id: str
    name: str
    reason: str
    remedy: str = ""


class CoverageLine(Part):
    """One kind of read. `expected` null: nobody could say how many there are. `needed`: some rule depends on it."""

    read: str
    expected: int | None
    got: int
    missing: tuple[Missing, ...] = ()
    needed: bool = True

    @property
    def complete(self) -> bool:
        """Everything expected was got and nothing is known to be missing."""
        return not self.missing and self.expected is not None and self.got >= self.expected


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


class Thing(Part):
    """An object of the site. `path` is printed as "Public / Justice / Firearms"."""

    kind: str
    id: str
    name: str
    path: str
    url: str | None = None


class CapabilityName(Part):
    """A capability: the neutral name of the policies and the server's own."""

    name: str
    native: str


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
    """The comparison with an earlier report."""

    complete: bool
    gone: tuple[GoneFinding, ...] = ()
    note: str = ""


class ReportConnection(Part):
    """A connection as written in a document; never a secret, only whether one stands there."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    class_name: Annotated[str, Field(alias="class")]
    server: str | None = None
    user: str | None = None
    secret_in_file: bool = False


class ReportColumn(Part):
    """A column below a chart. Null: it could not be told."""

    name: str
    remote_name: str | None = None
    caption: str | None = None
    type: str | None = None
    hidden: bool | None = None
    used: bool | None = None
    in_extract: bool | None = None
    classes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    confidence: dict[str, float] = Field(default_factory=dict)
    calculated: bool = False
    table: str | None = None


class ReportDataSource(Part):
    """A data source below a workbook, or a published one. `rows` are whole rows of the extract."""

    name: str
    published: bool | None = None
    live: bool | None = None
    rows: int | None = None
    row_level: bool | None = None
    row_level_reasons: tuple[str, ...] = ()
    connections: tuple[ReportConnection, ...] = ()
    columns: tuple[ReportColumn, ...] = ()


class InventoryItem(Part):
    """What lies below one workbook or data source. `file` is set where it was read from a file."""

    kind: str
    id: str | None
    name: str
    file: str | None = None
    path: str | None = None
    data_sources: tuple[ReportDataSource, ...] = ()
    packed_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Reach(Part):
    """How much of one item an audience can reach by one capability today, whether a rule objects or not.

    `columns` and `personal` count the columns below it and those of a personal class; null where they were not read.
    """

    audience: str
    capability: CapabilityName
    content: Thing
    items: int = 1
    columns: int | None = None
    personal: int | None = None
    exposure: Exposure = Exposure.LIVE


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
