"""`auditor scan --deployments`: a report each, one summary, one exit code; the failure of one stops no other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from auditor.cli import run
from auditor.cli.deployments import Outputs, plan_outputs
from auditor.deployments import overall
from auditor.errors import ExitCode, UsageError
from tests.deployments.conftest import SECRET, TOKENS, Write, open_site, quiet_site
from tests.emulator import emulate, faults

CLEAN, FINDINGS, INCOMPLETE, NO_AUDIT, BUG = (ExitCode(code) for code in (0, 1, 3, 5, 70))


def test_all_sites_are_audited(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with emulate(open_site("Open"), quiet_site("Parks"), tokens=TOKENS) as emulator:
        path = write(
            {"name": "Open Data", "site": "open"}, {"name": "Parks", "site": "parks"}, defaults={"server": emulator.url}
        )
        out_dir = str(tmp_path / "reports")
        code = run(["scan", "--deployments", str(path), "--output", out_dir, "--format", "json", "--format", "sarif"])
    out, err = capsys.readouterr()
    assert code == 1
    assert sorted(one.name for one in (tmp_path / "reports").iterdir()) == [
        "Open-Data.json", "Open-Data.sarif", "Parks.json", "Parks.sarif"
    ]  # fmt: skip
    report = json.loads((tmp_path / "reports/Open-Data.json").read_text())
    assert {one["rule"] for one in report["findings"]} == {"DOWN-01"}
    lines = out.splitlines()
    assert lines[0].startswith("Open Data  findings")
    assert "1 critical" in lines[0]
    assert lines[1].startswith("Parks      clean")
    assert lines[2].startswith("2 of 2 sites audited")
    assert SECRET not in out + err + json.dumps(report)
    assert emulator.writes == []
    assert emulator.count("/auth/signout") == 2


def test_one_that_fails_stops_no_other(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with emulate(quiet_site("Parks"), tokens=TOKENS) as emulator:
        path = write(
            {"name": "Gone", "server": "http://127.0.0.1:9"},
            {"name": "Parks", "site": "parks", "server": emulator.url},
            {"name": "Refused", "site": "nowhere", "server": emulator.url},
            {
                "name": "Unset",
                "site": "parks",
                "server": emulator.url,
                "token": {"name": "x", "value_from": {"env": "NOT_SET_AT_ALL"}},
            },
        )
        pattern = str(tmp_path / "{name}.report.json")
        code = run(["scan", "--deployments", str(path), "--output", pattern, "-f", "json", "-o", "-", "-f", "json"])
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert code == told["exit_code"] == 3
    assert [(one["name"], one["exit_code"]) for one in told["sites"]] == [
        ("Gone", 5),
        ("Parks", 0),
        ("Refused", 5),
        ("Unset", 5),
    ]
    assert told["sites"][1]["reports"] == [str(tmp_path / "Parks.report.json")]
    assert [one.name for one in tmp_path.glob("*.report.json")] == ["Parks.report.json"]
    assert "refused" in told["sites"][0]["error"]
    assert "NOT_SET_AT_ALL" in told["sites"][3]["error"]
    assert "Gone: no audit was made." in err
    assert "Traceback" not in out + err


def test_nothing_starts_where_a_file_is_not_valid(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    with emulate(quiet_site("Parks"), tokens=TOKENS) as emulator:
        path = write(
            {"name": "Parks", "site": "parks", "server": emulator.url},
            {"name": "Other", "server": emulator.url, "waivers": ["nowhere.yaml"]},
        )
        assert run(["scan", "--deployments", str(path)]) == 4
        assert emulator.requests == []
    assert "nowhere.yaml" in capsys.readouterr().err


def test_options_of_one_site_are_refused(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write({"name": "A", "server": "x.example"}))
    assert run(["scan", "--deployments", path, "--server", "https://x.example"]) == 2
    assert "--server does not go with --deployments" in capsys.readouterr().err
    for option in (("--plan",), ("--workers", "3"), ("--history", "db"), ("--baseline", "b.json")):
        assert run(["scan", "--deployments", path, *option]) == 2
        assert f"{option[0]} does not go with --deployments" in capsys.readouterr().err
    assert run(["scan", "--deployments", path, "--executor", "tcp://x:1"]) == 2
    assert "dask://HOST:PORT" in capsys.readouterr().err


def test_fail_on_of_the_file_and_of_the_command_line(write: Write) -> None:
    with emulate(open_site("Open"), tokens=TOKENS) as emulator:
        path = write({"name": "Open", "site": "open", "server": emulator.url, "fail_on": "critical"})
        policy = path.parent / "policy.yaml"
        policy.write_text(policy.read_text().replace("severity: critical", "severity: medium"))
        assert run(["scan", "--deployments", str(path)]) == 0
        assert run(["scan", "--deployments", str(path), "--fail-on", "low"]) == 1
        assert run(["scan", "--deployments", str(path), "--fail-on", "low", "--exit-zero"]) == 0


def test_sites_that_share_a_token_run_one_after_the_other(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A second sign-in with the token would end the session of the first, which then reads nothing more."""
    sites = [quiet_site(f"S{n}") for n in range(3)]
    shared = {"name": "auditor-0", "value_from": {"env": "AUDITOR_TEST_SECRET"}}
    with emulate(*sites, tokens=TOKENS, latency=0.01) as emulator:
        path = write(
            *({"name": one.name, "site": one.content_url, "server": emulator.url, "token": shared} for one in sites)
        )
        assert run(["scan", "--deployments", str(path), "--format", "json"]) == 0
        assert emulator.sessions.opened == 3
    assert json.loads(capsys.readouterr().out)["exit_code"] == 0


