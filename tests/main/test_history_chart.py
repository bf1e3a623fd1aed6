"""With a history the HTML report shows the site's past runs; a history that cannot be kept is told before the audit."""

from __future__ import annotations

from pathlib import Path

from tests.main.conftest import Auditor
from tests.stories import CASSETTES

STORY = ["--cassette", str(CASSETTES / "1-as-published.yaml"), "--quiet"]


def test_chart_grows_with_the_history(auditor: Auditor, tmp_path: Path) -> None:
    page, database = tmp_path / "r.html", str(tmp_path / "h.db")
    auditor("scan", *STORY, "--output", str(page))
    assert "Open findings over time" not in page.read_text()
    for _ in range(2):
        assert auditor("scan", *STORY, "--history", database, "--output", str(page)).code == 1
    assert "Open findings over time" in page.read_text()
    assert len(auditor("history", "list", "--history", database).out.splitlines()) == 2


def test_a_history_that_cannot_be_kept_stops_before_the_audit(auditor: Auditor, tmp_path: Path) -> None:
    (tmp_path / "h.db").write_text("no database at all, only a few words in a file")
    result = auditor("scan", *STORY, "--history", str(tmp_path / "h.db"))
    assert result.code not in (0, 1, 3)
    assert result.out == ""


def test_the_executor_is_for_many_sites(auditor: Auditor) -> None:
    assert auditor("scan", *STORY, "--executor", "dask://127.0.0.1:1").code == 2


def test_notify_without_history_is_refused(auditor: Auditor) -> None:
    assert auditor("scan", *STORY, "--notify", "ops").code == 2
