"""How many examples a test takes: few in every run, many with HYPOTHESIS_PROFILE=thorough.

A test names the number that shows its point on every change; the thorough profile takes `THOROUGH` times as many, at
random. The usual profile draws the same examples in each run, so that a red suite is about the change that made it red.
"""

from __future__ import annotations

import os

from hypothesis import settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "usual")
THOROUGH = 25


def examples(usual: int) -> int:
    """The number of examples, or of seeds, for this run."""
    return usual * THOROUGH if PROFILE == "thorough" else usual


def load_profile() -> None:
    """Make the profile the default; no example has a deadline, because machines that run tests are busy."""
    settings.register_profile(
        "usual", max_examples=examples(60), deadline=None, derandomize=True, database=None, print_blob=True
    )
    settings.register_profile("thorough", max_examples=examples(60), deadline=None, print_blob=True)
    settings.load_profile(PROFILE)
