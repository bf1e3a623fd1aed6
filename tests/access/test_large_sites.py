"""The benchmark's kind of site, small: its answers for sets are the plain ones, pair by pair."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).resolve().parent.parent / "benchmarks" / "bench_access.py"


@pytest.mark.parametrize(("items", "users"), [(200, 15), (400, 40)])
def test_sets_agree_with_the_plain_evaluation_of_every_pair(items: int, users: int) -> None:
    spec = importlib.util.spec_from_file_location("bench_access", PLACE)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    sys.modules["bench_access"] = bench
    spec.loader.exec_module(bench)
    found = bench.measure(items, users, full=True)
    assert found["pairs_that_differ"] == 0
    assert 0 < found["plain_said_yes"] < 1
    assert found["times_faster"] > 1
