import pytest

from auditor.history import open_history

from .material import START
from .postgres import running


@pytest.fixture(scope="session")
def postgres_url():
    with running() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def where(request, tmp_path):
    """An empty history's place, once for each database."""
    if request.param == "sqlite":
        return str(tmp_path / "history.db")
    pytest.importorskip("psycopg", reason="the package psycopg is not installed")
    from sqlalchemy import create_engine

    url = request.getfixturevalue("postgres_url")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture
def history(where):
    with open_history(where, now=START) as opened:
        yield opened
