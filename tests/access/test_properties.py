"""What must hold of any site (issue 3, point 6)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from access.random_sites import FUTURE, GUEST, forget, random_site
from auditor.access import (
    Access,
    AddRule,
    Anonymous,
    Decision,
    GroupPrincipal,
    JoinGroup,
    Principal,
    UserPrincipal,
    what_if,
)
from auditor.access.rules import LEADER_CAPABILITIES
from auditor.findings import Exposure
from auditor.model import Grantee, GranteeKind, Group, GroupSet, Kind, Mode, Ref, Rule, RuleSet, Snapshot
from auditor.model.vocabulary import natives_of_kind
from tests.effort import examples

SEEDS = st.integers(0, 2**20)
ORDER = {"deny": 0, "unknown": 1, "allow": 2}

#: Guest's maximum as the page's machine-readable table and its "?" cells give it (section 3).
GUEST_MAXIMUM = {
    Kind.WORKBOOK: "Read Filter ViewComments ExportImage ExportData ViewUnderlyingData WebAuthoring ExportXml RunExplainData "
    "VizqlDataApiAccess AiAccess ExtractRefresh",
    Kind.VIEW: "Read Filter ViewComments ExportImage ExportData ViewUnderlyingData WebAuthoring RunExplainData AiAccess",
    Kind.DATASOURCE: "Read ExportXml SaveAs ExtractRefresh PulseMetricDefine VizqlDataApiAccess AiAccess",
    Kind.PROJECT: "Read",
    Kind.FLOW: "Read ExportXml",
}


def site_of(seed: int, *, holes: bool, size: int = 4) -> tuple[Snapshot, Random]:
    rng = Random(seed)
    site = random_site(rng, size)
    return (forget(site, rng, 2)[0] if holes else site), rng


def a_rule(site: Snapshot, rng: Random, mode: Mode) -> tuple[AddRule, Ref]:
    """A rule on an object or on a template, that is not there yet."""
    places = [(ref, None) for ref in site.rules] + [(Ref(Kind.PROJECT, p), kind) for p, kind in site.default_rules]
    ref, template = rng.choice(places)
    kinds = [Grantee(GranteeKind.GROUP, group) for group in site.groups] + [
        Grantee(GranteeKind.USER, u) for u in site.users
    ]
    kinds += [Grantee(GranteeKind.GROUP_SET, one) for one in site.group_sets]
    held = site.rules[ref] if template is None else site.default_rules[(ref.id, template)]
    for _ in range(40):
        grantee = rng.choice(kinds)
        name = rng.choice([n for n in natives_of_kind(template or ref.kind) if n not in LEADER_CAPABILITIES] + [FUTURE])
        if not any(rule.grantee == grantee and rule.capability == name for rule in held.rules):
            break
    return AddRule(ref, Rule(grantee, name, mode), template), ref


def answers(site: Snapshot) -> dict[tuple[Principal, Ref, str], Decision]:
    access = Access(site)
    return {
        (principal, subject.ref, name): access.can(principal, subject.ref, name)
        for subject in site.subjects()
        for name in access.capabilities_of(subject.ref)
        for principal in access.principals()
    }


@given(SEEDS, st.booleans(), st.sampled_from(list(Mode)))
@settings(max_examples=examples(12))
def test_an_allow_takes_nothing_a_deny_gives_nothing_and_both_touch_one_capability(
    seed: int, holes: bool, mode: Mode
) -> None:
    """Not so where a user's own rule beats his groups': a user's Allow may beat a group's Deny, never the other way round."""
    site, rng = site_of(seed, holes=holes)
    change, _ = a_rule(site, rng, mode)
    before, after = answers(site), answers(what_if(site, [change]))
    for question, was in before.items():
        will = after[question]
        if question[2] != change.rule.capability:
            assert was == will
        elif mode is Mode.ALLOW:
            assert ORDER[will.outcome] >= ORDER[was.outcome], question
        else:
            assert ORDER[will.outcome] <= ORDER[was.outcome], question


@given(SEEDS)
@settings(max_examples=examples(8))
def test_the_visitor_never_exceeds_the_ceiling_of_guest(seed: int) -> None:
    site, _ = site_of(seed, holes=False, size=8)
    access = Access(replace(site, settings={**site.settings, "guestAccessEnabled": True}))
    for decision in access.what_can(Anonymous()):
        if decision.allowed and decision.ref.kind in GUEST_MAXIMUM and decision.capability != FUTURE:
            assert decision.capability in GUEST_MAXIMUM[decision.ref.kind].split()


@given(SEEDS, st.booleans())
@settings(max_examples=examples(8))
def test_other_ids_give_the_same_answers(seed: int, holes: bool) -> None:
    site, rng = site_of(seed, holes=holes, size=4)
    new = renamer(site, rng)
    other = answers(renamed(site, new))
    for (principal, ref, name), decision in answers(site).items():
        twin = other[(renamed_principal(principal, new), Ref(ref.kind, new[ref.id]), name)]
        assert (decision.outcome, decision.reason, decision.exposure, decision.unread) == (
            twin.outcome,
            twin.reason,
            twin.exposure,
            twin.unread,
        )


@given(SEEDS, st.booleans())
@settings(max_examples=examples(8))
def test_every_answer_has_a_reason_and_a_cause_and_says_what_was_not_read(seed: int, holes: bool) -> None:
    site, _ = site_of(seed, holes=holes)
    for decision in answers(site).values():
        assert (decision.outcome == "unknown") == (decision.reason == "unread")
        assert bool(decision.unread) or decision.outcome != "unknown"
        assert (decision.exposure is Exposure.DORMANT) <= (decision.reason in ("guest-off", "switch-off"))
        assert decision.cause.id
        if not holes:
            assert decision.unread == () or decision.outcome == "unknown" or decision.exposure is Exposure.UNKNOWN


@given(SEEDS)
@settings(max_examples=examples(6))
def test_proofs_can_be_written_for_every_answer_and_hold_no_id_where_there_is_a_name(seed: int) -> None:
    site, rng = site_of(seed, holes=True, size=4)
    access = Access(site)
    everything = list(answers(site).values())
    for decision in rng.sample(everything, k=min(120, len(everything))):
        explanation = access.explain(decision.principal, decision.ref, decision.capability)
        assert explanation.to_text()
        assert explanation.to_dict()["decision"] == decision.outcome.value
        names = {group.id for group in site.groups.values()} | {user.id for user in site.users.values()}
        assert not any(f"“{one}”" in step for step in explanation.sentences() for one in names)


@given(SEEDS)
@settings(max_examples=examples(6))
def test_the_last_rule_in_a_proof_is_the_one_that_decides(seed: int) -> None:
    """A yes has a step that allows and none that denies; a no has a step that denies and none that allows."""
    site, rng = site_of(seed, holes=False, size=5)
    access = Access(site)
    everything = [decision for decision in answers(site).values() if decision.outcome != "unknown"]
    for decision in rng.sample(everything, k=min(150, len(everything))):
        effects = {step.effect for step in access.explain(decision.principal, decision.ref, decision.capability).steps}
        if decision.allowed:
            assert "allows" in effects, decision.proof
            assert "denies" not in effects, decision.proof
        else:
            assert "denies" in effects, decision.proof


@given(SEEDS)
@settings(max_examples=examples(6))
def test_joining_a_group_changes_nobody_else(seed: int) -> None:
    site, rng = site_of(seed, holes=False)
    user, group = rng.choice(list(site.users)), rng.choice(list(site.group_members))
    before, after = answers(site), answers(what_if(site, [JoinGroup(user, group)]))
    concerned = {UserPrincipal(user)} | ({Anonymous()} if user == GUEST else set())
    assert all(before[key] == after[key] for key in before if key[0] not in concerned)


# -- renaming ---------------------------------------------------------------------------------------------------------


def renamer(site: Snapshot, rng: Random) -> dict[str, str]:
    ids = [
        *site.users,
        *site.groups,
        *site.group_sets,
        *site.projects,
        *(ref.id for ref in site.contents),
        "u-stranger",
    ]
    ids += [*site.group_members, *(rule.grantee.id for rules in site.rules.values() for rule in rules.rules)]
    ids += [rule.grantee.id for rules in site.default_rules.values() for rule in rules.rules]
    ids += [g for one in site.group_sets.values() for g in one.group_ids or ()]
    ids += [m for members in site.group_members.values() for m in members]
    ids += [o for p in site.projects.values() for o in (p.owner_id, p.parent_id, p.controlling_id) if o]
    ids += [o for c in site.contents.values() for o in (c.owner_id, c.parent_id, c.project_id) if o]
    ids += [project for project, _ in site.default_rules] + [ref.id for ref in site.rules]
    unique = list(dict.fromkeys(ids))
    numbers = rng.sample(range(10 * len(unique)), k=len(unique))
    return {one: f"id-{number}" for one, number in zip(unique, numbers, strict=True)}


def renamed_principal(principal: Principal, new: dict[str, str]) -> Principal:
    match principal:
        case UserPrincipal(user_id):
            return UserPrincipal(new[user_id])
        case GroupPrincipal(group_id):
            return GroupPrincipal(new[group_id])
        case _:
            return principal


def renamed(site: Snapshot, new: dict[str, str]) -> Snapshot:
    def of(one: str | None) -> str | None:
        return None if one is None else new[one]

    def rules(held: RuleSet) -> RuleSet:
        return RuleSet.of(
            [replace(rule, grantee=replace(rule.grantee, id=new[rule.grantee.id])) for rule in held.rules]
        )

    return replace(
        site,
        projects={
            new[key]: replace(
                p, id=new[key], parent_id=of(p.parent_id), owner_id=of(p.owner_id), controlling_id=of(p.controlling_id)
            )
            for key, p in site.projects.items()
        },
        contents={
            Ref(ref.kind, new[ref.id]): replace(
                c, id=new[c.id], project_id=of(c.project_id), owner_id=of(c.owner_id), parent_id=of(c.parent_id)
            )
            for ref, c in site.contents.items()
        },
        users={new[key]: replace(user, id=new[key]) for key, user in site.users.items()},
        groups={new[key]: Group(new[key], g.name, is_everyone=g.is_everyone) for key, g in site.groups.items()},
        group_members={new[key]: frozenset(new[m] for m in members) for key, members in site.group_members.items()},
        group_sets={
            new[key]: GroupSet(new[key], one.name, tuple(new[g] for g in one.group_ids or ()))
            for key, one in site.group_sets.items()
        },
        rules={Ref(ref.kind, new[ref.id]): rules(held) for ref, held in site.rules.items()},
        default_rules={(new[key], kind): rules(held) for (key, kind), held in site.default_rules.items()},
        connections={},
    )
