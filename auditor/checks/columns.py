"""`columns`: no column below may have all of the given marks. A mark that was not told leaves the verdict open."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.below import BELOW_KINDS, all_of, below, classes_of, columns, is_as, named, note
from auditor.checks.context import Context, kinds_of, list_reads
from auditor.findings import ColumnNote, Exposure, Judgement, Verdict
from auditor.model import Column, Read
from auditor.policy import PolicyRule
from auditor.policy.globs import name_matches
from auditor.policy.requirements_data import Columns


def reads_of(rule: PolicyRule) -> frozenset[Read]:
    """The lists and the columns; classes that must rest on values need the files."""
    requirement = _requirement(rule)
    from_values = {Read.EXTRACTS} if "values" in requirement.evidence else set()
    return list_reads(kinds_of(rule, frozenset(BELOW_KINDS))) | {Read.COLUMNS} | from_values


def _requirement(rule: PolicyRule) -> Columns:
    assert isinstance(rule.requirement, Columns)
    return rule.requirement


def judge(rule: PolicyRule, context: Context) -> Iterator[Judgement]:
    """Each workbook and data source."""
    wanted = _requirement(rule)
    for subject in context.subjects(rule, BELOW_KINDS):
        found = below(context, subject.ref)
        hits: list[ColumnNote] = []
        open_columns = 0
        for column in columns(found.sources):
            fits = _fits(wanted, column)
            if fits is True:
                hits.append(note(column, classes_of(column, wanted.classes, wanted.min_confidence)))
            open_columns += fits is None
        if hits:
            yield Judgement(
                subject.ref,
                Verdict.FAIL,
                columns=tuple(dict.fromkeys(hits)),
                message=f"{_words(wanted, len(set(hits)))}: {named(hits)}.",
            )
        elif found.unread or open_columns:
            message = f"Of {open_columns} columns not all marks could be told." if open_columns else ""
            unread = found.unread or (str(Read.COLUMNS),)
            yield Judgement(subject.ref, Verdict.UNKNOWN, exposure=Exposure.UNKNOWN, unread=unread, message=message)
        else:
            yield Judgement(subject.ref, Verdict.PASS)


def _fits(wanted: Columns, column: Column) -> bool | None:
    if wanted.classes and not classes_of(column, wanted.classes, wanted.min_confidence):
        return False
    if wanted.evidence and set(wanted.evidence).isdisjoint(column.evidence):
        return None if _values_missing(wanted, column) else False
    if wanted.shelves and not {one.casefold() for one in wanted.shelves} & {one.casefold() for one in column.shelves}:
        return False
    if wanted.labels and not any(name_matches(glob, label) for glob in wanted.labels for label in column.labels):
        return False
    return all_of(
        (
            is_as(wanted.used, column.used),
            is_as(wanted.hidden, column.hidden),
            is_as(wanted.in_extract, column.in_extract),
            is_as(wanted.used_in_hidden_only, column.used_in_hidden_only),
        )
    )


def _values_missing(wanted: Columns, column: Column) -> bool:
    """By name it looks so, and nobody has looked at the values."""
    return "values" in wanted.evidence and "values" not in column.evidence and column.values == "unknown"


def _words(wanted: Columns, number: int) -> str:
    what = "column" if number == 1 else "columns"
    marks = [
        "of personal data" if wanted.classes else "",
        {True: "that sheets use", False: "that no sheet needs", None: ""}[wanted.used],
        {True: "that are hidden", False: "", None: ""}[wanted.hidden],
        {True: "and yet in the extract" if wanted.hidden else "in the extract", False: "", None: ""}[wanted.in_extract],
        "that only hidden sheets use" if wanted.used_in_hidden_only else "",
        f"on {', '.join(wanted.shelves)}" if wanted.shelves else "",
        "under a label" if wanted.labels else "",
    ]
    return " ".join([f"{number} {what}", *(mark for mark in marks if mark)])
