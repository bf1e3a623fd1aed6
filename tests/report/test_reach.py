"""What the public reaches, as the report tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.access import Access
from auditor.model import (
    Content,
    Grantee,
    GranteeKind,
    Group,
    Kind,
    Lock,
    Mode,
    Project,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)
from auditor.report import reach
from auditor.report.reach import public_reach

from .samples import FIREARMS, MAP, TREND, site

EVERYONE = Grantee(GranteeKind.GROUP, "g-all")


def open_site(guest: bool = True, projects: int = 0) -> Snapshot:
    """The sample site; All Users (with Guest in it) may view Firearms and its views, and take their rows."""
    rules = RuleSet.of([Rule(EVERYONE, name, Mode.ALLOW) for name in ("Read", "ViewUnderlyingData")])
    base = site()
    found = {p.id: replace(p, lock=Lock.CUSTOMIZABLE) for p in base.projects.values()}
    contents = dict(base.contents)
    ruled = {FIREARMS: rules, MAP: rules, TREND: rules}
    for number in range(projects):
        item = Content(Kind.WORKBOOK, f"w-{number}", f"W {number}", project_id=f"p-{number // 2}", tabs_shown=False)
        found[f"p-{number // 2}"] = Project(
            f"p-{number // 2}", f"P {number // 2}", parent_id="p-public", lock=Lock.CUSTOMIZABLE
        )
        contents[item.ref] = item
        ruled[item.ref] = rules
    contents[FIREARMS] = replace(contents[FIREARMS], tabs_shown=False)
    return replace(
        base,
        settings={"guestAccessEnabled": guest},
        projects=found,
        contents=contents,
        users={"u-guest": User("u-guest", "guest", "Guest")},
        groups={"g-all": Group("g-all", "All Users", is_everyone=True)},
        rules={**{item.ref: RuleSet() for item in (*contents.values(), *found.values())}, **ruled},
        connections=dict.fromkeys(contents, ()),
        group_sets={},
    )


def reached(snapshot: Snapshot) -> dict:
    return {(r.capability.name, r.content.path): r for r in public_reach(snapshot, Access(snapshot))}


def test_views_count_with_their_workbook_and_columns_lie_below() -> None:
    rows = reached(open_site())
    taken = rows["takes_rows", "Public / Justice / Firearms"]
    assert (taken.audience, taken.items, taken.columns, taken.personal) == ("anonymous", 3, 2, 1)
    assert ("takes_file", "Public / Justice / Firearms") not in rows
    assert not [path for _, path in rows if "Speeding" in path]


def test_columns_that_were_not_read_are_not_none_at_all() -> None:
    taken = reached(replace(open_site(), inventories={}))["takes_rows", "Public / Justice / Firearms"]
    assert (taken.columns, taken.personal) == (None, None)


def test_nothing_is_reached_behind_a_closed_switch() -> None:
    assert reached(open_site(guest=False)) == {}


def test_what_cannot_be_told_is_unknown_and_never_left_out() -> None:
    facts = open_site()
    unread = replace(facts, rules={ref: rules for ref, rules in facts.rules.items() if ref != FIREARMS})
    found = {(r.capability.name, r.exposure.value): r.items for r in public_reach(unread, Access(unread))}
    assert found["sees", "unknown"] == 1
    assert found["sees", "live"] == 2


def test_many_items_are_added_up_by_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "MAX_CONTENTS", 5)
    by_top = reached(open_site(projects=30))
    assert {path for _, path in by_top} == {"Public"}
    assert by_top["takes_rows", "Public"].items == 33
    monkeypatch.setattr(reach, "MAX_CONTENTS", 20)
    by_project = reached(open_site(projects=30))
    assert by_project["takes_rows", "Public / P 3"].items == 2
    assert by_project["takes_rows", "Public / Justice"].items == 3


def test_an_item_without_a_known_project_is_the_sites() -> None:
    facts = open_site()
    assert reach._project_of(facts, Ref(Kind.WORKBOOK, "w-404"), outermost=True).kind is Kind.SITE
