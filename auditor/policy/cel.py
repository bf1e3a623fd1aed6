"""CEL expressions in policies: their facts, and a type check when the policy is loaded.

The evaluator (PyPI common-expression-language) types only while it runs, and only the part that it happens to run. A
policy must not carry a fault that shows on one workbook in a thousand, so the expression is parsed and typed here
first: unknown names, a text compared with a number, a result that is no truth value. The subset is CEL without
messages, bytes and timestamps (https://github.com/google/cel-spec, "Syntax" and "Macros").
"""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.policy.cel_facts import FACTS, FUNCTIONS, MACROS
from auditor.policy.cel_tokens import ExpressionError, Token, tokens_of
from auditor.policy.names import suggestion

MAX_LENGTH = 4_000
MAX_NESTING = 40


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed expression: the facts that it names, and for `holds(audience, capability)` the audiences."""

    facts: tuple[str, ...]
    audiences: tuple[str, ...]
    capabilities: tuple[str, ...]


def check(source: str) -> Typed:
    """Parse and type an expression that must give true or false. ExpressionError otherwise."""
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters", 1)
    parser = _Parser(tokens_of(source))
    found = parser.ternary()
    parser.expect("end", "")
    if found not in ("bool", "dyn"):
        raise ExpressionError(f"the expression gives {found}, and a requirement must be true or false", 1)
    return Typed(tuple(parser.facts), tuple(parser.audiences), tuple(parser.capabilities))


@dataclass(slots=True)
class _Parser:
    """Recursive descent; each method reads one level of precedence and returns the type of what it read."""

    tokens: list[Token]
    place: int = 0
    nesting: int = 0
    bound: dict[str, str] = field(default_factory=dict)
    facts: dict[str, None] = field(default_factory=dict)
    audiences: dict[str, None] = field(default_factory=dict)
    capabilities: dict[str, None] = field(default_factory=dict)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.place]

    def take(self) -> Token:
        """Read one token."""
        token = self.token
        self.place += token.kind != "end"
        return token

    def expect(self, kind: str, text: str) -> Token:
        """Read a certain token."""
        token = self.take()
        if token.kind != kind or (text and token.text != text):
            wanted = f"'{text}'" if text else {"end": "the end", "name": "a name"}.get(kind, kind)
            found = f"'{token.text}'" if token.text else "the end"
            raise ExpressionError(f"{wanted} is expected, and {found} is found", token.column)
        return token

    def is_op(self, *texts: str) -> bool:
        """Is the next token one of these?"""
        return self.token.kind == "op" and self.token.text in texts

    def ternary(self) -> str:
        """`a ? b : c`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise ExpressionError("the expression is nested too deeply", self.token.column)
        found = self.either()
        if self.is_op("?"):
            column = self.take().column
            self.need(found, "bool", "?", column)
            left = self.either()
            self.expect("op", ":")
            found = self.same(left, self.ternary(), "? :", column)
        self.nesting -= 1
        return found

    def either(self) -> str:
        """`a || b`."""
        return self._logic("||", self.both)

    def both(self) -> str:
        """`a && b`."""
        return self._logic("&&", self.relation)

    def _logic(self, operator: str, below: object) -> str:
        assert callable(below)
        found: str = below()
        while self.is_op(operator):
            column = self.take().column
            self.need(found, "bool", operator, column)
            self.need(below(), "bool", operator, column)
            found = "bool"
        return found

    def relation(self) -> str:
        """`a == b`, `a < b`, `a in b`."""
        found = self.sum()
        while self.is_op("==", "!=", "<", "<=", ">", ">=") or (self.token.kind == "name" and self.token.text == "in"):
            operator = self.take()
            right = self.sum()
            if operator.text == "in":
                element = _element(right)
                if element is None:
                    raise ExpressionError(f"'in' needs a list on its right, not {right}", operator.column)
                self.same(found, element, "in", operator.column)
            else:
                kind = self.same(found, right, operator.text, operator.column)
                if operator.text not in ("==", "!=") and kind not in ("int", "double", "string", "dyn"):
                    raise ExpressionError(f"'{operator.text}' does not order values of type {kind}", operator.column)
            found = "bool"
        return found

    def sum(self) -> str:
        """`a + b`, `a - b`."""
        found = self.product()
        while self.is_op("+", "-"):
            operator = self.take()
            found = self.same(found, self.product(), operator.text, operator.column)
            addable = ("int", "double", "dyn") if operator.text == "-" else ("int", "double", "string", "dyn")
            if found not in addable and not (operator.text == "+" and found.startswith("list")):
                raise ExpressionError(f"'{operator.text}' does not work on values of type {found}", operator.column)
        return found

    def product(self) -> str:
        """`a * b`, `a / b`, `a % b`."""
        found = self.unary()
        while self.is_op("*", "/", "%"):
            operator = self.take()
            found = self.same(found, self.unary(), operator.text, operator.column)
            if found not in ("int", "double", "dyn"):
                raise ExpressionError(f"'{operator.text}' does not work on values of type {found}", operator.column)
        return found

    def unary(self) -> str:
        """`!a`, `-a`."""
        if self.is_op("!", "-"):
            operator = self.take()
            self.nesting += 1
            if self.nesting > MAX_NESTING:
                raise ExpressionError("the expression is nested too deeply", operator.column)
            found = self.unary()
            self.nesting -= 1
            if operator.text == "!":
                self.need(found, "bool", "!", operator.column)
            elif found not in ("int", "double", "dyn"):
                raise ExpressionError(f"'-' does not work on values of type {found}", operator.column)
            return found
        return self.member()

    def member(self) -> str:
        """`a.f(b)`, `a[0]`."""
        found = self.primary()
        while self.is_op(".", "["):
            operator = self.take()
            if operator.text == "[":
                element = _element(found)
                self.need(self.ternary(), "int", "[ ]", operator.column)
                self.expect("op", "]")
                if element is None:
                    raise ExpressionError(f"a value of type {found} has no parts", operator.column)
                found = element
            else:
                found = self._method(found, self.expect("name", ""))
        return found

    def _method(self, target: str, name: Token) -> str:
        self.expect("op", "(")
        if name.text in MACROS:
            return self._macro(target, name)
        return self._call(name, [target])

    def _macro(self, target: str, name: Token) -> str:
        element = _element(target)
        if element is None:
            raise ExpressionError(f"'{name.text}' needs a list, not {target}", name.column)
        variable = self.expect("name", "").text
        self.expect("op", ",")
        before = self.bound.get(variable)
        self.bound[variable] = element
        body = self.ternary()
        self.expect("op", ")")
        del self.bound[variable]
        if before is not None:
            self.bound[variable] = before
        if name.text == "map":
            return f"list({body})"
        self.need(body, "bool", name.text, name.column)
        return target if name.text == "filter" else "bool"

    def _call(self, name: Token, arguments: list[str]) -> str:
        if name.text not in FUNCTIONS:
            advice = suggestion(name.text, (*FUNCTIONS, *MACROS))
            raise ExpressionError(f"there is no function '{name.text}'. {advice}".strip(), name.column)
        first = self.place
        while not self.is_op(")"):
            arguments.append(self.ternary())
            if not self.is_op(")"):
                self.expect("op", ",")
        self.take()
        wanted, result = FUNCTIONS[name.text]
        if len(arguments) != len(wanted):
            raise ExpressionError(f"'{name.text}' takes {len(wanted)} values, not {len(arguments)}", name.column)
        for given, needed in zip(arguments, wanted, strict=True):
            fits = given in (needed, "dyn") or (needed == "sized" and (given == "string" or given.startswith("list")))
            if not fits:
                raise ExpressionError(f"'{name.text}' does not take a value of type {given}", name.column)
        if name.text == "holds":
            self._note_holds(name, first)
        return result

    def _note_holds(self, name: Token, first: int) -> None:
        given = [token for token in self.tokens[first : self.place - 1] if token.text != ","]
        if [token.kind for token in given] != ["string", "string"]:
            raise ExpressionError("'holds' takes an audience and a capability, both written out in quotes", name.column)
        self.audiences[given[0].text[1:-1]] = None
        self.capabilities[given[1].text[1:-1]] = None

    def primary(self) -> str:
        """A value, a name, a list, or something in brackets."""
        token = self.take()
        if token.kind in ("int", "string"):
            return token.kind
        if token.kind == "float":
            return "double"
        if token.kind == "op" and token.text == "(":
            found = self.ternary()
            self.expect("op", ")")
            return found
        if token.kind == "op" and token.text == "[":
            return self._list(token)
        if token.kind == "name":
            return self._name(token)
        found_text = f"'{token.text}'" if token.text else "the end"
        raise ExpressionError(f"a value is expected, and {found_text} is found", token.column)

    def _list(self, token: Token) -> str:
        element = "dyn"
        while not self.is_op("]"):
            element = self.same(element, self.ternary(), "[ ]", token.column)
            if not self.is_op("]"):
                self.expect("op", ",")
        self.take()
        return f"list({element})"

    def _name(self, token: Token) -> str:
        if token.text in ("true", "false"):
            return "bool"
        if token.text in self.bound:
            return self.bound[token.text]
        if self.is_op("("):
            self.take()
            return self._call(token, [])
        if token.text not in FACTS:
            raise ExpressionError(
                f"there is no fact '{token.text}'. {suggestion(token.text, FACTS)}".strip(), token.column
            )
        self.facts[token.text] = None
        return FACTS[token.text].type

    def need(self, found: str, wanted: str, operator: str, column: int) -> None:
        """A value must be of a type."""
        if found not in (wanted, "dyn"):
            raise ExpressionError(f"'{operator}' needs {wanted}, not {found}", column)

    def same(self, left: str, right: str, operator: str, column: int) -> str:
        """Two values must be of one type."""
        if "dyn" in (left, right):
            return right if left == "dyn" else left
        if left != right and not (
            left.startswith("list") and right.startswith("list") and "list(dyn)" in (left, right)
        ):
            raise ExpressionError(f"'{operator}' cannot be used on {left} and {right}", column)
        return left


def _element(kind: str) -> str | None:
    if kind == "dyn":
        return "dyn"
    return kind[5:-1] if kind.startswith("list(") else None
