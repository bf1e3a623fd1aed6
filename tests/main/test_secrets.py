"""No secret of the conversation in anything that a run leaves, whatever a server does with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.emulator import emulate, faults, site
from tests.emulator.builder import Site
from tests.emulator.faults import Changed, Fault, Instead
from tests.main.conftest import Auditor

SECRET = "p@ss<w&rd>\"9'Zq7vvX"
ERROR = '<tsResponse xmlns="http://tableau.com/api"><error code="{code}"><summary>No {word}</summary><detail>{word}</detail></error></tsResponse>'
XML = "application/xml;charset=utf-8"


def _leaky() -> Site:
    found = site("Open", content_url="open", guest_access=True)
    found.project("Public").workbook("Roads").allow(found.all_users, "Read", "ViewUnderlyingData").view("Map")
    return found


class Repeats:
    """A server that repeats the secret and the session's token in names and in errors."""

    def __init__(self) -> None:
        self.token = ""

    def learn(self, body: bytes) -> bytes:
        self.token = re.search(rb'token="([^"]+)"', body)[1].decode()  # type: ignore[index]
        return body

    def _words(self) -> str:
        escaped = SECRET.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        return f"{self.token} {escaped}"

    def in_names(self, body: bytes) -> bytes:
        return body.replace(b'name="Roads"', f'name="Roads {self._words()}"'.encode())

    def in_errors(self, _: bytes) -> bytes:
        return ERROR.format(code="403004", word=self._words()).encode()


@pytest.mark.parametrize("how", ["honest", "names", "errors", "pages", "metadata"])
@pytest.mark.parametrize("debug", [False, True])
def test_nothing_that_a_run_leaves_holds_a_secret(
    auditor: Auditor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, *, debug: bool
) -> None:
    if debug:
        monkeypatch.setenv("AUDITOR_DEBUG", "1")
    server_does = Repeats()
    wrong = {
        "honest": [],
        "names": [Fault("workbooks", Changed(server_does.in_names), times=None)],
        "errors": [Fault("permissions", Changed(server_does.in_errors), times=None)],
        "pages": [Fault("permissions", Instead(200, SECRET.encode(), content_type="text/html"), times=None)],
        "metadata": [Fault("graphql", Instead(200, _graphql_error(), content_type="application/json"), times=None)],
    }[how]
    password = tmp_path / "password"
    password.write_text(SECRET)
    out = tmp_path / "out"
    out.mkdir()
    formats = ["json", "html", "sarif", "junit", "markdown", "csv", "github", "text"]
    more = [word for name in formats for word in ("--format", name, "--output", str(out / name))]
    kept = ["--record", str(out / "tape.yaml"), "--record-names", "keep", "--save-snapshot", str(out / "snapshot")]
    with emulate(
        _leaky(),
        passwords={"admin": SECRET},
        faults=[Fault("auth/signin", Changed(server_does.learn), times=None), *wrong],
    ) as server:
        signed_in = ["--server", server.url, "--site", "open", "--username", "admin", "--password-file", str(password)]
        result = auditor("scan", *signed_in, *more, *kept, "--verbose", "--plan")
    assert result.code in (1, 3), result.err
    assert len(server_does.token) > 8
    texts = [result.out, result.err, *(file.read_bytes().decode("utf-8", "replace") for file in out.iterdir())]
    for secret in (SECRET, server_does.token, "Zq7vvX"):
        assert not [text[:80] for text in texts if secret in text]
    assert "Traceback" not in result.err


def _graphql_error() -> bytes:
    import json

    return json.dumps({"errors": [{"message": f"who sent {SECRET}?"}], "data": None}).encode()


@pytest.mark.parametrize("path", ["signin", "serverInfo"])
def test_a_refused_sign_in_does_not_repeat_it(auditor: Auditor, tmp_path: Path, path: str) -> None:
    password = tmp_path / "password"
    password.write_text("Zq7vvX-plain-secret")
    body = ERROR.format(code="401001", word="Zq7vvX-plain-secret").encode()
    wrong = Fault(path, Instead(401, body, content_type=XML), times=None)
    with emulate(_leaky(), faults=[wrong]) as server:
        signed_in = ["--server", server.url, "--username", "admin", "--password-file", str(password)]
        result = auditor("scan", *signed_in, "--verbose")
    assert result.code == 5
    assert "Zq7vvX" not in result.err + result.out


def test_a_redirect_that_carries_it_is_neither_followed_nor_repeated(auditor: Auditor, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("Zq7vvX-plain-secret")
    wrong = faults.redirect("signin", to="http://127.0.0.1:9/?x=Zq7vvX-plain-secret", method="POST", times=None)
    with emulate(_leaky(), faults=[wrong]) as server:
        signed_in = ["--server", server.url, "--username", "admin", "--password-file", str(password)]
        result = auditor("scan", *signed_in, "--verbose")
    assert result.code == 5
    assert "Zq7vvX" not in result.err + result.out
