"""What the server leaves out, refuses or gets wrong: named, never a clean report (the account may see all, the site leaks)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator import emulate, faults, site
from tests.emulator.builder import Site
from tests.emulator.faults import Changed, Fault
from tests.main.conftest import SECRET, Auditor, Result

NASTY = ("Read", "ViewUnderlyingData", "ExportXml")
POLICY = """\
version: 1
name: nobody
audiences:
  press: {group: [Press]}
  partners: {email_domain: [partner.example]}
rules:
  - id: GUEST-1
    title: t
    severity: high
    forbid: {audience: anonymous, capabilities: [download_full_data, web_edit]}
  - id: PRESS-1
    title: t
    severity: high
    forbid: {audience: press, capabilities: [download_full_data]}
  - id: PARTNER-1
    title: t
    severity: high
    forbid: {audience: partners, capabilities: [download_full_data]}
"""


def _site() -> Site:
    return site("Open", content_url="open", guest_access=True)


def _open_to_all() -> Site:
    found = _site()
    found.project("P").workbook("W").allow(found.all_users, *NASTY).view("V")
    return found


def _web_edit() -> Site:
    found = _site()
    found.project("P").workbook("W").allow(found.all_users, "WebAuthoring").view("V")
    return found


def _template() -> Site:
    found = _site()
    place = found.project("P")
    place.default("workbooks").allow(found.all_users, *NASTY)
    place.workbook("W").view("V")
    return found


def _drift() -> Site:
    found = _site()
    found.project("P", locked="LockedToProject").workbook("W").drift().allow(found.all_users, *NASTY).view("V")
    return found


def _views_own() -> Site:
    found = _site()
    found.project("P").workbook("W", tabs=False).view("V").allow(found.all_users, *NASTY)
    return found


def _partner() -> Site:
    found = _site()
    bob = found.user("bob@partner.example", role="Explorer")
    press = found.group("Press", members=[bob])
    found.project("P").workbook("W").allow(press, *NASTY).allow(found.group_set("Both", [press]), *NASTY).view("V")
    return found


def _owner() -> Site:
    found = _site()
    bob = found.user("bob@partner.example", role="Explorer")
    found.project("P").workbook("W", owner=bob).view("V")
    return found


def _renamed() -> Site:
    found = _open_to_all()
    found.all_users.name = "Alle Benutzer"
    return found


def _elsewhere() -> Site:
    found = _open_to_all()
    found.all_users.domain = "corp"
    return found


def _gone() -> Site:
    found = _open_to_all()
    found.all_users.delete()
    return found


def _unlisted_guest() -> Site:
    found = _site()
    found.project("P").workbook("W").allow(found.guest, *NASTY).view("V")
    found.guest.listed = False
    return found


@pytest.fixture
def scan(auditor: Auditor, tmp_path: Path) -> Callable[..., Result]:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)

    def call(described: Site, *more: Fault, page_size: int = 1000) -> Result:
        with emulate(described, tokens={"auditor": SECRET}, faults=list(more)) as server:
            size = ["--page-size", str(page_size)]
            arguments = ["--server", server.url, "--site", "open", "--token-name", "auditor", "--quiet"]
            return auditor("scan", *arguments, *size, "--policy", str(policy), "--format", "json")

    return call


@pytest.mark.parametrize(
    ("described", "kind", "left_out"),
    [
        (_open_to_all, "site", ("guestAccessEnabled",)),
        (_web_edit, "site", ("authoringEnabled",)),
        (_template, "project", ("contentPermissions",)),
        (_drift, "project", ("contentPermissions",)),
        (_open_to_all, "project", ("owner",)),
        (_views_own, "workbook", ("showTabs",)),
        (_views_own, "view", ("workbook",)),
        (_open_to_all, "workbook", ("project", "location")),
        (_owner, "workbook", ("owner",)),
        (_partner, "user", ("siteRole",)),
        (_open_to_all, "group", ("name",)),
        (_renamed, "site", ()),
        (_elsewhere, "site", ()),
        (_gone, "site", ()),
        (_unlisted_guest, "site", ()),
    ],
)
def test_an_attribute_that_decides_and_is_missing_is_no_clean_report(
    scan: Callable[..., Result], described: Callable[[], Site], kind: str, left_out: tuple[str, ...]
) -> None:
    result = scan(described().omit(kind, *left_out))
    assert result.code in (1, 3)
    verdicts = {finding["verdict"] for finding in result.report["findings"]}
    assert verdicts, "nothing was said about a site that leaks"
    if result.code == 3:
        assert result.report["complete"] is False


@pytest.mark.parametrize("described", [_renamed, _elsewhere, _gone])
def test_no_group_of_all_accounts_is_a_miss_with_a_remedy(scan: Callable[..., Result], described) -> None:
    result = scan(described())
    assert result.code == 3
    (line,) = [one for one in result.report["coverage"] if one["read"] == "groups"]
    assert [miss["name"] for miss in line["missing"]] == ["All Users"]
    assert line["missing"][0]["remedy"]
    assert "GUEST-1" in result.rules("unknown")


#: What a read asks for, by its name in the report's coverage.
READS = {
    "site": r"sites/[^/]+(\?|$)",
    "projects": r"/projects\?",
    "workbooks": r"/workbooks\?",
    "views": r"/views\?",
    "users": r"sites/[^/]+/users\?",
    "groups": r"sites/[^/]+/groups\?",
    "group-sets": r"/groupsets",
    "group-members": r"groups/[^/]+/users",
    "project-permissions": r"projects/[^/]+/permissions",
    "workbook-permissions": r"workbooks/[^/]+/permissions",
}
BROKEN = {
    "403": lambda path: faults.refuse("403004", path, times=None),
    "html": lambda path: faults.html(path, times=None),
    "cut": lambda path: faults.truncated(path, complete=True, times=None),
    "hollow": lambda path: Fault(path, Changed(lambda _: b'<tsResponse xmlns="http://tableau.com/api"/>'), times=None),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("read", READS)
def test_a_read_that_fails_is_named(scan: Callable[..., Result], read: str, broken: str) -> None:
    result = scan(_partner(), BROKEN[broken](READS[read]))
    assert result.code in (1, 3)
    report = result.report
    assert report["complete"] is False
    missing = {line["read"] for line in report["coverage"] if line["missing"]}
    assert read in missing
    assert report["findings"], "a leak was lost without a word"


@pytest.mark.parametrize("named", [False, True])
def test_a_server_without_group_sets_lacks_them_only_where_a_rule_names_one(
    scan: Callable[..., Result], named: bool
) -> None:
    described = _partner() if named else _site()
    if not named:
        described.project("P").workbook("W").view("V")
    result = scan(described, faults.refuse("404003", READS["group-sets"], times=None))
    missing = [line["read"] for line in result.report["coverage"] if line["missing"]]
    assert missing == (["group-sets"] if named else [])
    assert result.report["complete"] is not named
    assert result.code == (1 if named else 0)


@pytest.mark.parametrize("read", ["projects", "workbooks", "views", "users", "groups"])
@pytest.mark.parametrize("broken", ["promises", "page lost", "item lost", "no total"])
def test_a_list_with_a_hole_is_named(scan: Callable[..., Result], read: str, broken: str) -> None:
    described = _site()
    for number in range(3):
        place = described.project(f"P{number}")
        place.workbook(f"W{number}", tabs=False).view("V")
        described.user(f"u{number}@partner.example")
        described.group(f"Group {number}")
    path = READS[read]
    fault = {
        "promises": faults.promises(path),
        "page lost": faults.refuse("403004", path + ".*pageNumber=2", times=None),
        "item lost": Fault(path, Changed(_one_less), times=None),
        "no total": Fault(path, Changed(lambda body: re.sub(rb"<pagination[^>]*/>", b"", body)), times=None),
    }[broken]
    result = scan(described, fault, page_size=2)
    assert result.code == 3
    assert [line for line in result.report["coverage"] if line["read"] == read and line["missing"]]


def _one_less(body: bytes) -> bytes:
    return re.sub(rb"<(workbook|view|user|project|group) .*?</\1>", b"", body, count=1)
