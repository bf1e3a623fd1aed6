"""What the auditor says on each recording of the June 2022 story. Nothing here needs a server."""

from __future__ import annotations

import pytest

from tests.main.conftest import Auditor
from tests.stories import CASSETTES, STORIES


def scan(auditor: Auditor, story: str, *more: str):
    return auditor("scan", "--cassette", str(CASSETTES / f"{story}.yaml"), "--format", "json", "--quiet", *more)


@pytest.mark.parametrize(
    ("story", "code"),
    [("1-as-published", 1), ("2-brought-back", 1), ("3-half-fix", 1), ("4-mended", 0), ("clean-site", 0)],
)
def test_exit_code_of_each_story(auditor: Auditor, story: str, code: int) -> None:
    result = scan(auditor, story)
    assert result.code == code
    assert result.report["complete"] is True


def test_as_published_names_the_workbook_whose_full_data_the_public_takes(auditor: Auditor) -> None:
    report = scan(auditor, "1-as-published").report
    (found,) = [f for f in report["findings"] if f["rule"] == "DOWN-01"]
    assert found["subject"]["path"] == "Public / Justice / Firearms"
    assert found["severity"] == "critical"
    assert found["audience"] == "anonymous"
    assert found["capabilities"] == [{"name": "download_full_data", "native": "ViewUnderlyingData"}]
    assert len(found["affected"]) == 5


@pytest.mark.parametrize("story", ["1-as-published", "2-brought-back"])
def test_the_leak_is_one_critical_finding_with_audience_capability_and_columns(auditor: Auditor, story: str) -> None:
    report = scan(auditor, story).report
    (leak,) = [f for f in report["findings"] if f["rule"] == "LEAK-01"]
    assert leak["severity"] == "critical"
    assert leak["audience"] == "anonymous"
    assert leak["subject"]["path"] == "Public / Justice / Firearms"
    names = {column["name"] for column in leak["columns"]}
    assert {"Last Name", "Date of Birth", "Street Address", "Driver License Number"} <= names
    classes = {name for column in leak["columns"] for name in column["classes"]}
    assert {"person_name", "date_of_birth", "street_address", "driver_licence"} <= classes
    assert all(column["used"] is False for column in leak["columns"] if column["name"] == "Last Name")


def test_the_leak_still_fires_for_the_siblings_after_the_half_fix(auditor: Auditor) -> None:
    before, after = (scan(auditor, story).report for story in ("1-as-published", "3-half-fix"))
    (leak,) = [f for f in after["findings"] if f["rule"] == "LEAK-01"]
    assert {"Last Name", "Date of Birth"} <= {column["name"] for column in leak["columns"]}
    below = {s["name"]: {c["name"] for c in s["columns"]} for item in after["inventory"] for s in item["data_sources"]}
    assert "Last Name" not in below["CCW"]
    assert all("Last Name" in below[name] for name in ("FSC", "DROS", "AWR"))
    assert "LEAK-01" in {f["rule"] for f in before["findings"]}


@pytest.mark.parametrize("story", ["4-mended", "clean-site"])
def test_no_leak_once_mended(auditor: Auditor, story: str) -> None:
    result = scan(auditor, story)
    assert not result.rules() & {"LEAK-01", "DOWN-01", "DOWN-03", "ANON-02", "ANON-05"}
    assert result.rules("unknown") == set()


@pytest.mark.parametrize("story", STORIES)
def test_two_reports_of_the_same_facts_are_the_same_but_for_the_run(auditor: Auditor, story: str) -> None:
    first, second = (scan(auditor, story).report for _ in range(2))
    first.pop("run"), second.pop("run")
    assert first == second


def test_findings_name_the_policy_line(auditor: Auditor) -> None:
    for finding in scan(auditor, "1-as-published").report["findings"]:
        assert finding["policy"]["file"].startswith("policies/")
        assert finding["policy"]["line"] > 0
