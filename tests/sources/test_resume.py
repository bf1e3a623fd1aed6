"""A stopped run goes on where it stopped, and never passes off an old answer as new."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest

from auditor.errors import UsageError
from auditor.sources.interface import NoProgress
from auditor.sources.tableau import Checkpoint, open_source
from tests.emulator import emulate, faults
from tests.sources.helping import TOKENS, Notes, Ticking, facts, incomplete, read, sample_site, settings


class StopsAt(Notes):
    """Interrupts after so many answers about rules."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = count

    def advance(self, read: str, n: int) -> None:
        super().advance(read, n)
        if "permissions" in read:
            self.left -= n
            if self.left <= 0:
                raise KeyboardInterrupt


def later():
    """An hour after the run that was stopped."""
    return Ticking(datetime(2026, 11, 22, 10, 0, tzinfo=UTC))


@pytest.fixture
def emu():
    with emulate(sample_site(), tokens=TOKENS) as running:
        yield running


def stopped(emu, path, count=12):
    with pytest.raises(KeyboardInterrupt):
        read(emu, progress=StopsAt(count), checkpoint=Checkpoint(path), workers=1)
    emu.forget()


def test_what_was_read_is_not_asked_for_again(emu, tmp_path):
    path = tmp_path / ".site.part"
    stopped(emu, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    whole = facts(read(emu))
    complete = emu.count("permissions")
    emu.forget()
    found = read(emu, checkpoint=Checkpoint(path, resume=True), clock=later())
    assert facts(found) == whole
    assert incomplete(found) == {}
    assert emu.count("permissions") <= complete - 11
    note = next(note for note in found.provenance.notes if "earlier run" in note)
    assert "between 2026-11-22 09:00" in note
    assert not path.exists()  # the run came to its end


def test_each_part_of_a_snapshot_file_carries_its_time(emu, tmp_path):
    from auditor.sources.saved import describe, save
    from auditor.sources.tableau.needs import ALL_READS

    path = tmp_path / ".site.part"
    stopped(emu, path)
    with open_source(settings(emu, checkpoint=Checkpoint(path, resume=True)), later()) as source:
        found = source.read(ALL_READS, progress=NoProgress())
    save(found, tmp_path / "x", times=source.times)
    parts = describe(tmp_path / "x")["parts"]
    assert parts["rules.json"]["from"].startswith("2026-11-22T09:00")
    assert parts["rules.json"]["to"].startswith("2026-11-22T10:0")
    assert parts["contents/workbook.json"]["from"].startswith("2026-11-22T10:00")


def test_without_resume_all_is_read_anew(emu, tmp_path):
    path = tmp_path / ".site.part"
    stopped(emu, path)
    found = read(emu, checkpoint=Checkpoint(path))
    assert not any("earlier run" in note for note in found.provenance.notes)


def test_resume_with_nothing_to_go_on_from_is_a_plain_run(emu, tmp_path):
    assert incomplete(read(emu, checkpoint=Checkpoint(tmp_path / ".x", resume=True))) == {}


def test_what_changed_since_is_read_anew(emu, tmp_path):
    path = tmp_path / ".site.part"
    stopped(emu, path, count=30)
    s = emu.sites[0]
    hidden = next(w for w in s.things["workbook"].values() if w.name == "Tabs hidden")
    hidden.forget().allow(s.all_users, "ExportXml")
    hidden.attributes(updatedAt="2026-11-22T23:00:00Z")
    s.revision += 1
    found = read(emu, checkpoint=Checkpoint(path, resume=True), clock=later())
    rules = next(rules for ref, rules in found.rules.items() if ref.id == hidden.luid)
    assert {rule.capability for rule in rules.rules} == {"ExportXml"}


def test_an_answer_of_the_day_before_yesterday_is_not_used(emu, tmp_path):
    path = tmp_path / ".site.part"
    stopped(emu, path)
    late = Ticking(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    with open_source(settings(emu, checkpoint=Checkpoint(path, resume=True)), late) as source:
        from auditor.sources.tableau.needs import ALL_READS

        found = source.read(ALL_READS, progress=NoProgress())
    assert not any("earlier run" in note for note in found.provenance.notes)


def test_another_sites_file_is_refused(emu, tmp_path):
    path = tmp_path / ".site.part"
    stopped(emu, path)
    with emulate(sample_site(), tokens=TOKENS) as other, pytest.raises(UsageError, match="another server"):
        read(other, checkpoint=Checkpoint(path, resume=True), clock=later())
    assert other.requests[-1][1].endswith("signout")


@pytest.mark.parametrize("damage", [b'{"key": "x", "at": ', b"\xff\xfe\n", b'{"key": 1, "at": 2}\n', b"[[[[\n"])
def test_a_damaged_end_is_left_out(emu, tmp_path, damage):
    path = tmp_path / ".site.part"
    stopped(emu, path)
    with path.open("ab") as stream:
        stream.write(damage)
    found = read(emu, checkpoint=Checkpoint(path, resume=True), clock=later())
    assert facts(found) == facts(read(emu))
    assert incomplete(found) == {}


def test_hostile_answers_in_the_file_are_asked_for_again(emu, tmp_path):
    path = tmp_path / ".site.part"
    stopped(emu, path)
    text = path.read_text().replace('"answer":[[', '"answer":[["x",').replace('"answer":[]', '"answer":{"a":1}')
    path.write_text(text)
    assert facts(read(emu, checkpoint=Checkpoint(path, resume=True), clock=later())) == facts(read(emu))


def test_a_run_that_lost_its_server_goes_on_later(tmp_path):
    path = tmp_path / ".site.part"
    s = sample_site()
    with emulate(
        s,
        tokens=TOKENS,
        faults=[faults.session_ends("permissions", first=9), faults.refuse("401001", "signin", first=2, times=None)],
    ) as emu:
        found = read(emu, checkpoint=Checkpoint(path))
        assert incomplete(found)
