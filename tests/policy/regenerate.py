"""Writes what is generated beside the policies: the rules' pages and the JSON Schemas. `python -m tests.policy.regenerate`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from auditor.checks import rule_reads
from auditor.policy import load, pack_names, shipped_policies
from auditor.policy.pages import render
from auditor.schemas import schemas


def pages() -> Mapping[Path, str]:
    """Every shipped rule's page, by the file that it belongs in."""
    found: dict[Path, str] = {}
    for pack in pack_names():
        policy = load([pack])
        for rule in policy.rules:
            if rule.pack == pack:
                needs = sorted(str(read) for read in rule_reads(rule, policy))
                found[shipped_policies() / "pages" / f"{rule.id}.md"] = render(rule, needs=needs)
    return found


def schema_files() -> Mapping[Path, str]:
    """Every JSON Schema, by the file that it belongs in."""
    folder = shipped_policies() / "schema"
    return {
        folder / f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


if __name__ == "__main__":
    for path, text in {**pages(), **schema_files()}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
