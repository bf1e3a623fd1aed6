"""The command line in this process (as in tests/main), and files of our own making."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.main.conftest import auditor  # noqa: F401 - a fixture
from tests.preflight.making import counts_package
from tests.workbook_file.builders import firearms_package


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with firearms.twbx (licences, one row each) and counts.twbx (figures by county and year)."""
    pytest.importorskip("tableauhyperapi", reason="the extra `hyper` is not installed")
    made = tmp_path_factory.mktemp("files")
    firearms_package(made, rows=400, name="firearms.twbx")
    counts_package(made)
    return made
