"""Messages that really arrive: a mail server and a web server on loopback."""

import json
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from history.material import finding

from auditor.errors import InvalidFileError, UsageError
from auditor.history import Change, Turn
from auditor.notify import Target, find_targets, notify, notify_failure

from .test_message import changes

pytest.importorskip("apprise", reason="the package apprise is not installed")
# Apprise imports a module that Python is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr.:DeprecationWarning")
SECRET = "hush-hush-token"
WORTH = changes(Change(Turn.NEW, finding("w", path="Public / <script>alert(1)</script> & Söhne")))


@pytest.fixture
def web():
    """A receiver of webhooks: what it got, and the status that it answers."""
    got = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(int(self.path.rsplit("/", 1)[-1]))
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mail():
    """A mail server: its port and the mails it got."""
    controller = pytest.importorskip("aiosmtpd.controller", reason="the package aiosmtpd is not installed")
    got = []

    class Box:
        async def handle_DATA(self, _server, _session, envelope):
            got.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
            return "250 OK"

    running = controller.Controller(Box(), hostname="127.0.0.1", port=_free_port())
    running.start()
    yield running.port, got
    running.stop()


def _free_port():
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_webhook_gets_it(web):
    place, got = web
    assert notify(WORTH, [Target("hook", f"json://{place}/hook/200")]) == ()
    ((path, body),) = got
    assert path == "/hook/200"
    assert body["title"] == "bi-auditor: 1 new on Justice"
    assert "Söhne" in body["message"]
    assert "`" not in body["message"]


def test_a_receiver_that_wants_markdown_gets_markdown(web):
    place, got = web
    assert notify(WORTH, [Target("hook", f"json://{place}/200?format=markdown")]) == ()
    assert "**New (1)**" in got[0][1]["message"]
    assert "`Public /" in got[0][1]["message"]


def test_a_mail_arrives(mail):
    port, got = mail
    assert (
        notify(WORTH, [Target("mail", f"mailto://127.0.0.1:{port}?from=auditor@example.org&to=you@example.org")]) == ()
    )
    ((to, sent),) = got
    assert to == ["you@example.org"]
    assert sent["Subject"] == "bi-auditor: 1 new on Justice"
    assert "Söhne" in sent.get_body(("plain",)).get_content()


def test_a_mail_in_html_holds_no_markup_of_strangers(mail):
    port, got = mail
    url = f"mailto://127.0.0.1:{port}?from=auditor@example.org&to=you@example.org&format=html"
    assert notify(WORTH, [Target("mail", url)]) == ()
    html = got[0][1].get_body(("html",)).get_content()
    assert "<script" not in html.replace("\u200b", "")
    assert "script&gt;" in html


def test_nothing_is_sent_without_a_change(web):
    place, got = web
    assert notify(changes(), [Target("hook", f"json://{place}/200")]) == ()
    assert got == []


def test_a_receiver_that_fails_does_not_stop_the_next_and_tells_no_secret(web, caplog, capfd):
    place, got = web
    failures = notify(
        WORTH,
        [
            Target("gone", f"json://user:{SECRET}@{place}/{SECRET}/404"),
            Target("down", f"json://user:{SECRET}@127.0.0.1:1/{SECRET}"),
            Target("typo", f"jsonn://{SECRET}@nowhere"),
            Target("works", f"json://{place}/200"),
        ],
    )
    assert [path for path, _ in got] == [f"/{SECRET}/404", "/200"]
    assert [sentence.split("'")[1] for sentence in failures] == ["gone", "down", "typo"]
    assert "HTTP status 404" in failures[0]
    assert "could not be reached" in failures[1]
    assert "not one that Apprise understands" in failures[2]
    out = capfd.readouterr()
    for text in (*failures, caplog.text, out.out, out.err):
        assert SECRET not in text


def test_that_no_audit_was_made_is_told(web):
    place, got = web
    assert notify_failure("Justice", "The sign-in failed.", [Target("hook", f"json://{place}/200")]) == ()
    assert got[0][1]["title"] == "bi-auditor: no audit of Justice"


def test_without_apprise(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(UsageError, match="apprise"):
        notify(WORTH, [Target("x", "json://h")])


def test_receivers_by_name(tmp_path):
    (tmp_path / "url").write_text(f"json://{SECRET}\nsecond line")
    environment = {"AUDITOR_NOTIFY_OPS_MAIL": f"mailto://{SECRET}", "HOOK": "json://h"}
    settings = {"chat": {"url_file": str(tmp_path / "url")}, "hook": {"url_env": "HOOK"}}
    found = find_targets(["ops-mail", "chat", "hook", "chat"], environment=environment, settings=settings)
    assert [(one.name, one.url) for one in found] == [
        ("ops-mail", f"mailto://{SECRET}"),
        ("chat", f"json://{SECRET}"),
        ("hook", "json://h"),
    ]
    assert SECRET not in repr(found)


@pytest.mark.parametrize("name", [f"json://{SECRET}@h", "", f"mailto:{SECRET}", "a b", "x" * 65])
def test_an_address_is_no_name_and_is_not_repeated(name):
    with pytest.raises(UsageError, match="by its name") as caught:
        find_targets([name], environment={})
    assert SECRET not in str(caught.value)


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UsageError, match="Did you mean 'ops-mail'"):
        find_targets(["ops-male"], environment={"AUDITOR_NOTIFY_OPS_MAIL": "x"})
    with pytest.raises(UsageError, match="Set AUDITOR_NOTIFY_QUX"):
        find_targets(["qux"], environment={})


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"url": f"json://{SECRET}"},
        {"url_env": "A", "url_file": "B"},
        {"url_env": "MISSING"},
        {"url_file": "/nowhere"},
    ],
)
def test_a_setting_that_cannot_be_used(setting):
    with pytest.raises(InvalidFileError, match=r"notify\.x") as caught:
        find_targets(["x"], environment={}, settings={"x": setting})
    assert SECRET not in str(caught.value)
