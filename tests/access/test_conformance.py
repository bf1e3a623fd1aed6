"""conformance.yaml runs: each row is a site, a question and the expected answer. The plain evaluation agrees where it can."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from access import oracle
from auditor.access import (
    Access,
    AddRule,
    Anonymous,
    Change,
    Everyone,
    Principal,
    RemoveRule,
    SetLock,
    ShowTabs,
    UserPrincipal,
    what_if,
)
from auditor.findings import Exposure
from auditor.model import (
    Connection,
    Content,
    Grantee,
    GranteeKind,
    Group,
    GroupSet,
    Kind,
    Lock,
    Mode,
    Project,
    Provenance,
    Ref,
    Rule,
    RuleSet,
    Snapshot,
    User,
)
from auditor.model.vocabulary import natives_of_kind

ROWS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "conformance.yaml").read_text(encoding="utf-8"))
WORDS = {
    kind.value: Ref(kind, kind.value) for kind in (Kind.WORKBOOK, Kind.VIEW, Kind.DATASOURCE, Kind.FLOW, Kind.METRIC)
}
LOCKS = {"locked": Lock.LOCKED, "locked without nested": Lock.LOCKED_WITHOUT_NESTED, "customizable": Lock.CUSTOMIZABLE}


def start(role: str, groups: list[str]) -> Snapshot:
    member = "guest" if role == "Guest" else "me"
    names = ("All Users", "G1", "G2", "Public")
    contents = [
        Content(
            Kind.WORKBOOK,
            "workbook",
            "Workbook",
            "P",
            "author",
            personal_space=False,
            tabs_shown=False,
            has_extracts=False,
        ),
        Content(Kind.VIEW, "view", "View", "P", "author", "workbook", personal_space=False),
        Content(Kind.DATASOURCE, "datasource", "Source", "P", "author", personal_space=False, has_extracts=False),
        Content(Kind.FLOW, "flow", "Flow", "P", "author", personal_space=False),
    ]
    users = [User("author", "author", "Creator"), User("guest", "guest", "Guest")]
    if role != "Guest":
        users.append(User("me", "me", role))
    return Snapshot(
        settings={"guestAccessEnabled": True, "authoringEnabled": True, "explainDataEnabled": True, "state": "Active"},
        projects={"P": Project("P", "P", owner_id="author", lock=Lock.CUSTOMIZABLE)},
        contents={item.ref: item for item in contents},
        users={user.id: user for user in users},
        groups={name: Group(name, name, is_everyone=name == "All Users") for name in names},
        group_members={name: frozenset({member} if name in groups else ()) for name in names[1:]},
        rules={Ref(Kind.PROJECT, "P"): RuleSet(), **{item.ref: RuleSet() for item in contents}},
        default_rules={("P", kind): RuleSet() for kind in Kind},
        connections={WORDS["workbook"]: (Connection("c", "hyper", embeds_password=True),)},
        provenance=Provenance(is_cloud=False),
    )


def where(text: str) -> Ref:
    return Ref(Kind.PROJECT, text.removeprefix("project ")) if text.startswith("project ") else WORDS[text]


def rules_of(site: Snapshot, text: str) -> list[Change]:
    place, _, rest = text.partition(": ")
    who, mode, what = re.fullmatch(r"(.+?) (allow|deny) (.+)", rest).groups()
    kind = GranteeKind.USER if who in ("me", "guest") else GranteeKind.GROUP_SET if who == "S" else GranteeKind.GROUP
    grantee = Grantee(GranteeKind.OTHER, "x", "robot") if who == "somebody strange" else Grantee(kind, who)
    template = None
    if place.startswith("template "):
        _, project, plural = place.split()
        ref, template = Ref(Kind.PROJECT, project), Kind(plural.removesuffix("s"))
    else:
        ref = where(place)
    on = template or ref.kind
    names = (
        [n for n in natives_of_kind(on) if n != "InheritedProjectLeader"] if what == "everything" else what.split(", ")
    )
    rules = [Rule(grantee, name, Mode(mode.capitalize())) for name in names]
    return [AddRule(ref, rule, template) for rule in rules]


def set_up(site: Snapshot, text: str) -> Snapshot:
    for pattern, change in SETUPS:
        found = re.fullmatch(pattern, text)
        if found:
            return change(site, *found.groups())
    raise AssertionError(f"setup that the test does not know: {text}")


def item(site: Snapshot, name: str, **changes: Any) -> Snapshot:
    ref = WORDS[name]
    return replace(site, contents={**site.contents, ref: replace(site.contents[ref], **changes)})


def project(site: Snapshot, name: str, **changes: Any) -> Snapshot:
    return replace(site, projects={**site.projects, name: replace(site.projects[name], **changes)})


def setting(site: Snapshot, name: str, value: bool | str | None) -> Snapshot:
    kept = {key: old for key, old in site.settings.items() if key != name}
    return replace(site, settings=kept if value is None else {**kept, name: value})


def new_project(site: Snapshot, name: str, parent: str | None = None) -> Snapshot:
    made = Project(name, name, parent, "author", Lock.CUSTOMIZABLE)
    return replace(
        site,
        projects={**site.projects, name: made},
        rules={**site.rules, made.ref: RuleSet()},
        default_rules={**site.default_rules, **{(name, kind): RuleSet() for kind in Kind}},
    )


def owned(site: Snapshot, what: str) -> Snapshot:
    if what in site.projects:
        return project(site, what, owner_id="me")
    return item(item(site, what, owner_id="me"), "view", owner_id="me")


def lies_in(site: Snapshot, name: str) -> Snapshot:
    return item(item(site, "workbook", project_id=name), "view", project_id=name)


def personal(site: Snapshot) -> Snapshot:
    changed = item(site, "workbook", project_id=None, personal_space=True)
    return item(changed, "view", project_id=None, personal_space=True)


def uses(site: Snapshot, *, embedded: bool) -> Snapshot:
    connection = Connection(
        "c", "sqlproxy", embeds_password=embedded, datasource_id="datasource", datasource_name="Source"
    )
    return replace(site, connections={WORDS["workbook"]: (connection,)})


def metric(site: Snapshot) -> Snapshot:
    made = Content(Kind.METRIC, "metric", "Metric", "P", "author", personal_space=False)
    return replace(site, contents={**site.contents, made.ref: made}, rules={**site.rules, made.ref: RuleSet()})


SETUPS: list[tuple[str, Any]] = [
    (r"(\w+) is locked by (\w+)", lambda site, name, by: project(site, name, lock=Lock.LOCKED, controlling_id=by)),
    (
        r"(\w+) is (locked|locked without nested|customizable)",
        lambda site, name, lock: project(site, name, lock=LOCKS[lock]),
    ),
    (r"project (\w+) in (\w+)", new_project),
    (r"project (\w+)", new_project),
    (r"me owns (\w+)", owned),
    (r"workbook lies in (\w+)", lies_in),
    (r"workbook lies in a personal space", personal),
    (r"tabs shown", lambda site: item(site, "workbook", tabs_shown=True)),
    (r"guest access off", lambda site: setting(site, "guestAccessEnabled", False)),
    (r"guest setting not told", lambda site: setting(site, "guestAccessEnabled", None)),
    (r"authoring off", lambda site: setting(site, "authoringEnabled", False)),
    (r"authoring setting not told", lambda site: setting(site, "authoringEnabled", None)),
    (r"site suspended", lambda site: setting(site, "state", "Suspended")),
    (r"on Tableau Cloud", lambda site: replace(site, provenance=Provenance(is_cloud=True))),
    (r"workbook uses the data source with embedded credentials", lambda site: uses(site, embedded=True)),
    (r"workbook uses the data source asking for credentials", lambda site: uses(site, embedded=False)),
    (
        r"workbook asks for credentials",
        lambda site: replace(
            site, connections={WORDS["workbook"]: (Connection("c", "sqlserver", embeds_password=False),)}
        ),
    ),
    (r"data source holds an extract", lambda site: item(site, "datasource", has_extracts=True)),
    (
        r"group set S = (.+)",
        lambda site, names: replace(site, group_sets={"S": GroupSet("S", "S", tuple(names.split(", ")))}),
    ),
    (r"a metric", metric),
    (r"P belongs to a system user", lambda site: project(site, "P", owner_id="not-listed")),
    (r"P names itself as controlling", lambda site: project(site, "P", controlling_id="P")),
    (r"P lies in a project that was not read", lambda site: project(site, "P", parent_id="elsewhere")),
]


def change_of(site: Snapshot, text: str) -> list[Change]:
    if text in ("tabs shown", "tabs hidden"):
        return [ShowTabs("workbook", shown=text == "tabs shown")]
    if found := re.fullmatch(r"(\w+) is (locked|customizable)", text):
        return [SetLock(found[1], LOCKS[found[2]])]
    added = rules_of(site, text)
    gone: list[Change] = []
    for change in added:
        assert isinstance(change, AddRule)
        held = site.default_rules[(change.ref.id, change.template)] if change.template else site.rules[change.ref]
        gone += [
            RemoveRule(change.ref, old, change.template)
            for old in held.rules
            if (old.grantee, old.capability) == (change.rule.grantee, change.rule.capability)
        ]
    return [*gone, *added]


def build(row: dict[str, Any]) -> tuple[Snapshot, Principal]:
    role, _, groups = row["principal"].partition(" in ")
    site = start(role, groups.split(", ") if groups else [])
    for text in row.get("setup", ()):
        site = set_up(site, text)
    for text in row.get("rules", ()):
        site = what_if(site, rules_of(site, text))
    for text in row.get("change", ()):
        site = what_if(site, change_of(site, text))
    return site, Anonymous() if role == "Guest" else Everyone() if role == "Everyone" else UserPrincipal("me")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['case']}: {row['words']}")
def test_case(row: dict[str, Any]) -> None:
    site, principal = build(row)
    access = Access(site)
    for question, expected in row["expect"].items():
        capability, _, place = question.partition(" @ ")
        decision = access.can(principal, where(place), capability)
        assert decision.outcome.value == expected, decision
        assert access.who_can(where(place), capability).of(principal).value == expected
        assert decision.proof, "every answer has a proof"
        assert decision.proof == access.explain(principal, where(place), capability).sentences()
        if "exposure" in row:
            assert decision.exposure is Exposure(row["exposure"])
        if row.get("doubtful"):
            assert decision.unverified
            assert any("not documented" in step for step in decision.proof)


COMPLETE = [row for row in ROWS if "unknown" not in row["expect"].values() and "not told" not in str(row)]


@pytest.mark.parametrize("row", COMPLETE, ids=lambda row: row["case"])
def test_the_plain_evaluation_says_the_same(row: dict[str, Any]) -> None:
    site, principal = build(row)
    spoken = "anonymous" if isinstance(principal, Anonymous) else "user:me"
    for question, expected in row["expect"].items():
        capability, _, place = question.partition(" @ ")
        ref = where(place)
        if (
            capability == "TimeTravel"
            or "system user" in str(row)
            or (ref.kind is Kind.DATASOURCE and "_" in capability)
        ):
            continue
        if (capability in ("sees", "queries") and ref.kind is Kind.DATASOURCE) or (
            capability == "ExportXml" and ref.kind is Kind.VIEW
        ):
            continue
        plain = oracle.outcome if capability.islower() else oracle.verdicts
        answers = plain(site, spoken, ref, capability)
        assert answers == {expected == "allow"}, question


def test_every_row_says_what_it_rests_on() -> None:
    assert len({row["case"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row["basis"] in ("documented", "third-party", "inferred")
        assert row["source"]
        assert row["expect"]
