"""Waivers: accepted findings, each with a reason, an owner, a ticket and a date on which it ends (issue 6, point 4).

A waiver holds back failures only. What could not be judged is never waived: nobody can accept what nobody knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from auditor.errors import InvalidFileError
from auditor.model.vocabulary import OUTCOMES, all_capability_names, native_names, parse_kind
from auditor.policy.marked_yaml import Document, Place, parse, read_text
from auditor.policy.problems import together

MAX_DAYS = 180
EXPIRING_DAYS = 14

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class WaiverSubject(_Strict):
    """The exact object: its kind, its id (a LUID) and its path as told to people. Only the id decides."""

    id: Text
    kind: Text | None = None
    path: Text | None = None


class WaiverEntry(_Strict):
    """One waiver as it is written."""

    rule: Text
    subject: WaiverSubject
    audience: Text | None = None
    capabilities: tuple[Text, ...] = ()
    affected: tuple[Text, ...] | None = Field(
        default=None, description="Ids of the affected objects that were seen and accepted; others fire again."
    )
    reason: Text
    owner: Text
    ticket: Text
    created: date | None = None
    expires: date
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None

    @model_validator(mode="after")
    def _dates_in_order(self) -> WaiverEntry:
        if self.created is not None and self.expires < self.created:
            raise ValueError("expires lies before created")
        if self.created is not None and self.expires > self.created + timedelta(days=MAX_DAYS):
            raise ValueError(f"expires lies more than {MAX_DAYS} days after created")
        return self


class WaiverFile(_Strict):
    """A waiver file, version 1."""

    version: Literal[1]
    waivers: tuple[WaiverEntry, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver and where it stands. `capabilities` are the server's names that the written ones stand for."""

    entry: WaiverEntry
    capabilities: frozenset[str]
    file: str
    line: int

    @property
    def rule(self) -> str:
        """The id of the rule whose findings it holds back."""
        return self.entry.rule

    @property
    def subject_id(self) -> str:
        """The id of the object it is about."""
        return self.entry.subject.id

    @property
    def path(self) -> str:
        """The path of the object as told when the waiver was written; may be out of date."""
        return self.entry.subject.path or ""

    @property
    def reason(self) -> str:
        """Why the exposure is accepted."""
        return self.entry.reason

    @property
    def owner(self) -> str:
        """Who answers for it."""
        return self.entry.owner

    @property
    def ticket(self) -> str:
        """Where it was decided."""
        return self.entry.ticket

    @property
    def expires_on(self) -> str:
        """The last day on which it holds, YYYY-MM-DD."""
        return self.entry.expires.isoformat()

    def is_expired(self, today: date) -> bool:
        """Is its last day over?"""
        return today > self.entry.expires

    def is_expiring(self, today: date) -> bool:
        """Does it end within 14 days?"""
        return not self.is_expired(today) and self.entry.expires <= today + timedelta(days=EXPIRING_DAYS)


def load_waivers(paths: Sequence[Path], *, rules: Collection[str] | None, today: date) -> tuple[Waiver, ...]:
    """The waivers of all files, in order. `rules`: every rule id there is; None where they are not known.

    Raises `InvalidFileError` with the place for anything that is not right, also two waivers of one thing.
    """
    found: list[Waiver] = []
    for path in paths:
        found += waivers_of(parse(read_text(path), str(path)), rules=rules, today=today)
    refuse_twins(found)
    return tuple(found)


def waivers_of(document: Document, *, rules: Collection[str] | None, today: date) -> tuple[Waiver, ...]:
    """The waivers in one parsed file. Raises `InvalidFileError`."""
    try:
        content = WaiverFile.model_validate(document.data)
    except ValidationError as error:
        raise _as_invalid(document, error) from error
    return tuple(_checked(document, index, entry, rules, today) for index, entry in enumerate(content.waivers))


