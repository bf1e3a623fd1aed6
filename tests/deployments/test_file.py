"""The deployments file: names of secrets only, and every fault with its place."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.deployments import FromEnvironment, FromFile, Overrides, load_deployments, resolve
from auditor.deployments.loading import file_name
from auditor.errors import AuditorError, InvalidFileError, SignInError
from auditor.findings import Severity
from auditor.sources.tableau import PasswordCredentials, Secret, TableauSettings, TokenCredentials
from tests.deployments.conftest import POLICY, SECRET, VARIABLE

TODAY = date(2026, 11, 22)

WHOLE = """
version: 1
at_a_time: 2
defaults:
  server: https://bi.example
  token: {name: auditor, value_from: {env: OPENDATA_TOKEN}}
  policies: [policy.yaml]
  fail_on: medium
sites:
  - {name: Open Data, site: opendata}
  - name: Internal
    server: https://internal.example:8443/
    site: Default
    password: {username: audit, value_from: {file: secrets/password}}
    fail_on: critical
    workers: 3
"""


def load(tmp_path: Path, text: str, overrides: Overrides | None = None):
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "deployments.yaml").write_text(text)
    return load_deployments(tmp_path / "deployments.yaml", today=TODAY, overrides=overrides)


def fault(tmp_path: Path, text: str) -> InvalidFileError:
    with pytest.raises(InvalidFileError) as caught:
        load(tmp_path, text)
    assert caught.value.exit_code == 4
    return caught.value


def test_a_whole_file(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE)
    assert found.at_a_time == 2
    first, second = found.jobs
    assert (first.name, first.server, first.site, first.fail_on) == (
        "Open Data",
        "https://bi.example",
        "opendata",
        "medium",
    )
    assert first.credential.value_from == FromEnvironment("OPENDATA_TOKEN")
    assert (second.server, second.site, second.fail_on) == ("https://internal.example:8443", "", Severity.CRITICAL)
    assert second.credential.value_from == FromFile(tmp_path / "secrets/password")
    assert (second.credential.way, second.credential.account, second.workers) == ("password", "audit", 3)
    assert first.job.policy is second.job.policy


def test_the_command_line_wins(tmp_path: Path) -> None:
    jobs = load(tmp_path, WHOLE, Overrides(policies=["default"], fail_on=Severity.LOW)).jobs
    assert {job.fail_on for job in jobs} == {Severity.LOW}
    assert "DOWN-01" in {rule.id for rule in jobs[0].job.policy.rules}
    assert len(jobs[0].job.policy.rules) > 1


@pytest.mark.parametrize(
    ("entry", "at"),
    [
        ("token: hunter2-literal", "5:5"),
        ("token: {name: a, value: hunter2-literal}", "5:22"),
        ("token: {name: a, value_from: hunter2-literal}", "5:22"),
        ("token: {name: a, value_from: {env: 'hunter2-literal=='}}", "5:35"),
        ("token: {name: a, value_from: {env: A, file: b}}", "5:22"),
        ("password: hunter2-literal", "5:5"),
        ("password: {username: a, password: hunter2-literal}", "5:29"),
        ("jwt: hunter2-literal", "5:5"),
        ("proxy: http://me:hunter2-literal@proxy", "5:5"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, entry: str, at: str) -> None:
    text = f"version: 1\nsites:\n  - name: A\n    server: https://x.example\n    {entry}\n"
    error = fault(tmp_path, text)
    assert "hunter2" not in str(error)
    assert error.where is not None
    assert error.where.endswith(f"deployments.yaml:{at}")


@pytest.mark.parametrize(
    ("change", "words", "line"),
    [
        (
            ("sites:\n  - {name: Open Data, site: opendata}", "sites:\n  - {name: Open Data, sites: opendata}"),
            "'sites'",
            10,
        ),
        (("fail_on: medium", "fail_on: mediocre"), "fail_on", 8),
        (("name: Internal", "name: open/DATA"), "overwrite", 11),
        (("https://bi.example", "ftp://bi.example"), "not the address", 5),
        (("policies: [policy.yaml]", "policies: [nowhere.yaml]"), "no policy file", 7),
        (("policies: [policy.yaml]", "select: [NO-99]"), "NO-99", 7),
        (("at_a_time: 2", "at_a_time: 0"), "", 3),
        (("version: 1", "version: 2"), "version", 2),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, change: tuple[str, str], words: str, line: int) -> None:
    assert change[0] in WHOLE
    error = fault(tmp_path, WHOLE.replace(*change))
    assert words in str(error)
    assert error.where is not None
    assert error.where.startswith(f"{tmp_path / 'deployments.yaml'}:{line}:")


def test_no_sites_no_server_no_way_two_ways(tmp_path: Path) -> None:
    assert "at least one" in str(fault(tmp_path, "version: 1\nsites: []\n")).lower()
    assert "no server" in str(fault(tmp_path, "version: 1\nsites: [{name: A}]\n"))
    assert "no way to sign in" in str(fault(tmp_path, "version: 1\nsites: [{name: A, server: x.example}]\n"))
    both = "token: {name: a, value_from: {env: A}}, jwt: {value_from: {env: A}}"
    assert "two ways" in str(fault(tmp_path, f"version: 1\nsites: [{{name: A, server: x.example, {both}}}]\n"))


def test_a_broken_policy_keeps_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("version: 1\nrules: 5\n")
    error = fault(tmp_path, WHOLE.replace("[policy.yaml]", "[broken.yaml]"))
    assert error.where is not None
    assert "broken.yaml:2" in error.where


def test_secrets_are_looked_up_when_needed(tmp_path: Path) -> None:
    first, second = load(tmp_path, WHOLE).jobs
    found = resolve(first.credential, {"OPENDATA_TOKEN": f" {SECRET}\n"})
    assert found == TokenCredentials("auditor", Secret(SECRET))
    with pytest.raises(SignInError, match="OPENDATA_TOKEN is not set"):
        resolve(first.credential, {})
    with pytest.raises(SignInError, match="cannot be read on this machine"):
        resolve(second.credential, {})
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/password").write_text(f"{SECRET}\n")
    assert resolve(second.credential, {}) == PasswordCredentials("audit", Secret(SECRET))


def test_a_job_travels_without_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    job = load(tmp_path, WHOLE.replace("OPENDATA_TOKEN", VARIABLE)).jobs[0]
    sent = pickle.dumps(job)
    assert SECRET.encode() not in sent
    assert VARIABLE.encode() in sent
    assert pickle.loads(sent) == job


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled(protocol: int) -> None:
    secret = Secret(SECRET)
    settings = TableauSettings(server="https://x.example", credentials=TokenCredentials("a", secret))
    for thing in (secret, TokenCredentials("a", secret), settings):
        with pytest.raises(TypeError, match="not written anywhere"):
            pickle.dumps(thing, protocol)


@given(st.text(min_size=1, max_size=300))
def test_file_names_are_safe(name: str) -> None:
    safe = file_name(name)
    assert 0 < len(safe) <= 101
    assert Path(safe).name == safe
    assert safe[0] not in ".-"
    assert not set(safe) & set('/\\:*?"<>| \n\x00')
    assert file_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Open Data", "Open-Data"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "_CON"),
        ("nul.x", "_nul.x"),
        ("…", "_"),
        ("Präfektur 東京", "Präfektur-東京"),
    ],
)
def test_some_file_names(name: str, safe: str) -> None:
    assert file_name(name) == safe


def test_errors_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="cannot be read"):
        load_deployments(tmp_path / "nowhere.yaml", today=TODAY)
