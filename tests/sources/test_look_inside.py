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
