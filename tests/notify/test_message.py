"""The words that people get: what changed, short, and harmless whatever content is called."""

import re
import unicodedata

import pytest
from history.material import START, finding
from hypothesis import given
from hypothesis import strategies as st

from auditor.findings import Severity
from auditor.history import Change, Changes, Expiring, Turn
from auditor.notify import failure_message, message_of, worth_telling


def changes(*found, **more):
    values = {
        "run_id": "run-1",
        "server": "https://bi.example",
        "site_name": "Justice",
        "when": START,
        "complete": True,
    }
    return Changes(**values | {"changes": found, "open_failures": {"critical": 2, "low": 0}} | more)


NEW = Change(Turn.NEW, finding("Firearms"))


def test_a_message():
    told = message_of(
        changes(
            NEW,
            Change(Turn.WIDER, finding("Courts", severity=Severity.HIGH), ("gained web_edit",)),
            Change(Turn.RESOLVED, finding("Old")),
            expiring=(Expiring("DOWN-01", "Public / Jail", "data office", "2026-03-20"),),
        ),
        report_url="https://reports.example/today.html",
    )
    assert told.title == "bi-auditor: 1 new, 1 wider, 1 resolved, 1 waiver to renew on Justice"
    assert told.body == (
        "New (1)\n"
        "- CRITICAL DOWN-01: The public may download full data\n"
        "  workbook Public / Firearms · anonymous · download_full_data · 1 below it\n"
        "  https://bi.example/#/workbooks/7\n"
        "\n"
        "Wider (1)\n"
        "- HIGH DOWN-01: The public may download full data\n"
        "  workbook Public / Courts · anonymous · download_full_data · gained web_edit · 1 below it\n"
        "  https://bi.example/#/workbooks/7\n"
        "\n"
        "Resolved (1)\n"
        "- CRITICAL DOWN-01: The public may download full data\n"
        "  workbook Public / Old · anonymous · download_full_data\n"
        "\n"
        "Waivers\n"
        "- DOWN-01 for Public / Jail ends on 2026-03-20 · data office\n"
        "\n"
        "Open now: 2 critical. Run run-1, 2026-03-01 02:00 UTC.\n"
        "Report: https://reports.example/today.html"
    )


@pytest.mark.parametrize(
    ("told", "worth"),
    [
        (changes(), False),
        (changes(NEW), True),
        (changes(Change(Turn.RETURNED, finding("a"))), True),
        (changes(Change(Turn.RESOLVED, finding("a"))), True),
        (changes(Change(Turn.NARROWER, finding("a"))), False),
        (changes(Change(Turn.NEW, finding("a", preview=True))), False),
        (changes(Change(Turn.NEW, finding("a", waived=True))), False),
        (changes(complete=False), False),
        (changes(complete=False, became_incomplete=True), True),
        (changes(expiring=(Expiring("R", "P", "O", "2026-04-01"),)), True),
    ],
)
def test_only_a_change_is_worth_telling(told, worth):
    assert worth_telling(told) is worth


def test_an_incomplete_run_says_so_first():
    body = message_of(changes(NEW, complete=False, became_incomplete=True, not_read=("columns: 3 of 9",))).body
    assert body.startswith("This audit is incomplete")
    assert "- not read: columns: 3 of 9" in body


def test_ten_thousand_findings_fit_and_the_rest_is_counted():
    many = [Change(Turn.NEW, finding(f"w{n}")) for n in range(10_000)]
    told = message_of(changes(*many), limit=2000)
    assert len(told.body) <= 2000
    shown = told.body.count("- CRITICAL")
    assert shown > 3
    assert f"… and {10_000 - shown} more." in told.body
    assert "Open now: 2 critical" in told.body


HOSTILE = "@everyone <!channel> <@U1>\r\nBcc: all@example.org\n**bold** `tick` [x](http://evil.example) \u202egpj www.evil.example\x07"


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_hostile_name_mentions_nobody_links_nowhere_and_stays_on_its_line(form):
    row = finding(HOSTILE, path=HOSTILE, title=HOSTILE, rule="R\n#", audience=HOSTILE, url="https://x.example/a) @here")
    told = message_of(changes(Change(Turn.NEW, row), site_name=HOSTILE), form=form)
    for text in (told.title, told.body):
        assert not re.search(r"@\w|<[!@]|://evil|www\.", text)
        assert "\r" not in text
        assert "\u202e" not in text
        assert "\x07" not in text
    assert "\n" not in told.title
    assert "x.example" not in told.body
    assert all(line.startswith(("- ", "  ", "**New", "New", "Open now")) or not line for line in told.body.splitlines())


@given(st.text())
def test_in_markdown_a_name_is_code_to_its_end(name):
    body = message_of(changes(Change(Turn.NEW, finding("w", path=name))), form="markdown").body
    (line,) = [line for line in body.splitlines() if line.startswith("  workbook")]
    assert line.count("`") == 4  # the path and the audience
    assert not any(unicodedata.category(char) == "Cc" for char in line)


def test_no_audit():
    told = failure_message("Justice\nBcc: x", "the sign-in failed\nfor <!channel>")
    assert told.title == "bi-auditor: no audit of Justice Bcc: x"
    assert "No audit was made" in told.body
    assert "<!" not in told.body
