"""`auditor access`: only a missing read that the answers rest on makes them incomplete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulator import emulate, faults, site
from tests.main.conftest import SECRET, Auditor, Result


@pytest.fixture
def listed(auditor: Auditor) -> Callable[..., Result]:
    described = site("Open", content_url="open", guest_access=True)
    place = described.project("P")
    place.workbook("W").allow(described.all_users, "Read").view("V")
    place.datasource("D")

    def call(broken: str, *arguments: str) -> Result:
        fault = faults.refuse("404003", broken, times=None)
        with emulate(described, tokens={"auditor": SECRET}, faults=[fault]) as server:
            source = ["--server", server.url, "--site", "open", "--token-name", "auditor", "--quiet"]
            return auditor("access", *arguments, *source)

    return call


@pytest.mark.parametrize(
    ("broken", "arguments", "code"),
    [
        ("settings/embedding|connected-applications|settings/extensions", [], 0),
        ("sites/[^/]+/databases", [], 3),
        ("sites/[^/]+/databases", ["--kind", "workbook"], 0),
        ("sites/[^/]+/databases", ["--content", "workbook:P/W", "--principal", "anonymous"], 0),
        ("datasources/[^/]+/permissions", ["--kind", "view"], 0),
        ("workbooks/[^/]+/permissions", ["--kind", "view"], 3),
        ("datasources/[^/]+/permissions", ["--kind", "view", "--capability", "takes_rows"], 3),
        ("projects/[^/]+/permissions", ["--kind", "view"], 3),
        ("groups/[^/]+/users|/users", ["--kind", "view"], 3),
    ],
)
def test_a_list_is_incomplete_by_what_it_rests_on(
    listed: Callable[..., Result], broken: str, arguments: list[str], code: int
) -> None:
    assert listed(broken, "list", *arguments).code == code


def test_an_explanation_too(listed: Callable[..., Result]) -> None:
    asked = ("explain", "anonymous", "workbook:P/W", "view")
    assert listed("sites/[^/]+/databases", *asked).code == 0
    assert listed("workbooks/[^/]+/permissions", *asked).code == 3


def test_a_snapshot_without_columns_is_complete_for_access(auditor: Auditor, tmp_path: Path) -> None:
    described = site("Open", content_url="open", guest_access=True)
    described.project("P").workbook("W").allow(described.all_users, "Read").view("V")
    saved = str(tmp_path / "s.zip")
    faulty = [faults.refuse("404003", path, times=None) for path in ("graphql", "/content")]
    with emulate(described, tokens={"auditor": SECRET}, faults=faulty) as server:
        source = ["--server", server.url, "--site", "open", "--token-name", "auditor", "--quiet"]
        assert auditor("snapshot", *source, "--columns", "--output", saved).code == 3
    assert auditor("access", "list", "--snapshot", saved, "--quiet").code == 0
