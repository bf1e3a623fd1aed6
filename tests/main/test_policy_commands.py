"""`auditor policy`, `waiver` and `register` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.main.conftest import Auditor, Result
from tests.stories import CASSETTES

ROOT = Path(__file__).parent.parent.parent
LEAKY = ["--cassette", str(CASSETTES / "1-as-published.yaml"), "--quiet"]


def test_list_names_the_planned_rules_only_with_all(auditor: Auditor) -> None:
    plain, everything = (auditor("policy", "list", *more, "-f", "json").report["rules"] for more in ((), ("--all",)))
    assert "planned" not in {rule["status"] for rule in plain}
    assert {"DOWN-05", "MON-01"} <= {rule["id"] for rule in everything if rule["status"] == "planned"}
    assert len({rule["id"] for rule in everything}) == 61


@pytest.mark.parametrize("rule", ["DOWN-01", "LEAK-01", "MIN-02"])
def test_show_prints_the_page_that_is_shipped(auditor: Auditor, rule: str) -> None:
    assert auditor("policy", "show", rule).out == (ROOT / "policies" / "pages" / f"{rule}.md").read_text()


def test_show_knows_planned_rules_and_near_misses(auditor: Auditor) -> None:
    assert "not run yet" in auditor("policy", "show", "DOWN-05").out
    wrong = auditor("policy", "show", "DOWN-1")
    assert wrong.code == 2
    assert "DOWN-01" in wrong.err


def test_policy_tests_of_the_shipped_packs(auditor: Auditor) -> None:
    result = auditor("policy", "test", "default", "--require-tests")
    assert result.code == 0, result.err


def test_report_fits_its_schema(auditor: Auditor) -> None:
    schema = auditor("policy", "schema", "report").report
    jsonschema.validate(auditor("scan", *LEAKY, "-f", "json").report, schema)


def test_check_tells_what_a_file_is(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text("version: 1\nwaivers: []\n")
    assert "0 waivers" in auditor("policy", "check", str(file)).err
    file.write_text("version: 1\nwaivers: [{rule: X}]\n")
    broken = auditor("policy", "check", str(file))
    assert broken.code == 4
    assert "waivers.yaml:2" in broken.err


def test_a_finding_is_waived_and_stays_visible(auditor: Auditor, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    auditor("scan", *LEAKY, "--select", "DOWN-01", "-f", "json", "-o", str(report))
    (finding,) = json.loads(report.read_text())["findings"]
    said = ["--reason", "agreed", "--owner", "data office", "--ticket", "T-1"]
    entry = auditor("waiver", "new", finding["fingerprint"][:12], "--report", str(report), *said)
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(entry.out)
    again = auditor("scan", *LEAKY, "--select", "DOWN-01", "-f", "json", "--waivers", str(waivers))
    assert again.code == 0
    (waived,) = again.report["findings"]
    assert waived["waiver"]["owner"] == "data office"
    assert waived["fingerprint"] == finding["fingerprint"]
    assert auditor("scan", *LEAKY, "--select", "DOWN-01", "--waivers", str(waivers), "--no-waivers").code == 1


def test_unused_waiver_fails_only_when_strict(auditor: Auditor, tmp_path: Path) -> None:
    report, waivers = tmp_path / "r.json", tmp_path / "w.yaml"
    auditor("scan", *LEAKY, "--select", "DOWN-01", "-f", "json", "-o", str(report))
    fingerprint = json.loads(report.read_text())["findings"][0]["fingerprint"]
    entry = auditor(
        "waiver", "new", fingerprint, "--report", str(report), "--reason", "r", "--owner", "o", "--ticket", "t"
    )
    waivers.write_text(entry.out)
    mended = ["--cassette", str(CASSETTES / "4-mended.yaml"), "--quiet", "--waivers", str(waivers)]
    assert auditor("scan", *mended).code == 0
    assert auditor("scan", *mended, "--strict-waivers").code == 1


def test_baseline_fails_on_new_findings_only(auditor: Auditor, tmp_path: Path) -> None:
    baseline = tmp_path / "b.json"
    assert auditor("scan", *LEAKY, "-f", "json", "-o", str(baseline)).code == 1
    same = auditor("scan", *LEAKY, "--baseline", str(baseline), "-f", "json")
    assert same.code == 0
    assert {f["baseline_state"] for f in same.report["findings"]} == {"unchanged"}


def test_register_draft_then_approve_then_changed_columns_fire(auditor: Auditor, tmp_path: Path) -> None:
    register = tmp_path / "register.yaml"
    good = ["--cassette", str(CASSETTES / "4-mended.yaml"), "--quiet"]
    assert auditor("register", "draft", *good, "-o", str(register)).code == 0
    text = (
        register.read_text().replace("purpose: ''", "purpose: statistics").replace("data_owner: ''", "data_owner: DOJ")
    )
    register.write_text(text)
    approved = auditor(
        "register", "approve", "Public / Justice / Firearms", "--register", str(register), "--by", "officer", *good
    )
    assert approved.code == 0, approved.err
    first = auditor(
        "scan", *good, "-p", "publication", "--register", str(register), "-f", "json", "--select", "PUB-01,PUB-04"
    )
    assert first.rules() == set(), first.err
    bad = auditor(
        "scan", *LEAKY, "-p", "publication", "--register", str(register), "-f", "json", "--select", "PUB-01,PUB-04"
    )
    assert "PUB-04" in bad.rules()


def test_a_draft_marks_personal_columns_and_none_that_was_struck_is_approved(auditor: Auditor, tmp_path: Path) -> None:
    register = tmp_path / "register.yaml"
    drafted = auditor("register", "draft", *LEAKY, "-o", str(register))
    assert f"approve ITEM --register {register} --by WHO --cassette {LEAKY[1]}" in drafted.err
    text = register.read_text()
    assert "- Date of Birth  # personal: date_of_birth; strike it unless its publication is lawful\n" in text
    assert "- County\n" in text
    register.write_text("\n".join(line for line in text.splitlines() if "# personal:" not in line))
    approval = ["register", "approve", "Public / Justice / Firearms", "--register", str(register), "--by", "officer"]
    refused = auditor(*approval, *LEAKY)
    assert refused.code == 2
    assert "'Date of Birth' (date_of_birth)" in refused.err
    register.write_text(text)
    assert "Personal columns are approved with it" in auditor(*approval, *LEAKY).err
    assert "# personal" not in register.read_text()


def test_a_waiver_that_no_file_may_hold_is_refused_at_once_and_append_keeps_what_stands(
    auditor: Auditor, tmp_path: Path
) -> None:
    report, waivers = tmp_path / "r.json", tmp_path / "w.yaml"
    auditor("scan", *LEAKY, "-f", "json", "-o", str(report))
    first, second = [
        one["fingerprint"] for one in json.loads(report.read_text())["findings"] if one["verdict"] == "fail"
    ][:2]

    def new(fingerprint: str, *more: str, ticket: str = "T-1") -> Result:
        said = ["--reason", "agreed", "--owner", "data office", "--ticket", ticket]
        return auditor("waiver", "new", fingerprint, "--report", str(report), *said, *more)

    for wrong, where in ((new(first, "--expires", "2099-01-01"), "--expires"), (new(first, ticket=" "), "--ticket")):
        assert (wrong.code, wrong.out) == (2, "")
        assert where in wrong.err
    assert new(first, "--append", str(waivers)).code == 0
    waivers.write_text("# ours\n" + waivers.read_text() + "\n# the end\n")
    assert new(second, "--append", str(waivers)).code == 0
    assert waivers.read_text().startswith("# ours\nversion: 1\nwaivers:\n  - rule:")
    assert "2 waivers, 0 expired" in auditor("waiver", "check", str(waivers)).err
    before = waivers.read_text()
    twice = new(second, "--append", str(waivers))
    assert twice.code == 2
    assert "repeats the one" in twice.err
    assert waivers.read_text() == before


def test_list_is_worst_first_and_counts_what_it_lists(auditor: Auditor) -> None:
    lines = auditor("policy", "list", "--all").out.splitlines()
    rows = lines[: lines.index("")]
    ranks = [["critical", "high", "medium", "low", "info"].index(row.split()[1]) for row in rows]
    assert ranks == sorted(ranks)
    numbers = [int(word) for word in lines[-1].replace(";", "").split() if word.isdigit()]
    assert sum(numbers) == len(rows)
    assert any(line.startswith("minimisation  (") for line in lines)


def test_a_new_policy_passes_the_check_and_overwrites_nothing(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "our-site.yaml"
    file.write_text(auditor("policy", "new").out)
    assert auditor("policy", "check", str(file)).code == 0
    assert auditor("policy", "new", "-o", str(file)).code == 2
    assert "used by" in auditor("policy", "parameters", "-p", str(file)).out
    assert {"default", "strict"} <= {pack["name"] for pack in json.loads(auditor("policy", "packs", "-f", "json").out)}


def test_what_could_not_be_judged_cannot_be_waived(auditor: Auditor, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    auditor("scan", *LEAKY, "--select", "DOWN-01", "-f", "json", "-o", str(report))
    data = json.loads(report.read_text())
    data["findings"][0]["verdict"] = "unknown"
    report.write_text(json.dumps(data))
    said = ["--reason", "r", "--owner", "o", "--ticket", "t"]
    refused = auditor("waiver", "new", data["findings"][0]["fingerprint"], "--report", str(report), *said)
    assert (refused.code, refused.out) == (2, "")
    assert "could not be judged" in refused.err
