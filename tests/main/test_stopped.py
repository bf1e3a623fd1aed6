"""A run that is stopped: signs out, writes nothing by halves, says one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.emulator import emulate, site


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_run_signs_out_and_leaves_no_half_report(tmp_path: Path, how: signal.Signals) -> None:
    found = site("Open", content_url="open", guest_access=True)
    place = found.project("P")
    for number in range(40):
        place.workbook(f"W{number}", tabs=False).view("V")
    report = tmp_path / "report.json"
    report.write_text("the old one")
    with emulate(found, tokens={"auditor": "secret"}, latency=0.1) as server:
        where = ["--server", server.url, "--site", "open", "--token-name", "auditor", "--workers", "2"]
        run = subprocess.Popen(
            [sys.executable, "-m", "auditor", "scan", *where, "--format", "json", "--output", str(report)],
            env={**os.environ, "TABLEAU_TOKEN_VALUE": "secret"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until = time.monotonic() + 60
        while not server.count("permissions") and run.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        run.send_signal(how)
        out, err = run.communicate(timeout=60)
        assert server.count("auth/signout") == 1
    assert run.returncode == 130
    assert out == ""
    assert "No report was written." in err
    assert "Traceback" not in err
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]
    assert report.read_text() == "the old one"
