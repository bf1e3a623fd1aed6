"""A Tableau server for the tests: describe a site, serve it, and audit it with the unmodified tableauserverclient.

from tests.emulator import emulate, site

s = site("Open Data", guest_access=True)
s.project("Public").workbook("Firearms").allow(s.all_users, "Read", "ViewUnderlyingData").view("Overview")
with emulate(s) as emu:
    ...   # emu.url; personal access token "auditor" with secret "secret"
assert emu.writes == []
"""

from __future__ import annotations

from tests.emulator.builder import Site, site
from tests.emulator.server import Emulator, emulate
from tests.emulator.sessions import SessionRules

__all__ = ["Emulator", "SessionRules", "Site", "emulate", "site"]
