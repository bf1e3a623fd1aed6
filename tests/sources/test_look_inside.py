"""Published files are looked into where the Metadata API has no answer, and leave nothing behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.audit import now
from auditor.model import Kind, Read, Ref, Snapshot
from auditor.sources.interface import NoProgress
from auditor.sources.tableau import Secret, TableauSettings, TokenCredentials, open_source
from tests.emulator import emulate, site
from tests.emulator.builder import Site
from tests.emulator.content import Workbook
from tests.metadata_answers import Data, metadata

TWB = b"""<?xml version='1.0' encoding='utf-8' ?>
<workbook version='18.1'><datasources><datasource name='ds' caption='Permits' inline='true'>
<connection class='textscan' directory='.' filename='permits.csv'/>
<column name='[Last Name]' datatype='string' role='dimension' type='nominal'/>
<column name='[County]' datatype='string' role='dimension' type='nominal'/></datasource></datasources>
<worksheets><worksheet name='Map'><table><view><datasources><datasource name='ds'/></datasources>
<datasource-dependencies datasource='ds'><column-instance column='[County]' name='[none:County:nk]' derivation='None' type='nominal'/>
</datasource-dependencies></view><rows>[ds].[none:County:nk]</rows><cols/></table></worksheet></worksheets></workbook>"""


@pytest.fixture
def described() -> Site:
    found = site("Open Data", content_url="opendata")
    found.metadata = None
    found.project("Public").workbook("Permits").file(TWB, name="Permits.twb").view("Map")
    return found


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    monkeypatch.undo()


def read(described: Site, wanted: dict[Read, list[Ref]] | None = None, **settings: object) -> tuple[Snapshot, Ref]:
    with emulate(described) as emulator:
        how = TableauSettings(
            server=emulator.url, site="opendata", credentials=TokenCredentials("auditor", Secret("secret")), **settings
        )
        with open_source(how, clock=now) as source:
            snapshot = source.read(frozenset({Read.WORKBOOKS}), progress=NoProgress())
            ref = next(one for one in snapshot.contents if one.kind is Kind.WORKBOOK)
            snapshot = source.read_more(snapshot, wanted or {Read.COLUMNS: [ref]}, progress=NoProgress())
        assert not emulator.writes
    return snapshot, ref


def test_the_file_answers_where_the_metadata_api_is_off(described: Site, temporary: Path) -> None:
    snapshot, ref = read(described)
    columns = {c.name: (c.used, set(c.classes)) for s in snapshot.inventories[ref].data_sources for c in s.columns}
    assert columns["Last Name"] == (False, {"person_name"})
    assert columns["County"][0] is True
    assert snapshot.ledger.is_complete(Read.COLUMNS)
    assert list(temporary.iterdir()) == []


def test_never_means_never(described: Site) -> None:
    snapshot, ref = read(described, look_inside="never")
    assert ref not in snapshot.inventories
    assert not snapshot.ledger.is_complete(Read.COLUMNS)


def test_a_file_over_the_limit_is_a_miss_that_says_so(described: Site) -> None:
    snapshot, ref = read(described, max_file_bytes=100)
    (miss,) = snapshot.ledger.misses(Read.FILES)
    assert (miss.kind, miss.id) == ref
    assert "limit" in miss.reason
    assert not snapshot.ledger.is_complete(Read.COLUMNS)


def test_a_file_that_cannot_be_had_is_a_miss() -> None:
    bare = site("Open Data", content_url="opendata")
    bare.project("Public").workbook("Nothing").view("Map")
    snapshot, ref = read(bare)
    assert snapshot.ledger.misses(Read.FILES)[0].id == ref.id
    assert ref not in snapshot.inventories


def permits(described: Site) -> Workbook:
    (found,) = described.things["workbook"].values()
    assert isinstance(found, Workbook)
    return found


def test_the_files_columns_win_and_ids_stay_from_the_metadata_api(described: Site) -> None:
    workbook = permits(described)
    told = Data("Permits", ("Last Name", "County", "No longer there"), ("County", "Last Name"))
    described.metadata = metadata({workbook: (told,)})
    snapshot, ref = read(described, look_inside="always")
    inventory = snapshot.inventories[ref]
    (source,) = inventory.data_sources
    assert {column.name: column.used for column in source.columns} == {"Last Name": False, "County": True}
    assert source.id == f"{workbook.luid}/Permits"
    assert {sheet.name: sheet.luid for sheet in inventory.sheets} == {"Map": workbook.views[0].luid}
    assert inventory.digest is not None
    assert snapshot.ledger.is_complete(Read.COLUMNS)
    assert snapshot.ledger.lines[Read.COLUMNS].expected == 1


def test_a_published_source_that_only_the_document_names_is_found_by_its_address(described: Site) -> None:
    xml = TWB.replace(
        b"<connection class='textscan' directory='.' filename='permits.csv'/>",
        b"<repository-location id='PeopleX' path='/datasources'/><connection class='sqlproxy' dbname='PeopleX'/>",
    )
    permits(described).file(xml, name="Permits.twb")
    source = described.project("Sources").datasource("People")
    source.attributes(contentUrl="PeopleX")
    with emulate(described) as emulator:
        how = TableauSettings(
            server=emulator.url, site="opendata", credentials=TokenCredentials("auditor", Secret("secret"))
        )
        with open_source(how, clock=now) as opened:
            needs = frozenset({Read.WORKBOOKS, Read.DATASOURCES})
            snapshot = opened.read(needs, progress=NoProgress())
            ref = Ref(Kind.WORKBOOK, permits(described).luid)
            snapshot = opened.read_more(snapshot, {Read.COLUMNS: [ref]}, progress=NoProgress())
    (found,) = snapshot.inventories[ref].data_sources
    assert (found.published, found.published_id) == (True, source.luid)


def test_a_damaged_document_stays_doubtful(described: Site) -> None:
    damaged = TWB.replace(b"<column name='[Last Name]'", b"<column <name='[Last Name]'")
    permits(described).file(damaged, name="Permits.twb")
    snapshot, ref = read(described)
    assert ref in snapshot.inventories
    (miss,) = snapshot.ledger.misses(Read.COLUMNS)
    assert (miss.kind, miss.id, miss.name) == (*ref, "Permits")
    line = snapshot.ledger.lines[Read.COLUMNS]
    assert (line.expected, line.got) == (1, 0)


def test_what_the_metadata_api_told_fills_up_a_damaged_document(described: Site) -> None:
    workbook = permits(described)
    workbook.file(TWB.replace(b"<column name='[Last Name]'", b"<column <name='[Last Name]'"), name="Permits.twb")
    columns = ("Last Name", "County", "Birth Date")
    described.metadata = metadata({workbook: (Data("Permits", columns, ("County",)),)})
    snapshot, ref = read(described, look_inside="always")
    names = {column.name for source in snapshot.inventories[ref].data_sources for column in source.columns}
    assert set(columns) <= names
    assert not snapshot.ledger.is_complete(Read.COLUMNS)


def test_a_file_that_kills_its_process_does_not_stop_the_others(
    described: Site, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that inspects dies of the file 'deadly.twb'; this one does not, and the other workbook is read."""
    startup = temporary / "startup"
    startup.mkdir()
    (startup / "sitecustomize.py").write_text(
        "import os, pathlib\n"
        "plain = pathlib.Path.stat\n"
        "def stat(path, **more):\n"
        "    found = plain(path, **more)\n"
        "    if path.suffix == '.twb' and found.st_size == 7:\n"
        "        os._exit(9)\n"
        "    return found\n"
        "pathlib.Path.stat = stat\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(startup))
    deadly = described.project("Other").workbook("Deadly").file(b"<html/>", name="deadly.twb")
    refs = [Ref(Kind.WORKBOOK, one.luid) for one in described.things["workbook"].values()]
    snapshot, _ = read(described, {Read.COLUMNS: refs})
    (miss,) = snapshot.ledger.misses(Read.FILES)
    assert (miss.id, miss.name) == (deadly.luid, "Deadly")
    assert "ended" in miss.reason
    assert [ref.id for ref in snapshot.inventories] == [one.id for one in refs if one.id != deadly.luid]
    assert [entry.name for entry in temporary.iterdir()] == ["startup"]
