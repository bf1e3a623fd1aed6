"""An expression cut into tokens, and the error that tells where one is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<float>\d+\.\d+)|(?P<int>\d+)|(?P<string>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]]))"
)


class ExpressionError(ValueError):
    """What is wrong with an expression; `column` from 1 within it."""

    def __init__(self, what: str, column: int) -> None:
        super().__init__(f"{what} (column {column} of the expression)")
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, text or sign; `column` from 1."""

    kind: str
    text: str
    column: int


def tokens_of(source: str) -> list[Token]:
    """The tokens, and one that stands for the end. ExpressionError for a character that means nothing."""
    tokens: list[Token] = []
    place = 0
    end = len(source.rstrip())
    while place < end:
        match = _TOKEN.match(source, place)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"'{source[place:].strip()[:1]}' is not understood here", place + 1)
        tokens.append(Token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup) + 1))
        place = match.end()
    return [*tokens, Token("end", "", len(source) + 1)]
