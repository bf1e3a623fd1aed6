"""`auditor preflight FILE… --into PROJECT`: what would happen if the files were published there now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor.sensitivity import Lexicon
from auditor.sources.workbook_file import FileReport, inspect_many
from tests.emulator import emulate, site
from tests.emulator.builder import Site
from tests.emulator.project import Project
from tests.main.conftest import SECRET, Auditor, Result
from tests.metadata_answers import Data, metadata
from tests.workbook_file.builders import Field, datasource, ref, windows, workbook, worksheet

OPEN = ("Read", "Filter", "ViewUnderlyingData", "ExportXml")
LOOK = ("Read", "Filter")
VIEWS = {"Firearms Dashboard", "By County", "By Year"}

Into = Callable[..., Result]


def described(*, locked: str | None = None, template: tuple[str, ...] = OPEN) -> tuple[Site, Project]:
    """A site that serves guests; Public / Justice gives new workbooks the rights of the template."""
    made = site("Open Justice", content_url="openjustice", guest_access=True)
    public = made.project("Public", locked=locked).allow(made.all_users, "Read")
    public.default("workbooks").forget().allow(made.all_users, *template)
    justice = public.project("Justice").allow(made.all_users, "Read")
    justice.default("workbooks").forget().allow(made.all_users, *template)
    return made, justice


@pytest.fixture(autouse=True)
def looked_into_once(monkeypatch: pytest.MonkeyPatch, reports: dict[Path, FileReport]) -> None:
    """The files are the same in every test here, so each is inspected once: it is the site that changes."""

    def remembered(paths: Sequence[Path], *, lexicon: Lexicon) -> tuple[FileReport, ...]:
        new = [path for path in paths if path not in reports]
        reports.update(zip(new, inspect_many(new, lexicon=lexicon) if new else (), strict=True))
        return tuple(reports[path] for path in paths)

    monkeypatch.setattr("auditor.preflight.inspect_many", remembered)


@pytest.fixture(scope="module")
def reports() -> dict[Path, FileReport]:
    return {}


@pytest.fixture
def into(auditor: Auditor, folder: Path) -> Into:
    def call(made: Site, *more: str, file: str = "firearms.twbx", place: str = "Public/Justice") -> Result:
        with emulate(made, tokens={"auditor": SECRET}) as server:
            where = ["--server", server.url, "--site", "openjustice", "--token-name", "auditor", "--quiet"]
            result = auditor("preflight", str(folder / file), "--into", place, *where, "--format", "json", *more)
            assert not server.writes
        return result

    return call


def of_rule(result: Result, rule: str) -> dict[str, Any]:
    (found,) = [one for one in result.report["findings"] if one["rule"] == rule and one["verdict"] == "fail"]
    return found


def names(found: dict[str, Any]) -> set[str]:
    return {found["subject"]["name"], *(one["name"] for one in found["affected"])}


def test_a_new_workbook_gets_the_projects_default_rules(into: Into) -> None:
    made, _ = described()
    result = into(made)
    assert result.code == 1
    leak = of_rule(result, "LEAK-01")
    assert leak["audience"] == "anonymous"
    assert leak["severity"] == "critical"
    assert leak["subject"]["path"] == "Public / Justice / firearms"
    assert {"name": "DOB", "classes": ["date_of_birth"], "used": False} in leak["columns"]
    assert {one["native"] for one in leak["capabilities"]} == {"takes_rows", "takes_file"}
    opened = [names(one) for one in result.report["findings"] if one["rule"] == "DOWN-01"]
    assert set().union(*opened) == {"firearms", *VIEWS}
    assert "MIN-02" in result.rules()
    assert any("Public / Justice / firearms" in note for note in result.report["notes"])
    (item,) = result.report["inventory"]
    assert (item["id"], item["name"]) == (None, "firearms")


def test_where_nobody_may_take_anything_there_is_no_leak(into: Into) -> None:
    made, _ = described(template=LOOK)
    result = into(made)
    assert "DOWN-01" not in result.rules()
    assert "LEAK-01" not in result.rules()
    assert "MIN-02" in result.rules()  # the public sees the chart over it


def test_where_the_public_does_not_come_its_rules_do_not_apply(into: Into) -> None:
    made, _ = described(template=())
    result = into(made)
    assert not {rule for rule in result.rules() if rule.startswith(("MIN-0", "LEAK", "DOWN"))}


def test_figures_may_be_opened(into: Into) -> None:
    made, _ = described()
    result = into(made, file="counts.twbx")
    assert "LEAK-01" not in result.rules() | result.rules("unknown")
    assert "DOWN-01" in result.rules()


def test_publishing_over_an_item_keeps_its_rules(into: Into) -> None:
    made, justice = described()
    old = justice.workbook("Firearms").allow(made.all_users, *LOOK)
    old.view("By County")
    result = into(made)
    assert "LEAK-01" not in result.rules()
    assert any("over 'Public / Justice / Firearms'" in note for note in result.report["notes"])
    made, justice = described(template=())
    justice.workbook("Firearms").allow(made.all_users, *OPEN)
    assert of_rule(into(made), "LEAK-01")["subject"]["name"] == "Firearms"


@pytest.mark.parametrize("lock", ["LockedToProject", "LockedToProjectWithoutNested"])
def test_a_locked_project_decides_alone(into: Into, lock: str) -> None:
    made, _ = described(locked=lock, template=())
    made.project("Other").workbook("firearms").allow(made.all_users, *OPEN)
    result = into(made, place="Public")
    assert "LEAK-01" not in result.rules()
    opened, justice = described(locked=lock)
    assert justice.parent is not None
    justice.parent.workbook("Another").view("Sheet")
    found = of_rule(into(opened, place="Public"), "DOWN-01")
    assert found["subject"]["kind"] == "project"  # where it is to be mended
    assert {one["name"] for one in found["affected"]} == {"firearms", *VIEWS}  # and nothing else of it


def test_tabs_decide_whether_views_have_rules_of_their_own(into: Into) -> None:
    made, justice = described(template=())
    old = (
        justice.workbook("Firearms", tabs=False).allow(made.all_users, *LOOK).deny(made.all_users, "ViewUnderlyingData")
    )
    old.view("By County").allow(made.all_users, *LOOK, "ViewUnderlyingData")
    assert names(of_rule(into(made, "--no-tabs"), "DOWN-01")) == {"By County"}
    assert "DOWN-01" not in into(made, "--tabs").rules()


def test_findings_are_about_the_files_alone(into: Into) -> None:
    made, justice = described()
    other = justice.workbook("Somebody else's", tabs=False).allow(made.all_users, *OPEN)
    other.view("Sheet").allow(made.all_users, *OPEN)
    made.project("Public elsewhere").workbook("More").allow(made.all_users, *OPEN)
    result = into(made)
    subjects = {one["name"] for found in result.report["findings"] for one in (found["subject"], *found["affected"])}
    assert subjects <= {"firearms", *VIEWS, "Public", "Justice"}
    assert all(names(found) & {"firearms", *VIEWS} for found in result.report["findings"])
    assert {one["content"]["name"] for one in result.report["reach"]} == {"firearms"}
    assert result.report["judged"] == 1 + len(VIEWS)
    assert result.report["target"]["platform"] == "file"
    assert result.report["target"]["site"]["content_url"] == "openjustice"


def test_an_unreadable_file_is_a_subject_there(into: Into, folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "broken.twbx"
    bad.write_bytes(b"PK\x03\x04")
    made, _ = described(template=LOOK)
    result = into(made, file=str(bad))
    assert result.code == 3
    assert {one["subject"]["path"] for one in result.report["findings"]} == {"Public / Justice / broken.twbx"}


def test_by_a_saved_snapshot(auditor: Auditor, folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / "site.snapshot"
    made, _ = described()
    with emulate(made, tokens={"auditor": SECRET}) as server:
        where = ["--server", server.url, "--site", "openjustice", "--token-name", "auditor", "--quiet"]
        assert auditor("snapshot", *where, "--output", str(saved)).code == 0
    files = [str(folder / "firearms.twbx"), str(folder / "counts.twbx")]
    result = auditor("preflight", *files, "--into", "Public / Justice", "--snapshot", str(saved), "--format", "json")
    assert result.code == 1
    assert of_rule(result, "LEAK-01")["subject"]["name"] == "firearms"
    assert {"firearms", "counts"} <= {
        one["name"] for found in result.report["findings"] if found["rule"] == "DOWN-01"
        for one in (found["subject"], *found["affected"])
    }  # fmt: skip
    assert "takes" not in result.err


def test_wrong_usage(auditor: Auditor, into: Into, folder: Path) -> None:
    made, _ = described()
    result = into(made, place="Public/Justise")
    assert result.code == 2
    assert "Justise" in result.err
    assert into(made, place="Public", file="counts.twbx").code in (0, 1)
    assert auditor("preflight", str(folder / "counts.twbx"), "--into", "Public").code == 2
    assert auditor("preflight", str(folder / "counts.twbx"), "--snapshot", "x").code == 2
    assert auditor("preflight").code == 2


def test_what_lies_in_a_published_source_lies_below_the_file(into: Into, tmp_path: Path) -> None:
    made, justice = described()
    people = justice.datasource("People")
    people.attributes(contentUrl="PeopleX")
    columns = ("County", "Birth Date")
    made.metadata = metadata({}, {people: Data("People", columns)})
    connection = (
        "<repository-location id='PeopleX' path='/datasources' />"
        "<connection class='sqlproxy' dbname='PeopleX' server='s' />"
    )
    file = tmp_path / "chart.twb"
    file.write_bytes(
        workbook(
            datasource(Field("County"), caption="People", connection=connection),
            sheets=worksheet("Chart", rows=ref("none:County:nk")),
            window_list=windows("Chart"),
        )
    )
    leak = of_rule(into(made, file=str(file)), "LEAK-01")
    assert leak["columns"] == [{"name": "Birth Date", "classes": ["date_of_birth"], "used": False}]
