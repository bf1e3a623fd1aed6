"""Meeting a server that is not there, not itself, or not willing: one sentence each, and never the secret."""

from __future__ import annotations

import socket
import traceback

import pytest

from auditor.errors import ExitCode, SignInError, SourceError, UsageError
from auditor.model import Read
from auditor.sources.tableau import (
    JwtCredentials,
    PasswordCredentials,
    Secret,
    TableauSettings,
    TokenCredentials,
    open_source,
)
from tests.emulator import emulate, faults, site
from tests.emulator.tls import self_signed
from tests.sources.helping import PATIENCE, TOKEN_SECRET, TOKENS, Ticking, read, settings


def refused(emu, **more) -> SourceError:
    """The error of an attempt to sign in, after seeing that nothing in it holds the secret."""
    with pytest.raises(SourceError) as caught, open_source(settings(emu, **more), Ticking()):
        pytest.fail("it signed in")
    error = caught.value
    printed = "".join(traceback.format_exception(error)) + repr(error) + str(error)
    assert TOKEN_SECRET not in printed
    assert error.exit_code is ExitCode.NO_AUDIT
    assert error.next_step
    assert "\n" not in str(error)
    return error


@pytest.fixture
def emu():
    with emulate(site("Open Data"), tokens=TOKENS) as running:
        yield running


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_wrong_token(emu):
    error = refused(emu, credentials=TokenCredentials("auditor", Secret("not-" + TOKEN_SECRET[::-1])))
    assert isinstance(error, SignInError)
    assert "401001" in str(error)
    assert "'auditor'" in str(error)
    assert "expired" in str(error)


def test_a_wrong_site(emu):
    error = refused(emu, site="elsewhere")
    assert isinstance(error, SignInError)
    assert "site 'elsewhere'" in str(error)


def test_a_wrong_password(emu):
    error = refused(emu, credentials=PasswordCredentials("admin", Secret("wrong-word")))
    assert "'admin'" in str(error)
    assert "wrong-word" not in str(error)


def test_a_wrong_jwt(emu):
    assert "the JWT" in str(refused(emu, credentials=JwtCredentials(Secret("a.b.c"))))


def test_nobody_there(emu):
    error = refused(emu, server=f"http://127.0.0.1:{closed_port()}")
    assert "connection was refused" in str(error)


def test_a_name_that_does_not_exist(emu):
    assert "name could not be found" in str(refused(emu, server="http://no-such-host.invalid"))


def test_a_certificate_that_does_not_verify(tmp_path):
    context, authority = self_signed(tmp_path)
    with emulate(site("Open Data"), tokens=TOKENS, tls=context) as emu:
        assert "certificate could not be verified" in str(refused(emu))
        assert read(emu, {Read.SITE}, ca_bundle=authority).settings["guestAccessEnabled"] is False


def test_https_where_plain_http_is_spoken(emu):
    error = refused(emu, server=emu.url.replace("http://", "https://"))
    assert "no TLS" in error.what
    assert "http://" in (error.next_step or "")


def test_a_proxy_that_refuses(emu):
    error = refused(emu, server="https://tableau.example.invalid", proxy=f"http://127.0.0.1:{closed_port()}")
    assert "proxy" in str(error)


@pytest.mark.parametrize("where", ["/serverInfo", "/auth/signin"])
def test_html_where_xml_should_be(where):
    with emulate(site("Open Data"), tokens=TOKENS, faults=[faults.html(where, times=None)]) as emu:
        error = refused(emu)
    assert "not Tableau's XML" in str(error)


@pytest.mark.parametrize("where", ["/serverInfo", "/auth/signin"])
@pytest.mark.parametrize("kind", [faults.garbage, faults.empty, faults.no_namespace, faults.bomb, faults.malformed])
def test_other_answers_that_are_not_tableaus(where, kind):
    with emulate(site("Open Data"), tokens=TOKENS, faults=[kind(where, times=None)]) as emu:
        if kind is faults.no_namespace and where == "/serverInfo":
            with open_source(settings(emu), Ticking()):
                return  # understood all the same
        refused(emu)


def test_server_info_that_fails_is_not_taken_for_an_old_server():
    """Trap 3: tableauserverclient would stay at API 2.4 and say nothing."""
    with emulate(site("Open Data"), tokens=TOKENS, faults=[faults.status(502, "/serverInfo", times=None)]) as emu:
        error = refused(emu)
        assert "502" in str(error)
        assert emu.count("signin") == 0  # no secret was sent to what does not behave


