"""What a report says of reasons, of a baseline where nothing is new, and of what could not be judged."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from auditor.findings import Severity
from auditor.model import Coverage, Kind, Ledger, Miss, Ref
from auditor.report.render import RENDERERS, RenderOptions, render
from auditor.report.render.text_causes import SCREEN

from .samples import FIREARMS, MAP, SPEED, TREND, UNKNOWN, finding, made, site
from .sarif_subset import sarif_errors

LAST = "Rule for group \u201cAll Users\u201d, the last: allowed."
LONG = tuple(f"step {n} {'x' * 200}" for n in range(12))
WHOLE = "Open the permissions of the workbook, then go on as follows. " * 5 + "THE END."
REMEDY = "install the extra: pip install 'bi-auditor[hyper]' " + "and run it again " * 12 + "TO THE END"


@pytest.mark.parametrize("name", sorted(RENDERERS))
@pytest.mark.parametrize("before", [(), LONG])
def test_the_step_that_decides_is_in_every_format(name: str, before: tuple[str, ...]) -> None:
    text = render(made((finding(proof=(*before, LAST)),)), name)
    if name == "text":
        text = " ".join(text.split())
    assert "the last: allowed." in text.replace("&#58;", ":")


def test_sarif_keeps_the_last_steps_as_a_property_too() -> None:
    data = json.loads(render(made((finding(proof=(*LONG, LAST)),)), "sarif"))
    assert sarif_errors(data) == []
    (result,) = data["runs"][0]["results"]
    assert result["properties"]["proof"] == [*LONG[-9:], LAST]


def test_csv_says_why_in_its_last_column() -> None:
    (row, *_) = csv.DictReader(io.StringIO(render(made((finding(proof=("a", "b", "c", "d")),)), "csv")))
    assert list(row)[-1] == "why"
    assert row["why"] == "b; c; d"


def test_markdown_says_that_there_are_earlier_steps() -> None:
    text = render(made((finding(proof=(*LONG, LAST)),)), "markdown")
    assert "5 earlier steps in the JSON and HTML reports" in text
    assert "step 4 " not in text
    assert "step 5 " in text


# -- text: nothing that must be done is cut, and what is affected gives way first ---------------------------------------


def _block(text: str, head: str) -> list[str]:
    return next(block.split("\n") for block in text.split("\n\n") if block.startswith(head))


def test_what_to_do_is_whole_and_affects_gives_way() -> None:
    views = tuple(Ref(Kind.VIEW, f"v-{n}") for n in range(40))
    message = (
        "Visitors without an account hold a capability: " + "a rule of a group allows it and nothing takes it " * 4
    )
    some = tuple(
        finding(f"R-{n}", FIREARMS, views, message=message, remediation=f"{n} {WHOLE}", proof=(*LONG[:2], LAST))
        for n in range(6)
    )
    block = _block(render(made(some), "text"), "CRITICAL")
    whole = " ".join(" ".join(block).split())
    assert len(block) <= SCREEN
    assert f"0 {WHOLE}" in whole
    assert message.strip()[:150] in whole
    assert all(f"R-{n}  The public may download full data  [critical]" in "\n".join(block) for n in range(6))
    assert "(all of them: --format html or json)" in whole
    assert "more to do (all of it: --format html)" in whole


def test_a_message_among_several_has_three_lines() -> None:
    message = "word " * 50
    block = _block(render(made(tuple(finding(f"R-{n}", message=message) for n in range(3))), "text"), "CRITICAL")
    assert sum(line.strip().startswith("word") for line in block) >= 6
    assert not any(line.rstrip().endswith("word \u2026") for line in block)


# -- a baseline --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_a_baseline_is_told_where_nothing_is_new(name: str) -> None:
    before = made((finding(), finding("X-1", SPEED, ()), finding("GONE-1", MAP, ()), finding("GONE-2", TREND, ())))
    now = made((finding(), finding("X-1", SPEED, ())), baseline=before)
    words = "0 new, 0 wider, 2 known (they do not fail the run), 2 gone."
    assert f"Against the baseline of 22 Nov 2026: {words}" in render(now, name).replace("&#58;", ":")
    only = render(now, name, RenderOptions(changes_only=True))
    assert words in only
    assert "Nothing is new or wider than the baseline." in only
    assert "Nothing is new" not in render(now, name)


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_nothing_is_said_of_a_baseline_that_was_not_there(name: str) -> None:
    assert "baseline" not in render(made(), name, RenderOptions(changes_only=True))


def test_something_new_is_not_called_nothing() -> None:
    now = made((finding(), finding("NEW-1", SPEED, ())), baseline=made((finding(),)))
    text = render(now, "text", RenderOptions(changes_only=True))
    assert "1 new, 0 wider, 1 known" in text
    assert "Nothing is new" not in text


# -- what could not be judged ------------------------------------------------------------------------------------------


def _without_columns() -> str:
    miss = Miss(Kind.WORKBOOK, FIREARMS.id, "Firearms", "the extract could not be opened", REMEDY)
    base = site()
    snapshot = replace(base, ledger=Ledger.of([*base.ledger.lines.values(), Coverage("columns", 1, 0, (miss,))]))
    some = tuple(replace(UNKNOWN, rule=f"MIN-{n:02}", subject=FIREARMS, unread=("columns",)) for n in range(14))
    low = replace(UNKNOWN, rule="LOW-1", severity=Severity.LOW, unread=("columns",))
    return render(made((finding(), *some, low), snapshot=snapshot, needs=("columns",)), "text")


def test_what_could_not_be_judged_is_one_block_a_missing_read() -> None:
    text = _without_columns()
    block = _block(text, "UNKNOWN")
    assert block[0] == "UNKNOWN  not judged for want of columns  (1 of 1 columns not read)"
    whole = " ".join(" ".join(block).split())
    assert ", ".join(f"MIN-{n:02}" for n in range(14)) + " [critical if it fails]" in whole
    assert "LOW-1 [low if it fails]" in whole
    assert REMEDY in whole
    assert text.count("MIN-03") == 1
    assert text.count("pip install") == 1
    assert max(map(len, text.split("\n"))) <= 100


def test_notes_stand_in_one_line_each_at_the_very_end() -> None:
    base = site()
    told = "3 items that a lock governs were judged by their project's default rules, " + "drawn with seed 7 " * 20
    snapshot = replace(base, provenance=replace(base.provenance, notes=(told, "short")))
    lines = render(made(snapshot=snapshot), "text").rstrip("\n").split("\n")
    assert lines[-1] == "note: short"
    assert lines[-2].startswith("note: 3 items that a lock governs")
    assert len(lines[-2]) <= 100
    assert "passed" in "".join(lines[-4:-2])
    assert told in render(made(snapshot=snapshot), "json")
