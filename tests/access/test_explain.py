"""Proofs as people and programs read them: names, the administrator's words, what was outweighed, what would change it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.access import Access, Anonymous, Everyone, GroupPrincipal, UserPrincipal
from auditor.model import (
    Connection,
    Content,
    Grantee,
    GranteeKind,
    Group,
    Kind,
    Lock,
    Mode,
    Project,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)

WORKBOOK, VIEW = Ref(Kind.WORKBOOK, "w-1"), Ref(Kind.VIEW, "v-1")


def group(id_: str) -> Grantee:
    return Grantee(GranteeKind.GROUP, id_)


def incident() -> Snapshot:
    """The story: a locked project whose template opens full data to All Users, and Guest may come in."""
    contents = [
        Content(
            Kind.WORKBOOK, "w-1", "Firearms", "p-2", "u-1", personal_space=False, tabs_shown=False, has_extracts=True
        ),
        Content(Kind.VIEW, "v-1", "Dashboard", "p-2", "u-1", "w-1", personal_space=False),
    ]
    public = ("Read", "Filter", "ExportImage", "ExportData", "ViewUnderlyingData")
    rules = [Rule(group("g-all"), name, Mode.ALLOW) for name in public]
    return Snapshot(
        settings={"guestAccessEnabled": True, "authoringEnabled": True, "explainDataEnabled": False, "state": "Active"},
        projects={
            "p-1": Project("p-1", "Public", None, "u-1", Lock.LOCKED, "p-1"),
            "p-2": Project("p-2", "Justice", "p-1", "u-1", Lock.LOCKED, "p-1"),
        },
        contents={item.ref: item for item in contents},
        users={
            "u-1": User("u-1", "Owner", "Creator"),
            "u-g": User("u-g", "guest", "Guest"),
            "u-2": User("u-2", "Vi Ewer", "Viewer"),
        },
        groups={"g-all": Group("g-all", "All Users", is_everyone=True), "g-1": Group("g-1", "Press")},
        group_members={"g-1": frozenset({"u-2"})},
        rules={Ref(Kind.PROJECT, "p-1"): RuleSet(), Ref(Kind.PROJECT, "p-2"): RuleSet()},
        default_rules={("p-1", Kind.WORKBOOK): RuleSet.of([*rules, Rule(group("g-1"), "ExportData", Mode.DENY)])},
        connections={WORKBOOK: (Connection("c", "hyper", embeds_password=False),)},
    )


def test_the_proof_of_the_incident_word_for_word() -> None:
    assert (
        Access(incident()).explain(Anonymous(), VIEW, "ViewUnderlyingData").to_text()
        == """\
The visitor without an account (guest): Download Full Data on view “Public / Justice / Firearms / Dashboard”?

  1.   The site lets visitors in without an account (guestAccessEnabled is true).
  2.   The server's own switch for Guest cannot be read; it is taken to be on.
  3.   The site role Guest can hold “Download Full Data”.
  4.   Is no administrator, does not own it, and neither owns nor leads a project above it.
  5.   Project “Public” governs it (Asset permissions: locked (including nested projects)): its default rules for workbooks count, not the object's own.
  6. + Rule for group “All Users”: “Download Full Data” allowed.

Yes: “Download Full Data” is allowed (group-allow).

What would have stopped it:
  - Switching guestAccessEnabled off.
  - Taking away “Download Full Data” from group “All Users” on project “Public”.
  - A Deny of “Download Full Data” on project “Public” for any group that this principal is in.
