"""What the tests of the Tableau source share: settings for an emulator, reading it, the audit's needs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.model import Read, Snapshot
from auditor.sources.interface import Clock, NoProgress, Progress
from auditor.sources.tableau import (
    RetryPolicy,
    Secret,
    TableauSettings,
    TokenCredentials,
    open_source,
)
from auditor.sources.tableau.needs import ALL_READS
from tests.emulator import Emulator, Site, site

TOKEN_SECRET = "the-secret-of-the-token"
TOKENS = {"auditor": TOKEN_SECRET}
PATIENCE = RetryPolicy(attempts=4, pace=0.01, longest_wait=0.3, patience=3.0)

#: What a usual policy needs.
USUAL = frozenset(
    {
        Read.SITE, Read.PROJECTS, Read.WORKBOOKS, Read.VIEWS, Read.DATASOURCES, Read.USERS, Read.GROUPS,
        Read.GROUP_MEMBERS, Read.GROUP_SETS, Read.PROJECT_PERMISSIONS, Read.DEFAULT_PERMISSIONS,
        Read.WORKBOOK_PERMISSIONS, Read.VIEW_PERMISSIONS, Read.DATASOURCE_PERMISSIONS,
    }
)  # fmt: skip


class Ticking:
    """A clock that moves a second at every look."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)) -> None:
        self._ticks = itertools.count()
        self._start = start

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=next(self._ticks))


class Notes(NoProgress):
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.done: dict[str, int] = {}

    def advance(self, read: str, n: int) -> None:
        self.done[read] = self.done.get(read, 0) + n

    def note(self, text: str) -> None:
        self.texts.append(text)


def settings(emu: Emulator, **more: Any) -> TableauSettings:
    known: dict[str, Any] = {
        "server": emu.url,
        "site": emu.sites[0].content_url,
        "credentials": TokenCredentials("auditor", Secret(TOKEN_SECRET)),
        "retry": PATIENCE,
        "timeout": 5.0,
        "workers": 4,
    }
    return TableauSettings(**{**known, **more})


def read(
    emu: Emulator,
    needs: Collection[Read] = ALL_READS,
    *,
    progress: Progress | None = None,
    clock: Clock | None = None,
    **more: Any,
) -> Snapshot:
    with open_source(settings(emu, **more), clock or Ticking()) as source:
        return source.read(frozenset(needs), progress=progress or NoProgress())


def replay(path: Any, needs: Collection[Read] = ALL_READS, **more: Any) -> Snapshot:
    with open_source(TableauSettings(cassette=path, **more), Ticking()) as source:
        return source.read(frozenset(needs), progress=NoProgress())


def facts(snapshot: Snapshot) -> dict[str, Any]:
    """Everything but provenance and ledger."""
    names = (
        "settings", "projects", "contents", "users", "groups", "group_members", "group_sets", "rules", "default_rules",
        "connections", "connected_apps",
    )  # fmt: skip
    return {name: getattr(snapshot, name) for name in names}


def incomplete(snapshot: Snapshot) -> dict[str, list[str]]:
    """The reads that are not complete, with the reasons."""
    return {
        line.read: [miss.reason for miss in line.missing]
        for line in snapshot.ledger.lines.values()
        if not line.complete
    }


def sample_site() -> Site:
    """A bit of everything: locks of three kinds, tabs shown and hidden, a group set, a personal space."""
    s = site("Open Data", content_url="opendata", guest_access=True)
    alice = s.user("alice", role="Explorer", email="alice@agency.example", fullName="Alice Smith")
    bob = s.user("bob@partner.example", role="Viewer")
    press = s.group("Press", members=[bob])
    inner = s.group("Inner circle", members=[alice])
    s.group("Nobody asks", members=[alice, bob])
    both = s.group_set("Press and inner", [press, inner])

    public = s.project("Public", locked="LockedToProject").allow(s.all_users, "Read").allow(alice, "ProjectLeader")
    public.default("workbooks").allow(s.all_users, "Read", "ViewUnderlyingData")
    public.default("datasources").allow(s.all_users, "Read", "Connect")
    justice = public.project("Justice", owner=alice)
    justice.workbook("Firearms", owner=alice).view("Overview")
    justice.datasource("Registry", certified=True, has_extracts=True)

    shelf = s.project("Shelf", locked="LockedToProjectWithoutNested")
    shelf.default("workbooks").allow(press, "Read")
    shelf.workbook("Locked alone", tabs=False).view("Sheet")
    below = shelf.project("Below the shelf")
    below.workbook("Free below").allow(both, "Read").view("Tabbed")

    free = s.project("Free").deny(press, "Read")
    hidden = free.workbook("Tabs hidden", tabs=False, tags=["beta", "public"]).allow(s.all_users, "Read")
    hidden.view("Open sheet").allow(s.all_users, "Read", "ExportData")
    hidden.view("Closed sheet", hidden=True).deny(s.all_users, "Read")
    free.datasource("Cases").allow(press, "Connect")
    free.flow("Nightly").allow(alice, "Execute")
    s.personal_workbook("Mine", owner=alice).view("Draft")
    return s


def took(began: float) -> float:
    return time.monotonic() - began
