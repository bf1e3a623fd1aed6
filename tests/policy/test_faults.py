"""Whatever is wrong in a policy: exit 4, the place, what is wrong and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import ExitCode, InvalidFileError
from auditor.policy import load, load_text

GOOD = """\
version: 1
name: public-content
description: What visitors without an account may reach.
audiences:
  partners: {email_domain: [partner.example]}
  press: {group: [Press]}
rules:
  - id: DOWN-01
    title: The public may download full data
    severity: critical
    select:
      kinds: [workbook, view]
      projects: ["Public/**"]
      exclude: {tags: [sandbox]}
    forbid: {audience: anonymous, capabilities: [download_full_data]}
    references: ["NIST SP 800-53r5 AC-22"]
  - id: ANON-04
    title: The public holds a capability that is not on the list
    severity: high
    select: {kinds: [workbook, view]}
    allow_only: {audience: anonymous, capabilities: [view, filter, download_image]}
"""


def fault(text: str) -> InvalidFileError:
    with pytest.raises(InvalidFileError) as caught:
        load_text(text, "p.yaml")
    assert caught.value.exit_code is ExitCode.INVALID_FILE
    return caught.value


def test_the_policy_of_the_contract_loads() -> None:
    policy = load_text(GOOD, "p.yaml")
    assert [(rule.id, rule.kind, rule.line) for rule in policy.rules] == [
        ("DOWN-01", "forbid", 8),
        ("ANON-04", "allow_only", 17),
    ]
    assert set(policy.audiences) == {"anonymous", "everyone", "partners", "press"}


@pytest.mark.parametrize(
    ("before", "after", "place", "words"),
    [
        ("download_full_data", "download_ful_data", "15:50", "Did you mean 'download_full_data'?"),
        ("critical", "critcal", "10:15", "Did you mean 'critical'?"),
        ("audience: anonymous", "audience: anonimous", "15:24", "Did you mean 'anonymous'?"),
        ("audience: anonymous", "audience: [partners, pres]", "15:24", "Did you mean 'press'?"),
        ("[workbook, view]", "[workbok, view]", "12:15", "Did you mean 'workbook'?"),
        ("version: 1", "version: 2", "1:10", "must be 1"),
        ("version: 1\n", "", "1:1", "'version' is missing"),
        ("severity: high", "severty: high", "19:5", "Unknown key 'severty'. Did you mean 'severity'?"),
        ("ANON-04", "DOWN-01", "17:5", "Two rules have the id 'DOWN-01'"),
        ('["Public/**"]', "[5]", "13:18", "must be a text, not a number"),
        ("tags:", "tgs:", "14:17", "Did you mean 'tags'?"),
        ("forbid", "forbit", "15:5", "Did you mean 'forbid'?"),
        ("capabilities: [download_full_data]", "capabilities: []", "15:49", "is empty"),
        ("capabilities: [download_full_data]", "capabilities: [true]", "15:50", "must be a text"),
        ("email_domain", "email_domian", "5:14", "Did you mean 'email_domain'?"),
        ("severity: high", "severity: [high]", "19:15", ""),
        ("title: The public may", "title: 5 #", "9:12", "must be a text, not a number"),
        (
            "    severity: high\n",
            "    severity: high\n    severity: low\n",
            "20:5",
            "stands here twice; the first is in line 19",
        ),
        ("audience: anonymous,", "audience: anonymous, allow: x,", "15:35", "Unknown key 'allow'"),
        (
            "    forbid:",
            "    settings: {expect: {guestAccessEnabled: false}}\n    forbid:",
            "8:5",
            "exactly one requirement",
        ),
        ("  press:", "  anonymous: {user: [x]}\n  press:", "5:3", "built in"),
        ("{group: [Press]}", "{group: [Press], user: [a]}", "6:10", "cannot be narrowed"),
        ("{group: [Press]}", "{}", "6:10", "names nobody"),
    ],
)
def test_faults_are_told_with_place_and_remedy(before: str, after: str, place: str, words: str) -> None:
    assert before in GOOD
    error = fault(GOOD.replace(before, after, 1))
    assert error.where is not None
    assert error.where.startswith(f"p.yaml:{place.split(':', maxsplit=1)[0]}:"), error
    assert words in str(error), error


def test_every_fault_of_a_file_is_told_in_the_order_of_the_lines() -> None:
    text = GOOD.replace("critical", "critcal").replace("severity: high", "severty: high").replace("[view, f", "[vew, f")
    lines = str(fault(text)).splitlines()
    assert [line.split(":")[1] for line in lines] == ["10", "19", "21"], lines
    assert [words in line for words, line in zip(("'critical'?", "'severity'?", "'view'?"), lines, strict=True)] == [
        True
    ] * 3


def test_a_severity_may_be_written_in_any_case() -> None:
    assert load_text(GOOD.replace("critical", "Critical"), "p.yaml").rules[0].severity == "critical"


HEAD = GOOD[: GOOD.index("rules:")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("- a\n", "a list"),
        ("hello", "a text"),
        (f"{HEAD}rules: []\n", "'rules' is empty"),
        (HEAD, "judges nothing"),
        (f"{HEAD}rules: {{a: b}}\n", "must be a list"),
        (f"{HEAD}rules:\n", "must be a list, not nothing"),
        (f"{GOOD}parameters: {{public_project: [a]}}\n", "Did you mean 'public_projects'?"),
        (f"{GOOD}parameters: {{public_projects: 5}}\n", "must be a list of texts"),
        (f"{GOOD}extends: [nope]\n", "no shipped pack and no file 'nope'"),
        (f"{GOOD}extends: [defualt]\n", "Did you mean 'default'?"),
        (f"{GOOD}disable: [{{id: ANON-05, reason: x}}]\n", "Did you mean 'ANON-04'?"),
        (f"{GOOD}disable: [{{id: ANON-04}}]\n", "'reason' is missing"),
        (f"{GOOD}disable: [{{id: ANON-04, reason: x}}, {{id: DOWN-01, reason: x}}]\n", "Every rule is disabled"),
        (f"{GOOD}overrides: {{ANON-04: {{severity: lowe}}}}\n", "Did you mean 'low'?"),
        (f"{GOOD}overrides: {{ANON-04: {{forbid: {{}}}}}}\n", "requires 'allow_only'"),
        (f"{GOOD}overrides: {{ANON-04: {{allow_only: {{capabilities: [vew]}}}}}}\n", "Did you mean 'view'?"),
        (
            GOOD.replace("[view, filter, download_image]", "{parameter: public_capabilites}"),
            "Did you mean 'public_capabilities'?",
        ),
        (GOOD.replace("[view, filter, download_image]", "[view, '${nothing}']"), "no parameter 'nothing'"),
        (GOOD.replace("name: public", "name: &x public"), "Anchors"),
        (GOOD.replace("name: public-content", "name: !!python/name:os.system x"), "Tags"),
        ("a: [", "not valid YAML"),
        ("version: 1\n\tname: x\n", "not valid YAML"),
        ("version: 1\nrules:\n\t- id: X\n", "Indent with blanks, not with a tab."),
        (GOOD.replace("version: 1\n", ""), "Add 'version: 1'."),
        (f"{GOOD}disable: [ANON-04]\n", "Write `- {id: ANON-04, reason: …}`."),
        ("version: 1\n---\nversion: 1\n", "not valid YAML"),
        ("\x00", "not valid YAML"),
        ("[" * 100 + "]" * 100, "nested too deeply"),
        ("version: 1\nname: 2026-02-30\n", "not a valid value"),
    ],
)
def test_faults_of_the_whole_file(text: str, words: str) -> None:
    assert words in str(fault(text))


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("nme == 'x'", "Did you mean 'name'?"),
        ("name == 3", "string and int"),
        ("name", "gives string"),
        ("size(tags)", "gives int"),
        ("tags.exists(t, t > 3)", "string and int"),
        ("holds('anonymous', 'vew')", "Did you mean 'view'?"),
        ("holds('anonimous', 'view')", "Did you mean 'anonymous'?"),
        ("holds(name, 'view')", "both written out"),
        ("name.startWith('a')", "Did you mean 'startsWith'?"),
        ("(name == 'a'", "')' is expected"),
        ("!" * 200 + "hidden", "nested too deeply"),
        ("hidden && true || rows + 'a' == 'b'", "int and string"),
    ],
)
def test_an_expression_that_does_not_type_is_found_when_loading(expression: str, words: str) -> None:
    text = f'version: 1\nrules:\n  - id: X-1\n    title: t\n    severity: low\n    expression: "{expression}"\n'
    error = fault(text)
    assert words in str(error)
    assert error.where is not None
    assert error.where.startswith(("p.yaml:6:", "p.yaml:3:"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    empty = tmp_path / "empty"
    empty.mkdir()
    cases = {binary: "UTF-8", tmp_path / "none.yaml": "no policy file", empty: "no policy file in this folder"}
    for name, words in cases.items():
        with pytest.raises(InvalidFileError, match=words):
            load([name])
    with pytest.raises(InvalidFileError, match="Did you mean 'default'"):
        load(["defaults"])


def test_a_circle_of_extends_is_told_with_its_steps(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.yaml").write_text(
            GOOD.replace("rules:", f"extends: [{other}.yaml]\nrules:").replace("-0", f"-{name}")
        )
    with pytest.raises(InvalidFileError, match=r"circle: .*a\.yaml → .*b\.yaml → .*a\.yaml"):
        load([str(tmp_path / "a.yaml")])


def test_only_true_and_false_are_booleans_and_editions_stay_what_they_are() -> None:
    policy = load_text(
        GOOD.replace("[sandbox]", "[no, off, 1.10]").replace("rules:", "edition: 2026.10\nrules:"), "p.yaml"
    )
    exclude = policy.rules[0].select.exclude
    assert exclude is not None
    assert exclude.tags == ("no", "off", "1.10")
    assert policy.edition == "2026.10"
