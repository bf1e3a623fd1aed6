"""What was not read is unknown exactly where it can change the answer, and is never turned into a yes or a no."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from access.oracle import completions, outcome, verdicts
from access.random_sites import forget, random_site
from access.test_oracle import questions, spelled, word
from auditor.access import Access
from auditor.model import Kind
from tests.effort import examples

LIMIT = 80  # completions tried for one question


@pytest.mark.parametrize("seed", range(examples(26)))
def test_an_answer_with_holes_agrees_with_every_way_to_fill_them(seed: int) -> None:
    """Sound: a definite answer holds in every completion. Sharp: an unknown has completions of both kinds."""
    rng = Random(seed)
    full = random_site(rng, 2 + seed % 4)
    holed, taken = forget(full, rng, 1 + seed % 2)
    access = Access(holed)
    asked = questions(holed, access)
    for principal, ref, capability in rng.sample(asked, k=min(25, len(asked))):
        spoken = spelled(principal)
        found: set[bool] = set()
        fillings = list(islice(completions(full, holed, spoken, ref, capability), LIMIT))
        for filled in fillings:
            found |= verdicts(filled, spoken, ref, capability)
        decision = access.can(principal, ref, capability)
        # Without any list of groups it is only sound: that exactly one of them is All Users is not made use of.
        exhausted = len(fillings) < LIMIT and "all groups" not in taken
        if decision.outcome.value != "unknown" or exhausted:
            assert decision.outcome.value == word(found), (taken, spoken, ref, capability, decision)
        assert bool(decision.unread) >= (decision.reason == "unread")


@pytest.mark.parametrize("seed", range(examples(26)))
def test_taking_reads_away_never_turns_yes_into_no_or_no_into_yes(seed: int) -> None:
    rng = Random(5000 + seed)
    full = random_site(rng, 5)
    holed, taken = forget(full, rng, 1 + seed % 4)
    before, after = Access(full), Access(holed)
    asked = questions(holed, after)
    for principal, ref, capability in rng.sample(asked, k=min(300, len(asked))):
        then, now = before.can(principal, ref, capability).outcome, after.can(principal, ref, capability).outcome
        assert now in (then, "unknown") or then == "unknown", (taken, principal, ref, capability, then, now)


@pytest.mark.parametrize("seed", range(examples(16)))
def test_the_same_for_outcomes(seed: int) -> None:
    rng = Random(9000 + seed)
    full = random_site(rng, 6)
    holed, taken = forget(full, rng, 1 + seed % 4)
    before, after = Access(full), Access(holed)
    for subject in holed.subjects():
        if subject.kind not in (Kind.WORKBOOK, Kind.VIEW, Kind.DATASOURCE):
            continue
        for name in ("sees", "takes_rows", "takes_file", "queries", "edits"):
            for principal in after.principals():
                then = before.can(principal, subject.ref, name).outcome
                now = after.can(principal, subject.ref, name).outcome
                assert now in (then, "unknown") or then == "unknown", (taken, principal, subject.ref, name)


def test_the_plain_outcomes_are_not_all_alike() -> None:
    """A guard on the tests above: the random sites hold yes and no of every outcome for the visitor."""
    seen = set()
    for seed in range(80):
        site = random_site(seed, 8)
        for subject in site.subjects():
            if subject.kind is Kind.WORKBOOK:
                seen |= {
                    (name, word(outcome(site, "anonymous", subject.ref, name)))
                    for name in ("sees", "takes_rows", "edits")
                }
    assert {(name, answer) for name in ("sees", "takes_rows", "edits") for answer in ("allow", "deny")} <= seen
