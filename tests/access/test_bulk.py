"""Answers for sets are the single answers; equal rule sets are weighed once."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.random_sites import forget, random_site, sites
from auditor.access import Access, Anonymous, UserPrincipal
from auditor.findings import Exposure
from auditor.model import OUTCOMES, Kind, Snapshot
from tests.effort import examples


def check(site: Snapshot) -> None:
    access = Access(site)
    for subject in site.subjects():
        for capability in (*access.capabilities_of(subject.ref), *OUTCOMES):
            holders = access.who_can(subject.ref, capability)
            for principal in access.principals():
                decision = access.can(principal, subject.ref, capability)
                place = (principal, subject.ref, capability, decision)
                assert holders.of(principal) is decision.outcome, place
                number = holders.universe.number_of[principal]
                if decision.exposure is Exposure.DORMANT:
                    assert number in holders.dormant, place


@given(sites(max_size=6))
@settings(max_examples=examples(6))
def test_bulk_is_single_on_complete_sites(site: Snapshot) -> None:
    check(site)


@given(st.integers(0, 10**6), st.integers(1, 4))
@settings(max_examples=examples(8))
def test_bulk_is_single_where_things_were_not_read(seed: int, count: int) -> None:
    rng = Random(seed)
    check(forget(random_site(rng, 4), rng, count)[0])


@pytest.mark.parametrize("seed", range(examples(4)))
def test_what_some_users_reach_is_what_each_of_them_reaches(seed: int) -> None:
    site = random_site(seed, 8)
    access = Access(site)
    asked = [UserPrincipal(user) for user in list(site.users)[:3]] + [Anonymous()]
    found = {holders.ref: holders for holders in access.bulk.reached_by(asked, "takes_rows")}
    for subject in site.subjects():
        single = {access.can(principal, subject.ref, "takes_rows").outcome.value for principal in asked}
        assert (subject.ref in found) is bool(single & {"allow", "unknown"})
        if subject.ref in found and subject.kind is Kind.WORKBOOK:
            assert bool(found[subject.ref].allowed) is ("allow" in single)
