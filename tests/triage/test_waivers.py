"""Waivers: what a file must say, what a waiver covers and what fires again, and what people are told about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import report, triage
from auditor.errors import ExitCode, InvalidFileError, UsageError
from auditor.findings import Finding, PolicyPlace, Severity, Verdict
from auditor.model import Content, Kind, Project, Provenance, Ref, Snapshot
from auditor.policy.marked_yaml import parse

TODAY = date(2026, 11, 22)
WORKBOOK, VIEW, OTHER = Ref(Kind.WORKBOOK, "w-1"), Ref(Kind.VIEW, "v-1"), Ref(Kind.WORKBOOK, "w-2")
PROJECT = Ref(Kind.PROJECT, "p-1")
RULES = ("DOWN-01", "ANON-04", "PROJ-01")

ENTRY = """\
  - rule: DOWN-01
    subject: {kind: workbook, id: w-1, path: Public / Firearms}
    audience: anonymous
    capabilities: [download_full_data]
    reason: Open data since 2019
    owner: data@example.org
    ticket: BI-77
    expires: 2027-01-31
"""
HEAD = "version: 1\nwaivers:\n"


def load(
    entries: str = ENTRY, *, today: date = TODAY, rules: tuple[str, ...] | None = RULES
) -> tuple[triage.Waiver, ...]:
    return triage.waivers_of(parse(HEAD + entries, "waivers.yaml"), rules=rules, today=today)


def finding(subject: Ref = WORKBOOK, affected: tuple[Ref, ...] = (), **more: object) -> Finding:
    base = Finding(
        "DOWN-01", "t", Severity.CRITICAL, Verdict.FAIL, PolicyPlace("p.yaml", 1), "site", subject, affected,
        audience="anonymous", capabilities=("ViewUnderlyingData",),
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


def lay(*findings: Finding, entries: str = ENTRY, today: date = TODAY, **more: object) -> triage.Triaged:
    return triage.apply(findings, load(entries, today=min(today, TODAY)), None, today, **more)  # type: ignore[arg-type]


# -- what a waiver covers ----------------------------------------------------------------------------------------------


def test_an_exact_waiver_holds_the_finding_back_and_keeps_it_visible() -> None:
    laid = lay(finding(affected=(VIEW,)))
    assert [(item.finding.subject, item.waiver is not None) for item in laid.findings] == [(WORKBOOK, True)]
    assert (laid.unused, laid.expired, laid.has_waivers) == ((), (), True)


@pytest.mark.parametrize(
    "wider",
    [
        finding(capabilities=("ViewUnderlyingData", "ExportXml")),
        finding(capabilities=("ExportXml",)),
        finding(audience="everyone"),
        finding(audience=None),
        finding(subject=OTHER),
        finding(rule="ANON-04"),
    ],
)
def test_anything_wider_or_other_fires(wider: Finding) -> None:
    assert lay(wider).findings[0].waiver is None


def test_a_capability_that_is_not_waived_is_named() -> None:
    note = lay(finding(capabilities=("ViewUnderlyingData", "ExportXml"))).findings[0].notes[0]
    assert note == "The waiver at waivers.yaml:3 does not cover download_file."


def test_fewer_capabilities_than_waived_stay_waived() -> None:
    entries = ENTRY.replace("[download_full_data]", "[download_full_data, ExportXml]")
    assert lay(finding(), entries=entries).findings[0].waiver is not None


def test_a_finding_without_capabilities_needs_none_in_the_waiver() -> None:
    entries = ENTRY.replace("    capabilities: [download_full_data]\n", "").replace("    audience: anonymous\n", "")
    laid = lay(finding(audience=None, capabilities=()), entries=entries)
    assert laid.findings[0].waiver is not None
    assert (
        lay(finding(), entries=entries.replace("ticket", "audience: anonymous\n    ticket")).findings[0].waiver is None
    )


def test_what_could_not_be_judged_is_never_waived_and_the_waiver_not_unused() -> None:
    laid = lay(finding(verdict=Verdict.UNKNOWN, capabilities=()))
    assert laid.findings[0].waiver is None
    assert laid.unused == ()


def test_objects_that_join_fire_again_where_the_waiver_lists_the_affected() -> None:
    entries = ENTRY.replace("    reason:", "    affected: [v-1]\n    reason:")
    assert lay(finding(affected=(VIEW,)), entries=entries).findings[0].waiver is not None
    item = lay(finding(affected=(VIEW, Ref(Kind.VIEW, "v-2"))), entries=entries).findings[0]
    assert item.waiver is None
    assert "1 object(s) that joined: v-2" in item.notes[0]


def site() -> Snapshot:
    items = [
        Content(Kind.WORKBOOK, "w-1", "Firearms", project_id="p-1"),
        Content(Kind.WORKBOOK, "w-2", "Other", project_id="p-1"),
        Content(Kind.VIEW, "v-1", "Map", parent_id="w-1"),
    ]
    return Snapshot(
        provenance=Provenance(site_id="site"),
        projects={"p-1": Project("p-1", "Public")},
        contents={item.ref: item for item in items},
    )


def test_a_waived_object_leaves_the_finding_of_its_root_cause() -> None:
    laid = lay(finding(PROJECT, (WORKBOOK, OTHER, VIEW)), snapshot=site())
    assert [(i.finding.subject, i.finding.affected, i.waiver is not None) for i in laid.findings] == [
        (PROJECT, (OTHER,), False),
        (WORKBOOK, (VIEW,), True),
    ]


def test_a_view_is_not_covered_by_a_workbook_that_is_not_concerned() -> None:
    laid = lay(finding(PROJECT, (VIEW, OTHER)), snapshot=site())
    assert [(i.finding.affected, i.waiver) for i in laid.findings] == [((VIEW, OTHER), None)]
    assert len(laid.unused) == 1


def test_where_all_that_a_project_opens_is_waived_nothing_is_left_to_fire() -> None:
    laid = lay(finding(PROJECT, (WORKBOOK,)))
    assert [(i.finding.subject, i.waiver is not None) for i in laid.findings] == [(WORKBOOK, True)]


def test_an_outcome_can_be_waived_and_is_never_a_projects() -> None:
    entries = ENTRY.replace("download_full_data", "takes_rows")
    laid = lay(finding(PROJECT, (WORKBOOK,), capabilities=("takes_rows",)), entries=entries)
    assert [(i.finding.subject, i.waiver is not None) for i in laid.findings] == [(WORKBOOK, True)]


def test_a_project_that_holds_the_capability_itself_keeps_firing() -> None:
    entries = ENTRY.replace("download_full_data", "view")
    laid = lay(finding(PROJECT, (WORKBOOK,), capabilities=("Read",)), entries=entries)
    assert [(i.finding.subject, i.waiver is not None) for i in laid.findings] == [(PROJECT, False), (WORKBOOK, True)]


@given(
    affected=st.sets(st.sampled_from([Ref(Kind.WORKBOOK, f"w-{i}") for i in range(6)])),
    waived=st.sets(st.integers(0, 5)),
    subject=st.sampled_from([PROJECT, Ref(Kind.WORKBOOK, "w-0")]),
)
def test_no_concerned_object_is_ever_lost(affected: set[Ref], waived: set[int], subject: Ref) -> None:
    entries = "".join(ENTRY.replace("id: w-1", f"id: w-{i}") for i in sorted(waived)) or " []"
    text = HEAD + entries if waived else "version: 1\nwaivers: []\n"
    waivers = triage.waivers_of(parse(text, "w.yaml"), rules=None, today=TODAY)
    laid = triage.apply((finding(subject, tuple(sorted(affected - {subject}))),), waivers, None, TODAY)
    told = {ref for item in laid.findings for ref in (item.finding.subject, *item.finding.affected)}
    assert told >= affected
    if subject.kind is not Kind.PROJECT and subject.id not in {f"w-{i}" for i in waived}:
        fires = {r for i in laid.findings if i.waiver is None for r in (i.finding.subject, *i.finding.affected)}
        assert fires == {r for r in affected | {subject} if int(r.id[-1]) not in waived}


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "waived", "expiring", "expired"),
    [
        (date(2027, 1, 16), True, False, False),
        (date(2027, 1, 17), True, True, False),
        (date(2027, 1, 31), True, True, False),
        (date(2027, 2, 1), False, False, True),
    ],
)
def test_the_end_of_a_waiver(today: date, waived: bool, expiring: bool, expired: bool) -> None:
    laid = lay(finding(), today=today)
    assert (laid.findings[0].waiver is not None, bool(laid.expiring), bool(laid.expired)) == (waived, expiring, expired)
    if expired:
        assert "ended on 2027-01-31" in laid.findings[0].notes[0]
        assert laid.findings[0].finding.severity is Severity.CRITICAL
        assert laid.unused == ()


def test_an_expired_waiver_fails_the_run_again() -> None:
    facts = site()
    for today, code in ((TODAY, ExitCode.CLEAN), (date(2027, 2, 1), ExitCode.FINDINGS)):
        from auditor.findings import Verdicts

        made = report.build(
            report.RunInfo("r"), facts, Verdicts((finding(),), judged_subjects=1), lay(finding(), today=today), needs=()
        )
        assert report.exit_code(made, fail_on=Severity.HIGH, exit_zero=False) is code


def test_unused_waivers_are_told_unless_their_rule_did_not_run() -> None:
    assert len(lay().unused) == 1
    assert lay(rules_run=("ANON-04",)).unused == ()
    assert len(lay(rules_run=("DOWN-01",)).unused) == 1


# -- files ------------------------------------------------------------------------------------------------------------


def drop(key: str) -> str:
    return "".join(line + "\n" for line in ENTRY.split("\n") if line and f"{key}:" not in line)


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("", "waivers.yaml:1:1", "mapping"),
        ("[]", "waivers.yaml:1:1", "mapping"),
        ("version: 2\nwaivers: []\n", "waivers.yaml:1:1", "version"),
        ("waivers: []\n", "waivers.yaml", "'version' is missing"),
        ("version: 1\n", "waivers.yaml", "'waivers' is missing"),
        ("version: 1\nwaiver: []\nwaivers: []\n", "waivers.yaml:2:1", "no key 'waiver'"),
        (HEAD + ENTRY.replace("DOWN-01", "DOWN-1"), "waivers.yaml:3:5", "no rule 'DOWN-1'. Did you mean DOWN-01"),
        (HEAD + ENTRY.replace("download_full_data", "download_ful_data"), "waivers.yaml:6:20", "no capability 'download_ful_data'. Did you mean"),
        (HEAD + ENTRY.replace("workbook,", "wrkbook,"), "waivers.yaml:4:15", "no kind of content 'wrkbook'"),
        (HEAD + drop("expires"), "waivers.yaml:3:5", "'expires' is missing"),
        (HEAD + drop("reason"), "waivers.yaml:3:5", "'reason' is missing"),
        (HEAD + drop("owner"), "waivers.yaml:3:5", "'owner' is missing"),
        (HEAD + drop("ticket"), "waivers.yaml:3:5", "'ticket' is missing"),
        (HEAD + drop("subject"), "waivers.yaml:3:5", "'subject' is missing"),
        (HEAD + ENTRY.replace("reason: Open data since 2019", "reason: '  '"), "waivers.yaml:7:5", "'reason' is not right"),
        (HEAD + ENTRY.replace("2027-01-31", "soon"), "waivers.yaml:10:5", "'expires' is not right"),
        (HEAD + ENTRY.replace("2027-01-31", "2027-05-22"), "waivers.yaml:10:5", "more than 180 days ahead"),
        (HEAD + ENTRY + "    created: 2026-06-01\n", "waivers.yaml:10:5", "more than 180 days after created"),
        (HEAD + ENTRY + "    created: 2027-03-01\n", "waivers.yaml:10:5", "before created"),
        (HEAD + ENTRY + "    created: 2026-12-01\n", "waivers.yaml:11:5", "in the future"),
        (HEAD + ENTRY + "    expire: 2026-12-01\n", "waivers.yaml:11:5", "no key 'expire' here. Did you mean expires"),
        (HEAD + ENTRY + "    owner: twice\n", "waivers.yaml:11:5", "twice"),
        (HEAD + ENTRY.replace("id: w-1", "luid: w-1"), "waivers.yaml:4", "id"),
        (HEAD + ENTRY + "    fingerprint: xyz\n", "waivers.yaml:11:5", "'fingerprint' is not right"),
        ("version: 1\nwaivers: {a: 1}\n", "waivers.yaml:2:1", "shape"),
        ("version: 1\nwaivers: [just text]\n", "waivers.yaml:2", "shape"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_right_is_refused_with_its_place(text: str, where: str, says: str) -> None:
    with pytest.raises(InvalidFileError) as caught:
        triage.waivers_of(parse(text, "waivers.yaml"), rules=RULES, today=TODAY)
    assert says in str(caught.value)
    assert str(caught.value).startswith(where)
    assert caught.value.exit_code is ExitCode.INVALID_FILE


def test_180_days_are_allowed() -> None:
    last = (TODAY + timedelta(days=180)).isoformat()
    assert load(ENTRY.replace("2027-01-31", last))[0].expires_on == last


def test_a_ticket_may_be_a_number() -> None:
    assert load(ENTRY.replace("BI-77", "4711"))[0].ticket == "4711"


def test_twins_are_refused(tmp_path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(HEAD + ENTRY + ENTRY)
    with pytest.raises(InvalidFileError, match="repeats the one at"):
        triage.load_waivers([path], rules=RULES, today=TODAY)
    other = tmp_path / "o.yaml"
    other.write_text(HEAD + ENTRY)
    path.write_text(HEAD + ENTRY.replace("w-1", "w-2"))
    assert [w.subject_id for w in triage.load_waivers([path, other], rules=RULES, today=TODAY)] == ["w-2", "w-1"]


def test_the_schema_accepts_what_the_loader_accepts() -> None:
    from jsonschema import Draft202012Validator

    schema = triage.json_schema()
    Draft202012Validator.check_schema(schema)
    data = {
        "version": 1,
        "waivers": [
            {"rule": "X", "subject": {"id": "w"}, "reason": "r", "owner": "o", "ticket": "t", "expires": "2026-12-01"}
        ],
    }
    assert not list(Draft202012Validator(schema).iter_errors(data))
    data["waivers"][0]["surprise"] = 1
    assert list(Draft202012Validator(schema).iter_errors(data))


# -- waiver new --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Public / Firearms", 'a "b" \\ c', "x: y # z", "evil\u202egnp\n  - rule: X", "&a *b !c", "\x1b[31m", "'"]
)
def test_a_written_entry_waives_exactly_its_finding(text: str) -> None:
    found = finding(affected=(VIEW,), capabilities=("ExportXml", "ViewUnderlyingData", "BrandNew", "takes_rows"))
    entry = triage.waiver_entry(found, path=text, owner=text, reason=text, ticket=text, created=TODAY)
    assert entry.isprintable() or entry.replace("\n", "").isprintable()
    (waiver,) = triage.waivers_of(parse(HEAD + entry, "w.yaml"), rules=RULES, today=TODAY)
    assert waiver.reason == text.strip()
    assert waiver.expires_on == "2027-02-20"
    laid = triage.apply((found,), (waiver,), None, TODAY)
    assert laid.findings[0].waiver == waiver
    assert triage.apply((replace(found, affected=(VIEW, OTHER)),), (waiver,), None, TODAY).findings[0].waiver is None
    assert triage.apply((replace(found, site_id="another"),), (waiver,), None, TODAY).findings[0].waiver is None


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nwaivers: []\n",
        "version: 1\nwaivers:\n",
        "waivers: []  # none yet\nversion: 1\n",
        HEAD + ENTRY,
        HEAD + ENTRY.rstrip("\n"),
        HEAD + ENTRY.replace("\n  ", "\n")[2:],
        f"waivers:\n{ENTRY}\n# of the file\nversion: 1\n",
        f"{HEAD}{ENTRY}\n\n# the end\n",
    ],
)
def test_an_entry_is_appended_to_any_block_of_waivers(text: str) -> None:
    entry = triage.waiver_entry(finding(OTHER), path="P", owner="o", reason="r", ticket="t", created=TODAY)
    written = triage.appended(text, entry, file="w.yaml", today=TODAY)
    found = triage.waivers_of(parse(written, "w.yaml"), rules=None, today=TODAY)
    assert [one.subject_id for one in found] == (["w-1", "w-2"] if "w-1" in text else ["w-2"])
    assert [line for line in text.splitlines() if "#" in line and "[]" not in line] == [
        line for line in written.splitlines() if line.startswith("#")
    ]


def test_waivers_in_brackets_are_left_alone() -> None:
    entry = triage.waiver_entry(finding(OTHER), path="P", owner="o", reason="r", ticket="t", created=TODAY)
    flow = "{rule: X, subject: {id: w}, reason: r, owner: o, ticket: t, expires: 2027-01-01}"
    with pytest.raises(UsageError, match="one below the other"):
        triage.appended(f"version: 1\nwaivers: [{flow}]\n", entry, file="w.yaml", today=TODAY)
