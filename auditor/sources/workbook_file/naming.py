"""Ids for what has no id yet: files are known by their names, so that a finding stays the same after an edit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePath

from auditor.model.facts import Ref
from auditor.model.vocabulary import Kind
from auditor.sources.workbook_file.inspection import kind_of
from auditor.sources.workbook_file.reports import FileReport


def file_refs(reports: Iterable[FileReport]) -> tuple[Ref, ...]:
    """A reference for each report, from the file's name; files of one name are told apart by digest, then by place."""
    taken: set[Ref] = set()
    refs: list[Ref] = []
    for report in reports:
        digest = report.inventory.digest if report.inventory else None
        name = PurePath(report.file).name
        words = ((name,), (name, digest or ""), (name, digest or "", report.file))
        candidates = [Ref(kind_of(report.file), derived_id(*parts)) for parts in words]
        ref = next((ref for ref in candidates if ref not in taken), candidates[-1])
        taken.add(ref)
        refs.append(ref)
    return tuple(refs)


def view_ref(workbook: Ref, sheet: str) -> Ref:
    """The reference of a sheet as a view of a workbook that is not on a server yet."""
    return Ref(Kind.VIEW, derived_id(workbook.id, sheet))


def derived_id(*words: str) -> str:
    """A stable id that no server gives: "file-" and 24 hex digits."""
    return "file-" + hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:24]
