"""Golden files: `UPDATE_GOLDEN=1 python -m pytest tests/report` writes them again; read the diff before you commit it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


class Golden:
    def check(self, name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        assert path.exists(), f"no golden file {name}; run UPDATE_GOLDEN=1 python -m pytest tests/report"
        assert text == path.read_bytes().decode("utf-8")


@pytest.fixture
def golden() -> Golden:
    return Golden()
