"""Is the nightly audit well? Reads the health file: 0 when an audit was made and not too long ago, else 1 and a sentence.

Only the standard library: `python healthy.py FILE [HOURS]`.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

HOURS = 26  # a day and a late start


def verdict(path: Path, *, hours: float, now: datetime) -> str | None:
    """What is wrong, in a sentence; None where all is well."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        last = datetime.fromisoformat(state["last_run"])
        healthy, problem = state["healthy"] is True, state.get("problem") or f"exit code {state['exit_code']}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"The health file {path} cannot be read ({type(error).__name__})."
    if not healthy:
        return f"The last attempt made no audit: {problem}"
    if now - last > timedelta(hours=hours):
        return f"The last audit was at {last:%Y-%m-%d %H:%M} UTC, more than {hours:g} hours ago."
    return None


if __name__ == "__main__":
    wrong = verdict(Path(sys.argv[1]), hours=float(sys.argv[2]) if len(sys.argv) > 2 else HOURS, now=datetime.now(UTC))
    if wrong:
        print(wrong, file=sys.stderr)
    sys.exit(1 if wrong else 0)
