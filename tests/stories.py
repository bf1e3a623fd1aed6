"""The June 2022 incident on a made-up site, as recordings in `cassettes/`. Nothing in them is real.

`python -m tests.stories` serves each site by the emulator, reads it with the auditor and records the conversation.
The facts that the stages follow are in the README's references: columns that no chart needed below a public dashboard;
a fix that cleaned one data set of four; the same data set put back online; a proper repair.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.emulator.builder import Site, site
from tests.emulator.content import Workbook
from tests.emulator.project import Project
from tests.metadata_answers import Data, metadata

CASSETTES = Path(__file__).parent.parent / "cassettes"

LOOK = ("Read", "Filter", "ExportImage")
EXPLORE = (*LOOK, "ViewComments", "ExportData", "ViewUnderlyingData")
CLOSED = (
    "ExportData", "ViewUnderlyingData", "ExportXml", "WebAuthoring", "ViewComments", "AddComment", "ShareView", "RunExplainData",
)  # fmt: skip

PERSON = ("Last Name", "First Name", "Date of Birth", "Street Address", "Driver License Number")
SHARED = ("County", "Year", "Gender", "Race")
DATA_SETS = {
    "CCW": (*PERSON, "CII Number", "License Number", "Permit Type", "Application Status", *SHARED),
    "FSC": (*PERSON, "Certificate Number", "Issue Date", *SHARED),
    "DROS": (*PERSON, "Transaction Number", "Handgun Make", *SHARED),
    "AWR": (*PERSON, "Registration Number", "Weapon Model", *SHARED),
}
USED = (*SHARED, "Permit Type", "Application Status", "Handgun Make", "Weapon Model")
COUNTS = ("County", "Year", "Number of Permits")
INTAKE = (Data("Intake", (*PERSON, "Received"), ("Received",)),)


def _site(name: str, *, hardened: bool) -> Site:
    settings = {"authoringEnabled": not hardened, "revisionLimit": 50, "userVisibilityMode": "LIMITED"}
    story = site(name, content_url="openjustice", guest_access=True, settings=settings)
    return story.embedding(unrestricted=not hardened, allow_list="https://justice.example" if hardened else None)


def _internal(story: Site) -> Workbook:
    """What every such site has beside its public part: a Default project and internal work, closed to All Users."""
    staff = story.group("Research Center", members=[story.user("analyst@justice.example", role="Creator")])
    story.project("Default", locked="LockedToProject")
    research = story.project("Research", locked="LockedToProject").allow(staff, "Read", "Write")
    research.default("workbooks").allow(staff, *EXPLORE)
    research.default("datasources").allow(staff, "Read", "Connect")
    intake = research.workbook("Weekly intake")
    intake.view("Intake")
    return intake


def _public(story: Site, *, locked: str | None) -> Project:
    """The public project. Locked, its default rules say what holds for everything in it."""
    public = story.project("Public", locked=locked).allow(story.all_users, "Read")
    for rules in (public.default("workbooks"), public.default("datasources"), public.default("flows")):
        if locked:
            rules.allow(story.all_users, "Read")
    if locked:
        template = public.default("workbooks").forget()
        template.allow(story.all_users, *LOOK).deny(story.all_users, *CLOSED)
    return public


def _dashboard(place: Project, name: str, *views: str, rules: tuple[str, ...] = ()) -> Workbook:
    analyst = place.site.user_named("analyst@justice.example")
    workbook = place.workbook(name, owner=analyst if rules else place.owner, tabs=True)
    for view in views:
        workbook.view(view)
    if rules:
        workbook.allow(place.site.all_users, *rules)
    return workbook.connection(type="hyper", embed_password=None)


CHARTS = ("Overview", "Concealed Carry", "Safety Certificates", "Sales", "Assault Weapons")


def as_published(*, clean: frozenset[str] = frozenset(), republished: str | None = None) -> Site:
    """27 June: county totals on the charts, personal columns below, Download Full Data for everybody."""
    story = _site("Open Justice", hardened=False)
    intake = _internal(story)
    justice = _public(story, locked=None).project("Justice")
    firearms = _dashboard(justice, "Firearms", *CHARTS, rules=EXPLORE)
    if republished:
        firearms.attributes(updatedAt=republished)
    sources = tuple(
        Data(
            name,
            tuple(c for c in columns if name not in clean or c not in PERSON),
            tuple(c for c in USED if c in columns),
        )
        for name, columns in DATA_SETS.items()
    )
    story.metadata = metadata({firearms: sources, intake: INTAKE})
    return story


def brought_back() -> Site:
    """The evening of 27 June: the server had fallen over; the same data set is put back, nothing else changed."""
    return as_published(republished="2022-06-28T04:30:00Z")


def half_fix() -> Site:
    """28 June, early: a new CCW data set without personal columns; FSC, DROS and AWR as they were."""
    return as_published(clean=frozenset({"CCW"}), republished="2022-06-28T15:00:00Z")


def mended() -> Site:
    """What a repair looks like: counts below the charts, rights denied in the template, the project locked."""
    story = _site("Open Justice", hardened=True)
    intake = _internal(story)
    justice = _public(story, locked="LockedToProject").project("Justice")
    firearms = _dashboard(justice, "Firearms", *CHARTS)
    story.metadata = metadata({firearms: tuple(Data(name, COUNTS, COUNTS) for name in DATA_SETS), intake: INTAKE})
    return story


def clean() -> Site:
    """Another department's site, run well: one public dashboard over counts, everything else internal."""
    story = _site("Transport", hardened=True)
    intake = _internal(story)
    roads = _public(story, locked="LockedToProject").project("Roads")
    traffic = _dashboard(roads, "Traffic counts", "Map", "By hour")
    counts = ("Road", "Hour", "Vehicles")
    story.metadata = metadata({traffic: (Data("Counts", counts, counts),), intake: INTAKE})
    return story


STORIES: dict[str, Callable[[], Site]] = {
    "1-as-published": as_published,
    "2-brought-back": brought_back,
    "3-half-fix": half_fix,
    "4-mended": mended,
    "clean-site": clean,
}


def record(folder: Path = CASSETTES) -> None:
    """Record every story into `folder`, one cassette each, names kept: the people in them are made up."""
    import os

    from auditor.cli import run
    from tests.emulator import emulate

    for name, build in STORIES.items():
        with emulate(build(), tokens={"auditor": "secret"}) as server:
            os.environ["TABLEAU_TOKEN_VALUE"] = "secret"
            arguments = ["--server", server.url, "--site", "openjustice", "--token-name", "auditor"]
            code = run(
                [
                    "snapshot",
                    *arguments,
                    "--columns",
                    "--record",
                    str(folder / f"{name}.yaml"),
                    "--record-names",
                    "keep",
                    "-q",
                    "--output",
                    os.devnull,
                ]
            )
            sys.stderr.write(f"{name}: exit {code}\n")


if __name__ == "__main__":
    record()
