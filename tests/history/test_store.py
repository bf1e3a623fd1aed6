"""The history on both databases: what is kept comes back, and what was open when."""

import multiprocessing
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.errors import UsageError
from auditor.findings import Exposure, Severity, Verdict
from auditor.history import Expiring, HistoryError, Turn, open_history, record_of

from .material import START, finding, report, run

HOSTILE = "'); DROP TABLE runs; -- \x00\ud800 \u202e{{7*7}}%s"


def test_a_run_comes_back_as_it_was_kept(history):
    kept = run(1, finding("b"), finding("a", severity=Severity.LOW, waived=True, exposure=Exposure.DORMANT, url=None))
    assert history.record(kept) is True
    assert history.run("run-001") == kept
    (listed,) = history.runs()
    assert replace(listed, counted=None) == replace(kept, findings=())
    assert listed.open_by_severity() == kept.open_by_severity() == {Severity.CRITICAL: 1}


def test_hostile_names_are_kept_as_text(history):
    made = report()
    made["findings"][0]["subject"] |= {"name": HOSTILE, "path": HOSTILE, "id": HOSTILE}
    kept = record_of(made, rules=["DOWN-01"], exit_code=1)
    history.record(kept)
    path = history.run("latest").findings[0].path
    assert path.startswith("'); DROP TABLE runs; -- ")
    assert path.endswith("{{7*7}}%s")
    assert len(history.runs(site=HOSTILE)) == 0
    assert len(history.runs()) == 1


def test_the_same_run_twice_is_kept_once(history):
    assert history.record(run(1, finding("a"))) is True
    assert history.record(run(1, finding("b"))) is False
    assert [row.subject_id for row in history.run("latest").findings] == ["a"]


def test_a_finding_that_fails_and_is_unknown_under_one_fingerprint(history):
    pair = (finding("a"), finding("a", verdict=Verdict.UNKNOWN))
    history.record(run(1, *pair))
    assert {row.verdict for row in history.run("latest").findings} == {Verdict.FAIL, Verdict.UNKNOWN}


def test_first_and_last_seen_and_how_long_it_was_open(history):
    for day, found in enumerate([(), (finding("a"),), (finding("a"),), ()]):
        history.record(run(day, *found))
    (interval,) = history.exposures()
    assert (interval.first_run, interval.last_run, interval.closed_run) == ("run-001", "run-002", "run-003")
    assert interval.opened_after == run(0).finished
    assert interval.seconds(START) == timedelta(days=2).total_seconds()
    assert history.exposures(only_open=True) == ()


@pytest.mark.parametrize(
    "blind",
    [
        run(2, complete=False),
        run(2, rules=("ANON-04",)),
        run(2, finding("a", verdict=Verdict.UNKNOWN)),
        run(2, site_id="another site"),
        run(2, server="https://another.example"),
    ],
    ids=["incomplete", "rule not run", "unknown", "another site", "another server"],
)
def test_only_a_run_that_could_have_seen_it_closes_a_finding(history, blind):
    history.record(run(1, finding("a")))
    history.record(blind)
    (interval,) = history.exposures()
    assert interval.is_open
    assert interval.last_run == "run-001"
    history.record(run(3))
    assert history.exposures()[0].closed_run == "run-003"


def test_a_closing_beside_a_changed_policy_says_so(history):
    history.record(run(1, finding("a")))
    history.record(run(2, policy_digest="policy-2"))
    assert "policies changed" in history.exposures()[0].note


def test_what_came_and_went(history):
    history.record(
        run(1, finding("gone"), finding("same"), finding("grown"), finding("shrunk", severity=Severity.HIGH))
    )
    history.record(
        run(
            2,
            finding("same"),
            finding("fresh"),
            finding("grown", affected=("view:grown-1", "view:grown-2")),
            finding("shrunk", severity=Severity.LOW),
        )
    )
    changes = history.changes()
    told = {(change.turn, change.finding.subject_id, change.reasons) for change in changes.changes}
    assert told == {
        (Turn.NEW, "fresh", ()),
        (Turn.WIDER, "grown", ("1 more affected",)),
        (Turn.NARROWER, "shrunk", ("severity from high to low",)),
        (Turn.RESOLVED, "gone", ()),
    }
    assert not changes.first_run
    assert [change.turn for change in history.changes("run-001").changes] == [Turn.NEW] * 4