def test_at_a_time_bounds_the_sites(write: Write) -> None:
    sites = [quiet_site(f"S{n}") for n in range(4)]
    with emulate(*sites, tokens=TOKENS) as emulator:
        path = write(
            *({"name": one.name, "site": one.content_url, "server": emulator.url} for one in sites), at_a_time=1
        )
        assert run(["scan", "--deployments", str(path), "--quiet"]) == 0
        order = [target.rsplit("/", 1)[-1] for method, target in emulator.requests if method == "POST"]
    assert order == ["signin", "signout"] * 4


def test_a_site_that_breaks_off_is_incomplete(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    refused = faults.refuse("403004", "/projects", times=None)
    with emulate(quiet_site("Parks"), tokens=TOKENS, faults=[refused]) as emulator:
        path = write({"name": "Parks", "site": "parks", "server": emulator.url})
        assert run(["scan", "--deployments", str(path)]) == 3
    assert "not everything was read" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("codes", "together"),
    [
        ([CLEAN, CLEAN], CLEAN),
        ([CLEAN, INCOMPLETE], INCOMPLETE),
        ([CLEAN, NO_AUDIT], INCOMPLETE),
        ([FINDINGS, NO_AUDIT, INCOMPLETE], FINDINGS),
        ([NO_AUDIT, NO_AUDIT], NO_AUDIT),
        ([CLEAN, BUG], BUG),
        ([FINDINGS, BUG], FINDINGS),
    ],
)
def test_the_worst_code_wins(codes: Iterable[ExitCode], together: ExitCode) -> None:
    assert overall(codes) == together
    assert overall(reversed(list(codes))) == together


def test_exit_zero_passes_over_incompleteness_only() -> None:
    assert overall([CLEAN, NO_AUDIT], exit_zero=True) == CLEAN
    assert overall([NO_AUDIT], exit_zero=True) == NO_AUDIT
    assert overall([BUG, CLEAN], exit_zero=True) == BUG


@pytest.mark.parametrize(
    ("formats", "outputs", "planned"),
    [
        ((), (), Outputs((), "text")),
        (("json",), (), Outputs((), "json")),
        ((), ("d",), Outputs((("json", "d/{name}.json"),))),
        (("json", "html"), ("d",), Outputs((("json", "d/{name}.json"), ("html", "d/{name}.html")))),
        (("html", "json"), ("d/{name}.html", "-"), Outputs((("html", "d/{name}.html"),), "json")),
        ((), ("d/{name}.sarif", "-"), Outputs((("sarif", "d/{name}.sarif"),))),
        (("junit",), ("d/",), Outputs((("junit", "d/{name}.xml"),))),
    ],
)
def test_outputs(formats: tuple[str, ...], outputs: tuple[str, ...], planned: Outputs) -> None:
    assert plan_outputs(formats, outputs) == planned


@pytest.mark.parametrize(
    ("formats", "outputs"),
    [
        (("sarif",), ()),
        (("json", "text"), ()),
        (("json", "html"), ("d/{name}.json",)),
        (("text", "github"), ("d",)),
        (("html",), ("-",)),
    ],
)
def test_outputs_that_cannot_be_meant(formats: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        plan_outputs(formats, outputs)
