"""The fold of runs into intervals, and what counts as a change: the algebra, without a database."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from auditor.findings import Exposure, Severity, Verdict
from auditor.history.changes import Turn, Turned, turn
from auditor.history.exposures import RunView, fold

from .material import RULES, START, finding

NAMES = ("a", "b", "c")


@st.composite
def nights(draw):
    views = []
    for day in range(draw(st.integers(0, 8))):
        found = []
        for name in NAMES:
            verdict = draw(st.sampled_from([None, Verdict.FAIL, Verdict.UNKNOWN]))
            if verdict is not None:
                found.append(finding(name, verdict=verdict))
        rules = draw(st.sampled_from([RULES, ("ANON-04",)]))
        views.append(
            RunView(f"r{day}", START + timedelta(days=day), draw(st.booleans()), frozenset(rules), "p", tuple(found))
        )
    return views


@given(nights())
def test_every_sighting_is_within_exactly_one_interval_of_its_finding(views):
    intervals = fold(views)
    for view in views:
        for row in view.findings:
            if row.verdict is Verdict.FAIL:
                around = [
                    i
                    for i in intervals
                    if i.fingerprint == row.fingerprint and i.first_seen <= view.when <= i.last_seen
                ]
                assert len(around) == 1
    for interval in intervals:
        sightings = {
            view.when
            for view in views
            for row in view.findings
            if row.verdict is Verdict.FAIL and row.fingerprint == interval.fingerprint
        }
        assert {interval.first_seen, interval.last_seen} <= sightings


@given(nights())
def test_only_a_conclusive_run_closes_and_it_always_does(views):
    by_id = {view.id: view for view in views}
    for interval in fold(views):
        later = [view for view in views if view.when > interval.last_seen]
        able = [
            view
            for view in later
            if view.complete
            and "DOWN-01" in view.rules
            and all(row.fingerprint != interval.fingerprint for row in view.findings)
        ]
        assert interval.closed_run == (able[0].id if able else None)
        if interval.closed_run:
            assert by_id[interval.closed_run].complete


@given(nights(), st.integers(0, 8))
def test_folding_in_two_parts_is_folding_at_once(views, place):
    early = fold(views[:place])
    done = [one for one in early if not one.is_open]
    late = fold(views[place:], [one for one in early if one.is_open])

    def facts(intervals):
        # opened_after is known only from the runs of its own part
        return sorted(
            (i.fingerprint, i.first_seen, i.last_seen, i.closed or i.first_seen, i.is_open) for i in intervals
        )

    assert facts([*done, *late]) == facts(fold(views))


def changed(opened=(), closed=(), again=(), seen_before=frozenset()):
    return [(c.turn, c.finding.fingerprint, c.reasons) for c in turn(Turned(opened, closed, again, seen_before))]


def test_a_gained_capability_is_wider_not_new_and_resolved():
    old = finding("w", fingerprint="old")
    new = finding("w", fingerprint="new", capabilities=("download_full_data", "web_edit"))
    assert changed([new], [old]) == [(Turn.WIDER, "new", ("gained web_edit",))]
    assert changed([old], [new]) == [(Turn.NARROWER, "old", ("lost web_edit",))]


def test_fewer_capabilities_on_more_content_is_not_narrower():
    old = finding("w", fingerprint="old", capabilities=("download_full_data", "web_edit"), affected=())
    new = finding("w", fingerprint="new", affected=("view:1",))
    assert [kind for kind, *_ in changed([new], [old])] == [Turn.NEW, Turn.RESOLVED]


def test_other_content_of_the_same_number_is_wider():
    before, now = finding("w", affected=("view:1", "view:2")), finding("w", affected=("view:2", "view:3"))
    assert changed(again=[(before, now)]) == [(Turn.WIDER, now.fingerprint, ("1 more affected",))]


def test_a_switch_that_opens_and_a_waiver_that_ends_are_wider():
    before = finding("w", exposure=Exposure.DORMANT, waived=True, severity=Severity.LOW)
    now = finding("w")
    ((kind, _, reasons),) = changed(again=[(before, now)])
    assert kind is Turn.WIDER
    assert reasons == ("severity from low to critical", "from dormant to live", "no longer waived")
    ((kind, _, reasons),) = changed(again=[(now, before)])
    assert kind is Turn.NARROWER
    assert reasons == ("severity from critical to low", "from live to dormant", "waived now")


def test_the_same_is_no_change():
    assert changed(again=[(finding("w"), finding("w", path="moved / w", subject_name="renamed"))]) == []


def test_new_ones_come_first_and_the_worst_before_the_rest():
    told = changed([finding("low", severity=Severity.LOW), finding("bad")], [finding("gone")])
    assert [name.split("-")[0] for _, name, _ in told] == ["bad", "low", "gone"]
