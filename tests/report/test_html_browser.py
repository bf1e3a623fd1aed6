"""The HTML report in a real browser: it opens, filters, expands; no request, no console error, no broken rule of axe.

Needs Playwright (PyPI) and Chromium (Debian: `apt-get install chromium`); skipped with a reason where one is missing.
`UPDATE_SCREENSHOT=1` writes `.github/report.png`, the picture of the README.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.findings import Finding, Severity
from auditor.model import Kind, Ref
from auditor.report.model import CapabilityName, Reach, Report
from auditor.report.render import HistoryPoint, RenderOptions, render

from .samples import HOSTILE, SPEED, UNKNOWN, finding, full, made, site

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
    pytest.mark.xdist_group("the report in a browser"),
]

HISTORY = tuple(
    HistoryPoint(
        f"2026-11-{day:02}", (("critical", 1 + day % 3), ("high", day % 5), ("medium", 4)), day % 2, complete=day != 9
    )
    for day in range(1, 22)
)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


class Opened:
    """A page that was opened from a file, and everything that it said and asked for."""

    def __init__(self, browser, path: Path, **context: object) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def cards(self) -> int:
        return self.page.locator("details.card:visible").count()

    def close(self) -> None:
        self.context.close()
        assert self.troubles == []
        assert [url for url in self.requests if not url.startswith("file://")] == []
        assert len(self.requests) == 1


@pytest.fixture
def open_page(browser, tmp_path: Path) -> Iterator[object]:
    pages: list[Opened] = []

    def opening(made_report: Report, history: tuple = (), **context: object) -> Opened:
        path = tmp_path / "report.html"
        path.write_text(render(made_report, "html", RenderOptions(history=history)), encoding="utf-8")
        pages.append(Opened(browser, path, **context))
        return pages[-1]

    yield opening
    for page in pages:
        page.close()


def shown(page, number: int) -> None:
    """Wait until so many cards pass the filter. (No script may be evaluated from a string: the page's policy forbids it.)"""
    sync_api.expect(page.locator("details.card:not([hidden])")).to_have_count(number, timeout=30_000)


def many(number: int) -> tuple[Finding, ...]:
    severities = list(Severity)
    return tuple(
        finding(
            f"R-{i % 40:02}",
            Ref(Kind.WORKBOOK, f"w-{i}"),
            (),
            severity=severities[i % 5],
            message=f"Message number {i}.",
        )
        for i in range(number)
    )


def test_it_opens_and_says_what_matters_first(open_page) -> None:
    page = open_page(full(), HISTORY).page
    assert page.locator("h1").inner_text() == "3 open findings, 1 of them about the public"
    status = page.locator(".status")
    assert "Incomplete: 1 of 2 workbook-permissions not read" in status.inner_text()
    assert status.bounding_box()["y"] < 400
    assert page.locator("svg.reach").is_visible()
    assert page.locator("svg.history").is_visible()


def test_a_finding_expands_with_the_keyboard_and_shows_its_proof(open_page) -> None:
    page = open_page(full()).page
    card = page.locator("details.card").first
    assert not card.get_by_text("guestAccessEnabled = true").is_visible()
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    assert card.get_by_text("guestAccessEnabled = true").is_visible()
    assert card.get_by_text("Last Name").is_visible()
    assert "Permissions … › All Users" in card.inner_text()


def test_filters(open_page) -> None:
    opened = open_page(full())
    page = opened.page
    assert opened.cards() == 5
    page.get_by_role("button", name="1 Critical").click()
    assert opened.cards() == 1
    page.get_by_role("button", name="1 Waived").click()
    assert opened.cards() == 2
    assert page.get_by_role("button", name="1 Critical").get_attribute("aria-pressed") == "true"
    assert page.locator("#shown").inner_text() == "Showing 2 of 2 that fit, 5 in all"
    page.get_by_role("button", name="Clear").click()
    shown(page, 5)
    page.locator("#rule").select_option("PROJ-01")
    assert opened.cards() == 1
    page.locator("#rule").select_option("")
    page.locator("#audience").select_option("anonymous")
    assert opened.cards() == 4


def test_search(open_page) -> None:
    opened = open_page(full())
    page = opened.page
    page.keyboard.press("/")
    page.keyboard.type("last name firearms")
    shown(page, 1)
    page.locator("#q").fill("nothing has this")
    shown(page, 0)
    assert page.get_by_text("No finding fits the filter.").is_visible()


def test_changes_can_be_filtered_where_there_is_a_baseline(open_page) -> None:
    opened = open_page(made((finding(), finding("NEW-1", SPEED, ())), baseline=made((finding(),))))
    opened.page.locator("#change").select_option("new")
    assert opened.cards() == 1
    assert "NEW-1" in opened.page.locator("details.card:visible").inner_text()


def test_usable_with_5000_findings(open_page) -> None:
    started = time.monotonic()
    opened = open_page(made(many(5000)))
    page = opened.page
    assert page.locator("#shown").inner_text() == "Showing 200 of 5000"
    assert time.monotonic() - started < 60
    before = time.monotonic()
    page.locator("#q").fill("number 4321.")
    shown(page, 1)
    assert time.monotonic() - before < 30
    page.locator("#q").fill("")
    shown(page, 200)
    page.get_by_role("button", name="Show 200 more of 4800").click()
    assert page.locator("#shown").inner_text() == "Showing 400 of 5000"


def test_hostile_names_run_nothing_and_load_nothing(open_page) -> None:
    everywhere = [
        finding(
            f"H-{place:02}", title=name, message=name, proof=(name,), remediation=name, references=(name,), affected=()
        )
        for place, name in enumerate(HOSTILE)
    ]
    page = open_page(made((*everywhere, UNKNOWN), snapshot=site(" ".join(HOSTILE)), reach=True)).page
    page.get_by_role("button", name="Open shown").click()
    assert page.locator("details.card[open]").count() == len(HOSTILE) + 1
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.locator("script").count() == 2


def test_a_link_to_a_finding_opens_it(open_page) -> None:
    page = open_page(made(many(450))).page
    target = page.locator("details.card").nth(440).get_attribute("id")
    page.evaluate("id => { location.hash = id; }", target)
    sync_api.expect(page.locator(f"[id='{target}'] .body")).to_be_visible()


def test_print_shows_every_finding_open(open_page) -> None:
    opened = open_page(made(many(230)))
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("details.card[open]:visible").count() == 230
    opened.page.emulate_media(media="print")
    assert not opened.page.locator(".filter").is_visible()


def test_without_script_all_findings_are_there(open_page) -> None:
    opened = open_page(made(many(230)), java_script_enabled=False)
    assert opened.cards() == 230


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_sideways(open_page, width: int) -> None:
    page = open_page(full(), HISTORY, viewport={"width": width, "height": 800}).page
    page.locator("details.card summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("what", "scheme"), [("full", "light"), ("full", "dark"), ("empty", "light")])
def test_axe_finds_nothing(open_page, what: str, scheme: str) -> None:
    """Only colours differ between the two schemes."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    made_report = {"full": full(), "empty": made((), judged=0)}[what]
    page = open_page(made_report, HISTORY if what == "full" else (), color_scheme=scheme, bypass_csp=True).page
    for summary in page.locator("details > summary").all():
        if summary.is_visible():
            summary.click()
    everything = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    results = axe.Axe().run(page, options={"runOnly": ["cat.color"] if scheme == "dark" else everything})
    broken = [(v["id"], [n["html"][:150] for n in v["nodes"]][:3]) for v in results.response["violations"]]
    assert broken == []


def test_the_page_is_the_picture_of_the_readme(open_page) -> None:
    """The picture is made of a made-up site; it is written only when asked for."""
    page = open_page(portrait(), HISTORY, device_scale_factor=1).page
    picture = page.screenshot(full_page=False)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    if os.environ.get("UPDATE_SCREENSHOT"):
        page.set_viewport_size({"width": 1280, "height": 1500})
        page.locator("details.card summary").first.click()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(__file__).parents[2] / ".github" / "report.png", full_page=False)


def portrait() -> Report:
    """A report of a made-up site that shows what the page can do."""
    base = full()
    names = [
        ("Public / Justice / Firearms", 46, 9), ("Public / Justice / Permits", 31, 5), ("Public / Health / Cases by county", 22, 0),
        ("Public / Roads / Speeding", 14, 0), ("Public / Schools / Results", 18, 2), ("Public / Budget / Spending", 27, 0),
    ]  # fmt: skip
    kinds = {"sees": 6, "takes_picture": 6, "takes_summary": 4, "takes_rows": 2, "takes_file": 1}
    thing = base.findings[0].subject
    reach = tuple(
        Reach(
            audience="anonymous",
            capability=CapabilityName(name=word, native=word),
            content=thing.model_copy(update={"path": path, "id": path}),
            items=3,
            columns=columns,
            personal=personal,
        )
        for word, shown in kinds.items()
        for path, columns, personal in names[:shown]
    )
    more = made(
        (
            replace(
                finding("DOWN-02", SPEED, (), ("ExportXml",), Severity.HIGH), title="The public may download the file"
            ),
        )
    )
    findings = (*base.findings, *more.findings)
    return base.model_copy(update={"reach": reach, "findings": tuple(sorted(findings, key=lambda f: f.severity.rank))})
