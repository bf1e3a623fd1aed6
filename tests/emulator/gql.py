"""As much GraphQL as the Metadata API's clients write: queries, variables, aliases, arguments, fragments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'(?:[\s,\ufeff]|#[^\n]*)*(?:("""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([_A-Za-z]\w*)|(\.\.\.|[!$():=@\[\]{|}&]))'
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class SyntaxProblem(Exception):  # noqa: N818 - it is answered, not raised to anybody
    """The query is not GraphQL as this module knows it."""


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass(frozen=True)
class Selection:
    """A field with its arguments, or (name `...`) a fragment: `on` a type, of a `spread`'s name, or both empty."""

    name: str
    alias: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    selections: tuple[Selection, ...] = ()
    on: str | None = None
    spread: str | None = None


@dataclass
class Document:
    selections: tuple[Selection, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    fragments: dict[str, Selection] = field(default_factory=dict)


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                if not text[position:].split("#", maxsplit=1)[0].strip(" ,\n\t\r"):
                    break
                raise SyntaxProblem(f"Invalid Syntax : offending token at {position}")
            kind = ("string", "number", "name", "mark")[match.lastindex - 1] if match.lastindex else "mark"
            self.tokens.append((kind, match[match.lastindex or 0]))
            position = match.end()
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        if self.at >= len(self.tokens) or (expected is not None and self.next != expected):
            raise SyntaxProblem(f"Invalid Syntax : expected {expected or 'more'}, found {self.next or 'the end'!r}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def accept(self, mark: str) -> bool:
        if self.next == mark:
            self.at += 1
            return True
        return False

    def document(self) -> Document:
        found = Document()
        while self.next:
            if self.accept("fragment"):
                name = self.take()
                self.take("on")
                found.fragments[name] = Selection("...", on=self.take(), selections=self.braces())
                continue
            if self.accept("query"):
                if self.next not in ("(", "{", "@"):
                    self.take()
                if self.accept("("):
                    self.variables(found)
                self.directives()
            elif self.next != "{":
                raise SyntaxProblem(f"Invalid Syntax : only queries are answered, not {self.next!r}")
            found.selections = self.braces()
        return found

    def variables(self, found: Document) -> None:
        while not self.accept(")"):
            self.take("$")
            name = self.take()
            self.take(":")
            while self.next not in ("=", "$", ")"):
                self.take()
            if self.accept("="):
                found.defaults[name] = self.value()

    def directives(self) -> None:
        while self.accept("@"):
            self.take()
            self.arguments()

    def braces(self) -> tuple[Selection, ...]:
        self.take("{")
        found = []
        while not self.accept("}"):
            found.append(self.selection())
        return tuple(found)

    def selection(self) -> Selection:
        if self.accept("..."):
            if self.next not in ("on", "{", "@"):
                return Selection("...", spread=self.take())
            on = self.take() if self.accept("on") else None
            self.directives()
            return Selection("...", on=on, selections=self.braces())
        name = alias = self.take()
        if self.accept(":"):
            name = self.take()
        arguments = self.arguments()
        self.directives()
        return Selection(name, alias, arguments, self.braces() if self.next == "{" else ())

    def arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.accept("("):
            while not self.accept(")"):
                name = self.take()
                self.take(":")
                found[name] = self.value()
        return found

    def value(self) -> Any:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.take()
        if text == "$":
            return Variable(self.take())
        if text == "[":
            items = []
            while not self.accept("]"):
                items.append(self.value())
            return items
        if text == "{":
            found = {}
            while not self.accept("}"):
                name = self.take()
                self.take(":")
                found[name] = self.value()
            return found
        if kind == "string":
            inner = text[3:-3] if text.startswith('"""') else text[1:-1]
            return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), inner)
        if kind == "number":
            return float(text) if re.search(r"[.eE]", text) else int(text)
        return {"true": True, "false": False, "null": None}.get(text, text)


def parse(text: str) -> Document:
    """The query as selections. SyntaxProblem when it is none."""
    return _Parser(text).document()


def given(value: Any, variables: dict[str, Any]) -> Any:
    """A value with its variables filled in; a variable that nobody gave is None."""
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, dict):
        return {name: given(inner, variables) for name, inner in value.items()}
    if isinstance(value, list):
        return [given(inner, variables) for inner in value]
    return value
