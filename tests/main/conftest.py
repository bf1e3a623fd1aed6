"""The command line in this process, with a clean environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from auditor.cli import run

SECRET = "tok3n-that-must-not-show"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    def rules(self, verdict: str = "fail") -> set[str]:
        return {finding["rule"] for finding in self.report["findings"] if finding["verdict"] == verdict}


Auditor = Callable[..., Result]


@pytest.fixture
def auditor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Auditor:
    for name in (
        "TABLEAU_SERVER_URL",
        "TABLEAU_SERVER",
        "TABLEAU_SITE",
        "TABLEAU_TOKEN_NAME",
        "NO_COLOR",
        "FORCE_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TABLEAU_TOKEN_VALUE", SECRET)

    def call(*arguments: str) -> Result:
        capsys.readouterr()
        code = run(list(arguments))
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    return call
