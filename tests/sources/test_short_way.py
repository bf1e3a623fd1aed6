"""The short way of a plain GET leads through the same door as requests' own way."""

from __future__ import annotations

import pytest
import requests_mock

from auditor.errors import InternalError
from auditor.sources.tableau import Secret, TableauSettings, TokenCredentials
from auditor.sources.tableau.transport import Transport

HERE = "https://tableau.example"


@pytest.fixture
def server():
    adapter = requests_mock.Adapter()
    adapter.register_uri(
        requests_mock.ANY, requests_mock.ANY, content=b"<a/>", headers={"Set-Cookie": "session=secret; Path=/"}
    )
    return adapter


@pytest.fixture
def session(server):
    settings = TableauSettings(server=HERE, site="", credentials=TokenCredentials("a", Secret("bbbb")))
    transport = Transport(settings, server=HERE, inner=lambda: server)
    yield transport.session()
    transport.close()


def plain(session, url):
    return session.get(url, headers={"x-tableau-auth": "token"}, timeout=5, allow_redirects=False)


def test_it_brings_the_whole_answer_and_takes_the_token_along(session, server):
    assert plain(session, f"{HERE}/api/3.27/sites/1/views?pageSize=10").content == b"<a/>"
    sent = server.last_request.headers
    assert sent["x-tableau-auth"] == "token"
    assert "gzip" in sent["Accept-Encoding"]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/api/3.27/sites/1/views",
        f"{HERE}@elsewhere.example/api/3.27/sites/1/views",
        f"{HERE}/api/3.27/sites/../../secret",
        f"{HERE}/other",
    ],
)
def test_nothing_leaves_for_elsewhere(session, server, url):
    with pytest.raises(InternalError):
        plain(session, url)
    assert not server.called


def test_what_is_no_plain_address_takes_the_long_way_and_is_quoted(session, server):
    plain(session, f"{HERE}/api/3.27/sites/1/views\r\nX: y")
    assert server.last_request.url.endswith("/views%0D%0AX:%20y")


def test_no_cookie_is_sent_back(session, server):
    for _ in range(2):
        plain(session, f"{HERE}/api/3.27/sites/1/views")
        session.get(f"{HERE}/api/3.27/sites/1/views", params={"a": "b"})  # requests' own way
    assert all("Cookie" not in one.headers for one in server.request_history)
