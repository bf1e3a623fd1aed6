"""Comparison with an earlier report: by exposure, not by text; nothing that was not read is called gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report.samples import FIREARMS, JUSTICE, MAP, SPEED, TODAY, TREND, UNKNOWN, finding, made, site, with_miss

from auditor.errors import UsageError
from auditor.findings import ColumnNote, Exposure, Severity, Verdict
from auditor.model import Coverage, Kind, Ledger, Ref
from auditor.triage import apply

BOTH = ("Read", "ViewUnderlyingData")


def states(now: tuple, before, **more) -> list:
    facts = more.pop("snapshot", site())
    return [item.baseline_state for item in apply(now, (), before, TODAY, snapshot=facts, **more).findings]


def gone(now: tuple, before, **more) -> list:
    facts = more.pop("snapshot", site())
    comparison = apply(now, (), before, TODAY, snapshot=facts, **more).comparison
    return [(g.rule, g.told, g.reason) for g in comparison.gone]


@pytest.mark.parametrize(
    ("now", "before", "state"),
    [
        (finding(), (finding(),), "unchanged"),
        (finding(), (), "new"),
        (finding(capabilities=BOTH), (finding(),), "wider"),
        (finding(), (finding(capabilities=BOTH),), "narrower"),
        (finding(capabilities=("ExportXml",)), (finding(),), "new"),
        (finding(audience="everyone"), (finding(),), "new"),
        (finding("OTHER"), (finding(),), "new"),
        (finding(affected=(MAP,)), (finding(),), "narrower"),
        (finding(), (finding(affected=(MAP,)),), "wider"),
        (finding(), (finding(exposure=Exposure.DORMANT),), "new"),
        (finding(exposure=Exposure.DORMANT), (finding(),), "unchanged"),
        (finding(title="renamed", message="m", proof=()), (finding(),), "unchanged"),
        (finding(severity=Severity.LOW), (finding(),), "unchanged"),
        (finding(columns=(ColumnNote("Last Name"), ColumnNote("SSN"))), (finding(),), "wider"),
        (finding(), (replace(UNKNOWN, subject=FIREARMS),), "new"),
        # a root cause that moves is no new exposure
        (finding(subject=JUSTICE, affected=(FIREARMS, MAP, TREND)), (finding(),), "unchanged"),
        (finding(), (finding(subject=JUSTICE, affected=(FIREARMS, MAP, TREND)),), "unchanged"),
        (finding(subject=JUSTICE, affected=(FIREARMS, MAP, TREND, SPEED)), (finding(),), "wider"),
    ],
)
def test_states(now, before: tuple, state: str) -> None:
    assert states((now,), made(before)) == [state]


@pytest.mark.parametrize(
    ("now", "note"),
    [
        (finding(capabilities=BOTH), "Wider than the baseline by: view."),
        (finding(affected=(MAP, TREND, SPEED)), "Wider than the baseline by: 1 object."),
        (finding(columns=(ColumnNote("Last Name"), ColumnNote("SSN"))), "Wider than the baseline by: column SSN."),
    ],
)
def test_a_wider_finding_says_by_what(now, note: str) -> None:
    item = apply((now,), (), made(), TODAY, snapshot=site()).findings[0]
    assert (item.baseline_state, item.notes) == ("wider", (note,))


def test_no_baseline_no_state() -> None:
    assert states((finding(),), None) == [None]


def test_unknown_has_no_state() -> None:
    assert states((UNKNOWN,), made((UNKNOWN,))) == [None]


def test_a_waiver_that_ended_makes_the_finding_new() -> None:
    before = made()
    waived = before.findings[0].model_copy(
        update={"waiver": {"reason": "r", "owner": "o", "ticket": "t", "expires": "2026-01-01"}}
    )
    then = before.model_copy(update={"findings": (waived,)})
    item = apply((finding(),), (), then, TODAY, snapshot=site()).findings[0]
    assert item.baseline_state == "new"
    assert "waived in the baseline" in item.notes[0]


def test_gone_and_not_gone() -> None:
    assert gone((), made()) == [("DOWN-01", True, "")]
    assert gone((finding(),), made()) == []
    assert gone((finding(affected=(MAP,)),), made()) == []
    assert gone((finding(subject=JUSTICE, affected=(FIREARMS,)),), made()) == []


def test_nothing_is_gone_that_was_not_judged_now() -> None:
    unknown = finding(verdict=Verdict.UNKNOWN, capabilities=(), unread=("workbook-permissions",))
    assert gone((unknown,), made()) == [
        ("DOWN-01", False, "it could not be judged this time; not read: workbook-permissions")
    ]
    by_site = finding(subject=Ref(Kind.SITE, "s"), affected=(), verdict=Verdict.UNKNOWN, capabilities=(), audience=None)
    assert gone((by_site,), made())[0][1] is False
    other_people = finding(audience="everyone", verdict=Verdict.UNKNOWN, capabilities=())
    assert gone((other_people,), made())[0][1] is True


def test_nothing_is_gone_whose_rule_did_not_run() -> None:
    assert gone((), made(), rules_run=("ANON-04",)) == [("DOWN-01", False, "the rule was not run this time")]
    assert gone((), made(), rules_run=("DOWN-01",))[0][1] is True


def test_nothing_is_gone_that_was_not_listed() -> None:
    facts = site()
    empty = replace(facts, contents={})
    assert gone((), made(), snapshot=empty) == [("DOWN-01", True, "")]
    short = replace(empty, ledger=Ledger.of([Coverage("workbooks", 2, 1), Coverage("views", 2, 2)]))
    assert gone((), made(), snapshot=short) == [
        ("DOWN-01", False, "the object was not listed and the list of workbooks is not complete")
    ]


def test_an_incomplete_baseline_is_told() -> None:
    comparison = apply((finding(),), (), made((), snapshot=with_miss(site())), TODAY, snapshot=site()).comparison
    assert not comparison.complete
    assert "may have been there before" in comparison.note


def test_a_baseline_of_another_site_is_a_usage_error() -> None:
    facts = site()
    other = replace(facts, provenance=replace(facts.provenance, site_id="other"))
    with pytest.raises(UsageError, match="another site"):
        apply((), (), made(snapshot=other), TODAY, snapshot=facts)
