"""What would change if: the table of tableau-access.md, 2.5, and the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access.random_sites import random_site
from access.test_explain import VIEW, WORKBOOK, group, incident
from auditor.access import (
    Access,
    AddRule,
    Anonymous,
    GroupPrincipal,
    JoinGroup,
    LeaveGroup,
    RemoveRule,
    SetLock,
    SetRole,
    SetSetting,
    UserPrincipal,
    changed_decisions,
    what_if,
)
from auditor.errors import UsageError
from auditor.model import Kind, Lock, Mode, Ref, Rule, Snapshot

PUBLIC = Ref(Kind.PROJECT, "p-1")
FULL = Rule(group("g-all"), "ViewUnderlyingData", Mode.ALLOW)


def changed(before: Snapshot, after: Snapshot, *principals: object) -> set[tuple[object, Ref, str, str]]:
    found = changed_decisions(before, after, principals or None)
    return {(d.after.principal, d.after.ref, d.after.capability, d.after.outcome.value) for d in found}


def test_taking_the_rule_away_closes_workbook_and_view_at_once() -> None:
    before = incident()
    after = what_if(before, [RemoveRule(PUBLIC, FULL, Kind.WORKBOOK)])
    assert changed(before, after, Anonymous()) == {
        (Anonymous(), ref, "ViewUnderlyingData", "deny") for ref in (WORKBOOK, VIEW)
    }


def test_switching_guest_off_closes_everything_for_the_visitor_and_nobody_else() -> None:
    before = incident()
    after = what_if(before, [SetSetting("guestAccessEnabled", value=False)])
    found = changed(before, after)
    assert {principal for principal, *_ in found} == {Anonymous(), UserPrincipal("u-g")}
    assert {outcome for *_, outcome in found} == {"deny"}


def test_unlocking_changes_no_answer_but_who_may_set_permissions() -> None:
    before = incident()
    before = replace(before, contents={ref: replace(item, owner_id="u-3") for ref, item in before.contents.items()},
                     users={**before.users, "u-3": replace(before.users["u-1"], id="u-3", name="Author")})  # fmt: skip
    after = what_if(before, [SetLock("p-1", Lock.CUSTOMIZABLE)])
    assert after.projects["p-2"].lock is Lock.CUSTOMIZABLE
    assert changed(before, after) == {
        (UserPrincipal("u-3"), ref, "ChangePermissions", "allow") for ref in (WORKBOOK, VIEW)
    }


def test_locking_overwrites_below() -> None:
    before = what_if(
        incident(), [SetLock("p-1", Lock.CUSTOMIZABLE), AddRule(WORKBOOK, Rule(group("g-1"), "ExportXml", Mode.ALLOW))]
    )
    assert Access(before).can(GroupPrincipal("g-1"), WORKBOOK, "ExportXml").allowed
    after = what_if(before, [SetLock("p-1", Lock.LOCKED)])
    assert not Access(after).can(GroupPrincipal("g-1"), WORKBOOK, "ExportXml").allowed
    assert (after.projects["p-2"].lock, after.projects["p-2"].controlling_id) == (Lock.LOCKED, "p-1")


def locked_at_the_top(site: Snapshot) -> str | None:
    return next((p.id for p in site.projects.values() if p.lock is Lock.LOCKED and p.parent_id is None), None)


@pytest.mark.parametrize("seed", [seed for seed in range(60) if locked_at_the_top(random_site(seed, 6))][:12])
def test_unlocking_never_changes_what_rules_give(seed: int) -> None:
    site = random_site(seed, 6)
    site = replace(site, projects={key: replace(p, controlling_id=None) for key, p in site.projects.items()})
    after = what_if(site, [SetLock(locked_at_the_top(site) or "", Lock.CUSTOMIZABLE)])
    assert {capability for _, _, capability, _ in changed(site, after)} <= {"ChangePermissions"}


def test_joining_and_leaving_a_group() -> None:
    before = incident()
    after = what_if(before, [LeaveGroup("u-2", "g-1")])
    assert changed(before, after) == {(UserPrincipal("u-2"), ref, "ExportData", "allow") for ref in (WORKBOOK, VIEW)}
    assert what_if(after, [JoinGroup("u-2", "g-1")]) == before
    assert what_if(before, [JoinGroup("u-2", "g-all")]) == before


def test_another_role() -> None:
    before = incident()
    after = what_if(before, [SetRole("u-2", "Explorer")])
    assert (UserPrincipal("u-2"), VIEW, "ViewUnderlyingData", "allow") in changed(before, after)


def test_what_cannot_be_done_is_said() -> None:
    site = incident()
    with pytest.raises(UsageError, match=r"governed by “Public”.* Change “Public” instead"):
        what_if(site, [SetLock("p-2", Lock.CUSTOMIZABLE)])
    with pytest.raises(UsageError, match="were not read"):
        what_if(replace(site, group_members={}), [JoinGroup("u-2", "g-1")])
    with pytest.raises(UsageError, match="were not read"):
        what_if(site, [AddRule(Ref(Kind.PROJECT, "p-2"), FULL, Kind.FLOW)])
    with pytest.raises(UsageError, match="no rule"):
        what_if(site, [RemoveRule(PUBLIC, Rule(group("g-1"), "Delete", Mode.ALLOW), Kind.WORKBOOK)])
    for change in (SetLock("nope", Lock.LOCKED), JoinGroup("u-2", "nope"), SetRole("nope", "Viewer")):
        with pytest.raises(UsageError, match="nope"):
            what_if(site, [change])
