"""Where the address and the secret come from, and that no secret is shown."""

from __future__ import annotations

import pytest

from auditor.cli.sign_in import Address, Options, address, sign_in
from auditor.errors import UsageError
from auditor.sources.tableau.settings import JwtCredentials, PasswordCredentials, Secret, TokenCredentials


def test_first_family_that_is_set_wins() -> None:
    environment = {"TABLEAU_SERVER_URL": "https://a", "TABLEAU_SERVER": "https://b", "TABLEAU_SITE": "x"}
    assert address(Options(), environment) == Address("https://a", "x")


def test_option_beats_environment() -> None:
    assert address(
        Options(server="https://c", site="y"), {"TABLEAU_SERVER_URL": "https://a", "TABLEAU_SITE": "x"}
    ) == Address("https://c", "y")


def test_bare_names_count_only_with_their_token() -> None:
    assert address(Options(), {"SERVER": "https://other-program"}) is None
    assert address(Options(), {"SERVER": "https://s", "SITE": "z", "TOKEN_VALUE": "v"}) == Address("https://s", "z")


def test_default_site_is_the_empty_one() -> None:
    assert address(Options(server="https://a", site="Default"), {}) == Address("https://a", "")


def test_an_address_copied_from_the_browser_names_its_site() -> None:
    page = "https://bi.example/#/site/openjustice/projects"
    assert address(Options(server=page), {}) == Address("https://bi.example", "openjustice")
    assert address(Options(server=page, site="other"), {}) == Address("https://bi.example", "other")
    assert address(Options(server="https://bi.example/#/home"), {}) == Address("https://bi.example", "")


def test_a_token_without_a_value_is_said_so() -> None:
    with pytest.raises(UsageError, match="'nightly' has no value"):
        sign_in(Options(token_name="nightly"), {})


def test_token_from_environment_names_its_variable_only() -> None:
    found = sign_in(Options(token_name="nightly"), {"TABLEAU_TOKEN_VALUE": "s3cret-value"})
    assert found.credentials == TokenCredentials("nightly", Secret("s3cret-value"))
    assert "TABLEAU_TOKEN_VALUE" in found.origin
    assert "s3cret-value" not in repr(found) + str(found)


def test_token_file(tmp_path) -> None:
    file = tmp_path / "token"
    file.write_text("abc==:def\n")
    found = sign_in(Options(token_name="n", token_file=str(file)), {})
    assert found.credentials == TokenCredentials("n", Secret("abc==:def"))


def test_password_and_jwt_files(tmp_path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2")
    assert sign_in(Options(username="u", password_file=str(file)), {}).credentials == PasswordCredentials(
        "u", Secret("hunter2")
    )
    assert sign_in(Options(jwt_file=str(file)), {}).credentials == JwtCredentials(Secret("hunter2"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(), "no way to sign in"),
        (Options(username="u", jwt_file="x"), "two ways"),
        (Options(token_name="n", token_file="/does/not/exist"), "cannot be read"),
    ],
)
def test_what_is_missing_is_said(options: Options, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        sign_in(options, {})


def test_empty_secret_file_is_refused(tmp_path) -> None:
    file = tmp_path / "empty"
    file.write_text("\n")
    with pytest.raises(UsageError, match="empty"):
        sign_in(Options(token_name="n", token_file=str(file)), {})
