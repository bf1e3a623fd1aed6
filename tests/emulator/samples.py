"""Sites to serve by hand and to measure on."""

from __future__ import annotations

from tests.emulator.builder import Site, site


def incident() -> Site:
    """A workbook whose full data anyone can take: Guest is let in, and All Users may download it."""
    s = site("Open Data", content_url="opendata", guest_access=True)
    press = s.group("Press", members=[s.user("alice", role="Explorer")])
    public = s.project("Public", locked="LockedToProject").allow(s.all_users, "Read")
    public.default("workbooks").allow(s.all_users, "Read", "Filter", "ExportImage", "ExportData", "ViewUnderlyingData")
    public.project("Justice").workbook("Permits dashboard", tags=["public"]).view("Overview")
    s.project("Drafts").workbook("Draft", tabs=False).allow(press, "Read").view("Sheet 1").allow(press, "Read")
    return s


def large(
    workbooks: int = 500, *, views: int = 3, projects: int = 40, locked: float = 0.7, groups: int = 20, users: int = 200
) -> Site:
    """A site of a given size: `locked` of the projects with a lock, every fifth workbook with its tabs hidden.

    The size of issue 4 is the default: 500 workbooks, 1,500 views, 40 projects, 70 % of them locked. There is a data
    source for every fifth workbook; every fourth workbook is connected to one.
    """
    s = site("Large", content_url="large", guest_access=True)
    people = [s.user(f"user{i:05d}", role=("Viewer", "Explorer", "Creator")[i % 3]) for i in range(users)]
    circles = [s.group(f"Group {i:03d}", members=people[i :: max(1, groups)]) for i in range(groups)]
    homes = []
    for i in range(projects):
        home = s.project(f"Project {i:03d}", locked="LockedToProject" if i < round(projects * locked) else None)
        home.allow(circles[i % groups], "Read")
        home.default("workbooks").allow(circles[i % groups], "Read", "Filter", "ExportData")
        home.default("datasources").allow(circles[i % groups], "Read", "Connect")
        homes.append(home)
    sources = [
        homes[i % projects].datasource(f"Source {i:05d}", copy_defaults=True) for i in range(max(1, workbooks // 5))
    ]
    for i in range(workbooks):
        book = homes[i % projects].workbook(f"Workbook {i:06d}", tabs=i // projects % 5 != 0, copy_defaults=True)
        if i % 4 == 0:
            book.connection(datasource=sources[i % len(sources)], embed_password=True)
        for j in range(views):
            book.view(f"View {j}").allow(circles[(i + j) % groups], "Read")
    return s
