"""YAML as people write it for us: the data, and for every key and value the line and column where it stands.

Files are hostile: size, depth and number of nodes are limited, anchors and aliases are refused, tags are refused.
Only `true` and `false` are booleans (a tag "no" stays a text), and a number with a point stays a text, so that edition
2026.10 is not 2026.1; the models turn texts into numbers where they want them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from auditor.errors import InvalidFileError

MAX_CHARACTERS = 4_000_000
MAX_DEPTH = 40
MAX_NODES = 400_000

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one file and the marks of its parts. `file` is the name as it is told to people."""

    file: str
    data: Any
    keys: Mapping[Place, Mark]
    values: Mapping[Place, Mark]

    def mark(self, place: Place) -> Mark:
        """Where a part stands: its key, or its value for an item of a list; else the nearest part around it."""
        while True:
            mark = self.keys.get(place) or self.values.get(place)
            if mark is not None:
                return mark
            if not place:
                return Mark(1, 1)
            place = place[:-1]

    def value_mark(self, place: Place) -> Mark:
        """Where the value of a part stands; else as `mark`."""
        return self.values.get(place) or self.mark(place)

    def where(self, place: Place) -> str:
        """`file:line:column` of a part."""
        mark = self.mark(place)
        return f"{self.file}:{mark.line}:{mark.column}"

    def value_where(self, place: Place) -> str:
        """`file:line:column` of a part's value."""
        mark = self.value_mark(place)
        return f"{self.file}:{mark.line}:{mark.column}"

    def error(self, place: Place, what: str, next_step: str | None = None) -> InvalidFileError:
        """The error to raise about a part of this file."""
        return InvalidFileError(what, where=self.where(place), next_step=next_step)


#: The parser in C where PyYAML was built with it; it is ten times as fast and gives the same marks.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # either parser of PyYAML
    """SafeLoader with fewer implicit types (see the module's text)."""


_DROPPED = {f"tag:yaml.org,2002:{kind}" for kind in ("float", "bool", "int")}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _DROPPED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z"), list("-+0123456789")
)
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def read_text(path: Path, *, shown: str | None = None) -> str:
    """The text of a file that people wrote. InvalidFileError where it is not there, not readable, not UTF-8 or too large."""
    name = shown or str(path)
    try:
        if path.stat().st_size > MAX_CHARACTERS:
            raise InvalidFileError(
                f"The file is larger than {MAX_CHARACTERS} bytes.", where=name, next_step="Split it."
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFileError("The file is not UTF-8 text.", where=name, next_step="Save it as UTF-8.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidFileError(
            f"The file cannot be read: {reason}.", where=name, next_step="Check the name and the rights on the file."
        ) from error


def parse(text: str, file: str) -> Document:
    """One YAML document with its marks. InvalidFileError with file, line and column for anything that is wrong in it."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidFileError(
            f"The file is longer than {MAX_CHARACTERS} characters.", where=file, next_step="Split it."
        )
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        _refuse_bombs(text, file)
        node = loader.get_single_node()
        builder = _Builder(file, loader)
        data = builder.build(node, (), 0) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else f"{file}:1:1"
        raise InvalidFileError(
            f"This is not valid YAML: {error.problem or error.context}.",
            where=where,
            next_step=_advice(text, mark),
        ) from error
    except yaml.YAMLError as error:
        raise InvalidFileError(
            f"This is not valid YAML: {_one_line(error)}.",
            where=f"{file}:1:1",
            next_step="Save it as plain UTF-8 text.",
        ) from error
    finally:
        if loader is not None:
            loader.dispose()
    return Document(file, data, builder.keys, builder.values)


def _advice(text: str, mark: Any) -> str:
    """What to do about text that is no YAML. A tab before the first word is what editors slip in."""
    line = text.split("\n")[mark.line] if mark is not None and mark.line <= text.count("\n") else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "Indent with blanks, not with a tab."
    return "Check the indentation and the quotes."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _refuse_bombs(text: str, file: str) -> None:
    """Depth and number are counted on the event stream, before anything is built; anchors, aliases and tags end it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Base)):
        mark = event.start_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InvalidFileError(
                "Anchors (&) and aliases (*) are not allowed here.",
                where=where,
                next_step="Write the value out, or put quotes around a text that begins with & or *.",
            )
        if getattr(event, "tag", None):
            raise InvalidFileError(
                "Tags (!) are not allowed here.", where=where, next_step="Remove the tag or quote the text."
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise InvalidFileError(
                "The file is nested too deeply or has too many parts.", where=where, next_step="Split it."
            )


class _Builder:
    """Builds data from nodes and notes the marks on the way."""

    def __init__(self, file: str, loader: _Loader) -> None:
        self.file = file
        self.loader = loader
        self.keys: dict[Place, Mark] = {}
        self.values: dict[Place, Mark] = {}

    def build(self, node: yaml.Node, place: Place, depth: int) -> Any:
        """The data of a node."""
        self.values[place] = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, index), depth + 1) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = Mark(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            where = f"{self.file}:{mark.line}:{mark.column}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise InvalidFileError("A key must be a plain word.", where=where, next_step="Check the brackets.")
            key = str(key_node.value)
            if key in result:
                first = self.keys[(*place, key)]
                raise InvalidFileError(
                    f"The key '{key}' stands here twice; the first is in line {first.line}.",
                    where=where,
                    next_step="Keep one of them.",
                )
            self.keys[(*place, key)] = mark
            result[key] = self.build(value_node, (*place, key), depth + 1)
        return result

    def _scalar(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode) and not node.style and node.value in _BOOLEANS:
            return _BOOLEANS[node.value]
        try:
            return self.loader.construct_object(node, deep=True)
        except ValueError as error:  # 2026-02-30 looks like a date and is none
            mark = node.start_mark
            raise InvalidFileError(
                f"'{node.value}' is not a valid value: {_one_line(error)}.",
                where=f"{self.file}:{mark.line + 1}:{mark.column + 1}",
                next_step="Write a date as YYYY-MM-DD, or put quotes around a text.",
            ) from error
