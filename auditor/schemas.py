"""Every JSON Schema of the project, by name: what policy files, waivers, the register, tests and the report look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor import report, triage
from auditor.policy import schemas as of_policies


def schemas() -> Mapping[str, dict[str, Any]]:
    """Name → JSON Schema (2020-12)."""
    return {**of_policies(), "waivers": triage.json_schema(), "report": report.json_schema()}
