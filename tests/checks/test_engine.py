"""What the engine makes of rules and facts: unknowns, doubts, bugs, grouping, order, audiences, expressions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from auditor.access import Access
from auditor.checks import engine, judge, reads_needed, warnings
from auditor.checks.registry import CheckKind
from auditor.errors import InternalError
from auditor.findings import Exposure, Finding, Judgement, Severity, Verdict, Verdicts
from auditor.model import Kind, Read, Snapshot
from auditor.policy import load, load_text
from auditor.policy.requirements import Forbid
from auditor.policy.testing import SiteModel
from auditor.policy.testing_site import snapshot_of

TODAY = date(2026, 1, 15)


def site(**lines: object) -> Snapshot:
    return snapshot_of(SiteModel.model_validate(lines))


def said(rule: str, snapshot: Snapshot, head: str = "") -> Verdicts:
    policy = load_text(f"version: 1\n{head}rules:\n  - {{id: R, title: t, severity: high, {rule}}}\n")
    return judge(policy, snapshot, access=Access(snapshot), today=TODAY)


def only(verdicts: Verdicts) -> Finding:
    assert len(verdicts.findings) == 1, [(one.subject, one.message) for one in verdicts.findings]
    return verdicts.findings[0]


FORBID = "select: {kinds: [workbook, view]}, forbid: {audience: anonymous, capabilities: [download_full_data]}"
OPEN = {"allow": {"guest": ["view", "download_full_data"]}}


def test_a_locked_project_is_one_cause_for_all_its_content() -> None:
    open_all = {"workbook": {"allow": {"All Users": ["view", "download_full_data"]}}}
    snapshot = site(
        projects={"P": {"lock": "locked", "defaults": open_all}},
        workbooks={f"P / W{number}": {"views": {"V": {}}} for number in range(40)},
    )
    found = only(said(FORBID, snapshot))
    assert (found.subject, len(found.affected)) == (("project", "project:P"), 80)
    assert "40 workbooks and 40 views" in found.message


def test_unlocked_workbooks_are_findings_of_their_own_with_their_views() -> None:
    verdicts = said(FORBID, site(workbooks={"P / A": {**OPEN, "views": {"V": {}}}, "P / B": OPEN, "P / C": {}}))
    assert [(one.subject.id, [ref.id for ref in one.affected]) for one in verdicts.findings] == [
        ("workbook:P / A", ["view:P / A / V"]),
        ("workbook:P / B", []),
    ]
    assert verdicts.passed == 1


def test_dormant_exposure_fails_only_where_the_rule_asks_for_it() -> None:
    shut = site(settings={"guestAccessEnabled": False}, workbooks={"P / A": OPEN})
    assert said(FORBID, shut).findings == ()
    found = only(said(f"exposure: any, {FORBID}", shut))
    assert (found.verdict, found.exposure) == (Verdict.FAIL, Exposure.DORMANT)
    assert "switch" in found.message


@pytest.mark.parametrize("read", ["projects", "workbooks", "views"])
def test_a_list_that_is_not_complete_is_an_unknown_of_the_site(read: str) -> None:
    found = only(said(FORBID, site(workbooks={"P / A": {}}, unread=[read])))
    assert (found.verdict, found.subject.kind, found.unread) == (Verdict.UNKNOWN, Kind.SITE, (read,))


def test_one_unknown_for_one_missing_read_not_one_for_each_object() -> None:
    snapshot = site(workbooks={f"P / W{number}": {} for number in range(30)}, unread=["workbook-permissions"])
    found = only(said(FORBID, snapshot))
    assert (found.verdict, len(found.affected), found.unread) == (Verdict.UNKNOWN, 30, ("workbook-permissions",))


def test_a_snapshot_in_which_nothing_was_read_never_passes() -> None:
    policy = load(["default"])
    snapshot = Snapshot()
    verdicts = judge(policy, snapshot, access=Access(snapshot), today=TODAY)
    assert {one.verdict for one in verdicts.findings} == {Verdict.UNKNOWN}
    assert verdicts.passed <= 1  # MON-05 sees no line that is not complete


def test_fingerprints_of_a_run_are_distinct_and_the_order_is_stable() -> None:
    snapshot = site(
        projects={"Public": {}, "Public / X": {}},
        workbooks={"Public / A": {**OPEN, "tabs": False, "views": {"V": OPEN, "W": {}}}, "Inside / B": OPEN},
        unread={"view-permissions": ["Public / A / W"]},
    )
    policy = load(["strict"])
    runs = [judge(policy, snapshot, access=Access(snapshot), today=TODAY).findings for _ in range(2)]
    assert runs[0] == runs[1]
    prints = [one.fingerprint for one in runs[0]]
    assert len(prints) == len(set(prints))
    ranks = [one.severity.rank for one in runs[0]]
    assert ranks == sorted(ranks)


def test_a_check_that_raises_is_a_bug_that_names_rule_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[Judgement]:
        raise KeyError("x")
        yield

    kind = engine.REGISTRY[Forbid]
    monkeypatch.setattr(engine, "REGISTRY", {Forbid: CheckKind(broken, kind.reads)})
    with pytest.raises(InternalError, match=r"policy.yaml:3: The check of rule R failed"):
        said(FORBID, site())


def test_reads_needed_are_only_those_of_the_rules() -> None:
    needed = reads_needed(
        load_text(
            "version: 1\nrules:\n  - {id: R, title: t, severity: low, settings: {expect: {guestAccessEnabled: false}}}\n"
        )
    )
    assert needed == {Read.SITE}
    assert {Read.VIEW_PERMISSIONS, Read.DEFAULT_PERMISSIONS, Read.EMBEDDING} <= reads_needed(load(["default"]))
    assert Read.FILES not in reads_needed(load(["default"]))


AUDIENCES = """\
audiences:
  press: {group: [Press]}
  partners: [{email_domain: [partner.example]}, {user: [kim]}]
  pressmen: {members_of: [Press]}
  viewers: {site_role: [Viewer]}
