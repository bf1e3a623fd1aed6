"""`auditor doctor` as a user sees it: what is there, what is missing, what that means, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import run
from auditor.doctor import CrossCheckWish, consult
from auditor.sources.interface import NoProgress
from auditor.sources.tableau import Secret, TableauSettings, TokenCredentials
from tests.emulator import Site, emulate, faults, site
from tests.emulator.samples import incident
from tests.emulator.server import Emulator

SECRET = "s3cret-of-the-doctor"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run `auditor doctor` against an emulator; the JSON, and the exit code in it checked against the command's."""
    for name in ("TABLEAU_SERVER_URL", "TABLEAU_SITE", "TABLEAU_TOKEN_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TABLEAU_TOKEN_VALUE", SECRET)

    def doctor(
        emulator: Emulator, *options: str, token: str = "auditor", content_url: str = "opendata"
    ) -> dict[str, Any]:
        where = ("--server", emulator.url, "--site", content_url, "--token-name", token)
        code = run(["doctor", *where, "--quiet", "--format", "json", *options])
        out, err = capsys.readouterr()
        told: dict[str, Any] = json.loads(out)
        assert told["exit_code"] == code
        assert SECRET not in out + err
        return told

    return doctor


def check(told: dict[str, Any], name: str) -> dict[str, str]:
    return next(one for one in told["checks"] if one["id"] == name)


def missing(told: dict[str, Any]) -> set[str]:
    return {one["id"] for one in told["checks"] if one["status"] == "missing"}


def test_an_administrator_sees_all(ask: Ask) -> None:
    with emulate(incident(), tokens={"auditor": SECRET}) as emulator:
        told = ask(emulator)
    assert told["exit_code"] == 0
    assert missing(told) == set()
    assert told["signed_in_as"]["role"] == "ServerAdministrator"
    assert told["api_version"] == "3.27"
    assert check(told, "sign-in")["detail"].endswith("the environment variable TABLEAU_TOKEN_VALUE")
    assert check(told, "guest")["detail"] == "found; guest access is on"
    assert check(told, "tls")["status"] == "note"
    assert told["plan"]["requests"] > 0
    assert emulator.writes == []
    assert emulator.count("/auth/signout") == 1


def test_a_viewer_is_told_what_it_cannot_see(ask: Ask) -> None:
    described = incident()
    described.user("viewer", role="Viewer")
    with emulate(described, tokens={"viewer": SECRET}) as emulator:
        told = ask(emulator, token="viewer")
    assert told["exit_code"] == 3
    role = check(told, "role")
    assert role["status"] == "missing"
    assert "Viewer" in role["detail"]
    assert "administrator" in role["remedy"]
    assert "workbook-permissions" in missing(told)


def test_a_read_that_fails_is_told_with_meaning_and_remedy(ask: Ask) -> None:
    broken = faults.refuse("403004", "/groups/[^/]+/users", times=None)
    with emulate(incident(), tokens={"auditor": SECRET}, faults=[broken]) as emulator:
        told = ask(emulator)
    assert told["exit_code"] == 3
    lack = check(told, "group-members")
    assert "403" in lack["detail"]
    assert "reaches" in lack["meaning"]
    assert lack["remedy"]


def test_metadata_switched_off(ask: Ask) -> None:
    described = incident()
    described.metadata = None
    with emulate(described, tokens={"auditor": SECRET}) as emulator:
        told = ask(emulator)
    assert missing(told) == {"metadata"}
    assert "tsm maintenance metadata-services enable" in check(told, "metadata")["remedy"]


def test_a_wrong_secret_is_exit_5_and_the_server_was_reached(ask: Ask) -> None:
    with emulate(incident(), tokens={"auditor": "another"}) as emulator:
        told = ask(emulator)
    assert told["exit_code"] == 5
    assert check(told, "reach")["status"] == "ok"
    assert check(told, "sign-in")["status"] == "failed"
    assert told["signed_in_as"] is None


def test_nobody_answers(ask: Ask) -> None:
    with emulate(incident()) as emulator:
        gone = emulator
    told = ask(gone)
    assert told["exit_code"] == 5
    assert check(told, "reach")["status"] == "failed"
    assert check(told, "sign-in")["status"] == "skipped"


def test_two_sources_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--snapshot", "x", "--server", "https://x"]) == 2
    assert "two sources" in capsys.readouterr().err


def test_text_cannot_be_taken_over_by_a_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TABLEAU_TOKEN_VALUE", SECRET)
    described = incident()
    described.admin.name = "adm\u202ein"
    with emulate(described, tokens={"auditor": SECRET}) as emulator:
        run(["doctor", "--server", emulator.url, "--site", "opendata", "--token-name", "auditor", "--quiet"])
    out = capsys.readouterr().out
    assert "as admin" in out
    assert "\u202e" not in out