def _checked(document: Document, index: int, entry: WaiverEntry, rules: Collection[str] | None, today: date) -> Waiver:
    place: Place = ("waivers", index)
    if rules is not None and entry.rule not in rules:
        raise document.error((*place, "rule"), f"There is no rule '{entry.rule}'.", _meant(entry.rule, rules))
    if entry.created is None and entry.expires > today + timedelta(days=MAX_DAYS):
        raise document.error(
            (*place, "expires"),
            f"expires lies more than {MAX_DAYS} days ahead.",
            "Choose an earlier day; waivers are for a time.",
        )
    if entry.created is not None and entry.created > today:
        raise document.error(
            (*place, "created"), "created lies in the future.", "Write the day on which it was decided."
        )
    if entry.subject.kind is not None and parse_kind(entry.subject.kind) is None:
        raise document.error(
            (*place, "subject", "kind"),
            f"There is no kind of content '{entry.subject.kind}'.",
            "Write workbook, view, project …",
        )
    natives: set[str] = set()
    for number, name in enumerate(entry.capabilities):
        known = frozenset({name}) if name in OUTCOMES else native_names(name)
        if not known:
            names = (*all_capability_names(), *OUTCOMES)
            raise document.error(
                (*place, "capabilities", number), f"There is no capability '{name}'.", _meant(name, names)
            )
        natives |= known
    mark = document.mark(place)
    return Waiver(entry, frozenset(natives), document.file, mark.line)


def _meant(word: str, known: Collection[str]) -> str:
    """Did-you-mean, or how to see what there is."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else "`auditor policy list` shows the rules there are."


def _as_invalid(document: Document, error: ValidationError) -> InvalidFileError:
    """Everything that is wrong, where it stands."""
    return together([_fault(document, one) for one in error.errors(include_url=False)])


def _fault(document: Document, first: ErrorDetails) -> InvalidFileError:
    place = tuple(first["loc"])
    word = str(place[-1]) if place else "file"
    match first["type"]:
        case "extra_forbidden":
            known = _keys_at(place[:-1])
            return document.error(place, f"There is no key '{word}' here.", _meant(word, known) if known else None)
        case "missing":
            return document.error(
                place[:-1],
                f"'{word}' is missing.",
                "Add 'version: 1'." if word == "version" else f"Add '{word}:'; a waiver needs it.",
            )
        case "value_error":
            what = str(first["msg"]).removeprefix("Value error, ")
            inside = (*place, "expires") if len(place) == 2 else place
            return document.error(inside, f"{what}.", f"A waiver holds for at most {MAX_DAYS} days.")
        case "model_type" | "model_attributes_type" | "dict_type" | "tuple_type":
            return document.error(
                place, _shape_words(place), "`auditor policy schema waivers` prints what a waiver file holds."
            )
        case _:
            return document.error(place, f"'{word}' is not right: {_plain(first)}.", None)


def _shape_words(place: Place) -> str:
    if not place:
        return "A waiver file is a mapping with 'version: 1' and 'waivers:'."
    return f"'{place[-1]}' does not have the shape that a waiver file has here."


def _plain(detail: Any) -> str:
    text = str(detail["msg"])
    return text[0].lower() + text[1:] if text else "not valid"


def _keys_at(place: Place) -> tuple[str, ...]:
    words = [part for part in place if isinstance(part, str)]
    models: dict[int, type[BaseModel]] = {0: WaiverFile, 1: WaiverEntry}
    return tuple(models.get(len(words), WaiverSubject).model_fields)


def refuse_twins(waivers: Iterable[Waiver]) -> None:
    """Two waivers of one rule, subject and audience would leave open which one holds."""
    first: dict[tuple[str, str, str | None], Waiver] = {}
    for waiver in waivers:
        key = (waiver.rule, waiver.subject_id, waiver.entry.audience)
        other = first.setdefault(key, waiver)
        if other is not waiver:
            raise InvalidFileError(
                f"This waiver repeats the one at {other.file}:{other.line} (same rule, subject and audience).",
                where=f"{waiver.file}:{waiver.line}",
                next_step="Keep one of them and list all capabilities there.",
            )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of waiver files."""
    schema = WaiverFile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "bi-auditor waivers, version 1",
    }
