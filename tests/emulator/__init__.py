"""A Tableau server for the tests: describe a site, serve it, and audit it with the unmodified tableauserverclient.

    from tests.emulator import emulate, faults, site

    s = site("Open Data", guest_access=True)
    book = s.project("Public").workbook("Firearms").allow(s.all_users, "Read", "ViewUnderlyingData")
    book.view("Overview")
    with emulate(s, latency=0.01, faults=[faults.too_many("/permissions", retry_after="1")]) as emu:
        ...   # emu.url; personal access token "auditor" with the secret "secret"
    assert emu.writes == []

`builder`, `project`, `content`, `things`, `fields`: the description. `server`, `handler`, `sessions`, `paging`,
`endpoints`: the answers. `rules`: what it says about rules; `evaluate`: who can do what, plainly, for the lists that a
non-administrator gets. `faults`: what goes wrong. `metadata`: GraphQL. `apart`: in a process of its own;
`python -m tests.emulator` by hand. What real servers do is in the references that the docstrings name; what nobody has
seen recorded (group sets, a lock's `parent`, virtual connections, Guest) follows documentation and client code only.
"""

from __future__ import annotations

from tests.emulator.builder import Site, site
from tests.emulator.server import Emulator, emulate
from tests.emulator.sessions import SessionRules

__all__ = ["Emulator", "SessionRules", "Site", "emulate", "site"]
