"""The report's model: the contract's keys, completeness, counts, order, and the way back from JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor import report
from auditor.errors import ExitCode, InvalidFileError, SourceError
from auditor.files import whole_text
from auditor.findings import Severity, Verdicts
from auditor.model import Identity, Inventory, Kind, Ref
from auditor.triage import apply

from .samples import (
    FIREARMS,
    HOSTILE,
    JUSTICE,
    MAP,
    PROJECT_OPEN,
    RUN,
    SPEED,
    TREND,
    UNKNOWN,
    finding,
    full,
    made,
    site,
    with_miss,
)

TOP = {"schema_version", "tool", "run", "target", "complete", "coverage", "summary", "findings"}
FINDING = {
    "fingerprint", "rule", "title", "severity", "verdict", "waiver", "policy", "subject", "affected", "audience", "exposure",
    "capabilities", "message", "proof", "columns", "remediation", "references",
}  # fmt: skip


def as_data(made_report: report.Report) -> dict:
    return json.loads(report.render(made_report, "json"))


def test_json_has_every_key_of_the_contract() -> None:
    data = as_data(full())
    assert data.keys() >= TOP
    assert data["schema_version"] == "1"
    assert data["run"].keys() == {"id", "started_at", "finished_at", "requests"}
    assert data["target"].keys() == {"platform", "server", "site", "signed_in_as"}
    assert data["target"]["signed_in_as"] == {"id": "u1", "name": "auditor", "role": "SiteAdministratorExplorer"}
    assert data["coverage"][0].keys() >= {"read", "expected", "got", "missing"}
    for item in data["findings"]:
        assert item.keys() >= FINDING
        assert item["subject"].keys() >= {"kind", "id", "name", "path", "url"}
    worst = data["findings"][0]
    assert worst["subject"]["path"] == "Public / Justice / Firearms"
    assert worst["subject"]["url"] == "https://bi.example/#/workbooks/17"
    assert worst["capabilities"] == [{"name": "download_full_data", "native": "ViewUnderlyingData"}]
    assert worst["columns"] == [{"name": "Last Name", "classes": ["person_name"], "used": False}]
    assert worst["policy"] == {"file": "policies/default/downloads.yaml", "line": 9}
    assert [thing["path"] for thing in worst["affected"]] == [
        "Public / Justice / Firearms / Map",
        "Public / Justice / Firearms / Trend",
    ]


def test_inventory_block_is_the_contracts() -> None:
    item = as_data(full())["inventory"][0]
    source = item["data_sources"][0]
    assert item.keys() >= {"kind", "id", "name", "file", "data_sources"}
    assert source.keys() >= {"name", "published", "live", "rows", "row_level", "connections", "columns"}
    assert source["connections"] == [{"class": "hyper", "server": None, "user": None, "secret_in_file": False}]
    wanted = {
        "name": "Last Name",
        "type": "text",
        "hidden": True,
        "used": False,
        "in_extract": True,
        "classes": ["person_name"],
        "evidence": ["name"],
    }
    assert wanted.items() <= source["columns"][0].items()


def test_no_inventory_block_where_no_column_was_read() -> None:
    assert "inventory" not in as_data(made(snapshot=replace(site(), inventories={})))
    assert "waivers" not in as_data(made())


def test_summary_counts_every_bucket() -> None:
    preview = finding("NEW-01", SPEED, (), preview=True)
    data = as_data(replace_findings((preview, UNKNOWN)))["summary"]
    assert data == {"fail": {}, "unknown": 1, "waived": 0, "pass": 310, "not_applicable": 4, "preview": 1}
    assert as_data(full())["summary"]["fail"] == {"critical": 1, "medium": 1, "low": 1}
    assert as_data(full())["summary"]["waived"] == 1


def replace_findings(findings: tuple) -> report.Report:
    return made(findings)


@pytest.mark.parametrize(
    ("made_report", "complete"),
    [
        (made(()), True),
        (made(), True),
        (made((UNKNOWN,)), False),
        (made((replace(UNKNOWN, preview=True),)), True),
        (made((), snapshot=with_miss(site())), False),
        (made((), snapshot=with_miss(site()), needs=("workbooks",)), True),
        (made((), needs=("users",)), False),
        (made((), judged=0), False),
    ],
)
def test_complete(made_report: report.Report, complete: bool) -> None:
    assert made_report.complete is complete


@pytest.mark.parametrize(("is_admin", "complete"), [(True, True), (False, False), (None, False)])
def test_an_account_that_is_no_administrator_makes_the_report_incomplete_and_says_so(
    is_admin: bool | None, complete: bool
) -> None:
    facts = site()
    who = replace(facts.provenance.signed_in_as, is_admin=is_admin)
    made_report = made((), snapshot=replace(facts, provenance=replace(facts.provenance, signed_in_as=who)))
    assert made_report.complete is complete
    assert any("not an administrator" in note for note in made_report.notes) is not complete


def test_a_snapshot_without_identity_is_not_called_limited() -> None:
    facts = site()
    assert made((), snapshot=replace(facts, provenance=replace(facts.provenance, signed_in_as=Identity()))).complete


def test_a_read_that_was_never_made_has_a_line() -> None:
    line = next(line for line in made((), needs=("users",)).coverage if line.read == "users")
    assert (line.expected, line.got, line.needed) == (None, 0, True)
    assert line.missing[0].reason


def test_same_facts_same_bytes_whatever_the_order() -> None:
    findings = (finding(), UNKNOWN, PROJECT_OPEN, finding("ANON-04", SPEED, ()))
    one, two = as_data(made(findings)), as_data(made(tuple(reversed(findings))))
    assert json.dumps(one) == json.dumps(two)
    late = report.RunInfo("another", None, None, 9)
    facts = site()
    verdicts = Verdicts(findings, passed=310, not_applicable=4, judged_subjects=5)
    other = report.build(
        late,
        facts,
        verdicts,
        apply(findings, (), None, RUN.started_at.date(), snapshot=facts),
        needs=("workbooks", "workbook-permissions"),
    )
    three = as_data(other)
    three["tool"] = one["tool"]
    assert one.pop("run") != three.pop("run")
    assert json.dumps(one) == json.dumps(three)


def test_worst_first_then_rule_and_path() -> None:
    order = [(f.severity.value, f.rule, f.verdict.value) for f in full().findings]
    assert order[0] == ("critical", "DOWN-01", "fail")
    assert order[1] == ("critical", "DOWN-01", "unknown")
    assert [s for s, _, _ in order] == ["critical", "critical", "high", "medium", "low"]


def test_an_object_that_was_not_read_keeps_its_id() -> None:
    lost = made(
        (finding(subject=Ref(Kind.WORKBOOK, "w-404"), affected=(Ref(Kind.GROUP, "g-1"), Ref(Kind.USER, "u-1"))),)
    ).findings[0]
    assert (lost.subject.name, lost.subject.path) == ("w-404", "(unreadable)")
    assert {t.path for t in lost.affected} == {"(unreadable)"}


def test_a_finding_about_the_site_is_named_by_the_site() -> None:
    found = made((finding(subject=Ref(Kind.SITE, "s0"), affected=(), capabilities=()),)).findings[0]
    assert (found.subject.name, found.subject.url) == ("State", "https://bi.example")


def test_publish_on_a_project_is_not_overwrite() -> None:
    assert (
        made((finding(subject=JUSTICE, affected=(), capabilities=("Write",)),)).findings[0].capabilities[0].name
        == "publish"
    )
    assert (
        made((finding(subject=JUSTICE, affected=(FIREARMS,), capabilities=("Write",)),))
        .findings[0]
        .capabilities[0]
        .name
        == "overwrite"
    )
    assert made((finding(capabilities=("BrandNew",)),)).findings[0].capabilities[0].name == "BrandNew"


@pytest.mark.parametrize("name", HOSTILE)
def test_json_round_trips_hostile_names_and_prints_no_control_character(name: str) -> None:
    text = report.render(made(snapshot=site(name)), "json")
    assert not [c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E]
    text.encode()
    shown = json.loads(text)["findings"][0]["subject"]["name"]
    assert shown == name
    # Half a surrogate pair is no text that anything can be written with: it is replaced when a report is read.
    assert report.loads(text).findings[0].subject.name == whole_text(shown)


def test_json_round_trip() -> None:
    assert report.loads(report.render(full(), "json")) == full()


def test_a_reader_of_version_1_ignores_keys_that_it_does_not_know() -> None:
    data = as_data(full())
    data["later"] = {"x": 1}
    data["findings"][0]["later"] = True
    assert report.loads(json.dumps(data)) == full()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "no schema_version"),
        ('{"a": 1}', "no schema_version"),
        ('{"schema_version": "2"}', "schema_version '2'"),
        ('{"schema_version": "1"}', "not valid at tool"),
        ("[" * 200_000, "nested"),
    ],
)
def test_bad_reports_are_refused_in_a_sentence(tmp_path, text: str, says: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(text)
    with pytest.raises(InvalidFileError, match=says) as caught:
        report.load(path)
    assert str(path) in str(caught.value)
    assert caught.value.next_step


def test_unreadable_reports_are_refused_in_a_sentence(tmp_path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        report.load(tmp_path / "none.json")
    binary = tmp_path / "x.json"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidFileError, match="UTF-8"):
        report.load(binary)


HIGH, LOW = Severity.HIGH, Severity.LOW


@pytest.mark.parametrize(
    ("made_report", "fail_on", "code"),
    [
        (made(()), HIGH, 0),
        (made(), HIGH, 1),
        (made((finding(severity=HIGH),)), HIGH, 1),
        (made((finding(severity=HIGH),)), Severity.CRITICAL, 0),
        (made((finding(severity=LOW),)), HIGH, 0),
        (made((finding(severity=LOW),)), LOW, 1),
        (made((finding(severity=Severity.INFO),)), Severity.INFO, 1),
        (made((UNKNOWN,)), HIGH, 3),
        (made((UNKNOWN, finding())), HIGH, 1),
        (made((UNKNOWN, finding(severity=LOW))), HIGH, 3),
        (made((), snapshot=with_miss(site())), HIGH, 3),
        (made((), judged=0), HIGH, 3),
        (made((finding(preview=True),)), HIGH, 0),
        (full(), HIGH, 1),
        (made((finding(),), baseline=made((finding(),))), HIGH, 0),
        (made((finding(),), baseline=made(())), HIGH, 1),
        (made((finding(capabilities=("Read", "ViewUnderlyingData")),), baseline=made()), HIGH, 1),
        (made((finding(),), baseline=made((finding(capabilities=("Read", "ViewUnderlyingData")),))), HIGH, 0),
        (made((UNKNOWN,), baseline=made((UNKNOWN,))), HIGH, 3),
    ],
)
def test_exit_code(made_report: report.Report, fail_on: Severity, code: int) -> None:
    assert report.exit_code(made_report, fail_on=fail_on, exit_zero=False) is ExitCode(code)
    assert report.exit_code(made_report, fail_on=fail_on, exit_zero=True) is ExitCode.CLEAN


def test_strict_waivers_fail_on_an_unused_one() -> None:
    made_report = full().model_copy(update={"findings": (), "complete": True})
    assert report.exit_code(made_report) is ExitCode.CLEAN
    assert report.exit_code(made_report, strict_waivers=True) is ExitCode.FINDINGS
    assert report.exit_code(made(()), strict_waivers=True) is ExitCode.CLEAN


def test_exit_code_does_not_change_by_saving_and_loading() -> None:
    for made_report in (full(), made(()), made((UNKNOWN,)), made((), judged=0)):
        assert report.exit_code(report.loads(report.render(made_report, "json"))) is report.exit_code(made_report)


def test_the_report_meets_its_own_schema() -> None:
    from jsonschema import Draft202012Validator

    schema = report.json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for made_report in (
        full(),
        made(()),
        made(snapshot=replace(site(), inventories={FIREARMS: Inventory("workbook", None, "x")})),
    ):
        assert not list(validator.iter_errors(as_data(made_report)))
    broken = as_data(full())
    broken["findings"][0]["severity"] = "terrible"
    assert list(validator.iter_errors(broken))


def test_every_concerned_subject_is_in_the_report_once() -> None:
    found = made((finding(affected=(TREND, MAP)),)).findings[0]
    assert [(t.kind, t.id) for t in found.affected] == [("view", "v-map"), ("view", "v-trend")]
