"""`auditor preflight FILE…` without a project: all that files can answer by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.main.conftest import Auditor
from tests.preflight.making import counts_document, live_document

CHART_OF_FIGURES = {"MIN-01", "MIN-02", "MIN-03", "MIN-04", "MIN-05", "MIN-09", "MIN-12", "CRED-05"}


def test_personal_columns_fail_and_are_named(auditor: Auditor, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    result = auditor("preflight", "firearms.twbx", "--format", "json")
    assert result.code == 1
    assert {"MIN-01", "MIN-02", "MIN-03", "MIN-04", "MIN-05", "MIN-06"} <= result.rules()
    by_rule = {finding["rule"]: finding for finding in result.report["findings"]}
    named = {column["name"]: column for column in by_rule["MIN-02"]["columns"]}
    assert named["DOB"] == {"name": "DOB", "classes": ["date_of_birth"], "used": False}
    assert "'Home Address' (street_address)" in by_rule["MIN-02"]["message"]
    assert by_rule["MIN-02"]["severity"] == "critical"
    assert by_rule["MIN-02"]["subject"]["path"] == "firearms"
    assert result.report["complete"] is True
    assert result.report["target"]["platform"] == "file"
    assert any("as if" in note for note in result.report["notes"])


def test_what_is_about_the_place_is_counted_in_one_warning(auditor: Auditor, folder: Path) -> None:
    result = auditor("preflight", str(folder / "firearms.twbx"), "--format", "json")
    (warning,) = result.report["warnings"]
    assert "--into" in warning
    assert not {rule for rule in result.rules() | result.rules("unknown") if not rule.startswith(("MIN", "CRED"))}


def test_figures_are_clean_and_complete(auditor: Auditor, folder: Path) -> None:
    result = auditor("preflight", str(folder / "counts.twbx"), "--format", "json")
    assert result.report["findings"] == []
    assert result.report["complete"] is True
    assert result.report["summary"]["pass"] >= len(CHART_OF_FIGURES)
    assert result.code == 0


def test_a_file_that_cannot_be_read_is_named(auditor: Auditor, tmp_path: Path) -> None:
    bad = tmp_path / "broken.twbx"
    bad.write_bytes(b"PK\x03\x04 and nothing more")
    result = auditor("preflight", str(bad), "--format", "json")
    assert result.code == 3
    assert result.report["complete"] is False
    (line,) = [line for line in result.report["coverage"] if line["read"] == "files"]
    assert [miss["name"] for miss in line["missing"]] == ["broken.twbx"]
    assert "broken.twbx" in auditor("preflight", str(bad)).out


def test_a_file_that_is_not_there_is_named(auditor: Auditor, tmp_path: Path) -> None:
    result = auditor("preflight", str(tmp_path / "nowhere.twb"))
    assert result.code == 3
    assert "nowhere.twb" in result.out


def test_one_bad_file_does_not_hide_the_others(auditor: Auditor, folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "broken.twb"
    bad.write_bytes(b"<html/>")
    result = auditor("preflight", str(bad), str(folder / "firearms.twbx"), "--format", "json")
    assert result.code == 1
    assert "MIN-02" in result.rules()
    assert {one["subject"]["name"] for one in result.report["findings"] if one["verdict"] == "unknown"} == {
        "broken.twb"
    }


def test_nothing_to_judge_is_not_clean(auditor: Auditor, folder: Path) -> None:
    result = auditor("preflight", str(folder / "counts.twbx"), "--policy", "downloads")
    assert result.code == 3


def test_rules_by_place_are_not_judged(auditor: Auditor, folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "version: 1\nname: own\nrules:\n"
        "  - {id: A-1, title: There, severity: high, select: {projects: ['Public/**']}, columns: {classes: [sex]}}\n"
        "  - {id: A-2, title: Anywhere, severity: low, select: {kinds: [workbook]}, columns: {classes: [sex]}}\n"
    )
    result = auditor("preflight", str(folder / "firearms.twbx"), "--policy", str(policy), "--format", "json")
    assert result.rules() == {"A-2"}
    assert result.code == 0  # low
    assert result.report["notes"] == []  # no rule asked for reach
    assert "1 rule was not judged" in result.report["warnings"][0]


def test_a_password_in_a_document(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "live.twb"
    file.write_bytes(live_document("County", password="s3cret-in-file"))
    result = auditor("preflight", str(file), "--format", "json")
    assert {"CRED-02", "CRED-05"} <= result.rules()
    assert "s3cret-in-file" not in result.out
    assert result.code == 1


def test_an_extract_that_is_elsewhere_is_not_clean(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "counts.twb"
    file.write_bytes(counts_document())
    result = auditor("preflight", str(file), "--format", "json")
    assert result.code == 3
    assert result.rules() == set()


def test_without_the_extra_what_is_in_the_extract_is_not_told(
    auditor: Auditor, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A package of that name which cannot be imported stands before the real one, for the inspecting process too.
    (tmp_path / "tableauhyperapi.py").write_text("raise ImportError('not installed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    result = auditor("preflight", str(folder / "firearms.twbx"), "--format", "json")
    columns = result.report["inventory"][0]["data_sources"][0]["columns"]
    assert {column["in_extract"] for column in columns if not column["calculated"]} == {None}
    assert {column["evidence"][0] for column in columns if column["classes"]} == {"name"}
    assert "MIN-02" in result.rules()
    assert {"MIN-05"} <= result.rules("unknown")
    assert any(
        miss["remedy"] for line in result.report["coverage"] if line["read"] == "extracts" for miss in line["missing"]
    )


def test_the_inventory_is_as_the_contract_shows_it(
    auditor: Auditor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (item,) = auditor("preflight", "firearms.twbx", "--format", "json").report["inventory"]
    assert (item["kind"], item["id"], item["file"]) == ("workbook", None, "firearms.twbx")
    (source,) = item["data_sources"]
    assert {key: source[key] for key in ("name", "published", "live", "rows", "row_level")} == {
        "name": "Firearms", "published": False, "live": False, "rows": 400, "row_level": True,
    }  # fmt: skip
    assert source["connections"][-1] == {"class": "hyper", "server": None, "user": None, "secret_in_file": False}
    (birth,) = [column for column in source["columns"] if column["name"] == "DOB"]
    wanted = {
        "name": "DOB", "remote_name": "DOB", "type": "date", "hidden": True, "used": False, "in_extract": True,
        "classes": ["date_of_birth"], "evidence": ["name", "values"],
    }  # fmt: skip
    assert {key: birth[key] for key in wanted} == wanted


def test_a_data_file_beside_a_dashboard(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    rows = "".join(f"Alice Doe,19{50 + n % 50}-01-0{1 + n % 9},alice{n}@example.org\n" for n in range(60))
    file.write_text("Name,Birth Date,Email\n" + rows)
    result = auditor("preflight", str(file), "--format", "json")
    assert result.code == 1
    assert {"MIN-02", "MIN-03", "MIN-04"} <= result.rules()
    assert "alice1@" not in result.out


@pytest.mark.parametrize("name", ["counts.csv", "counts.hyper"])
def test_a_data_file_of_figures_is_clean(auditor: Auditor, folder: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name.endswith(".hyper"):
        file.write_bytes((folder / "counts-source.hyper").read_bytes())
    else:
        rows = "".join(f"County {n % 50},{2012 + n // 50},{500 + n * 7 % 900}\n" for n in range(400))
        file.write_text("County,Year,Number of Permits\n" + rows)
    result = auditor("preflight", str(file), "--format", "json")
    assert result.report["findings"] == []
    assert result.code == 0


def test_what_could_not_be_answered_is_told_in_one_line(auditor: Auditor, tmp_path: Path) -> None:
    file = tmp_path / "live.twb"
    file.write_bytes(live_document("County"))
    result = auditor("preflight", str(file))
    assert result.code == 3
    assert "could not be answered" in result.out
