"""The register of what is meant to be public: one entry an item, made to live in git.

    version: 1
    items:
      - id: 0b1f…
        kind: workbook
        path: Public / Justice / Firearms
        purpose: Figures for the yearly report
        data_owner: jane@example.org
        audience: anonymous
        capabilities:
          - view
        columns:
          - County
        approvals:
          - by: jane@example.org
            date: 2026-01-15
            role: data owner
        approved:
          rules: 5d1c…
          columns: 99ab…

Sorted by kind and path, one fact a line, and nothing in it changes by itself. What is not yet known stands as empty.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

import yaml
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from auditor.errors import UsageError
from auditor.model.facts import Ref
from auditor.model.paths import join_path, split_path
from auditor.policy.marked_yaml import Document, parse, read_text
from auditor.policy.names import CapabilityName, ColumnName, KindName, Name, Strictly, suggestion
from auditor.policy.places import shown_name
from auditor.policy.problems import validate


class Approval(Strictly):
    """Somebody said yes, on a day."""

    by: Name
    on: date = Field(alias="date")
    role: Name | None = Field(default=None, description="data owner, privacy, platform, …")
    ticket: Name | None = None


class Approved(Strictly):
    """Fingerprints of what was approved; one that is missing was not known at the time."""

    rules: Name | None = Field(default=None, description="What the audience may do with the item and its views.")
    columns: Name | None = Field(default=None, description="Columns, their types, and whether rows are single people.")
    files: Name | None = Field(default=None, description="The published file.")


class Hold(Strictly):
    """An open report of a disclosure: the item must not be public until it is released."""

    since: date
    by: Name
    reason: Name
    released: date | None = None
    released_by: Name | None = None

    @model_validator(mode="after")
    def _second_person(self) -> Self:
        if self.released is not None and self.released_by is None:
            raise PydanticCustomError("released_by", "a released hold names who released it: 'released_by'")
        return self


class Entry(Strictly):
    """One item that is meant to be public."""

    id: Name
    kind: KindName
    path: Name = Field(description="The path as told; for people. The id decides.")
    purpose: str | None = None
    data_owner: str | None = None
    audience: Name = "anonymous"
    capabilities: tuple[CapabilityName, ...] = ("view",)
    columns: tuple[ColumnName, ...] | None = Field(
        default=None, description="Columns that may lie below; absent: nobody has said."
    )
    approvals: tuple[Approval, ...] = ()
    approved: Approved = Approved()
    reviewed: date | None = None
    review_by: date | None = None
    hold: Hold | None = None

    @property
    def ref(self) -> Ref:
        """The item."""
        return Ref(self.kind, self.id)

    @property
    def last_review(self) -> date | None:
        """The latest of reviews and approvals."""
        days = [approval.on for approval in self.approvals] + ([self.reviewed] if self.reviewed else [])
        return max(days, default=None)

    @property
    def on_hold(self) -> bool:
        """Is a disclosure report open?"""
        return self.hold is not None and self.hold.released is None


class RegisterFile(Strictly):
    """A register, version 1."""

    version: Literal[1]
    items: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """Entries by item. `lines` gives the line of each entry in `file`."""

    entries: Mapping[Ref, Entry] = field(default_factory=dict)
    file: str = ""
    lines: Mapping[Ref, int] = field(default_factory=dict)

    def entry(self, ref: Ref) -> Entry | None:
        """The entry of an item."""
        return self.entries.get(ref)

    def find(self, text: str) -> Entry:
        """The entry that an id or a path means. UsageError where none or several do."""
        parts = split_path(text)
        fitting = [one for one in self.entries.values() if one.id == text or split_path(one.path) == parts]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise UsageError(f"'{text}' means several entries of the register.", next_step="Name the item by its id.")
        paths = [one.path for one in self.entries.values()]
        raise UsageError(f"There is no entry '{text}' in the register.", next_step=suggestion(text, paths))


def load_register(path: str | Path) -> Register:
    """The register in a file. InvalidFileError with file, line and column for anything that is wrong in it."""
    shown = shown_name(Path(path))
    return _of_document(parse(read_text(Path(path), shown=shown), shown))


def register_of(data: object, where: str) -> Register:
    """A register from plain data, for policy tests; without `version` and with short entries filled up."""
    document = Document(where, data, {}, {})
    return _of_document(document)


def _of_document(document: Document) -> Register:
    file = validate(RegisterFile, document)
    entries: dict[Ref, Entry] = {}
    lines: dict[Ref, int] = {}
    for index, entry in enumerate(file.items):
        place = ("items", index, "id")
        if entry.ref in entries:
            raise document.error(
                place, f"The {entry.kind} '{entry.id}' is registered twice; first in line {lines[entry.ref]}."
            )
        entries[entry.ref] = entry
        lines[entry.ref] = document.mark(("items", index, "id")).line
    return Register(MappingProxyType(entries), document.file, MappingProxyType(lines))


def approve(
    register: Register, ref: Ref, approval: Approval, approved: Approved, *, columns: Sequence[str] | None = None
) -> Register:
    """The register with an approval added to an entry and the fingerprints of what was approved. UsageError for an unknown item."""
    entry = register.entries.get(ref)
    if entry is None:
        raise UsageError(
            f"The {ref.kind} '{ref.id}' is not in the register.", next_step="Run `auditor register draft` first."
        )
    changes: dict[str, Any] = {"approvals": (*entry.approvals, approval), "approved": approved}
    if columns is not None:
        changes["columns"] = tuple(sorted(columns))
    entries = {**register.entries, ref: entry.model_copy(update=changes)}
    return replace(register, entries=MappingProxyType(entries))


def dump_register(register: Register, personal: Mapping[Ref, Mapping[str, Sequence[str]]] | None = None) -> str:
    """The register as YAML: sorted by kind and path, one fact a line.

    `personal` (item → column → classes) is for a draft: a comment beside each personal column asks people to strike it.
    """
    entries = sorted(
        register.entries.values(), key=lambda one: (str(one.kind), join_path(split_path(one.path)), one.id)
    )
    body = "".join(_item(entry, (personal or {}).get(entry.ref, {})) for entry in entries)
    head = "version: 1\nitems:\n" if entries else "version: 1\nitems: []\n"
    return f"# yaml-language-server: $schema=register.schema.json\n# What is meant to be public. One entry an item; the id decides.\n{head}{body}"


def _item(entry: Entry, personal: Mapping[str, Sequence[str]]) -> str:
    """One entry as an item of the list; columns are written one by one, for a comment can only stand after one line."""
    lines: list[str] = []
    for name, value in _facts(entry):
        if name == "columns" and isinstance(value, list) and value:
            lines += ["columns:", *(_column(one, personal.get(one, ())) for one in value)]
        else:
            lines += _yaml({name: value}).rstrip("\n").split("\n")
    return textwrap.indent("\n".join(lines), "    ").replace("    ", "  - ", 1) + "\n"


def _column(name: str, classes: Sequence[str]) -> str:
    written = _yaml([name]).strip()
    if not classes:
        return textwrap.indent(written, "  ")
    if "\n" in written:  # double quotes keep it on one line
        written = yaml.dump([name], default_style='"', allow_unicode=True, width=10_000).strip()
    note = f"personal: {', '.join(classes)}; strike it unless its publication is lawful"
    return f"  {written}  # {note}"


def _yaml(value: object) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False
    )
    return text


def _facts(entry: Entry) -> Iterator[tuple[str, object]]:
    for name, value in entry.model_dump(mode="python", by_alias=True).items():
        if name in ("purpose", "data_owner"):
            yield name, value or ""
        elif (plain := _plain(value)) not in (None, {}, []) or (name == "columns" and value is not None):
            yield name, plain


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items() if part is not None}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value if isinstance(value, date | None) else str(value)


class _Dumper(yaml.SafeDumper):
    """Block style throughout, and lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's signature
        del indentless
        super().increase_indent(flow, indentless=False)
