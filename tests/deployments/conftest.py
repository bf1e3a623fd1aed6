"""Two or three emulated sites, and a deployments file about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Site
from tests.emulator.samples import incident

POLICY = """
version: 1
name: public-content
rules:
  - id: DOWN-01
    title: The public may download full data
    severity: critical
    select: {kinds: [workbook, view]}
    forbid: {audience: anonymous, capabilities: [download_full_data]}
"""
VARIABLE = "AUDITOR_TEST_SECRET"
SECRET = "s3cret-of-the-deployments"

Write = Callable[..., Path]


def quiet_site(name: str) -> Site:
    """A site on which the public can download nothing."""
    described = Site(name, guest_access=True)
    described.project("Public").allow(described.all_users, "Read").workbook("Parks").allow(
        described.all_users, "Read"
    ).view("Map")
    return described


def open_site(name: str) -> Site:
    """The incident, under another name."""
    described = incident()
    described.name, described.content_url = name, name.lower()
    return described


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a deployments file: site entries, defaults; each site with a token of its own unless it says otherwise."""
    monkeypatch.setenv(VARIABLE, SECRET)
    (tmp_path / "policy.yaml").write_text(POLICY)

    def writer(*sites: dict[str, Any], **file: Any) -> Path:
        entries = [
            {"token": {"name": f"auditor-{n}", "value_from": {"env": VARIABLE}}, **one} for n, one in enumerate(sites)
        ]
        path = tmp_path / "deployments.yaml"
        defaults = {"policies": ["policy.yaml"]} | file.pop("defaults", {})
        path.write_text(json.dumps({"version": 1, "defaults": defaults, "sites": entries, **file}, indent=1))
        return path

    return writer


TOKENS = {f"auditor-{n}": SECRET for n in range(5)}
