"""Rows of facts as columns of JSON, and back: small, quick, and checked value by value.

A column is `{"c": value}` where all rows agree, `{"d": values, "i": numbers}` where few values repeat, else
`{"v": values}`. Columns that a reader does not know are left out; a column that is missing gets the field's default.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Column = Mapping[str, Any]

#: A value must stand for at least so many rows on average before a dictionary pays.
_REPEATS = 3


class ColumnError(ValueError):
    """A column that is not what its field says."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Checks values by their exact types, all at once, and converts those that JSON has no type for."""

    allowed: frozenset[type]
    change: Callable[[Any], Any] | None

    def all(self, values: list[Any]) -> list[Any]:
        """The values. ColumnError where one is of another type."""
        if set(map(type, values)) - self.allowed:
            raise ColumnError("a value of another type")
        change = self.change
        return values if change is None else [None if value is None else change(value) for value in values]

    def __call__(self, value: Any) -> Any:
        """One value."""
        return self.all([value])[0]


def encode(values: Sequence[Any]) -> Column:
    """One column. Values are None, booleans, whole numbers, texts, or tuples of texts."""
    plain = [list(value) if isinstance(value, tuple) else value for value in values]
    distinct = dict.fromkeys(values)
    if len(distinct) == 1:
        return {"c": plain[0]}
    if len(distinct) * _REPEATS <= len(values):
        places = {value: place for place, value in enumerate(distinct)}
        return {
            "d": [list(value) if isinstance(value, tuple) else value for value in distinct],
            "i": [places[value] for value in values],
        }
    return {"v": plain}


def decode(column: Any, count: int, convert: Converter) -> list[Any]:
    """The values of a column of `count` rows, each checked and converted. ColumnError for anything else."""
    match column:
        case {"c": value}:
            return convert.all([value]) * count
        case {"d": list(distinct), "i": list(places)} if len(places) == count:
            table = convert.all(distinct)
            if set(map(type, places)) - {int} or (places and not 0 <= min(places) <= max(places) < len(table)):
                raise ColumnError("a number outside its dictionary")
            return [table[place] for place in places]
        case {"v": list(values)} if len(values) == count:
            return convert.all(values)
    raise ColumnError("a column of the wrong shape")


def encode_rows(rows: Sequence[Any], cls: type[Any]) -> dict[str, Column]:
    """All columns of rows that are dataclasses of one type."""
    if not rows:
        return {}
    return {one.name: encode([getattr(row, one.name) for row in rows]) for one in fields(cls)}


def decode_rows(columns: Mapping[str, Any], count: int, cls: type[T]) -> list[T]:
    """The rows back."""
    if count == 0:
        return []
    converters = _converters(cls)  # type: ignore[arg-type]
    found = [
        decode(columns[one.name], count, converters[one.name]) if one.name in columns else [_default(one)] * count
        for one in fields(cls)  # type: ignore[arg-type]
    ]
    return [cls(*row) for row in zip(*found, strict=True)]


def _default(one: Field[Any]) -> Any:
    if one.default is MISSING:
        raise ColumnError(f"the column {one.name} is missing")
    return one.default


@cache
def _converters(cls: Any) -> dict[str, Converter]:
    hints = get_type_hints(cls)
    return {one.name: converter(hints[one.name]) for one in fields(cls)}


def converter(hint: Any) -> Converter:
    """How JSON becomes a value of the hinted type."""
    optional = get_origin(hint) in {Union, types.UnionType}
    inner = next(one for one in get_args(hint) if one is not type(None)) if optional else hint
    allowed = frozenset({type(None)} if optional else ())
    if get_origin(inner) is tuple:
        return Converter(allowed | {list}, _texts)
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        words = {member.value: member for member in inner}
        return Converter(allowed | {str}, lambda value: _word(words, value))
    return Converter(allowed | {inner}, None)


def _texts(value: Any) -> tuple[str, ...]:
    if set(map(type, value)) - {str}:
        raise ColumnError("something else in place of texts")
    return tuple(value)


def _word(words: Mapping[str, Any], value: str) -> Any:
    if value not in words:
        raise ColumnError("an unknown word")
    return words[value]
