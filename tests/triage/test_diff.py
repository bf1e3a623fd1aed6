"""What changed between two snapshots and two reports, in an administrator's words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from report.samples import HOSTILE, SPEED, UNKNOWN, finding, made, site, with_miss

from auditor import report
from auditor.errors import UsageError
from auditor.model import (
    Column,
    Content,
    Coverage,
    DataSource,
    Grantee,
    GranteeKind,
    Group,
    Inventory,
    Kind,
    Ledger,
    Lock,
    Mode,
    Project,
    Provenance,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)
from auditor.triage.diff import diff_reports, diff_snapshots

ALL = Grantee(GranteeKind.GROUP, "g-all")
PRESS = Grantee(GranteeKind.GROUP, "g-press")
BOOK = Ref(Kind.WORKBOOK, "w-1")
VIEWS = tuple(Ref(Kind.VIEW, f"v-{i}") for i in range(3))
JUSTICE = Ref(Kind.PROJECT, "p-justice")


def allow(grantee: Grantee, *names: str) -> list[Rule]:
    return [Rule(grantee, name, Mode.ALLOW) for name in names]


def base(
    lock: Lock = Lock.CUSTOMIZABLE, guest: bool = True, own: tuple[str, ...] = ("Read",), **more: object
) -> Snapshot:
    """Public / Justice with the workbook Firearms and three views; All Users hold `own` on all of them."""
    items = [Content(Kind.WORKBOOK, BOOK.id, "Firearms", project_id=JUSTICE.id, owner_id="u-ann", tabs_shown=False)]
    items += [Content(Kind.VIEW, ref.id, f"View {ref.id}", parent_id=BOOK.id, project_id=JUSTICE.id) for ref in VIEWS]
    rules = RuleSet.of(allow(ALL, *own))
    reads = ("workbooks", "views", "projects", "users", "groups", "datasources", "flows")
    facts = Snapshot(
        provenance=Provenance(server="https://bi.example", site_id="s", site_name="State"),
        settings={"guestAccessEnabled": guest, "authoringEnabled": True, "explainDataEnabled": True},
        projects={
            "p-public": Project("p-public", "Public", owner_id="u-admin", lock=Lock.CUSTOMIZABLE),
            JUSTICE.id: Project(JUSTICE.id, "Justice", parent_id="p-public", owner_id="u-admin", lock=lock),
        },
        contents={item.ref: item for item in items},
        users={
            "u-guest": User("u-guest", "guest", "Guest"),
            "u-ann": User("u-ann", "ann", "Creator"),
            "u-bob": User("u-bob", "bob", "Viewer"),
            "u-admin": User("u-admin", "root", "SiteAdministratorCreator"),
        },
        groups={"g-all": Group("g-all", "All Users", is_everyone=True), "g-press": Group("g-press", "Press")},
        group_members={"g-press": frozenset({"u-bob"})},
        group_sets={},
        rules={
            Ref(Kind.PROJECT, "p-public"): RuleSet(),
            JUSTICE: RuleSet(),
            BOOK: rules,
            **dict.fromkeys(VIEWS, rules),
        },
        default_rules={(JUSTICE.id, kind): RuleSet() for kind in (Kind.WORKBOOK, Kind.VIEW)},
        ledger=Ledger.of([Coverage(name, 9, 9) for name in reads]),
    )
    return replace(facts, **more)  # type: ignore[arg-type]


def sentences(old: Snapshot, new: Snapshot, kind: str | None = None) -> list[str]:
    return [c.sentence for c in diff_snapshots(old, new).changes if kind in (None, c.kind)]


def edit(facts: Snapshot, ref: Ref, **more: object) -> Snapshot:
    return replace(facts, contents={**facts.contents, ref: replace(facts.contents[ref], **more)})  # type: ignore[arg-type]


def project(facts: Snapshot, project_id: str, **more: object) -> Snapshot:
    return replace(facts, projects={**facts.projects, project_id: replace(facts.projects[project_id], **more)})  # type: ignore[arg-type]


def test_nothing_changed() -> None:
    diff = diff_snapshots(base(), base())
    assert diff.changes == ()
    assert diff.untold == ()
    assert diff.unchanged == {"objects unchanged": 6, "objects whose access did not change": 6}


def test_a_project_lock_that_opens_lets_guest_in_and_says_so() -> None:
    own = ("Read", "ViewUnderlyingData")
    found = sentences(base(Lock.LOCKED, own=own), base(Lock.CUSTOMIZABLE, own=own))
    assert "Guest gained View, Download Full Data on 'Firearms' (project lock opened), 3 views follow" in found
    assert "All Users gained View, Download Full Data on 'Firearms' (project lock opened), 3 views follow" in found
    assert "Project 'Justice': locked (including nested projects) → customizable" in found


def test_the_other_way_round_access_is_lost() -> None:
    found = sentences(base(), base(Lock.LOCKED), "lost")
    assert "Guest lost View on 'Firearms' (project locked), 3 views follow" in found


def test_a_rule_that_was_added_is_the_cause() -> None:
    new = base(own=("Read", "ViewUnderlyingData"))
    change = next(c for c in diff_snapshots(base(), new).changes if c.principal == "anonymous")
    assert (
        change.sentence == "Guest gained Download Full Data on 'Firearms' (Allow for All Users added), 3 views follow"
    )
    assert (change.object_id, change.path, change.capabilities) == (
        "w-1",
        "Public / Justice / Firearms",
        ("ViewUnderlyingData",),
    )
    assert len(change.followers) == 3


def test_a_switch_is_the_cause() -> None:
    found = sentences(base(guest=False), base(guest=True))
    assert found[0] == "Guest gained View on 'Firearms' (guest access switched on), 3 views follow"
    assert "Site setting guestAccessEnabled: off → on" in found
    assert (
        "Guest lost View for as long as a switch stays off on 'Firearms' (guest access switched off), 3 views follow"
        in sentences(base(guest=True), base(guest=False))
    )


def test_a_grant_behind_a_closed_switch_is_told_as_such() -> None:
    found = sentences(base(guest=False), base(guest=False, own=("Read", "ExportImage")))
    assert any(
        s.startswith("Guest was granted Download Image/PDF behind a switch that is off on 'Firearms'") for s in found
    )


def test_groups_and_users_that_rules_name_are_asked_about() -> None:
    facts = base()
    rules = RuleSet.of(
        [*allow(ALL, "Read"), *allow(PRESS, "ExportXml"), *allow(Grantee(GranteeKind.USER, "u-bob"), "ExportData")]
    )
    found = sentences(facts, replace(facts, rules={**facts.rules, BOOK: rules}))
    assert "Group 'Press' gained Download/Save a Copy on 'Firearms' (Allow for Press added)" in found
    assert any(s.startswith("User 'bob' gained Download Summary Data") for s in found)


def test_new_gone_moved_renamed_owner() -> None:
    old, extra = (
        base(),
        Content(Kind.WORKBOOK, "w-2", "Speeding", project_id="p-public", owner_id="u-ann", tabs_shown=False),
    )
    view = Content(Kind.VIEW, "v-9", "Map", parent_id="w-2", project_id="p-public")
    more = replace(
        old,
        contents={**old.contents, extra.ref: extra, view.ref: view},
        rules={**old.rules, extra.ref: RuleSet.of(allow(ALL, "Read")), view.ref: RuleSet()},
    )
    assert sentences(old, more) == ["New workbook 'Speeding' with 1 view, open to Guest: View"]
    assert sentences(more, old) == ["Gone: workbook 'Speeding'"]
    changed = edit(more, extra.ref, project_id=JUSTICE.id, name="Speed", owner_id="u-bob")
    found = sentences(more, changed)
    assert "Moved: workbook 'Speed' from 'Public' to 'Public / Justice'" in found
    assert "Renamed: workbook 'Speeding' is now 'Speed'" in found
    assert "Owner of workbook 'Speed': ann → bob" in found


def test_new_and_gone_are_not_said_where_the_other_side_did_not_list_all() -> None:
    old = base()
    bare = replace(old, contents={}, ledger=Ledger.of([*old.ledger.lines.values()]))
    short = replace(
        bare, ledger=Ledger.of([line for line in old.ledger.lines.values() if line.read not in ("workbooks", "views")])
    )
    assert sentences(old, bare, "gone") == ["Gone: workbook 'Firearms'"]
    assert sentences(old, short, "gone") == []
    assert any("gone or not cannot be told" in s for s in diff_snapshots(old, short).untold)
    assert sentences(short, old, "new") == []
    assert any("new or not cannot be told" in s for s in diff_snapshots(short, old).untold)


def test_what_was_not_read_is_neither_gained_nor_lost() -> None:
    old = base()
    unread = replace(old, rules={ref: rules for ref, rules in old.rules.items() if ref != BOOK})
    for first, second in ((old, unread), (unread, old)):
        diff = diff_snapshots(first, second)
        assert not [c for c in diff.changes if c.kind in ("gained", "lost") and c.object_id == "w-1"]
        assert any("Guest" in s and "workbook-permissions" in s for s in diff.untold), diff.untold


def test_an_incomplete_side_is_told() -> None:
    old = base()
    short = replace(
        old, ledger=Ledger.of([*(x for x in old.ledger.lines.values() if x.read != "users"), Coverage("users", 9, 4)])
    )
    diff = diff_snapshots(old, short)
    assert "The new snapshot is short of users: 5 of 9 not read." in diff.untold
    assert (diff.old.complete, diff.new.complete) == (True, False)


def test_people() -> None:
    old = base()
    new = replace(
        old,
        users={**old.users, "u-bob": replace(old.users["u-bob"], site_role="Creator")},
        group_members={"g-press": frozenset({"u-ann"})},
    )
    found = sentences(old, new)
    assert "Site role of 'bob': Viewer → Creator" in found
    assert "Group 'Press': ann joined; bob left" in found


def test_a_template_that_changed() -> None:
    old = base()
    new = replace(old, default_rules={**old.default_rules, (JUSTICE.id, Kind.WORKBOOK): RuleSet.of(allow(ALL, "Read"))})
    assert sentences(old, new, "template") == ["Template for workbooks in project 'Justice': 1 rules added, 0 removed"]


def below(*names: str) -> dict:
    columns = tuple(Column(name, classes={"national_id": 0.9} if name == "SSN" else {}) for name in names)
    return {BOOK: Inventory("workbook", BOOK.id, "Firearms", data_sources=(DataSource("permits", columns=columns),))}


def test_columns_added_below_something_public() -> None:
    old = base(inventories=below("County"))
    new = base(inventories=below("County", "Age", "SSN"))
    assert sentences(old, new) == [
        "2 columns added below workbook 'Firearms', which Guest can view: SSN (national_id), Age"
    ]
    closed = {"guest": False}
    assert sentences(base(inventories=below("County"), **closed), base(inventories=below("SSN"), **closed)) == []
    diff = diff_snapshots(base(), new)
    assert diff.changes == ()
    assert any("columns below were read only in the new" in s for s in diff.untold)


def test_many_alike_become_one_line() -> None:
    def many(own: tuple[str, ...]) -> Snapshot:
        facts = base()
        items = [
            Content(Kind.WORKBOOK, f"x-{i:02}", f"X {i:02}", project_id=JUSTICE.id, owner_id="u-ann", tabs_shown=False)
            for i in range(12)
        ]
        rules = {item.ref: RuleSet.of(allow(ALL, *own)) for item in items}
        return replace(facts, contents={**facts.contents, **{i.ref: i for i in items}}, rules={**facts.rules, **rules})

    found = [s for s in sentences(many(("Read",)), many(("Read", "ExportImage"))) if s.startswith("Guest")]
    assert found == ["Guest gained Download Image/PDF on 'X 00' (Allow for All Users added), 11 workbooks follow"]


def test_the_order_does_not_depend_on_the_order_of_the_lists() -> None:
    old, new = base(Lock.LOCKED, own=("Read", "ExportXml")), base(own=("Read", "ExportXml"))
    turned = replace(
        new,
        contents=dict(reversed(list(new.contents.items()))),
        projects=dict(reversed(list(new.projects.items()))),
        rules=dict(reversed(list(new.rules.items()))),
    )
    assert diff_snapshots(old, new).changes == diff_snapshots(old, turned).changes


def test_two_sites_are_a_usage_error() -> None:
    other = replace(base(), provenance=Provenance(site_id="other"))
    with pytest.raises(UsageError, match="two sites"):
        diff_snapshots(base(), other)


# -- reports -----------------------------------------------------------------------------------------------------------


def test_reports() -> None:
    old = made((finding(), finding("DOWN-02", SPEED, ()), finding("DOWN-03", SPEED, (), ("Read", "ExportXml"))))
    new = made(
        (
            finding(),
            finding("DOWN-02", SPEED, (), ("Read", "ViewUnderlyingData")),
            finding("DOWN-03", SPEED, (), ("Read",)),
            finding("NEW-1"),
        )
    )
    diff = diff_reports(old, new)
    assert [(c.kind, c.rule) for c in diff.changes] == [("new", "NEW-1"), ("wider", "DOWN-02"), ("narrower", "DOWN-03")]
    assert diff.unchanged == {"failing findings unchanged": 1}
    assert [(c.kind, c.rule) for c in diff_reports(new, old).changes] == [
        ("wider", "DOWN-03"),
        ("narrower", "DOWN-02"),
        ("gone", "NEW-1"),
    ]
    assert diff.changes[0].sentence.startswith(
        "New: NEW-1 (critical) The public may download full data, on 'Firearms': Download Full Data"
    )


def test_reports_never_call_gone_what_was_not_judged() -> None:
    old = made((finding(subject=SPEED, affected=()),))
    new = made((UNKNOWN,), snapshot=with_miss(site()))
    diff = diff_reports(old, new)
    assert diff.changes == ()
    assert any("Cannot be told: DOWN-01" in s for s in diff.untold)
    assert any("new report is not complete" in s for s in diff.untold)
    assert any("old report is not complete" in s for s in diff_reports(new, old).untold)


def test_reports_of_two_sites_are_a_usage_error() -> None:
    facts = site()
    other = made(snapshot=replace(facts, provenance=replace(facts.provenance, site_id="other")))
    with pytest.raises(UsageError, match="two sites"):
        diff_reports(made(), other)


# -- formats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_formats(name: str) -> None:
    own = ("Read", "ViewUnderlyingData")
    text = report.render_changes(diff_snapshots(base(Lock.LOCKED, own=own), base(own=own)), name)
    assert "3 views follow" in text
    assert text.endswith("\n")
    if name == "json":
        data = json.loads(text)
        assert data["changes"][0]["object"] == {"kind": "workbook", "id": "w-1", "path": "Public / Justice / Firearms"}
    if name == "markdown":
        assert text.startswith("<!-- bi-auditor-diff -->\n")


@pytest.mark.parametrize("bad", HOSTILE)
@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_hostile_names_are_harmless_in_changes(name: str, bad: str) -> None:
    new = project(edit(base(own=("Read", "ExportXml")), BOOK, name=bad), JUSTICE.id, name=bad)
    text = report.render_changes(diff_snapshots(base(), new), name)
    text.encode()
    assert not [c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E]
    if name == "markdown":
        assert "<script" not in text
        assert "](" not in text
        assert "evil.example" not in text or "://evil" not in text


def test_markdown_has_a_limit() -> None:
    diff = diff_snapshots(base(Lock.LOCKED), base())
    text = report.render_changes(diff, "markdown", report.RenderOptions(max_chars=400))
    assert len(text) <= 400
    assert "left out" in text


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="cannot be shown"):
        report.render_changes(diff_snapshots(base(), base()), "pdf")


def test_findings_of_kinds_that_are_not_known_are_left_alone() -> None:
    odd = made()
    strange = odd.findings[0].model_copy(
        update={"subject": odd.findings[0].subject.model_copy(update={"kind": "hologram"})}
    )
    diff = diff_reports(odd, odd.model_copy(update={"findings": (strange,)}))
    assert [c.kind for c in diff.changes] in (["gone"], [])
