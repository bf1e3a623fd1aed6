"""The running of many jobs: who may run beside whom, what a stop does, and what a bug of ours looks like."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date

import pytest

from auditor.deployments import Failure, Hands, SiteJob, here, load_deployments, run_all
from auditor.errors import ExitCode, SourceError
from auditor.report import Report
from tests.deployments.conftest import TOKENS, Write, quiet_site
from tests.emulator import emulate

TODAY = date(2026, 11, 22)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as threads:
        yield threads


def jobs_of(write: Write, *tokens: str) -> tuple[SiteJob, ...]:
    place = {"env": "AUDITOR_TEST_SECRET"}
    entries = [{"name": f"S{n}", "token": {"name": name, "value_from": place}} for n, name in enumerate(tokens)]
    return load_deployments(write(*entries, defaults={"server": "https://x.example"}), today=TODAY).jobs


def test_one_session_a_token_and_no_more_than_allowed(write: Write, pool: Executor) -> None:
    jobs = jobs_of(write, "a", "b", "a", "c", "a", "d", "b")
    running: list[str] = []
    most = 0
    lock = threading.Lock()

    def work(job: SiteJob) -> Report:
        nonlocal most
        with lock:
            assert job.credential.account not in running
            running.append(job.credential.account)
            most = max(most, len(running))
        time.sleep(0.02)
        with lock:
            running.remove(job.credential.account)
        raise SourceError("seen")

    outcomes = list(run_all(jobs, Hands(pool, work, 3)))
    assert {outcome.sentence for _, outcome in outcomes if isinstance(outcome, Failure)} == {"seen"}
    assert sorted(job.name for job, _ in outcomes) == [job.name for job in jobs]
    assert 1 < most <= 3


def test_a_bug_is_told_without_what_it_says(write: Write, pool: Executor) -> None:
    def work(job: SiteJob) -> Report:
        raise ValueError("a name <from a server>")

    ((_, outcome),) = run_all(jobs_of(write, "a"), Hands(pool, work, 1))
    assert isinstance(outcome, Failure)
    assert outcome.code is ExitCode.BUG
    assert "ValueError at test_running.py:" in outcome.sentence
    assert "from a server" not in outcome.sentence


def test_nothing_is_waited_for_once_there_is_trouble(write: Write, pool: Executor) -> None:
    gate = threading.Event()

    def work(job: SiteJob) -> Report:
        gate.wait(20)
        raise SourceError("late")

    hands = Hands(pool, work, 1, trouble=lambda: "Nobody is left.")
    found = [outcome for _, outcome in run_all(jobs_of(write, "a", "a"), hands)]
    gate.set()
    assert [one.sentence for one in found if isinstance(one, Failure)] == ["Nobody is left."] * 2


def test_a_stop_ends_the_reading_and_signs_out(write: Write) -> None:
    described = quiet_site("Big")
    project = described.project("Many")
    for n in range(400):
        project.workbook(f"W{n}")
    with emulate(described, tokens=TOKENS, latency=0.05) as emulator:
        path = write({"name": "Big", "site": "big", "server": emulator.url, "workers": 1})
        jobs = load_deployments(path, today=TODAY).jobs

        def until_stopped() -> None:
            with here() as hands:
                hands.executor.submit(hands.work, jobs[0])
                while emulator.count("/permissions") < 3:
                    time.sleep(0.01)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            until_stopped()
        assert emulator.count("/permissions") < 200
        assert emulator.count("/auth/signout") == 1