"""
PEOPLE = {
    "users": {"ann@partner.example": "Explorer", "kim": "Viewer", "lee": "Explorer"},
    "groups": {"Press": ["lee"]},
}


@pytest.mark.parametrize(
    ("audience", "grantee", "fails"),
    [
        ("press", "Press", True),
        ("press", "lee", False),
        ("pressmen", "lee", True),
        ("pressmen", "Press", True),
        ("partners", "ann@partner.example", True),
        ("partners", "kim", True),
        ("partners", "lee", False),
        ("viewers", "kim", True),
        ("viewers", "All Users", True),
        ("everyone", "All Users", True),
        ("everyone", "Press", False),
        ("anonymous", "All Users", True),
    ],
)
def test_audiences(audience: str, grantee: str, fails: bool) -> None:
    snapshot = site(**PEOPLE, workbooks={"P / A": {"allow": {grantee: ["view"]}}})
    verdicts = said(
        f"select: {{kinds: [workbook]}}, forbid: {{audience: {audience}, capabilities: [view]}}", snapshot, AUDIENCES
    )
    assert bool(verdicts.findings) is fails
    assert all(one.audience == audience for one in verdicts.findings)


def test_an_audience_of_many_accounts_gives_the_same_answers_as_one_by_one() -> None:
    users = {f"u{number}@partner.example": "Explorer" for number in range(30)}
    snapshot = site(users=users, workbooks={"P / A": {"allow": {"u7@partner.example": ["view"]}}, "P / B": {}})
    head = "audiences: {partners: {email_domain: [partner.example]}}\n"
    verdicts = said("select: {kinds: [workbook]}, forbid: {audience: partners, capabilities: [view]}", snapshot, head)
    found = only(verdicts)
    assert found.subject.id == "workbook:P / A"
    assert "u7@partner.example" in found.message
    assert verdicts.passed == 1


def test_a_group_that_the_site_does_not_have() -> None:
    head = "audiences: {gone: {group: [Gone]}}\n"
    rule = "select: {kinds: [workbook]}, forbid: {audience: gone, capabilities: [view]}"
    verdicts = said(rule, site(workbooks={"P / A": {}}), head)
    assert (verdicts.findings, verdicts.not_applicable) == ((), 1)
    found = only(said(rule, site(workbooks={"P / A": {}}, unread=["groups"]), head))
    assert "groups" in found.unread


def test_warnings_name_globs_and_groups_that_match_nothing() -> None:
    policy = load_text(
        "version: 1\naudiences: {gone: {group: [Gone]}}\nrules:\n  - {id: R, title: t, severity: low, "
        'select: {projects: ["Nowhere/**"], names: [Zzz*]}, forbid: {audience: gone, capabilities: [view]}}\n'
    )
    told = " ".join(warnings(policy, site(projects={"P": {}})))
    assert all(word in told for word in ("'Gone'", "'Nowhere/**'", "'Zzz*'"))


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("name.startsWith('A')", "pass"),
        ("'draft' in tags && !locked", "pass"),
        ("depth == 2 || size(tags) > 5", "pass"),
        ("owner_role == 'Viewer'", "fail"),
        ("!holds('anonymous', 'download_full_data')", "fail"),
        ("!classes.exists(c, c == 'email')", "unknown"),
        ("tags[9] == 'x'", "unknown"),
        ("1 / (depth - 2) > 0", "unknown"),
    ],
)
def test_expressions(expression: str, verdict: str) -> None:
    snapshot = site(users={"ann": "Explorer"}, workbooks={"P / Q / A": {**OPEN, "owner": "ann", "tags": ["draft"]}})
    verdicts = said(f'select: {{kinds: [workbook]}}, expression: "{expression}"', snapshot)
    assert [str(one.verdict) for one in verdicts.findings] == ([] if verdict == "pass" else [verdict])
    assert verdicts.passed == (verdict == "pass")


def test_severity_by_tier_and_preview() -> None:
    rule = "status: preview, severity_by_tier: {site_wide: low}, select: {kinds: [workbook]}, forbid: {audience: [anonymous, everyone], capabilities: [view]}"
    verdicts = said(rule, site(workbooks={"P / A": {"allow": {"All Users": ["view"]}}}))
    assert [(one.audience, one.severity, one.preview) for one in verdicts.findings] == [
        ("anonymous", Severity.HIGH, True),
        ("everyone", Severity.LOW, True),
    ]


def test_a_leak_names_its_parts() -> None:
    below = [{"name": "D", "columns": [{"name": "Email", "classes": ["email"]}]}]
    snapshot = site(workbooks={"Public / A": {**OPEN, "connections": [{"type": "hyper"}], "data": below}})
    findings = judge(load(["default"]), snapshot, access=Access(snapshot), today=TODAY).findings
    leak = next(one for one in findings if one.rule == "LEAK-01")
    assert {one.rule for one in findings if one.fingerprint in leak.parts} == {"DOWN-01", "ANON-04"}
    assert [note.name for note in leak.columns] == ["Email"]
