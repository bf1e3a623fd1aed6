"""What goes wrong with a history is said in a sentence, and never with a password."""

import sqlite3

import pytest

from auditor.errors import AuditorError, UsageError
from auditor.history import HistoryError, open_history
from auditor.history.places import PostgresDatabase, SqliteFile, parse_place

from .material import START, finding, run
from .postgres import PASSWORD


def said(where, **options):
    with pytest.raises(AuditorError) as caught, open_history(where, now=START, **options):
        pass
    assert caught.value.__cause__ is None or PASSWORD not in str(caught.value.__cause__)
    assert caught.value.next_step
    return str(caught.value)


def test_a_locked_file(tmp_path):
    path = tmp_path / "h.db"
    open_history(str(path), now=START).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        open_history(str(path), now=START, wait=0.1) as history,
        pytest.raises(HistoryError, match="locked by another job"),
    ):
        history.record(run(1))
    other.rollback()
    other.close()


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "h.db"
    path.write_text("dear diary\n" * 100)
    assert "not a database" in said(str(path))
    assert path.read_text().startswith("dear diary")


def test_a_newer_schema_is_left_alone(where):
    with open_history(where, now=START) as history:
        history.record(run(1, finding("a")))
        _set_version(history, 99)
    assert "schema version 99; this program knows up to" in said(where)


def test_an_older_schema_is_brought_up_to_date(where, monkeypatch):
    from auditor.history import upgrades

    with open_history(where, now=START) as history:
        history.record(run(1, finding("a")))
    steps = (*upgrades.UPGRADES, lambda connection: connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN mood TEXT"))
    monkeypatch.setattr(upgrades.check, "__kwdefaults__", {"upgrades": steps})
    monkeypatch.setattr(upgrades.upgrade, "__kwdefaults__", {"upgrades": steps})
    for _ in range(2):
        with open_history(where, now=START) as history:
            assert _ask(history, "SELECT mood FROM runs") == [(None,)]
            assert _ask(history, "SELECT version FROM schema_version ORDER BY version") == [(1,), (2,)]


def test_a_step_that_fails_leaves_the_history_as_it_was(where, monkeypatch):
    from auditor.history import upgrades

    def broken(connection):
        connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN mood TEXT")
        connection.exec_driver_sql("SELECT nothing FROM nowhere")

    open_history(where, now=START).close()
    with monkeypatch.context() as patched:
        patched.setattr(upgrades.check, "__kwdefaults__", {"upgrades": (*upgrades.UPGRADES, broken)})
        patched.setattr(upgrades.upgrade, "__kwdefaults__", {"upgrades": (*upgrades.UPGRADES, broken)})
        said(where)
    with open_history(where, now=START) as history:
        history.record(run(1))
        assert _ask(history, "SELECT version FROM schema_version") == [(1,)]
        with pytest.raises(Exception, match="mood"):
            _ask(history, "SELECT mood FROM runs")


@pytest.mark.xdist_group("postgresql")
@pytest.mark.parametrize("change", [":{password}@", ":wrong-{password}@"])
def test_postgresql_that_does_not_answer_or_refuses(postgres_url, change):
    pytest.importorskip("psycopg")
    refused = postgres_url.replace(f":{PASSWORD}@", change.format(password=PASSWORD))
    if change.startswith(":{"):
        refused = refused.rsplit(":", 1)[0] + ":1/postgres"
    text = said(refused)
    assert PASSWORD not in text
    assert "127.0.0.1" in text
    assert "auditor" not in text.split("127.0.0.1")[0]


@pytest.mark.xdist_group("postgresql")
def test_a_password_from_libpqs_own_places(postgres_url, monkeypatch):
    pytest.importorskip("psycopg")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with open_history(postgres_url.replace(f":{PASSWORD}@", "@"), now=START, is_argument=True) as history:
        assert history.runs(site="none") == ()


def test_a_path_that_cannot_be(tmp_path):
    assert "folder" in said(str(tmp_path))
    assert "cannot be made: No such file" in said(str(tmp_path / "no" / "h.db"))
    assert "There is no history here" in said(str(tmp_path / "h.db"), create=False)
    assert not (tmp_path / "h.db").exists()
    (tmp_path / "empty.db").touch()
    assert "There is no history here" in said(str(tmp_path / "empty.db"), create=False)


def test_a_secret_is_never_an_argument():
    for url in ("postgresql://u:hush@h/d", "postgres://h/d?user=u&password=hush", "postgresql://h/d?sslpassword=hush"):
        with pytest.raises(UsageError) as caught:
            parse_place(url, is_argument=True)
        assert "hush" not in str(caught.value)
        place = parse_place(url)
        assert isinstance(place, PostgresDatabase)
        assert place.secrets == ("hush",)
        assert "hush" not in repr(place)
        assert "hush" not in place.shown


@pytest.mark.parametrize("text", ["", "mysql://h/d", "postgresql://h:port/d", "oracle+x://u:hush@h"])
def test_a_place_that_is_none(text):
    with pytest.raises(UsageError) as caught:
        parse_place(text)
    assert "hush" not in str(caught.value)


def test_a_sqlite_url():
    assert parse_place("sqlite:////var/lib/h.db") == SqliteFile(parse_place("/var/lib/h.db").path)
    assert parse_place("sqlite:///h.db") == parse_place("h.db")


def test_without_sqlalchemy(monkeypatch, tmp_path):
    import sys

    for name in [name for name in sys.modules if name.startswith("auditor.history.")]:
        monkeypatch.delitem(sys.modules, name)
    import auditor.history

    for name in ("engine", "upgrades"):
        monkeypatch.delattr(auditor.history, name, raising=False)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    assert "SQLAlchemy" in said(str(tmp_path / "h.db"))


def test_a_reader_sees_what_was_there_while_a_job_writes(tmp_path):
    path = tmp_path / "h.db"
    with open_history(str(path), now=START) as history:
        history.record(run(1))
        writer = sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM runs")
        with open_history(str(path), now=START, wait=0.1) as other:
            assert [one.id for one in other.runs()] == ["run-001"]
        writer.rollback()
        writer.close()


def _set_version(history, number):
    from auditor.history import engine, tables

    with engine.writing(history._engine, history.place) as connection:
        connection.execute(tables.schema_version.insert().values(version=number, upgraded_at=START))


def _ask(history, question):
    from auditor.history import engine

    with engine.reading(history._engine, history.place) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(question)]
