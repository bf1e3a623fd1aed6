"""From pydantic's errors to one sentence with file, line, column, what is wrong and what would be right."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from auditor.errors import InvalidFileError
from auditor.policy.marked_yaml import Document, Place
from auditor.policy.names import nearest, suggestion

_WORDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "enum": "one of the words of the schema",
    "date_type": "a date (YYYY-MM-DD)",
    "date_from_datetime_parsing": "a date (YYYY-MM-DD)",
}
_SHAPES = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    list: "a list",
    dict: "keys and values",
    type(None): "nothing",
}
#: So many faults of one file are told; who has more sees the others next time.
_MOST_FAULTS = 50

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], document: Document, place: Place = (), data: Any = None) -> Model:
    """`data` (or the part of the document at `place`) as a model; InvalidFileError with every fault in file order."""
    part = data if data is not None else part_at(document, place)
    if not isinstance(part, dict):
        shape = "is empty" if part is None else f"holds {_SHAPES.get(type(part), 'something else')}"
        raise document.error(place, f"The file {shape} where keys and values must stand.", "Begin with 'version: 1'.")
    try:
        return model.model_validate(part)
    except ValidationError as error:
        raise _explain(error, model, document, place) from error


def part_at(document: Document, place: Place) -> Any:
    """The data at a place of a document."""
    part = document.data
    for step in place:
        part = part[step]
    return part


def _explain(error: ValidationError, model: type[BaseModel], document: Document, place: Place) -> InvalidFileError:
    details = list(_own_faults(error.errors(include_url=False), model))
    # Unions tell the same thing several times; an unknown key says more than what follows from it.
    details.sort(key=lambda one: (_order(document, place, one), one["type"] != "extra_forbidden"))
    by_place: dict[tuple[int, int], ErrorDetails] = {}
    for one in details:
        by_place.setdefault(_order(document, place, one), one)
    return together([_fault(one, model, document, place) for one in by_place.values()])


def _own_faults(details: list[ErrorDetails], model: type[BaseModel]) -> Iterator[ErrorDetails]:
    """Without what only follows from another fault: a key that is missing because it is misspelt beside."""
    misspelt = {
        (one["loc"][:-1], nearest(str(one["loc"][-1]), known_keys(model, one["loc"][:-1])))
        for one in details
        if one["type"] == "extra_forbidden"
    }
    for one in details:
        # A list whose items are all wrong is reported as too short as well; that is no fault of its own.
        follows = one["type"] == "too_short" and one["input"]
        if not follows and not (one["type"] == "missing" and (one["loc"][:-1], str(one["loc"][-1])) in misspelt):
            yield one


def _fault(detail: ErrorDetails, model: type[BaseModel], document: Document, place: Place) -> InvalidFileError:
    what, next_step = _sentence(detail, model)
    at = (*place, *_steps(detail))
    where = document.where(at) if detail["type"] == "extra_forbidden" else document.value_where(at)
    return InvalidFileError(what, where=where, next_step=next_step or None)


def together(faults: Sequence[InvalidFileError]) -> InvalidFileError:
    """One error that tells all faults of a file, in the order given; of very many the first fifty. At least one."""
    return faults[0] if len(faults) == 1 else SeveralFaultsError(faults)


class SeveralFaultsError(InvalidFileError):
    """Several faults of one file, a line each. `what`, `where` and `next_step` are those of the first."""

    def __init__(self, faults: Sequence[InvalidFileError]) -> None:
        first = faults[0]
        super().__init__(first.what, where=first.where, next_step=first.next_step)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        more = len(self.faults) - _MOST_FAULTS
        lines = [str(one) for one in self.faults[:_MOST_FAULTS]]
        return "\n".join([*lines, f"… and {more} more faults in this file."] if more > 0 else lines)


def _steps(detail: ErrorDetails) -> Place:
    return tuple(step for step in detail["loc"] if step != "[key]")


def _order(document: Document, place: Place, detail: ErrorDetails) -> tuple[int, int]:
    mark = document.value_mark((*place, *_steps(detail)))
    return (mark.line, mark.column)


def _sentence(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    kind = detail["type"]
    loc = detail["loc"]
    name = next((str(step) for step in reversed(loc) if isinstance(step, str) and step != "[key]"), "this")
    if kind == "extra_forbidden":
        known = list(known_keys(model, loc[:-1]))
        return f"Unknown key '{loc[-1]}'.", suggestion(str(loc[-1]), known)
    if kind == "missing":
        value = "1" if loc[-1] == "version" else "…"
        return f"The key '{loc[-1]}' is missing.", f"Add '{loc[-1]}: {value}'."
    if kind == "model_type" and loc[:1] == ("disable",) and isinstance(detail["input"], str):
        written = f"- {{id: {detail['input'][:80]}, reason: …}}"
        return "A rule is disabled with its reason, not by its id alone.", f"Write `{written}`."
    if kind in _WORDS:
        found = _SHAPES.get(type(detail["input"]), "something else")
        return f"'{name}' must be {_WORDS[kind]}, not {found}.", "See `auditor policy schema`."
    if kind == "literal_error":
        return f"'{name}' must be {detail['ctx']['expected']}, not {detail['input']!r}.", ""
    if kind == "string_pattern_mismatch":
        return f"'{name}' cannot be {detail['input']!r}: it must fit {detail['ctx']['pattern']}.", ""
    if kind == "too_short":
        return f"'{name}' is empty.", "Give at least one."
    text = detail["msg"][:1].upper() + detail["msg"][1:]
    return (text if text.endswith((".", "?")) else f"{text}."), ""


def known_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> Iterator[str]:
    """The keys that may stand at a place of a model's data."""
    models: set[type[BaseModel]] = {model}
    for step in loc:
        following: set[type[BaseModel]] = set()
        for one in models:
            for name, field in one.model_fields.items():
                if step in (name, field.alias):
                    following |= set(_models_in(field.annotation))
        models = following or models  # an index or a tag of a union: still the same models
    for one in sorted(models, key=lambda each: each.__name__):
        for name, field in one.model_fields.items():
            yield field.alias or name


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if (
        isinstance(annotation, type)
        and not isinstance(annotation, types.GenericAlias)
        and issubclass(annotation, BaseModel)
    ):
        yield annotation
        return
    for argument in typing.get_args(annotation):
        if argument is not Ellipsis:
            yield from _models_in(argument)