def test_a_finding_not_seen_by_an_incomplete_run_is_not_new_afterwards(history):
    history.record(run(1, finding("a")))
    history.record(run(2, complete=False))
    history.record(run(3, finding("a")))
    assert history.changes("run-003").changes == ()
    assert history.changes("run-002").became_incomplete
    assert not history.changes("run-003").became_incomplete


def test_a_finding_that_comes_back_is_said_to_be_back(history):
    for day, found in enumerate([(finding("a"),), (), (finding("a"),)]):
        history.record(run(day, *found))
    assert [change.turn for change in history.changes().changes] == [Turn.RETURNED]
    assert [interval.is_open for interval in history.exposures()] == [True, False]


def test_a_waiver_that_ends_is_told_once(history):
    soon = Expiring("DOWN-01", "Public / a", "data office", "2026-03-20")
    history.record(run(1, expiring=(soon,)))
    history.record(run(2, expiring=(soon, replace(soon, expired=True))))
    assert history.changes("run-001").expiring == (soon,)
    assert history.changes("run-002").expiring == (replace(soon, expired=True),)


def test_trend_by_severity(history):
    history.record(run(1, finding("a"), finding("b", waived=True), finding("c", preview=True)))
    history.record(run(2, finding("a", severity=Severity.LOW), finding("d", verdict=Verdict.UNKNOWN), complete=False))
    first, second = history.trend()
    assert (first.failures[Severity.CRITICAL], first.waived, first.unknown, first.complete) == (1, 1, 0, True)
    assert (second.failures[Severity.LOW], second.failures[Severity.CRITICAL], second.unknown) == (1, 0, 1)
    assert not second.complete


def test_runs_that_come_late_find_their_place(history, tmp_path):
    runs = [run(0), run(1, finding("a")), run(2, finding("a"), finding("b")), run(3, finding("b")), run(4)]
    for one in (runs[4], runs[1], runs[3], runs[0], runs[2]):
        history.record(one)
    with open_history(str(tmp_path / "straight.db"), now=START) as straight:
        for one in runs:
            straight.record(one)
        assert history.exposures() == straight.exposures()
        assert len(history.exposures()) == 2


def test_prune_keeps_the_newest_and_how_long_things_were_open(history):
    for day in range(10):
        history.record(run(day, finding("a")))
        history.record(run(day, id=f"other-{day}", site_id="site-2"))
    before = history.exposures()
    assert history.prune(keep=3) == 14
    assert len(history.runs()) == 6
    assert history.exposures() == before
    assert history.prune(before=START + timedelta(days=100)) == 4
    assert {one.id for one in history.runs()} == {"run-009", "other-9"}
    assert history.run("run-009").findings[0].affected == ("view:a-1",)


def test_after_a_prune_a_late_run_is_folded_onto_what_is_known(history):
    for day in range(6):
        history.record(run(day * 2, finding("a")))
    history.prune(keep=2)
    history.record(run(9))  # between the two that are kept: it closes, and the next one opens again
    first, second = sorted(history.exposures(), key=lambda one: one.first_seen)
    assert (first.first_run, first.closed_run) == ("run-000", "run-009")
    assert (second.first_run, second.is_open) == ("run-010", True)
    with pytest.raises(HistoryError, match="older than what was pruned"):
        history.record(run(1))


def test_the_start_of_an_id_is_enough_but_must_be_clear(history):
    history.record(run(1))
    history.record(run(2))
    assert history.run("run-002").id == "run-002"
    with pytest.raises(UsageError, match="More than one"):
        history.run("run-00")
    with pytest.raises(UsageError, match="no run 'x'"):
        history.run("x")
    with pytest.raises(UsageError, match="no run"):
        history.run("%")


def _record_nights(where, sites, nights):
    with open_history(where, now=START) as history:
        for day in nights:
            for site in sites:
                history.record(run(day, finding("a"), id=f"{site}-{day}", site_id=site))


def test_nightly_jobs_at_the_same_moment(where):
    """Two jobs open an empty history and write at once, the same site and another: none fails, nothing is lost."""
    context = multiprocessing.get_context("spawn")
    each = (("site-0",), ("site-0", "site-1"))
    jobs = [context.Process(target=_record_nights, args=(where, sites, range(6))) for sites in each]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(240)
    assert [job.exitcode for job in jobs] == [0, 0]
    with open_history(where, now=START, create=False) as history:
        assert len(history.runs(limit=100)) == 12
        assert len(history.exposures()) == 2


def test_a_new_file_is_for_its_owner_only(tmp_path):
    path = tmp_path / "h?x#%41.db"
    with open_history(str(path), now=START) as history:
        history.record(run(1))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
