"""The engine against the plain evaluation, on random sites of all shapes."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from access.oracle import granted, outcome, verdicts
from access.random_sites import FUTURE, random_site
from auditor.access import Access, Anonymous, Everyone, GroupPrincipal, Principal, UserPrincipal
from auditor.findings import Exposure
from auditor.model import Kind, Ref, Snapshot, User
from auditor.model.vocabulary import is_on_kind
from tests.effort import examples

WORDS = {frozenset({True}): "allow", frozenset({False}): "deny", frozenset({True, False}): "unknown"}


def spelled(principal: Principal) -> str:
    match principal:
        case Anonymous():
            return "anonymous"
        case Everyone():
            return "everyone"
        case GroupPrincipal(group_id):
            return f"group:{group_id}"
        case UserPrincipal(user_id):
            return f"user:{user_id}"


def word(answers: set[bool]) -> str:
    return WORDS[frozenset(answers)]


def questions(site: Snapshot, access: Access) -> list[tuple[Principal, Ref, str]]:
    return [
        (principal, subject.ref, capability)
        for subject in site.subjects()
        for capability in access.capabilities_of(subject.ref)
        for principal in access.principals()
    ]


@pytest.mark.parametrize("seed", range(examples(20)))
def test_every_answer_on_a_complete_site_is_the_plain_ones(seed: int) -> None:
    site = random_site(seed, 3 + seed % 6)
    site = _with_guest(site)
    access = Access(site)
    asked = Random(seed).sample(questions(site, access), k=min(900, len(questions(site, access))))
    for principal, ref, capability in asked:
        decision = access.can(principal, ref, capability)
        expected = word(verdicts(site, spelled(principal), ref, capability))
        assert decision.outcome.value == expected, (spelled(principal), ref, capability, decision.reason)
        if decision.exposure is Exposure.DORMANT:
            assert granted(site, spelled(principal), ref, capability) == {True}


def _with_guest(site: Snapshot) -> Snapshot:
    """A site without a guest account gets one: who the visitor is where none is listed, is tried elsewhere."""
    if any(user.is_guest for user in site.users.values()):
        return site
    return replace(site, users={**site.users, "u-guest": User("u-guest", "guest", "Guest")})


@pytest.mark.parametrize("seed", range(examples(14)))
def test_outcomes_are_the_plain_ones(seed: int) -> None:
    site = _with_guest(random_site(1000 + seed, 6))
    access = Access(site)
    for subject in site.subjects():
        if subject.kind not in (Kind.WORKBOOK, Kind.VIEW):
            continue
        for name in ("sees", "takes_picture", "takes_summary", "takes_rows", "takes_file", "edits"):
            for principal in access.principals():
                decision = access.can(principal, subject.ref, name)
                expected = word(outcome(site, spelled(principal), subject.ref, name))
                assert decision.outcome.value == expected, (spelled(principal), subject.ref, name)


def test_a_capability_nobody_has_heard_of_is_carried() -> None:
    site = random_site(4, 8)
    access = Access(site)
    assert any(FUTURE in access.capabilities_of(subject.ref) for subject in site.subjects())
    assert is_on_kind(FUTURE, Kind.WORKBOOK) is None
