"""Made-up sites and reports for the tests of the report, its formats and the triage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from auditor import report
from auditor.findings import ColumnNote, Exposure, Finding, PolicyPlace, Severity, Verdict, Verdicts
from auditor.model import (
    Column,
    Content,
    Coverage,
    DataSource,
    FileConnection,
    Identity,
    Inventory,
    Kind,
    Ledger,
    Miss,
    Project,
    Provenance,
    Ref,
    Snapshot,
)
from auditor.report.model import CapabilityName, Reach, Report, Tool
from auditor.report.things import thing
from auditor.triage import apply

SITE = "s0000000-0000-4000-8000-000000000001"
TODAY = date(2026, 11, 22)
RUN = report.RunInfo(
    "run-1", datetime(2026, 11, 22, 3, 0, tzinfo=UTC), datetime(2026, 11, 22, 3, 1, 12, tzinfo=UTC), 123
)

PUBLIC = Ref(Kind.PROJECT, "p-public")
JUSTICE = Ref(Kind.PROJECT, "p-justice")
FIREARMS = Ref(Kind.WORKBOOK, "w-firearms")
MAP = Ref(Kind.VIEW, "v-map")
TREND = Ref(Kind.VIEW, "v-trend")
SPEED = Ref(Kind.WORKBOOK, "w-speed")

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "::error file=x::owned",
    "a\r\n::set-output name=x::y",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(2)</script>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/p.png)",
    "https://evil.example/auto",
    "@everyone #1 GH-2",
    "| a | b |",
    "`code` ``` fence",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x9b31mC1",
    "evil\u202egnp.exe",
    "zero\u200bwidth",
    "nul\x00 bell\x07 del\x7f",
    "{{ 7*7 }} {% raw %}",
    "-->",
    "]]>",
    "%0A::error::x",
    "\ud800",
    "not\ufffe\uffffa character",
)


def site(name: str = "Firearms") -> Snapshot:
    """Public / Justice with two workbooks; one of the two lists of permissions misses one answer."""
    projects = {
        PUBLIC.id: Project(PUBLIC.id, "Public"),
        JUSTICE.id: Project(JUSTICE.id, "Justice", parent_id=PUBLIC.id),
    }
    contents = [
        Content(Kind.WORKBOOK, FIREARMS.id, name, project_id=JUSTICE.id, web_url="https://bi.example/#/workbooks/17"),
        Content(Kind.VIEW, MAP.id, "Map", parent_id=FIREARMS.id),
        Content(Kind.VIEW, TREND.id, "Trend", parent_id=FIREARMS.id),
        Content(Kind.WORKBOOK, SPEED.id, "Speeding", project_id=PUBLIC.id),
    ]
    columns = (
        Column(
            "Last Name",
            type="text",
            hidden=True,
            used=False,
            in_extract=True,
            classes={"person_name": 0.9},
            evidence=("name",),
        ),
        Column("County", type="text", used=True, in_extract=True),
    )
    source = DataSource("permits", published=False, live=False, rows=1048576, row_level=True, columns=columns,
                        connections=(FileConnection("hyper"),))  # fmt: skip
    return Snapshot(
        provenance=Provenance(
            server="https://bi.example",
            site_id=SITE,
            site_name="State",
            site_content_url="state",
            signed_in_as=Identity("u1", "auditor", "SiteAdministratorExplorer", is_admin=True),
        ),
        projects=projects,
        contents={item.ref: item for item in contents},
        inventories={
            FIREARMS: Inventory(
                "workbook", FIREARMS.id, name, path=f"Public / Justice / {name}", data_sources=(source,)
            )
        },
        ledger=Ledger.of(
            [Coverage("workbooks", 2, 2), Coverage("workbook-permissions", 2, 2), Coverage("views", 2, 2)]
        ),
    )


def with_miss(snapshot: Snapshot) -> Snapshot:
    """The same site, of which the rules of one workbook were not read."""
    miss = Miss(Kind.WORKBOOK, SPEED.id, "Speeding", "HTTP 403 (403004) Forbidden", "sign in as a site administrator")
    lines = {**snapshot.ledger.lines, "workbook-permissions": Coverage("workbook-permissions", 2, 1, (miss,))}
    return replace(snapshot, ledger=Ledger.of(lines.values()))


def finding(
    rule: str = "DOWN-01",
    subject: Ref = FIREARMS,
    affected: tuple[Ref, ...] = (MAP, TREND),
    capabilities: tuple[str, ...] = ("ViewUnderlyingData",),
    severity: Severity = Severity.CRITICAL,
    verdict: Verdict = Verdict.FAIL,
    **more: object,
) -> Finding:
    """A failing finding, unless told otherwise."""
    base = Finding(
        rule=rule,
        title="The public may download full data",
        severity=severity,
        verdict=verdict,
        policy=PolicyPlace("policies/default/downloads.yaml", 9),
        site_id=SITE,
        subject=subject,
        affected=affected,
        audience="anonymous",
        capabilities=capabilities,
        message="Visitors without an account can take the rows below the chart.",
        proof=(
            "guestAccessEnabled = true",
            "All Users: ViewUnderlyingData = Allow on workbook Public / Justice / Firearms",
        ),
        columns=(ColumnNote("Last Name", ("person_name",), used=False),),
        rationale="Rows are personal data.",
        remediation="Permissions … › All Users › Download Full Data › Denied.",
        references=("NIST SP 800-53r5 AC-22",),
    )
    return replace(base, **more)  # type: ignore[arg-type]


UNKNOWN = finding(
    subject=SPEED, affected=(), severity=Severity.CRITICAL, verdict=Verdict.UNKNOWN, capabilities=(), columns=(), proof=(),
    exposure=Exposure.UNKNOWN, message="The rules of 1 workbook were not read.", unread=("workbook-permissions",),
)  # fmt: skip
PROJECT_OPEN = finding(
    "PROJ-01", JUSTICE, (), (), Severity.MEDIUM, title="A public project is not locked", audience=None, columns=(),
    proof=("contentPermissions = ManagedByOwner",), message="Every owner below sets permissions alone.",
)  # fmt: skip


def made(
    findings: tuple[Finding, ...] = (finding(),),
    *,
    snapshot: Snapshot | None = None,
    waivers: tuple = (),
    baseline: Report | None = None,
    judged: int = 5,
    needs: tuple[str, ...] = ("workbooks", "workbook-permissions"),
    today: date = TODAY,
    reach: bool = False,
    rules_run: tuple[str, ...] | None = None,
) -> Report:
    """The report of some findings."""
    facts = snapshot or site()
    verdicts = Verdicts(findings, passed=310, not_applicable=4, judged_subjects=judged, rules_run=2)
    triaged = apply(findings, waivers, baseline, today, snapshot=facts, rules_run=rules_run)
    names = (
        CapabilityName(name="view", native="Read"),
        CapabilityName(name="download_full_data", native="ViewUnderlyingData"),
    )
    reached = [
        Reach(audience="anonymous", capability=c, content=thing(facts, FIREARMS), items=3, columns=2, personal=1)
        for c in names
    ]
    built = report.build(RUN, facts, verdicts, triaged, needs=needs, reach=reached if reach else None)
    return built.model_copy(update={"tool": Tool(version="1.2.3")})  # golden files must outlive a release


def full() -> Report:
    """A report with something of everything: fail, unknown, waived, medium, inventory, reach, misses."""
    from auditor.policy.marked_yaml import parse
    from auditor.triage import waivers_of

    text = """\
version: 1
waivers:
  - rule: DOWN-02
    subject: {kind: workbook, id: w-speed, path: Public / Speeding}
    audience: anonymous
    capabilities: [download_file]
    reason: Published as open data since 2019
    owner: data.office@example.org
    ticket: BI-77
    expires: 2026-12-01
  - rule: DOWN-01
    subject: {kind: workbook, id: w-old, path: Public / Old}
    audience: anonymous
    capabilities: [download_full_data]
    reason: Gone long ago
    owner: nobody@example.org
    ticket: BI-1
    expires: 2027-01-01
"""
    waivers = waivers_of(parse(text, "waivers.yaml"), rules=None, today=TODAY)
    waived = finding(
        "DOWN-02", SPEED, (), ("ExportXml",), Severity.HIGH, title="The public may download the file", columns=()
    )
    dormant = finding(
        "ANON-02", SPEED, (), ("Read",), Severity.LOW, exposure=Exposure.DORMANT, title="Dormant grant", columns=()
    )
    findings = (finding(), waived, UNKNOWN, PROJECT_OPEN, dormant)
    return made(findings, snapshot=with_miss(site()), waivers=waivers, reach=True)
