"""The web view as it really runs: its own process's port, and a browser that looks at every page."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from history.material import START

from auditor.errors import SourceError
from auditor.serve import create_app, make_settings, run

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.xdist_group("the web view in a browser")


@pytest.fixture(scope="module")
def address(history, snapshot):
    """The view on a port of loopback."""
    from werkzeug.serving import make_server

    settings = make_settings(
        host="127.0.0.1", clock=lambda: START + timedelta(days=3), history=history, snapshot=snapshot, token=None
    )
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_taken_port_is_a_sentence(history):
    settings = make_settings(host="127.0.0.1", clock=lambda: START, history=history, snapshot=None, token=None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SourceError, match="cannot be started on port"):
            run(settings, host="127.0.0.1", port=taken.getsockname()[1], say=lambda _: None)


def test_it_runs_says_where_and_stops(history):
    """In a process of its own, as the command runs it; stopped as Ctrl-C does."""
    code = (
        # A runner in the background may hand an ignored SIGINT down, and then nothing would stop the server.
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from auditor.history import open_history; from auditor.serve import make_settings, run;"
        "from datetime import datetime, UTC; now = lambda: datetime.now(UTC);"
        "h = open_history(sys.argv[1], now=now(), create=False);"
        "run(make_settings(host='127.0.0.1', clock=now, history=h, snapshot=None, token=None), host='127.0.0.1', port=0,"
        " say=lambda text: print(text, flush=True))"
    )
    command = [sys.executable, "-c", code, str(history.place.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        port = int(first.split("127.0.0.1:")[1].split("/")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "Stopped.\n", "")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with playwright.sync_playwright() as running:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = running.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield opened
        opened.close()


PAGES = (
    "/",
    "/runs/run-002",
    "/exposures",
    "/access?principal=user:ann",
    "/access?content=workbook:w1&capability=view",
    "/nowhere",
)


@pytest.mark.parametrize(("scheme", "pages"), [("light", PAGES), ("dark", PAGES[:1])])
def test_every_page_opens_quietly_and_is_accessible(browser, address, scheme, pages):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    ).Axe()
    # Our policy rightly refuses the tester's script too; only its loading is let past, the pages stay as they are.
    quiet, tested = browser.new_context(color_scheme=scheme), browser.new_context(color_scheme=scheme, bypass_csp=True)
    for path in pages:
        page, noise, asked = quiet.new_page(), [], []
        page.on("console", lambda message, noise=noise: noise.append(message.text))
        page.on("pageerror", lambda error, noise=noise: noise.append(str(error)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(address + path)
        assert [line for line in noise if "404" not in line] == []
        assert all(url.startswith((address, "data:")) for url in asked)
        assert page.title().endswith("bi-auditor")
        page.close()
        page = tested.new_page()
        page.goto(address + path)
        found = axe.run(page).response["violations"]
        assert [(path, one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []
        page.close()
    quiet.close()
    tested.close()


def test_a_question_by_keyboard(browser, address):
    page = browser.new_page()
    page.goto(address + "/access")
    page.get_by_label("Who", exact=True).fill("user:cy")
    page.get_by_label("On what").fill("workbook:w1")
    page.get_by_label("May do").fill("view")
    page.keyboard.press("Enter")
    page.wait_for_url("**/access?*")
    assert page.locator("td.deny").count() == 1
    assert not page.locator("details ol").is_visible()
    page.locator("summary").press("Enter")
    assert page.locator("details ol").is_visible()
    page.close()


def test_the_policy_of_the_page_stops_a_script(browser, address):
    page = browser.new_page()
    page.goto(address + "/")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.owned = 1'; document.body.append(s) }"
    )
    time.sleep(0.1)
    assert page.evaluate("() => window.owned") is None
    page.close()