@pytest.mark.parametrize("whole", [True, False])
def test_a_snapshot_is_examined_without_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, whole: bool
) -> None:
    monkeypatch.setenv("TABLEAU_TOKEN_VALUE", SECRET)
    lost = [] if whole else [faults.refuse("403004", "/groups/[^/]+/users", times=None)]
    path = str(tmp_path / "site.snapshot")
    with emulate(incident(), tokens={"auditor": SECRET}, faults=lost) as emulator:
        run(
            [
                "snapshot",
                "--server",
                emulator.url,
                "--site",
                "opendata",
                "--token-name",
                "auditor",
                "-q",
                "--output",
                path,
            ]
        )
    capsys.readouterr()
    code = run(["doctor", "--snapshot", path, "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert code == told["exit_code"] == (0 if whole else 3)
    assert missing(told) == (set() if whole else {"group-members"})
    assert run(["doctor", "--snapshot", path, "--cross-check"]) == 2


def settings_of(emulator: Emulator) -> TableauSettings:
    return TableauSettings(
        server=emulator.url, site="opendata", credentials=TokenCredentials("auditor", Secret("secret"))
    )


@pytest.mark.parametrize(("seconds", "status"), [(0, "ok"), (3600, "note"), (-3600, "note")])
def test_clock_skew(seconds: int, status: str) -> None:
    with emulate(incident()) as emulator:
        diagnosis = consult(
            settings_of(emulator),
            origin="a test",
            clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds),
            progress=NoProgress(),
        )
    found = next(one for one in diagnosis.checks if one.id == "clock")
    assert found.status == status
    assert diagnosis.code == 0


def busy_site() -> Site:
    """Locks, hidden tabs, denies, owners and roles, so that the engine has something to get wrong."""
    s = site("Open Data", content_url="opendata", guest_access=True)
    roles = ("Viewer", "Explorer", "Creator", "Unlicensed", "SiteAdministratorExplorer")
    people = [s.user(f"u{n}", role=roles[n % len(roles)]) for n in range(15)]
    some, others = s.group("Some", members=people[::2]), s.group("Others", members=people[1::3])
    locked = s.project("Locked", locked="LockedToProject").allow(s.all_users, "Read")
    locked.default("workbooks").allow(some, "Read").deny(others, "Read")
    free = s.project("Free", owner=people[1]).allow(s.all_users, "Read")
    for n in range(6):
        locked.project(f"Below {n}").workbook(f"L{n}", owner=people[n], copy_defaults=True)
        book = free.workbook(f"F{n}", owner=people[n + 2], tabs=n % 2 == 0).allow(some, "Read")
        if n % 3 == 0:
            book.deny(people[6], "Read").allow(s.all_users, "Read")
    return s


def test_cross_check_agrees_with_the_server() -> None:
    with emulate(busy_site()) as emulator:
        wish = CrossCheckWish(sample=20, seed=7)
        diagnosis = consult(
            settings_of(emulator),
            origin="a test",
            clock=lambda: datetime.now(UTC),
            progress=NoProgress(),
            cross_check=wish,
        )
    found = diagnosis.facts["cross_check"]
    assert found["differences"] == []
    assert found["failures"] == []
    assert found["answers"] == 12 * found["users"] > 100
    assert emulator.writes == []
    assert emulator.sessions.opened == 1


def test_cross_check_reports_a_difference() -> None:
    """The server changes its mind between our reading and its lists: we say allow, it does not list."""
    described = busy_site()
    book = next(iter(described.things["workbook"].values()))
    book_id = book.luid

    def locked_away(emulator: Emulator) -> None:
        described.things["project"][book.project.luid].chain()[-1].default("workbooks").forget()

    changing = faults.happens("/users/[^/]+/workbooks", locked_away, after=False, times=None)
    with emulate(described, faults=[changing]) as emulator:
        diagnosis = consult(
            settings_of(emulator),
            origin="a test",
            clock=lambda: datetime.now(UTC),
            progress=NoProgress(),
            cross_check=CrossCheckWish(sample=20, seed=7),
        )
    differences = diagnosis.facts["cross_check"]["differences"]
    assert book_id in {one["workbook_id"] for one in differences}
    assert all(one["engine"] == "allow" and not one["server"] and one["fault"] for one in differences)
    assert diagnosis.code == 3
    assert "possible fault of ours" in diagnosis.to_text()


def test_cross_check_draws_the_same_users_for_the_same_seed() -> None:
    from auditor.model import User
    from auditor.sources.tableau.cross_check import draw

    users = {f"u{n}": User(f"u{n}", f"u{n}", ("Viewer", "Explorer", "Creator")[n % 3]) for n in range(60)}
    users["guest"] = User("guest", "guest", "Guest")
    users["gone"] = User("gone", "gone", "Unlicensed")
    first = draw(users, 8, seed=3, guest=False)
    assert first == draw(dict(reversed(users.items())), 8, seed=3, guest=False)
    assert first != draw(users, 8, seed=4, guest=False)
    assert {user.site_role for user in first} == {"Viewer", "Explorer", "Creator"}
    assert {"guest", "gone"} & {user.id for user in draw(users, 100, seed=3, guest=True)} == {"guest"}
