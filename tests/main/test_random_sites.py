"""Random sites, served and read through the command line; every decision and every failing subject against `plain_evaluation`."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.emulator import emulate, site
from tests.emulator.builder import Site
from tests.emulator.content import Workbook
from tests.emulator.project import Project
from tests.emulator.things import Grantee, Group, Rule, RuleBook, User
from tests.main.conftest import SECRET, Auditor
from tests.main.plain_evaluation import CAPABILITIES, Person, decide, member_of, person_of, things

DECISIONS, FORBIDDING = range(15), range(15, 25)
ROLES = [
    "Creator",
    "Creator",
    "ExplorerCanPublish",
    "Explorer",
    "Explorer",
    "Viewer",
    "Viewer",
    "Viewer",
    "Unlicensed",
    "UnlicensedWithPublish",
    "ReadOnly",
    "Interactor",
    "Publisher",
    "ViewerWithPublish",
    "ServerAdministrator",
    "SiteAdministratorCreator",
    "SiteAdministratorExplorer",
]
LOCKS = (None, None, None, "LockedToProject", "LockedToProjectWithoutNested")
KINDS = ("workbook", "view", "datasource", "flow", "virtualConnection", "project")
SWITCHES = ("authoringEnabled", "explainDataEnabled", "flowsEnabled", "editingFlowsEnabled")
WORDS = {"virtualConnection": "virtual_connection"}


def random_site(seed: int) -> Site:
    """A small site of any shape: nested locks, tabs both ways, drift, leaders, group sets, personal spaces, odd names."""
    draw = Random(seed)
    made = site(
        f"Site {seed}",
        content_url="random",
        guest_access=draw.random() < 0.7,
        cloud=draw.random() < 0.1,
        guest_in_all_users=draw.random() < 0.5,
        own_id_when_unlocked=draw.random() < 0.5,
        settings={name: draw.random() < 0.7 for name in SWITCHES}
        | {"state": draw.choice(["Active"] * 6 + ["Suspended"])},
    )
    domains = ("partner.example", "PARTNER.example", "justice.example")
    users = [made.user(f"u{n}@{draw.choice(domains)}", role=draw.choice(ROLES)) for n in range(draw.randint(3, 7))]
    groups = [
        made.group(f"Group {n}", members=draw.sample([*users, made.guest], draw.randint(0, 3)))
        for n in range(draw.randint(1, 3))
    ]
    sets = [
        made.group_set(f"Set {n}", draw.sample([*groups, made.all_users], draw.randint(1, 2)))
        for n in range(draw.randint(0, 2))
    ]
    whom = [p.grantee for p in (made.all_users, made.all_users, made.guest, *groups, *sets, *users)]
    projects: list[Project] = []
    for number in range(draw.randint(2, 5)):
        parent = draw.choice([None, *projects, *projects])
        place = made.project(
            f"P{number}", parent=parent, owner=draw.choice([made.admin, *users]), locked=draw.choice(LOCKS)
        )
        projects.append(place)
        _state(draw, place, whom, "project", ("ProjectLeader",) if draw.random() < 0.4 else ())
        for plural in ("workbooks", "datasources", "flows", "virtualConnections"):
            _state(draw, place.default(plural), whom, _singular(plural))
        for item in range(draw.randint(0, 4)):
            _content(draw, place, f"{place.name}-{item}", draw.choice([made.admin, made.system, *users]), whom)
    for group in groups:  # only of groups that some rule names are the members read
        projects[0].allow(group, "Read")
    own = made.personal_workbook("Mine", owner=draw.choice(users), tabs=draw.random() < 0.5)
    _state(draw, own, whom, "workbook")
    _state(draw, own.view("My sheet"), whom, "view")
    return made


def _singular(plural: str) -> str:
    return plural.removesuffix("s")


def _content(draw: Random, place: Project, name: str, owner: User, whom: list[Grantee]) -> None:
    kind = draw.choice(("workbook", "workbook", "datasource", "flow", "virtual_connection"))
    more: dict[str, Any] = {"tabs": draw.random() < 0.5} if kind == "workbook" else {}
    item = getattr(place, kind)(name, owner=owner, **more)
    odd = ("InheritedProjectLeader",) if draw.random() < 0.1 else ()
    _state(draw, item, whom, item.kind, odd)
    if draw.random() < 0.3:
        item.drift()
    if isinstance(item, Workbook):
        for number in range(draw.randint(0, 3)):
            view = item.view(f"V{number}", hidden=draw.choice((None, True, False)))
            _state(draw, view, whom, "view")
            if draw.random() < 0.2:
                view.drift()


def _state(draw: Random, book: RuleBook, whom: list[Grantee], kind: str, more: tuple[str, ...] = ()) -> None:
    words = [w for w in CAPABILITIES[kind].split() if w != "ProjectLeader"]
    for _ in range(draw.randint(0, 5)):
        book.state(
            draw.choice(whom), draw.choice(("Allow", "Allow", "Deny")), *draw.sample(words, draw.randint(1, len(words)))
        )
    for word in more:
        book.state(draw.choice(whom), draw.choice(("Allow", "Allow", "Deny")), word)
    if draw.random() < 0.1 and book.rules:  # an Allow and a Deny of one grantee (case 77)
        first = draw.choice(book.rules)
        book.rules.append(Rule(first.grantee, first.capability, "Deny" if first.mode == "Allow" else "Allow"))


def principals(made: Site) -> dict[tuple[str, str], Person]:
    """Everybody that the list answers for, by kind and id."""
    guest = person_of(made.guest)
    found = {("anonymous", made.guest.luid): guest, ("everyone", made.all_users.luid): member_of(made, made.all_users)}
    found |= {("user", u.luid): person_of(u) for u in made.users()}
    groups = (g for g in made.things["group"].values() if isinstance(g, Group))
    return found | {("group", g.luid): member_of(made, g) for g in groups}


def arguments(url: str) -> list[str]:
    return ["--server", url, "--site", "random", "--token-name", "auditor", "--quiet"]


@pytest.mark.parametrize("seed", DECISIONS)
def test_every_decision_is_the_plain_one(auditor: Auditor, seed: int) -> None:
    made = random_site(seed)
    with emulate(made, tokens={"auditor": SECRET}) as server:
        result = auditor("access", "list", *arguments(server.url), "--format", "jsonl")
    assert result.code == 0, result.err
    assert not server.writes
    known = {thing.luid: thing for thing in things(made)}
    people = principals(made)
    wrong: list[str] = []
    answered: set[tuple[str, str, str, str]] = set()
    for line in result.out.splitlines():
        row = json.loads(line)
        who, what = row["principal"], row["content"]
        person = people.get((who["kind"], who["id"]))
        if person is None:
            assert who["kind"] == "anonymous", who
            person = person_of(made.guest)
        thing = known[what["id"]]
        assert what["kind"] == WORDS.get(thing.kind, thing.kind)
        answered.add((who["kind"], who["id"], what["id"], row["native"]))
        expected = "allow" if decide(made, person, thing, row["native"]) else "deny"
        if row["decision"] != expected:
            wrong.append(f"{expected} was expected: {line}")
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:5])
    missing = [
        (who, thing.name, word)
        for who in people
        if who[0] != "anonymous"
        for thing in known.values()
        for word in CAPABILITIES[thing.kind].split()
        if (*who, thing.luid, word) not in answered
    ]
    assert not missing, missing[:5]


POLICY = """\
version: 1
name: random
audiences:
  one_group: {group: [Group 0]}
  sets: {group: [All Users, Group 1]}
  one_user: {user: [USER]}
  partners: {email_domain: [partner.example]}
  viewers: {site_role: [Viewer]}
  members: {members_of: [Group 0]}
