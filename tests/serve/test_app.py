"""The web view by Flask's own client: what it shows, to whom, and that it can do nothing but show."""

import base64
from datetime import timedelta

import pytest
from history.material import START

from auditor.errors import UsageError
from auditor.history import open_history
from auditor.serve import create_app, make_settings, read_token

from .conftest import HOSTILE

TOKEN = "a-token-of-many-characters"


@pytest.fixture
def settings(history, snapshot):
    def make(host="127.0.0.1", token=None, **other):
        values = {"clock": lambda: START + timedelta(days=3), "history": history, "snapshot": snapshot} | other
        return make_settings(host=host, token=token, **values)

    return make


@pytest.fixture
def client(settings):
    return create_app(settings()).test_client()


def text_of(answer):
    assert answer.status_code == 200, answer.text
    return answer.text


def test_runs(client):
    page = text_of(client.get("/"))
    assert page.count("/runs/run-00") == 3
    assert "<svg" in page
    assert "no, 1 not read" in page


def test_a_run(client):
    page = text_of(client.get("/runs/run-002"))
    assert "Everything that the rules need was read" in page
    assert "resolved" in page
    assert 'href="https://bi.example/x"' in page
    assert "javascript:" not in text_of(client.get("/runs/run-000"))
    assert "Incomplete: 1 not read" in text_of(client.get("/runs/run-001"))


def test_exposures(client):
    everything, still_open = text_of(client.get("/exposures")), text_of(client.get("/exposures?show=open"))
    assert everything.count('<rect class="sev-') == 3
    assert still_open.count('<rect class="sev-') == 1
    assert "3 in the history" in everything
    assert "1 open now" in still_open


@pytest.mark.parametrize(
    "page", ["/", "/runs/run-002", "/exposures", "/access?principal=user:ann", f"/access?principal={HOSTILE}"]
)
def test_names_of_strangers_are_text(client, page):
    text = text_of(client.get(page))
    assert "<script" not in text
    assert "\x1b" not in text
    assert "49" not in text.replace("2049", "")
    if page != "/":
        assert "&lt;script&gt;" in text


def test_who_can_do_what(client):
    def ask(**words):
        return text_of(client.get("/access", query_string=words))

    assert "answers" not in ask()
    both = ask(principal="user:cy", content="workbook:w1", capability="view")
    assert ">deny<" in both
    assert "<details><summary>Proof" in both
    assert ">allow<" in ask(principal="user:ann", content="workbook:w1", capability="view")
    holders = ask(content="workbook:w1", capability="view")
    assert "user: ann" in holders
    assert "user: cy" not in holders
    assert "workbook" in ask(principal="group:readers")
    assert "user: ann" not in ask(content="workbook:w1")
    assert "users: 3 of an unknown number" in holders


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"principal": "user:anne"}, "user:ann"),
        ({"content": "workbook:nope"}, "nope"),
        ({"capability": "download_ful_data"}, "download_full_data"),
    ],
)
def test_a_question_that_cannot_be_understood(client, words, hint):
    page = text_of(client.get("/access", query_string=words))
    assert 'role="alert"' in page
    assert hint in page


def test_what_is_not_there_is_said(client):
    for page in ("/runs/none", "/nowhere", "/runs/%ud800", "/runs/%00"):
        answer = client.get(page)
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


def test_every_answer_is_hardened(client):
    for page in ("/", "/nowhere", "/report.css", "/static/serve.css"):
        headers = client.get(page).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_but_reading(client, method):
    assert client.open("/", method=method).status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8642", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:8642", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8642", 421),
        ("localhost:8642.evil.example", 421),
        ("[::1].evil.example", 421),
    ],
)
def test_a_page_elsewhere_cannot_point_its_name_here(client, host, status):
    assert client.get("/", headers={"Host": host}).status_code == status


def basic(token):
    return {"Authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (basic("wrong"), 401),
        (basic(TOKEN + "x"), 401),
        (basic(""), 401),
        ({"Authorization": "Basic %%%"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": "Bearer "}, 401),
        (basic(TOKEN), 200),
    ],
)
def test_other_machines_need_the_token_for_everything(settings, headers, status):
    client = create_app(settings("0.0.0.0", token=TOKEN)).test_client()
    for page in ("/", "/access", "/report.css", "/static/serve.css", "/nowhere"):
        answer = client.get(page, headers=headers)
        assert answer.status_code == (404 if status == 200 and page == "/nowhere" else status)
        if status == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Basic")
            assert TOKEN not in answer.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "bi.example", "127.0.0.1.example"])
def test_without_a_token_it_stays_on_this_machine(settings, host):
    with pytest.raises(UsageError, match="no token"):
        settings(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.0.0.9"])
def test_loopback_needs_none(settings, host):
    assert settings(host).hosts >= {"localhost"}


def test_there_has_to_be_something_to_show(settings):
    with pytest.raises(UsageError, match="nothing to show"):
        settings(history=None, snapshot=None)


def test_only_a_snapshot_or_only_a_history(settings):
    alone = create_app(settings(history=None)).test_client()
    assert alone.get("/").headers["Location"] == "/access"
    assert alone.get("/exposures").status_code == 404
    without = create_app(settings(snapshot=None)).test_client()
    assert without.get("/access").status_code == 404
    assert "Who can do what" not in text_of(without.get("/"))


def test_the_token_is_read_from_a_file_or_the_environment(tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    assert read_token(str(file), {}) == TOKEN
    assert read_token(None, {"AUDITOR_SERVE_TOKEN": TOKEN}) == TOKEN
    assert read_token(None, {}) is None
    for bad, environment in ((str(tmp_path / "no"), {}), (None, {"AUDITOR_SERVE_TOKEN": "hush"})):
        with pytest.raises(UsageError) as caught:
            read_token(bad, environment)
        assert "hush" not in str(caught.value)
    file.write_text("")
    with pytest.raises(UsageError, match="guessed"):
        read_token(str(file), {})


def test_settings_do_not_show_the_token(settings):
    assert TOKEN not in repr(settings(token=TOKEN))


def test_a_history_that_cannot_be_read_is_said(settings, tmp_path):
    with open_history(str(tmp_path / "h.db"), now=START) as history:
        app = create_app(settings(history=history))
    (tmp_path / "h.db").write_bytes(b"broken" * 500)
    answer = app.test_client().get("/")
    assert answer.status_code == 503
    assert "not a database" in answer.text


def test_without_flask(settings, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "flask", None)
    with pytest.raises(UsageError, match="flask"):
        create_app(settings())
