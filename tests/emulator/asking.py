"""A client by hand, so that nothing of a library's stands between the emulator and its tests."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import requests

from tests.emulator.builder import Site, site
from tests.emulator.server import Emulator


def small() -> Site:
    s = site("S", content_url="s")
    book = s.project("P").workbook("W")
    book.view("V")
    return s


class Asker:
    """Signed in by hand, so that nothing of a client library's stands between a fault and the test."""

    def __init__(self, emu: Emulator, **options: Any) -> None:
        self.session = requests.Session()
        self.options: dict[str, Any] = {"timeout": 5, "allow_redirects": False} | options
        body = '<tsRequest><credentials personalAccessTokenName="auditor" personalAccessTokenSecret="secret"><site contentUrl="s"/></credentials></tsRequest>'
        answer = self.session.post(f"{emu.url}/api/3.27/auth/signin", data=body, timeout=5)
        credentials = ET.fromstring(answer.content)[0]
        self.session.headers["x-tableau-auth"] = str(credentials.get("token"))
        self.base = f"{emu.url}/api/3.27/sites/{credentials[0].get('id')}"

    def __call__(self, path: str) -> requests.Response:
        return self.session.get(f"{self.base}/{path}", **self.options)
