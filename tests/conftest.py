"""What holds for all tests: how many examples they take, and how many processes run them with `-n auto`."""

from __future__ import annotations

import os

import pytest

from tests.effort import load_profile

load_profile()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """As many as there are processors to be had: xdist itself would count a core with two threads once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