rules:
"""
AUDIENCES = ("anonymous", "everyone", "one_group", "sets", "one_user", "partners", "viewers", "members")
FORBIDDEN = {
    "rows": ("download_full_data", ("ViewUnderlyingData",)),
    "file": ("download_file", ("ExportXml",)),
    "edit": ("web_edit, edit_flow, explain_data", ("WebAuthoring", "WebAuthoringForFlows", "RunExplainData")),
    "change": ("overwrite, publish, set_permissions", ("Write", "Overwrite", "ChangePermissions")),
    "lead": ("lead_project", ("ProjectLeader", "InheritedProjectLeader")),
}
HAS = {
    "ViewUnderlyingData": "workbook view",
    "ExportXml": "workbook datasource flow",
    "WebAuthoring": "workbook view",
    "WebAuthoringForFlows": "flow",
    "RunExplainData": "workbook view",
    "Write": "project workbook datasource flow virtualConnection",
    "Overwrite": "workbook datasource flow virtualConnection",
    "ChangePermissions": "workbook view datasource flow virtualConnection",
    "ProjectLeader": "project",
    "InheritedProjectLeader": "project workbook view datasource flow virtualConnection",
}


def policy_for(user: User) -> str:
    rules = [
        f"  - {{id: {audience.upper().replace('_', '')}-{what.upper()}-{mode.upper()}, title: t, severity: high, exposure: {mode},"
        f" forbid: {{audience: {audience}, capabilities: [{words}]}}}}\n"
        for audience in AUDIENCES
        for what, (words, _) in FORBIDDEN.items()
        for mode in ("live", "any")
    ]
    return POLICY.replace("USER", json.dumps(user.name)) + "".join(rules)


def audience_of(made: Site, name: str, user: User) -> list[Person]:
    groups = [g for g in made.things["group"].values() if isinstance(g, Group)]
    named = {g.name: g for g in groups}
    accounts = [u for u in made.users() if u is not made.guest]
    match name:
        case "anonymous":
            return [person_of(made.guest)]
        case "everyone":
            return [member_of(made, made.all_users)]
        case "one_group":
            return [member_of(made, named["Group 0"])]
        case "sets":
            return [member_of(made, g) for g in groups if g.name in ("All Users", "Group 1")]
        case "one_user":
            return [person_of(user)]
        case "partners":
            return [person_of(u) for u in accounts if u.name.lower().endswith("@partner.example")]
        case "viewers":
            return [person_of(u) for u in accounts if u.role == "Viewer"]
        case _:
            return [person_of(u) for u in accounts if u in named["Group 0"].members]


@pytest.mark.parametrize("seed", FORBIDDING)
def test_forbid_fails_the_subjects_on_which_the_audience_holds_it(auditor: Auditor, tmp_path: Path, seed: int) -> None:
    made = random_site(seed)
    user = next(u for u in made.users() if u.name.startswith("u0@"))
    file = tmp_path / "policy.yaml"
    file.write_text(policy_for(user))
    with emulate(made, tokens={"auditor": SECRET}) as server:
        result = auditor("scan", *arguments(server.url), "--policy", str(file), "--format", "json")
    assert result.code in (0, 1), result.err
    assert result.report["complete"] is True
    told: dict[str, set[str]] = {}
    for finding in result.report["findings"]:
        assert finding["verdict"] == "fail", finding
        touched = told.setdefault(finding["rule"], set())
        touched |= {one["id"] for one in finding["affected"]}
        touched.add(finding["subject"]["id"])
    expected = _expected(made, user)
    # A finding's subject is its root cause, which need not be a failing subject itself: it may be the locked project.
    causes = {p.luid for p in made.things["project"].values()} | {w.luid for w in made.things["workbook"].values()}
    for rule in {*told, *expected}:
        found, failing = told.get(rule, set()), expected.get(rule, set())
        assert failing <= found, (rule, [t.path for t in things(made) if t.luid in failing - found])
        assert found - failing <= causes, (rule, [t.path for t in things(made) if t.luid in found - failing])
        affected = {one["id"] for f in result.report["findings"] if f["rule"] == rule for one in f["affected"]}
        assert affected <= failing, (rule, [t.path for t in things(made) if t.luid in affected - failing])
    assert (result.code == 1) is any(expected.values())


def _expected(made: Site, user: User) -> dict[str, set[str]]:
    live: dict[str, set[str]] = {}
    open_ = {**made.settings, "guestAccessEnabled": True, "state": "Active"} | dict.fromkeys(SWITCHES, True)
    for audience in AUDIENCES:
        people = audience_of(made, audience, user)
        for what, (_, natives) in FORBIDDEN.items():
            for mode in ("live", "any"):
                kept, made.settings = made.settings, (made.settings if mode == "live" else open_)
                live[f"{audience.upper().replace('_', '')}-{what.upper()}-{mode.upper()}"] = {
                    thing.luid
                    for thing in things(made)
                    if any(thing.kind in HAS[n].split() and decide(made, p, thing, n) for p in people for n in natives)
                }
                made.settings = kept
    return live
