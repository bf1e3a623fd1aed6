"""Typed quality on made-up tables of both halves; the figures on tables kept aside are measured outside."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from auditor.sensitivity import classify
from tests.sensitivity.sensitivity_columns import CORE, DIRECT, Column, people, public


def _best(name: str, values: tuple[str, ...]) -> str | None:
    found = classify(name, values)
    return max(found, key=lambda c: found[c]) if found else None


def _f1(columns: Iterable[Column], mode: str) -> float:
    hits = wrong = missed = 0
    for number, column in enumerate(columns):
        name = f"col{number % 20}" if mode == "values" else column.name
        best = _best(name, () if mode == "names" else column.values)
        best = best if best in CORE else None
        if best == column.label:
            hits += best is not None
        else:
            wrong += best is not None
            missed += column.label is not None
    return 2 * hits / (2 * hits + wrong + missed)


@pytest.mark.parametrize("half", ["dev", "held_out"])
@pytest.mark.parametrize(("mode", "least"), [("both", 0.95), ("names", 0.85), ("values", 0.9)])
def test_core_classes_are_found_with_names_with_values_and_with_both(half, mode, least):
    assert _f1(people(half), mode) >= least


@pytest.mark.parametrize("half", ["dev", "held_out"])
def test_at_most_one_public_column_in_a_thousand_is_called_a_direct_identifier(half):
    false = [c.name for c in public(half) if _best(c.name, c.values) in DIRECT]
    assert len(false) <= 1, false


@pytest.mark.parametrize("half", ["dev", "held_out"])
def test_a_column_has_one_winner(half):
    assert all(len(classify(c.name, c.values)) <= 1 for c in people(half))
