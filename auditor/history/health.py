"""The health file of a nightly job: what the last attempt came to, written after failed attempts too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor.errors import ExitCode
from auditor.files import write_whole


@dataclass(frozen=True, slots=True)
class Attempt:
    """One start of the job. `complete` None: no audit was made. `problem` is a sentence without secrets."""

    finished: datetime
    exit_code: int
    complete: bool | None = None
    run_id: str | None = None
    problem: str | None = None


def write_health(attempt: Attempt, path: Path) -> None:
    """Write the health file (JSON). `healthy`: an audit was made, whatever it found. Raises UsageError where it cannot."""
    healthy = attempt.complete is not None and attempt.exit_code in (
        ExitCode.CLEAN,
        ExitCode.FINDINGS,
        ExitCode.INCOMPLETE,
    )
    state = {
        "version": 1,
        "healthy": healthy,
        "last_run": attempt.finished.astimezone(UTC).isoformat(timespec="seconds"),
        "exit_code": int(attempt.exit_code),
        "complete": attempt.complete,
        "run_id": attempt.run_id,
        "problem": attempt.problem,
    }
    write_whole(path, json.dumps(state, indent=2, ensure_ascii=False) + "\n", mode=0o644)
