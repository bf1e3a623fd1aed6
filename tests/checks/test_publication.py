"""The draft of a register says what is public now, keeps what people wrote, and an approval covers exactly what it saw."""

from __future__ import annotations

from datetime import date

from auditor.access import Access
from auditor.checks import judge
from auditor.checks.publication import draft, state_of
from auditor.model import Kind, Ref, Snapshot
from auditor.policy import load_text
from auditor.policy.register import Approval, Register, approve, dump_register
from auditor.policy.testing import SiteModel
from auditor.policy.testing_site import snapshot_of

BIKES = Ref(Kind.WORKBOOK, "workbook:Public / Bikes")
POLICY = load_text("version: 1\nextends: [publication]\n")


def site(rights: list[str], columns: list[str]) -> Snapshot:
    data = [{"name": "D", "columns": [{"name": name} for name in columns]}]
    books = {"Public / Bikes": {"allow": {"guest": rights}, "data": data, "digest": "d1"}, "Inside / Pay": {}}
    return snapshot_of(SiteModel.model_validate({"workbooks": books}))


def failing(snapshot: Snapshot, register: Register) -> set[str]:
    found = judge(POLICY, snapshot, access=Access(snapshot), register=register, today=date(2026, 2, 1)).findings
    return {one.rule for one in found}


def test_draft_approve_and_what_the_rules_say_afterwards() -> None:
    snapshot = site(["view"], ["County"])
    access = Access(snapshot)
    register = draft(snapshot, access)
    assert list(register.entries) == [BIKES]
    assert register.entries[BIKES].columns == ("County",)
    assert failing(snapshot, register) == {"PUB-02", "PUB-08"}
    state = state_of(snapshot, access, BIKES)
    approved = approve(
        register, BIKES, Approval(by="zoe", date=date(2026, 1, 20)), state.approved, columns=state.columns
    )
    assert failing(snapshot, approved) == set()
    assert failing(site(["view", "download_full_data"], ["County"]), approved) == {"PUB-03", "ANON-09"}
    assert failing(site(["view"], ["County", "Name"]), approved) == {"PUB-04"}
    assert failing(site(["view"], ["County"]), Register()) == {"PUB-01"}


def test_a_second_draft_changes_nothing() -> None:
    snapshot = site(["view"], ["County"])
    first = draft(snapshot, Access(snapshot))
    assert dump_register(draft(snapshot, Access(snapshot), first)) == dump_register(first)
