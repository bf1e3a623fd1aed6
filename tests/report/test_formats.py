"""Every format: golden files, hostile names, what each promises. JSON itself is in test_build.py."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from auditor import report
from auditor.errors import UsageError
from auditor.findings import ColumnNote, Exposure, PolicyPlace, Severity
from auditor.model import Kind, Ref
from auditor.report.render import RENDERERS, HistoryPoint, RenderOptions, render
from auditor.report.render.as_csv import safe_cell
from auditor.report.render.clean import clean, safe_url
from auditor.report.render.markdown import MARKER
from auditor.report.render.text_causes import SCREEN

from .samples import FIREARMS, HOSTILE, MAP, PROJECT_OPEN, SPEED, UNKNOWN, finding, full, made, site
from .sarif_subset import sarif_errors

SUFFIX = {
    "text": "txt",
    "json": "json",
    "sarif": "sarif",
    "junit": "xml",
    "markdown": "md",
    "html": "html",
    "csv": "csv",
    "github": "github.txt",
}


def hostile_report(name: str) -> report.Report:
    """A report in which every text that can come from a server or from people holds the hostile text."""
    word = name.replace("\ud800", "")  # the fingerprint's words are UTF-8
    bad = finding(
        title=name, message=name, proof=(name,), remediation=name, rationale=name, references=(name,), audience=word,
        columns=(ColumnNote(name, (name,)),), policy=PolicyPlace(name, 3), capabilities=("ViewUnderlyingData", word),
    )  # fmt: skip
    return made((bad, finding("X-1", SPEED, (), unread=(name,))), snapshot=site(name))


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_golden(name: str, golden) -> None:
    golden.check(f"full.{SUFFIX[name]}", render(full(), name))


@pytest.mark.parametrize("name", ["text", "markdown", "sarif"])
def test_golden_of_a_comparison_with_a_baseline(name: str, golden) -> None:
    before = made((finding(), finding("DOWN-03", MAP, ()), finding("DOWN-04", Ref(Kind.WORKBOOK, "w-gone"), ())))
    now = made((finding(capabilities=("Read", "ViewUnderlyingData")), PROJECT_OPEN), baseline=before)
    golden.check(f"baseline.{SUFFIX[name]}", render(now, name))


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_every_format_is_a_pure_function_and_survives_saving(name: str) -> None:
    one = render(full(), name)
    assert one == render(full(), name)
    assert one == render(report.loads(render(full(), "json")), name)
    assert one.endswith("\n")


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no report format 'pdf'"):
        render(full(), "pdf")


@pytest.mark.parametrize("bad", HOSTILE)
@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_hostile_texts_are_harmless_in_every_format(name: str, bad: str) -> None:
    text = render(hostile_report(bad), name)
    text.encode("utf-8")
    allowed = {"\n"}
    assert not [c for c in text if (ord(c) < 32 and c not in allowed) or 0x7F <= ord(c) < 0xA0]
    assert not re.search("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    CHECKS[name](text, bad)


def _text_ok(text: str, bad: str) -> None:
    assert "\x1b" not in text


def _json_ok(text: str, bad: str) -> None:
    assert json.loads(text)["schema_version"] == "1"


def _sarif_ok(text: str, bad: str) -> None:
    data = json.loads(text)
    assert sarif_errors(data) == []
    for result in data["runs"][0]["results"]:
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", result["message"]["text"])


def _junit_ok(text: str, bad: str) -> None:
    assert len(list(JUnitXml.fromstring(text.encode()))) == 2


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))


def _tags(text: str) -> list[tuple[str, dict]]:
    parser = _Tags()
    parser.feed(text)
    return parser.tags


def _markdown_ok(text: str, bad: str) -> None:
    page = MarkdownIt("gfm-like", {"linkify": False}).enable("table").render(text)
    tags = _tags(page)
    assert {tag for tag, _ in tags} <= {"h2", "p", "br", "details", "summary", "b", "code", "ul", "li", "strong", "a"}
    assert all(attrs.get("href", "").startswith("https://bi.example/") for tag, attrs in tags if tag == "a")
    source = text.replace(MARKER, "")
    assert not re.search(r"@[A-Za-z]|(?<!&)#\d|GH-\d|https?://evil|://evil", source)


def _html_ok(text: str, bad: str) -> None:
    tags = _tags(text)
    assert sum(tag == "script" for tag, _ in tags) == 2
    assert not [tag for tag, _ in tags if tag in ("img", "iframe", "object", "embed", "base")]
    assert not [1 for _, attrs in tags for name in attrs if name.startswith("on") or name == "style"]
    for tag, attrs in tags:
        if tag == "a":
            assert attrs["href"].startswith(("#", "https://bi.example/"))
        assert tag != "link" or attrs["href"] == "data:,"


def _csv_ok(text: str, bad: str) -> None:
    rows = list(csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [value for row in rows for value in row if value.startswith(("=", "+", "-", "@", "\t", "\r"))]


def _github_ok(text: str, bad: str) -> None:
    lines = text.rstrip("\n").split("\n")
    assert len(lines) == 3
    for line in lines:
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert command, line
        for part in command.group(2).split(","):
            assert part.split("=")[0] in ("file", "line", "title")


CHECKS = {
    "text": _text_ok, "json": _json_ok, "sarif": _sarif_ok, "junit": _junit_ok, "markdown": _markdown_ok, "html": _html_ok,
    "csv": _csv_ok, "github": _github_ok,
}  # fmt: skip


def test_every_format_is_checked_for_hostile_texts() -> None:
    assert CHECKS.keys() == RENDERERS.keys()


# -- small pieces ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Zürich – 東京", "Zürich – 東京"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.example\x07link\x1b]8;;\x07", "link"),
        ("\x9b31mC1", "C1"),
        ("a\r\nb\tc", "a b c"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\ud800", ""),
        ("a\u2028b", "a b"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "\x00=1", "\x1b[0m=1", "\u200b=1"]
)
def test_a_cell_cannot_be_a_formula(text: str) -> None:
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["a=1", "Public / Justice", "", "'=1", "1-2"])
def test_a_plain_cell_stays(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://bi.example/#/workbooks/17", "https://bi.example/#/workbooks/17"),
        ("https://bi.example/a b\"'<x>", "https://bi.example/a%20b%22%27%3Cx%3E"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("https://user:pass@evil.example/", None),
        ("https://", None),
        ("http://[", None),
        (None, None),
    ],
)
def test_safe_url(url: str | None, safe: str | None) -> None:
    assert safe_url(url) == safe


# -- text --------------------------------------------------------------------------------------------------------------


def _blocks(text: str) -> list[list[str]]:
    return [block.split("\n") for block in text.split("\n\n")]


def test_a_root_cause_never_takes_more_than_a_screen() -> None:
    many = tuple(Ref(Kind.VIEW, f"v-{i:04}") for i in range(900))
    long = "word " * 400
    findings = tuple(
        finding(f"R-{i:02}", FIREARMS, many, message=long, proof=(long,) * 30, remediation=long + str(i), title=long,
                columns=tuple(ColumnNote(f"column {c}", ("person_name",)) for c in range(200)))
        for i in range(15)
    )  # fmt: skip
    for some in (findings, findings[:1], findings[:2]):
        text = render(made(some), "text")
        block = next(b for b in _blocks(text) if b[0].startswith("CRITICAL"))
        assert len(block) <= SCREEN
        assert max(map(len, text.split("\n"))) <= 100
        assert any(line.strip().startswith("do ") for line in block)
        assert any("(all of them" in line for line in block)
    assert re.search(r"… and 1\d more findings here: R-0\d, R-0\d", render(made(findings), "text"))


def test_a_first_run_with_much_to_say_tells_of_the_baseline() -> None:
    many = tuple(finding(f"R-{i}", Ref(Kind.WORKBOOK, f"w-{i}"), ()) for i in range(20))
    assert "--baseline" in render(made(many), "text")
    assert "--baseline" not in render(made(many, baseline=made(())), "text")
    assert "--baseline" not in render(made(), "text")


def test_one_block_a_root_cause() -> None:
    text = render(made((finding(), finding("ANON-04", FIREARMS, (MAP,)), PROJECT_OPEN)), "text")
    assert text.count("Public / Justice / Firearms  (workbook)") == 1
    assert "ANON-04" in text
    assert "DOWN-01" in text


def test_colour_only_where_asked() -> None:
    assert "\x1b[" not in render(full(), "text")
    assert "\x1b[1;31mCRITICAL" in render(full(), "text", RenderOptions(color=True))


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit", "github"])
def test_coverage_is_in_plain_sight(name: str) -> None:
    assert "1 of 2 workbook-permissions not read" in render(full(), name)


@pytest.mark.parametrize("name", ["text", "markdown", "html", "github"])
def test_the_summary_counts_all_buckets_also_empty_ones(name: str) -> None:
    words = "0 failed · 0 could not be judged · 0 waived · 0 preview · 310 passed · 4 not applicable"
    assert words in render(made(()), name)


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit", "github"])
def test_nothing_judged_is_said(name: str) -> None:
    assert "othing was judged" in render(made((), judged=0), name)


@pytest.mark.parametrize("name", ["text", "markdown", "html", "csv", "github"])
def test_changes_only_leaves_unchanged_findings_out(name: str) -> None:
    now = made((finding(), finding("NEW-01", SPEED, ())), baseline=made((finding(),)))
    text = render(now, name, RenderOptions(changes_only=True))
    assert "NEW-01" in text
    assert "DOWN-01" not in text
    assert "DOWN-01" in render(now, name)


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit", "csv"])
def test_waived_findings_stay_visible_with_their_waiver(name: str) -> None:
    text = render(full(), name)
    assert "DOWN-02" in text
    assert "2026-12-01" in text


# -- SARIF -------------------------------------------------------------------------------------------------------------


def _run(made_report: report.Report, options: RenderOptions | None = None) -> dict:
    data = json.loads(render(made_report, "sarif", options))
    assert sarif_errors(data) == []
    return data["runs"][0]


def test_every_sarif_result_stands_in_a_file_and_names_its_object() -> None:
    results = _run(full())["results"]
    assert len(results) == 4
    for result in results:
        place = result["locations"][0]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "policies/default/downloads.yaml"
        assert place["physicalLocation"]["region"]["startLine"] == 9
    assert results[0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "Public / Justice / Firearms"
    assert len({r["partialFingerprints"]["primaryLocationLineHash"] for r in results}) == 4


def test_sarif_leaves_waived_results_out_unless_asked() -> None:
    assert "DOWN-02" not in {r["ruleId"] for r in _run(full())["results"]}
    shown = {r["ruleId"]: r for r in _run(full(), RenderOptions(show_waived=True))["results"]}
    assert shown["DOWN-02"]["suppressions"][0]["justification"] == "Published as open data since 2019"


def test_sarif_says_that_the_audit_was_not_whole() -> None:
    invocation = _run(full())["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert "workbook Speeding: HTTP 403" in invocation["toolExecutionNotifications"][1]["message"]["text"]
    assert _run(made(()))["invocations"][0] == {
        "executionSuccessful": True, "startTimeUtc": "2026-11-22T03:00:00Z", "endTimeUtc": "2026-11-22T03:01:12Z"}  # fmt: skip


def test_sarif_unknown_is_open_with_level_none() -> None:
    result = next(r for r in _run(made((UNKNOWN,)))["results"])
    assert (result["kind"], result["level"]) == ("open", "none")


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("policies/a b.yaml", "policies/a%20b.yaml"),
        ("./x.yaml", "x.yaml"),
        ("..\\x.yaml", "../x.yaml"),
        ("/abs/x.yaml", "file:///abs/x.yaml"),
        ("C:\\pol\\x.yaml", "file:///C:/pol/x.yaml"),
        ("a:b.yaml", "a%3Ab.yaml"),
        ("", "policy"),
    ],
)
def test_sarif_uris(file: str, uri: str) -> None:
    result = _run(made((finding(policy=PolicyPlace(file, 0)),)))["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri
    assert place["region"]["startLine"] == 1


def test_sarif_baseline_states() -> None:
    before = made((finding(), finding("B", SPEED, ())))
    now = made(
        (finding(), finding("B", SPEED, (), ("Read", "ViewUnderlyingData")), finding("C", SPEED, ())), baseline=before
    )
    assert {r["ruleId"]: r["baselineState"] for r in _run(now)["results"]} == {
        "DOWN-01": "unchanged",
        "B": "updated",
        "C": "new",
    }


def test_sarif_rules_are_sorted_and_carry_the_worst_severity() -> None:
    rules = _run(made((finding("B", severity=Severity.LOW), finding("A"), finding("B", SPEED, ()))))["tool"]["driver"][
        "rules"
    ]
    assert [(r["id"], r["properties"]["security-severity"]) for r in rules] == [("A", "9.5"), ("B", "9.5")]


# -- JUnit, GitHub, CSV, Markdown ----------------------------------------------------------------------------------------


def test_junit_maps_verdicts() -> None:
    suites = {suite.name: suite for suite in JUnitXml.fromstring(render(full(), "junit").encode())}
    findings, coverage = suites["findings"], suites["coverage"]
    assert (findings.tests, findings.failures, findings.errors, findings.skipped) == (5, 3, 1, 1)
    assert (coverage.tests, coverage.errors) == (3, 1)


def test_junit_of_a_clean_report_is_green_and_not_empty() -> None:
    suites = {suite.name: suite for suite in JUnitXml.fromstring(render(made(()), "junit").encode())}
    assert (suites["coverage"].tests, suites["coverage"].errors, suites["findings"].tests) == (3, 0, 0)


def test_junit_does_not_fail_on_what_does_not_fail_a_run() -> None:
    now = made((finding(), finding("P", SPEED, (), preview=True)), baseline=made((finding(),)))
    suite = next(s for s in JUnitXml.fromstring(render(now, "junit").encode()) if s.name == "findings")
    assert (suite.failures, suite.errors, suite.skipped) == (0, 0, 2)


def test_github_levels_and_escapes() -> None:
    lines = render(full(), "github").split("\n")
    assert lines[0].startswith("::error file=policies/default/downloads.yaml,line=9,title=DOWN-01 ")
    assert not [line for line in lines if "DOWN-02" in line]
    odd = render(made((finding(title="100%, a: b"),)), "github").split("\n")[0]
    assert "title=DOWN-01 100%25%2C a%3A b::" in odd


def test_csv_has_a_line_a_finding_and_object() -> None:
    rows = list(csv.DictReader(io.StringIO(render(full(), "csv"))))
    assert [(r["rule"], r["part"], r["id"]) for r in rows[:3]] == [
        ("DOWN-01", "subject", "w-firearms"), ("DOWN-01", "affected", "v-map"), ("DOWN-01", "affected", "v-trend")]  # fmt: skip
    assert len(rows) == 7


def test_markdown_starts_with_the_marker_and_fits() -> None:
    many = tuple(finding(f"R-{i}", Ref(Kind.WORKBOOK, f"w-{i}"), ()) for i in range(500))
    text = render(made(many), "markdown")
    assert text.startswith(MARKER + "\n")
    assert len(text) <= 60_000
    left = re.search(r"… and (\d+) more blocks left out", text)
    assert left
    assert text.count("<details>") + int(left.group(1)) == 500
    assert text.count("<details>") == text.count("</details>")


def test_markdown_puts_new_findings_first() -> None:
    before = made((finding("OLD-1"),))
    text = render(
        made((finding("OLD-1"), finding("ZNEW-1", SPEED, (), severity=Severity.LOW)), baseline=before), "markdown"
    )
    assert text.index("ZNEW-1") < text.index("OLD-1")
    assert "1 new or wider finding" in text


def test_html_has_a_chart_where_history_is_given() -> None:
    history = (
        HistoryPoint("2026-11-20", (("critical", 2),)),
        HistoryPoint("2026-11-21", (("high", 1),), 1, complete=False),
    )
    text = render(full(), "html", RenderOptions(history=history))
    assert "Open findings over time" in text
    assert "2026-11-21: 1 high, incomplete" in text
    assert "Open findings over time" not in render(full(), "html")


def test_html_draws_from_findings_where_the_report_has_no_reach() -> None:
    assert "Drawn from the findings" in render(made(), "html")
    assert "Drawn from the findings" not in render(full(), "html")
    assert "does not hold it" in render(made(()), "html")


def test_html_says_of_how_many_objects_the_reach_is_not_known() -> None:
    base = full()
    unsure = tuple(r.model_copy(update={"exposure": Exposure.UNKNOWN}) for r in base.reach or ())
    assert "Of 3 objects it could not be told what the public reaches" in render(
        base.model_copy(update={"reach": unsure}), "html"
    )
    assert "could not be told what the public reaches" not in render(base, "html")
    assert "reach nothing that is known" in render(base.model_copy(update={"reach": ()}), "html")


def test_text_heads_a_root_cause_by_what_is_open_on_it() -> None:
    text = render(full(), "text")
    heads = [line for line in text.split("\n") if re.match(r"[A-Z]+  ", line)]
    assert heads == [
        "CRITICAL  Public / Justice / Firearms  (workbook)",
        "MEDIUM  Public / Justice  (project)",
        "LOW  Public / Speeding  (workbook)",
        "UNKNOWN  not judged for want of workbook-permissions  (1 of 2 workbook-permissions not read)",
    ]
    assert text.index("  ANON-02") < text.index("  DOWN-02")