def test_server_info_that_fails_once_is_asked_again():
    with emulate(site("Open Data"), tokens=TOKENS, faults=[faults.status(503, "/serverInfo", times=1)]) as emu:
        assert read(emu, {Read.SITE}).provenance.api_version == "3.27"


@pytest.mark.parametrize("where", ["/serverInfo", "/auth/signin"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(where, status):
    """Trap 1: the secret would go along to the other host."""
    with emulate(site("Trap"), tokens=TOKENS) as trap:
        elsewhere = [faults.redirect(where, to=f"{trap.url}*", status=status, times=None)]
        with emulate(site("Open Data"), tokens=TOKENS, faults=elsewhere) as emu:
            error = refused(emu)
        assert trap.requests == []
        assert trap.url in str(error)


def test_a_redirect_later_is_a_miss_and_nothing_goes_there():
    with emulate(site("Trap"), tokens=TOKENS) as trap:
        elsewhere = [faults.redirect("/workbooks", to=f"{trap.url}*", times=None)]
        with emulate(site("Open Data"), tokens=TOKENS, faults=elsewhere) as emu:
            found = read(emu, {Read.WORKBOOKS})
        assert trap.requests == []
    assert "redirects to" in found.ledger.misses(Read.WORKBOOKS)[0].reason


def test_what_is_signed_in_is_signed_out_whatever_happens(emu):
    with pytest.raises(RuntimeError, match="the real one"), open_source(settings(emu), Ticking()):
        raise RuntimeError("the real one")
    assert emu.requests[-1][1].endswith("/auth/signout")
    assert not emu.sessions.open


def test_a_sign_out_that_fails_hides_nothing(emu):
    """Trap 9: the session is over, so the sign-out fails as well."""

    def fails():
        with open_source(settings(emu), Ticking()):
            emu.sessions.end_all()
            raise RuntimeError("the real one")

    with pytest.raises(RuntimeError, match="the real one"):
        fails()


def test_an_interruption_signs_out_and_says_how_far_it_came(emu):
    from tests.sources.helping import Notes

    class Impatient(Notes):
        def advance(self, read: str, n: int) -> None:
            raise KeyboardInterrupt

    progress = Impatient()
    with pytest.raises(KeyboardInterrupt), open_source(settings(emu), Ticking()) as source:
        source.read(frozenset({Read.USERS}), progress=progress)
    assert emu.requests[-1][1].endswith("/auth/signout")
    assert any("stopped after" in text for text in progress.texts)


def test_settings_show_no_secret():
    found = TableauSettings(
        server="tableau.example",
        credentials=TokenCredentials("auditor", Secret(TOKEN_SECRET)),
        proxy="http://u:hush@p:1",
    )
    assert found.server == "https://tableau.example"
    assert TOKEN_SECRET not in repr(found) + str(found) + f"{found.credentials}"
    assert "hush" not in repr(found)


def test_a_secret_cannot_be_pickled_or_copied_into_text():
    import pickle

    secret = Secret(TOKEN_SECRET)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert f"{secret}{secret!r}{secret!s:>20}".count(TOKEN_SECRET) == 0
    assert secret.reveal() == TOKEN_SECRET
    assert secret == Secret(TOKEN_SECRET) != Secret("another")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"page_size": 0}, "page size"),
        ({"page_size": 1001}, "page size"),
        ({"workers": 0}, "workers"),
        ({"timeout": 0}, "timeout"),
        ({"server": "ftp://host"}, "address"),
        ({"server": "https://user:pass@host"}, "credentials"),
        ({"server": "https://host:port"}, "address"),
        ({"credentials": None}, "credentials"),
    ],
)
def test_settings_that_cannot_be_meant(more, word):
    known = {"server": "https://host", "credentials": TokenCredentials("a", Secret("b")), "retry": PATIENCE}
    with pytest.raises(UsageError, match=word):
        TableauSettings(**{**known, **more})


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("tableau.example", "https://tableau.example"),
        ("https://tableau.example/", "https://tableau.example"),
        ("https://10ax.online.tableau.com/#/site/x/home", "https://10ax.online.tableau.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses_as_people_paste_them(given, meant):
    assert TableauSettings(server=given, credentials=TokenCredentials("a", Secret("b"))).server == meant
