"""The least set of rules to read: pure, and never sparing what could differ."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model import Content, Kind, Lock, Project, Read, Ref
from auditor.sources.tableau import RetryPolicy
from auditor.sources.tableau.connection import version_of
from auditor.sources.tableau.governance import Governor, governor
from auditor.sources.tableau.needs import ALL_READS, closure
from auditor.sources.tableau.plan import Question, plan_rules
from tests.emulator import emulate, faults, site
from tests.sources.helping import TOKENS, USUAL, facts, incomplete, read, sample_site

C, L, W, U = Lock.CUSTOMIZABLE, Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED, Lock.UNKNOWN


def tree(*rows: tuple[str, str | None, Lock] | tuple[str, str | None, Lock, str | None]) -> dict[str, Project]:
    return {
        row[0]: Project(row[0], row[0], parent_id=row[1], lock=row[2], controlling_id=row[3] if len(row) > 3 else None)
        for row in rows
    }


@pytest.mark.parametrize(
    ("projects", "asked", "expected"),
    [
        (tree(("a", None, C)), "a", Governor(None, certain=True)),
        (tree(("a", None, C, "a")), "a", Governor(None, certain=True)),  # own id on an unlocked project is no lock
        (tree(("a", None, L)), "a", Governor("a", certain=True)),
        (tree(("a", None, W)), "a", Governor("a", certain=True)),
        (tree(("a", None, L), ("b", "a", L)), "b", Governor("a", certain=True)),
        (tree(("a", None, L, "a"), ("b", "a", L, "a"), ("c", "b", L, "a")), "c", Governor("a", certain=True)),
        (tree(("a", None, W), ("b", "a", C)), "b", Governor(None, certain=True)),
        (tree(("a", None, W), ("b", "a", L)), "b", Governor("b", certain=True)),
        (tree(("a", None, C), ("b", "a", L), ("c", "b", L)), "c", Governor("b", certain=True)),
        # what does not fit together is never certain
        (tree(("a", None, L), ("b", "a", C)), "b", Governor(None, certain=False)),
        (tree(("a", None, L), ("b", "a", W)), "b", Governor("b", certain=False)),
        (tree(("a", None, L), ("b", "a", C), ("c", "b", L)), "c", Governor("c", certain=False)),
        (tree(("a", None, L, "z")), "a", Governor("a", certain=False)),
        (tree(("a", None, W, "z")), "a", Governor("a", certain=False)),
        (tree(("b", "not to be seen", L)), "b", Governor("b", certain=False)),
        (tree(("b", "not to be seen", L, "b")), "b", Governor("b", certain=True)),
        (tree(("b", "not to be seen", L, "not to be seen")), "b", Governor("b", certain=False)),
        (tree(("a", None, U)), "a", Governor(None, certain=False)),
        (tree(("a", "b", L), ("b", "a", L)), "a", Governor("b", certain=False)),  # a ring
        ({}, "a", Governor(None, certain=False)),
        ({}, None, Governor(None, certain=False)),
    ],
)
def test_who_governs(projects, asked, expected):
    assert governor(projects, asked) == expected


def question(needs=USUAL, *, shortcuts=True, version="3.27", all_defaults=True) -> Question:
    return Question(
        closure(frozenset(needs)),
        shortcuts=shortcuts,
        at_least=lambda wanted: version_of(version) >= version_of(wanted),
        all_defaults=all_defaults,
    )


def content(kind: Kind, name: str, project: str | None, **more) -> Content:
    return Content(kind, name, name, project_id=project, **more)


def of(*items: Content) -> dict[Ref, Content]:
    return {item.ref: item for item in items}


PROJECTS = tree(
    ("open", None, C), ("locked", None, L), ("nested", "locked", L), ("alone", None, W), ("below", "alone", C)
)


def asked(contents, **more) -> set[str]:
    plan = plan_rules(PROJECTS, contents, question(**more))
    return {task.subject.id for task in plan.tasks if task.of is None and task.subject.kind is not Kind.PROJECT}


def test_locked_content_is_spared_and_open_content_is_not():
    items = of(
        content(Kind.WORKBOOK, "w-open", "open"),
        content(Kind.WORKBOOK, "w-locked", "locked"),
        content(Kind.DATASOURCE, "d-nested", "nested"),
        content(Kind.DATASOURCE, "d-alone", "alone"),
        content(Kind.WORKBOOK, "w-below", "below"),
        content(Kind.WORKBOOK, "w-lost", "not listed"),
        content(Kind.WORKBOOK, "w-personal", None, personal_space=True),
        content(Kind.WORKBOOK, "w-untold", None),
    )
    assert asked(items) == {"w-open", "w-below", "w-lost", "w-personal", "w-untold"}
    assert asked(items, shortcuts=False) == {item.id for item in items.values()}


def test_views_are_read_only_where_they_can_differ_from_their_workbook():
    def book(name, project, tabs):
        return content(Kind.WORKBOOK, name, project, tabs_shown=tabs), content(
            Kind.VIEW, f"v-{name}", project, parent_id=name
        )

    items = of(
        *book("tabs", "open", True), *book("hidden", "open", False), *book("untold", "open", None),
        *book("locked-hidden", "locked", False), *book("locked-tabs", "nested", True),
        content(Kind.VIEW, "v-orphan", "open", parent_id="not listed"),
        content(Kind.VIEW, "v-no-project", None, parent_id="locked-hidden"),
    )  # fmt: skip
    views = {one for one in asked(items) if one.startswith("v-")}
    assert views == {"v-hidden", "v-untold", "v-orphan"}


def test_projects_and_defaults_are_read_where_they_count():
    plan = plan_rules(PROJECTS, {}, question())
    own = [task.subject.id for task in plan.tasks if task.read is Read.PROJECT_PERMISSIONS]
    assert own == ["open", "locked", "alone", "below"]
    defaults = {(task.subject.id, task.of) for task in plan.tasks if task.read is Read.DEFAULT_PERMISSIONS}
    assert defaults == {(project, kind) for project in own for kind in (Kind.WORKBOOK, Kind.DATASOURCE)}


def test_defaults_that_nobody_asked_for_are_read_only_where_they_stand_for_locked_content():
    items = of(content(Kind.WORKBOOK, "w", "nested"), content(Kind.WORKBOOK, "w2", "open"))
    plan = plan_rules(PROJECTS, items, question({Read.WORKBOOK_PERMISSIONS}, all_defaults=False))
    assert {(t.subject.id, t.of) for t in plan.tasks if t.of is not None} == {("locked", Kind.WORKBOOK)}


def test_without_lists_of_content_every_kind_of_default_is_read():
    plan = plan_rules(tree(("a", None, C)), {}, question({Read.DEFAULT_PERMISSIONS}))
    kinds = {task.of for task in plan.tasks}
    assert {Kind.WORKBOOK, Kind.DATASOURCE, Kind.FLOW, Kind.VIRTUAL_CONNECTION, Kind.DATA_ROLE} <= kinds
    assert Kind.LENS not in kinds  # retired
    assert Kind.VIEW not in kinds  # there are none


def test_a_kind_whose_defaults_the_version_lacks_is_read_itself():
    items = of(content(Kind.VIRTUAL_CONNECTION, "vc", "locked"))
    needs = USUAL | {Read.VIRTUAL_CONNECTION_PERMISSIONS}
    assert asked(items, needs=needs, version="3.22") == {"vc"}
    assert asked(items, needs=needs, version="3.23") == set()


def test_closure():
    assert closure(frozenset({Read.VIEW_PERMISSIONS})) >= {
        Read.VIEWS, Read.WORKBOOKS, Read.PROJECTS, Read.WORKBOOK_PERMISSIONS, Read.SERVER_INFO,
    }  # fmt: skip
    assert Read.COLUMNS not in closure(frozenset(Read))
    assert closure(ALL_READS) == ALL_READS


LOCKS = st.sampled_from(list(Lock))


@given(st.lists(st.tuples(st.integers(0, 9), LOCKS), max_size=10), st.integers(0, 9))
def test_a_governor_is_an_ancestor_or_nobody(rows, start):
    projects = {
        str(n): Project(str(n), "p", parent_id=str(up) if up != n else None, lock=lock)
        for n, (up, lock) in enumerate(rows)
    }
    found = governor(projects, str(start))
    if found.project_id is not None:
        place, seen = str(start), set()
        while place != found.project_id:
            assert place not in seen
            seen.add(place)
            place = projects[place].parent_id
    if found.certain and found.project_id is not None:
        assert projects[found.project_id].lock in {Lock.LOCKED, Lock.LOCKED_WITHOUT_NESTED}


# On the wire ---------------------------------------------------------------------------------------------------------


def test_shortcuts_change_nothing_but_the_number_of_requests():
    s = sample_site()
    with emulate(s, tokens=TOKENS) as emu:
        with_shortcuts = read(emu, USUAL)
        few = len(emu.requests)
        emu.forget()
        without = read(emu, USUAL, shortcuts=False)
        many = len(emu.requests)
    assert few < many
    assert facts(with_shortcuts)["contents"] == facts(without)["contents"]
    for ref, rules in with_shortcuts.rules.items():
        assert without.rules[ref] == rules
    assert len(without.group_members) > len(with_shortcuts.group_members)


def many_locked(count: int):
    s = site("Big")
    locked = s.project("Locked", locked="LockedToProject")
    locked.default("workbooks").allow(s.all_users, "Read")
    for n in range(count):
        locked.workbook(f"W{n}")
    return s


def test_a_seeded_sample_is_read_and_told():
    with emulate(many_locked(100), tokens=TOKENS) as emu:
        found = read(emu, USUAL, sample_seed=7)
        first = {target for _, target in emu.requests if "/workbooks/" in target and "permissions" in target}
        emu.forget()
        read(emu, USUAL, sample_seed=7)
        second = {target for _, target in emu.requests if "/workbooks/" in target and "permissions" in target}
        emu.forget()
        read(emu, USUAL, sample_seed=8)
        third = {target for _, target in emu.requests if "/workbooks/" in target and "permissions" in target}
    assert len(first) == 20
    assert first == second != third
    assert any("100 items" in note and "20 of them, drawn with seed 7" in note for note in found.provenance.notes)


def test_the_first_difference_makes_everything_be_read():
    s = many_locked(60)
    for book in s.things["workbook"].values():
        book.allow(s.all_users, "ExportXml").drift()
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu, USUAL)
    assert len(found.rules) == 60 + len(found.projects)
    assert incomplete(found) == {}
    assert any("no shortcut was taken" in note for note in found.provenance.notes)


def test_the_number_of_requests_of_a_usual_site_is_near_the_least():
    """70 % of the content locked, tabs shown on most: reference/tableau-api-and-scale.md, 1.3."""
    s = site("Middle")
    dice = random.Random(4)
    locked = [s.project(f"L{n}", locked="LockedToProject") for n in range(14)]
    free = [s.project(f"F{n}") for n in range(6)]
    for n in range(200):
        home = dice.choice(locked if dice.random() < 0.7 else free)
        book = home.workbook(f"W{n}", tabs=dice.random() < 0.8)
        for k in range(3):
            book.view(f"V{k}")
    with emulate(s, tokens=TOKENS) as emu:
        found = read(emu, USUAL)
        made = len(emu.requests)
    unlocked = [
        item
        for item in found.contents.values()
        if item.kind is Kind.WORKBOOK and item.project_id in {p.luid for p in free}
    ]
    alone = sum(3 for item in unlocked if item.tabs_shown is False)
    least = 3 + 2 + 7 + len(found.projects) * 3 + len(unlocked) + alone
    assert least <= made <= least + 20 + 4 + 2  # the sample, the lists once more, who we are


def test_the_plan_says_what_it_will_cost():
    from auditor.sources.interface import NoProgress
    from auditor.sources.tableau import open_source
    from tests.sources.helping import Ticking, settings

    with emulate(sample_site(), tokens=TOKENS) as emu, open_source(settings(emu), Ticking()) as source:
        plan = source.plan(USUAL, progress=NoProgress())
        planned = len(emu.requests)
        assert plan.made == planned
        source.read(USUAL, progress=NoProgress())
        made = len(emu.requests) - planned
        assert emu.count("/workbooks\\?") == 2  # the plan's lists are used, and read once more at the end
    assert made <= plan.requests + 1
    text = plan.to_text()
    assert "views that stand alone" in text
    assert "spared" in text
    assert plan.within_budget
    assert "does not suffice" in replace(plan, budget=30).to_text()


def test_a_storm_of_429_narrows_the_stream_and_loses_nothing():
    with emulate(many_locked(40), tokens=TOKENS) as emu:
        calm = facts(read(emu, USUAL, shortcuts=False))
    storm = [faults.too_many("permissions", every=3, times=None)]
    with emulate(many_locked(40), tokens=TOKENS, faults=storm) as emu:
        patient = RetryPolicy(attempts=12, pace=0.01, longest_wait=0.1)
        found = read(emu, USUAL, shortcuts=False, workers=8, retry=patient)
    assert facts(found) == calm
    assert incomplete(found) == {}
