"""The same jobs on a real Dask cluster of two processes on the loopback."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import run
from auditor.deployments import Failure, load_deployments, run_all
from auditor.deployments.cluster import on_dask, scheduler_address
from auditor.errors import SourceError, UsageError
from auditor.report import Report
from tests.deployments.conftest import SECRET, TOKENS, VARIABLE, Write, open_site, quiet_site
from tests.deployments.dying import audit_or_die
from tests.emulator import emulate

distributed = pytest.importorskip("distributed", reason="the extra bi-auditor[dask] is not installed")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("cluster")]

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def two_processes() -> Iterator[str]:
    """A scheduler and two workers in processes of their own, which alone hold the secret; the executor's URL.

    The scheduler gives a job up at the first death of a worker; by default it would try three more.
    """
    import dask

    quick = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.nanny.pre-spawn-environ": {VARIABLE: SECRET},
    }
    with dask.config.set(quick), local_cluster(n_workers=2, threads_per_worker=1, processes=True) as started:
        yield started.scheduler_address.replace("tcp://", "dask://")


def local_cluster(**how: Any) -> Any:
    return distributed.LocalCluster(host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50, **how)


def test_sites_are_audited_on_workers_that_hold_the_secret(
    two_processes: str,
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Here the variable is not even set: what signs in can only be what the worker itself knows."""
    with emulate(open_site("Open"), quiet_site("Parks"), tokens=TOKENS) as emulator:
        path = write(
            {"name": "Open", "site": "open"}, {"name": "Parks", "site": "parks"}, defaults={"server": emulator.url}
        )
        monkeypatch.delenv(VARIABLE)
        command = ["scan", "--deployments", str(path), "--executor", two_processes, "-o", str(tmp_path), "-f", "json"]
        code = run([*command, "-o", "-", "-f", "json"])
        assert emulator.writes == []
    told = json.loads(capsys.readouterr().out)
    assert code == told["exit_code"] == 1
    assert [(one["name"], one["exit_code"]) for one in told["sites"]] == [("Open", 1), ("Parks", 0)]
    assert {one["rule"] for one in json.loads((tmp_path / "Open.json").read_text())["findings"]} == {"DOWN-01"}


def test_a_worker_without_the_secret_says_so(two_processes: str, write: Write) -> None:
    with emulate(quiet_site("Parks"), tokens=TOKENS) as emulator:
        path = write(
            {"name": "Parks", "site": "parks", "server": emulator.url},
            {
                "name": "Other",
                "site": "parks",
                "server": emulator.url,
                "token": {"name": "b", "value_from": {"env": "ONLY_HERE"}},
            },
        )
        os.environ["ONLY_HERE"] = SECRET
        try:
            outcomes = on(two_processes, path)
        finally:
            del os.environ["ONLY_HERE"]
    assert isinstance(outcomes["Parks"], Report)
    other = outcomes["Other"]
    assert isinstance(other, Failure)
    assert other.code == 5
    assert "ONLY_HERE is not set or empty on this machine" in other.sentence


def test_a_worker_that_dies_takes_one_site_with_it(two_processes: str, write: Write) -> None:
    with emulate(quiet_site("Parks"), quiet_site("Lakes"), tokens=TOKENS) as emulator:
        path = write(
            *({"name": name, "site": name.lower(), "server": emulator.url} for name in ("Deadly", "Parks", "Lakes"))
        )
        outcomes = on(two_processes, path, at_a_time=1, work=audit_or_die)
    dead = outcomes["Deadly"]
    assert isinstance(dead, Failure)
    assert dead.code == 5
    assert "lost" in dead.sentence
    assert isinstance(outcomes["Parks"], Report)
    assert isinstance(outcomes["Lakes"], Report)


def test_a_cluster_without_workers_is_told_and_waited_for_no_longer(write: Write) -> None:
    path = write({"name": "Parks", "server": "http://127.0.0.1:9"}, {"name": "Lakes", "server": "http://127.0.0.1:9"})
    with local_cluster(n_workers=0) as empty:
        outcomes = on(empty.scheduler_address.replace("tcp://", "dask://"), path)
    assert all(isinstance(one, Failure) and "No worker is left" in one.sentence for one in outcomes.values())
    assert len(outcomes) == 2


def test_no_scheduler() -> None:
    with pytest.raises(SourceError, match="No Dask scheduler answers"), on_dask("dask://127.0.0.1:9", timeout="1s"):
        pass


def on(url: str, path: Path, **changes: Any) -> dict[str, Report | Failure]:
    jobs = load_deployments(path, today=TODAY).jobs
    with on_dask(url) as hands:
        return {job.name: outcome for job, outcome in run_all(jobs, replace(hands, **changes))}


def test_addresses() -> None:
    assert scheduler_address("dask://host.example:8786") == "tcp://host.example:8786"
    assert scheduler_address("dask+tls://[::1]:8786/") == "tls://[::1]:8786"
    for wrong in ("tcp://x:1", "dask://x", "dask://user:secret@x:1", "dask://x:1/path", ""):
        with pytest.raises(UsageError):
            scheduler_address(wrong)