"""
    )


def test_a_no_says_what_stops_it_and_what_it_outweighs() -> None:
    text = Access(incident()).explain(UserPrincipal("u-2"), VIEW, "ExportData").to_text()
    assert "- Rule for group “Press”: “Download Summary Data” denied." in text
    assert "Rule for group “All Users”: “Download Summary Data” allowed. Outweighed by the rule before it." in text
    assert "1 thing stands between this and a yes:" in text
    assert "The Deny for group “Press” on project “Public” would have to go." in text


def test_a_role_that_cannot_is_named() -> None:
    text = Access(incident()).explain(UserPrincipal("u-2"), VIEW, "ViewUnderlyingData").to_text()
    assert "The site role Viewer can never hold “Download Full Data” here, whatever rules say." in text


def test_a_closed_switch_is_named_and_what_lies_behind_it() -> None:
    site = incident()
    closed = Access(replace(site, settings={**site.settings, "guestAccessEnabled": False}))
    explanation = closed.explain(Anonymous(), VIEW, "ViewUnderlyingData")
    assert explanation.verdict == (
        "No: “Download Full Data” is denied (guest-off). It is granted all the same: opening the switch brings it to life."
    )
    assert explanation.changes == ("1 thing stands between this and a yes:", "guestAccessEnabled would have to be on.")


def test_what_was_not_read_is_named() -> None:
    site = replace(incident(), default_rules={})
    explanation = Access(site).explain(Anonymous(), VIEW, "ViewUnderlyingData")
    assert "Those rules were not read (default-permissions)." in explanation.to_text()
    assert explanation.changes == ("Read default-permissions: that settles it.",)


def test_owner_and_leader_are_named() -> None:
    access = Access(incident())
    assert (
        "Owns project “Public / Justice”, and so holds everything"
        in access.explain(UserPrincipal("u-1"), VIEW, "Delete").to_text()
    )
    site = incident()
    leader = RuleSet.of([Rule(group("g-1"), "ProjectLeader", Mode.ALLOW)])
    led = Access(replace(site, rules={**site.rules, Ref(Kind.PROJECT, "p-1"): leader}))
    decision = led.can(GroupPrincipal("g-1"), VIEW, "Delete")
    assert (decision.outcome, decision.reason, decision.cause) == ("allow", "project-leader", Ref(Kind.PROJECT, "p-2"))
    assert any("through group “Press” (Project Leader)" in step for step in decision.proof)


def test_an_outcome_tells_each_right_it_takes() -> None:
    explanation = Access(incident()).explain(Anonymous(), VIEW, "takes_rows")
    text = explanation.to_text()
    assert "It takes “Download Full Data” on view" in text
    assert "It takes “View” on view" in text
    assert "The data shows without asking for credentials (hyper)." in text
    assert explanation.decision.allowed


def test_the_same_for_programs() -> None:
    found = json.loads(json.dumps(Access(incident()).explain(Anonymous(), WORKBOOK, "ViewUnderlyingData").to_dict()))
    assert found["principal"] == {"kind": "anonymous", "id": "u-g", "name": "guest"}
    assert found["content"] == {"kind": "workbook", "id": "w-1", "path": "Public / Justice / Firearms"}
    assert (found["capability"], found["native"]) == ("download_full_data", "ViewUnderlyingData")
    assert (found["decision"], found["reason"]) == ("allow", "group-allow")
    assert found["cause"] == {"kind": "project", "id": "p-1"}
    assert {"about": "governing", "effect": "notes"}.items() <= found["steps"][4].items()


def test_an_answer_of_the_content_itself_that_differs_is_told() -> None:
    site = incident()
    own = RuleSet.of([Rule(group("g-all"), "ViewUnderlyingData", Mode.DENY)])
    explanation = Access(replace(site, rules={**site.rules, VIEW: own})).explain(Everyone(), VIEW, "ViewUnderlyingData")
    assert explanation.decision.allowed
    assert any(step.about == "drift" for step in explanation.steps)


def test_locks_that_are_told_in_two_ways_are_both_weighed() -> None:
    site = incident()
    odd = replace(site.projects["p-2"], controlling_id="p-2", lock=Lock.CUSTOMIZABLE)
    access = Access(replace(site, projects={**site.projects, "p-2": odd}))
    decision = access.can(Anonymous(), VIEW, "ViewUnderlyingData")
    assert (decision.outcome, decision.unread) == ("unknown", ("projects", "view-permissions"))
    assert any("The server names project “Justice”" in step for step in decision.proof)


@pytest.mark.parametrize("name", ["\x1b[2Jevil", "new\nline", "bell\x07"])
def test_names_cannot_steer_a_terminal(name: str) -> None:
    site = incident()
    site = replace(site, groups={**site.groups, "g-all": Group("g-all", name, is_everyone=True)})
    text = Access(site).explain(Anonymous(), VIEW, "ViewUnderlyingData").to_text()
    assert name not in text
    assert "\x1b" not in text
