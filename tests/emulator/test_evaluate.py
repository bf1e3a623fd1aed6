"""The plain evaluation on the cases that tools get wrong (tableau-access.md, sections 2, 3, 4 and 8)."""

from __future__ import annotations

from tests.emulator import site
from tests.emulator.evaluate import can

FULL = "ViewUnderlyingData"


def test_user_before_group_and_deny_before_allow_among_groups() -> None:
    s = site("S")
    ann, bob = s.user("ann", role="Creator"), s.user("bob", role="Creator")
    one, two = s.group("One", members=[ann, bob]), s.group("Two", members=[ann, bob])
    book = s.project("P").workbook("W").allow(one, "Read").deny(two, "Read").allow(ann, "Read")
    assert can(ann, book, "Read")
    assert not can(bob, book, "Read")
    assert not can(ann, book, "Write")


def test_guest_is_in_all_users_while_let_in_and_has_its_own_ceiling() -> None:
    for let_in in (True, False):
        s = site("S", guest_access=let_in)
        viewer = s.user("viewer", role="Viewer")
        book = s.project("P").workbook("W").allow(s.all_users, "Read", FULL, "Connect", "AddComment")
        assert can(s.guest, book, FULL) is let_in
        assert not can(s.guest, book, "AddComment")
        assert not can(viewer, book, FULL)
        assert can(viewer, book, "AddComment")


def test_a_group_set_holds_those_in_all_of_its_groups() -> None:
    s = site("S")
    ann, bob = s.user("ann", role="Explorer"), s.user("bob", role="Explorer")
    both = s.group_set("Both", [s.group("One", members=[ann, bob]), s.group("Two", members=[ann])])
    book = s.project("P").workbook("W").allow(both, "Read")
    assert (can(ann, book, "Read"), can(bob, book, "Read")) == (True, False)


def test_owners_leaders_and_administrators_need_no_rule() -> None:
    s = site("S")
    boss, lead, author, gone = (s.user(n, role="ExplorerCanPublish") for n in ("boss", "lead", "author", "gone"))
    gone.role = "Unlicensed"
    top = s.project("Top", owner=boss, locked="LockedToProject").allow(lead, "ProjectLeader")
    book = top.project("Below", owner=author).workbook("W", owner=author)
    orphan = s.project("Other").workbook("O", owner=gone)
    assert can(boss, book, "Delete")
    assert can(lead, book, "ChangePermissions")
    assert can(s.admin, book, "Delete")
    assert not can(gone, orphan, "Read")
    own = s.project("Locked", locked="LockedToProjectWithoutNested").workbook("Mine", owner=author)
    assert can(author, own, "Write")
    assert not can(author, own, "ChangePermissions")


def test_locks_and_tabs_decide_whose_rules_count() -> None:
    s = site("S")
    ann = s.user("ann", role="Explorer")
    top = s.project("Top", locked="LockedToProjectWithoutNested")
    top.default("workbooks").allow(ann, "Read")
    locked = top.workbook("Locked").deny(ann, "Read").view("V")
    free = top.project("Nested").workbook("Free", tabs=False)
    alone = free.view("Alone").allow(ann, "Read")
    shown = s.project("Open").workbook("Tabs", tabs=True).allow(ann, "Read").view("Shown").deny(ann, "Read")
    assert [can(ann, item, "Read") for item in (locked, free, alone, shown)] == [True, False, True, True]
