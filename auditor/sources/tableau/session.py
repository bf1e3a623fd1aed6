"""A session of requests that takes the short way for the one kind of request that a run makes thousands of.

requests merges cookies, hooks, credentials, proxies and the environment anew for every request, which costs more than
the request itself. A plain GET of ours has none of these. Everything else takes requests' usual way, and both ways
lead through the same door (`transport`), which checks, limits and counts.
"""

from __future__ import annotations

import re
from typing import Any

import requests
from requests.adapters import BaseAdapter

#: What tableauserverclient gives along with a plain GET.
_PLAIN = frozenset({"headers", "timeout", "allow_redirects"})
#: Addresses that requests would leave as they are.
_AS_IT_IS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
_HEADERS = {"Accept-Encoding": "gzip, deflate", "Accept": "*/*", "Connection": "keep-alive"}


class ReadingSession(requests.Session):
    """For one thread, with one door to the network, and nothing of the user's environment."""

    def __init__(self, door: BaseAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self._door = door
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, door)

    def get(self, url: Any, params: Any = None, **how: Any) -> requests.Response:
        """A GET; the short way where nothing but headers and a timeout come with it."""
        plain = params is None and how.keys() <= _PLAIN and how.get("allow_redirects") is False
        if not plain or not isinstance(url, str) or _AS_IT_IS.fullmatch(url) is None:
            return super().get(url, params=params, **how)
        request = requests.PreparedRequest()
        request.method, request.url = "GET", url
        request.headers = {**_HEADERS, **how.get("headers", {})}  # type: ignore[assignment] # a copy, and quick to send
        verify = True if self.verify is None else self.verify
        return self._door.send(request, timeout=how.get("timeout"), verify=verify, cert=self.cert, proxies=self.proxies)
