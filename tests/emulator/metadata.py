"""The Metadata API over a described site: `MetadataAPI(site)(query, variables)` (tableau-api-and-scale.md, 1.7).

Objects are dictionaries of values or functions of the arguments, named by `__typename`; extend `roots` or the builders
below it. Every list `things` also answers to `thingsConnection`. Without `orderBy` the pages of a connection repeat and
miss items, and beyond the node limit the answer is partial and says so: real servers do both.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from tests.emulator import nodes
from tests.emulator.gql import Document, Selection, SyntaxProblem, given, parse

Node = dict[str, Any]


class Unknown(Exception):  # noqa: N818 - it is answered, not raised to anybody
    """A field that the schema does not have."""


class MetadataAPI:
    """`node_limit` as on real servers; `warnings` are errors (`code`, message) that every answer carries."""

    def __init__(self, site: Any, *, node_limit: int = 20_000, warnings: tuple[tuple[str, str], ...] = ()) -> None:
        self.site = site
        self.node_limit = node_limit
        self.warnings = warnings
        self.queries: list[tuple[str, dict[str, Any]]] = []

    def roots(self) -> Node:
        """The lists that a query may start from."""
        return nodes.roots(self.site)

    def __call__(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        self.queries.append((query, variables))
        try:
            document = parse(query)
            run = _Run(document, {**document.defaults, **variables}, self.node_limit)
            data = run.select(self.roots(), document.selections)
        except (SyntaxProblem, Unknown) as problem:
            return {"data": None, "errors": [_error("GRAPHQL_VALIDATION_FAILED", str(problem), "ERROR")]}
        errors = [_error(code, text, "WARNING") for code, text in self.warnings]
        if run.exceeded:
            text = f"Showing partial results. The request exceeded the {self.node_limit} node limit."
            errors.append(_error("NODE_LIMIT_EXCEEDED", text, "WARNING", nodeLimit=self.node_limit))
        return {"data": data, **({"errors": errors} if errors else {})}


def _error(code: str, message: str, severity: str, **properties: Any) -> dict[str, Any]:
    return {"message": message, "extensions": {"severity": severity, "code": code, "properties": properties}}


class _Run:
    def __init__(self, document: Document, variables: dict[str, Any], limit: int) -> None:
        self.document = document
        self.variables = variables
        self.left = limit
        self.exceeded = False

    def select(self, node: Node, selections: tuple[Selection, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for selection in selections:
            if selection.name == "...":
                fragment = self.document.fragments[selection.spread] if selection.spread else selection
                if fragment.on is None or fragment.on in (node.get("__typename"), *node.get("__interfaces", ())):
                    found |= self.select(node, fragment.selections)
                continue
            value = self._value(node, selection, given(selection.arguments, self.variables))
            found[selection.alias] = self._shaped(value, selection)
        return found

    def _value(self, node: Node, selection: Selection, arguments: dict[str, Any]) -> Any:
        name = selection.name
        if name in node:
            value = node[name]
            value = value() if callable(value) else value
            return _filtered(value, arguments) if isinstance(value, list) else value
        things = name.removesuffix("Connection")
        if things == name or things not in node:
            raise Unknown(
                f"Validation error of type FieldUndefined: Field '{name}' in type '{node.get('__typename')}' is undefined"
            )
        value = node[things]
        return _connection(_filtered(value() if callable(value) else value, arguments), arguments)

    def _shaped(self, value: Any, selection: Selection) -> Any:
        if isinstance(value, list):
            return [self._shaped(item, selection) for item in self._afforded(value)]
        if isinstance(value, dict):
            if not selection.selections:
                raise Unknown(f"Validation error of type SubselectionRequired: '{selection.name}' needs a selection")
            return self.select(value, selection.selections)
        return value

    def _afforded(self, values: list[Any]) -> list[Any]:
        if not values or not isinstance(values[0], dict):
            return values
        kept = values[: max(0, self.left)]
        self.left -= len(kept)
        self.exceeded = self.exceeded or len(kept) < len(values)
        return kept


def _plain(node: Node, name: str) -> Any:
    value = node.get(name)
    return value() if callable(value) else value


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "": lambda actual, wanted: bool(actual == wanted),
    "Within": lambda actual, wanted: actual in wanted,
}


def _filtered(values: list[Any], arguments: dict[str, Any]) -> list[Any]:
    """`filter: {luid: …, nameWithin: […]}`."""
    for name, wanted in (arguments.get("filter") or {}).items():
        plain = name.removesuffix("Within")
        values = [v for v in values if _TESTS[name[len(plain) :]](_plain(v, plain), wanted)]
    return values


def _connection(values: list[Any], arguments: dict[str, Any]) -> Node:
    """One page. Cursors are places in the order, so without `orderBy` they point into a list that has since moved."""
    first = arguments.get("first")
    size = 100 if first is None else int(first)
    after, offset = arguments.get("after"), arguments.get("offset") or 0
    start = int(base64.b64decode(after)) if after else int(offset)
    order = arguments.get("orderBy")
    if order:
        for one in reversed(order if isinstance(order, list) else [order]):
            key = {"NAME": "name", "ID": "id"}.get(one["field"], "id")
            values = sorted(
                values, key=lambda v: (_plain(v, key), _plain(v, "id")), reverse=one.get("direction") == "DESC"
            )
    elif start:
        values = values[::-1]
    end = start + size
    cursor = base64.b64encode(str(end).encode()).decode()
    more = end < len(values)
    page = {"__typename": "PageInfo", "hasNextPage": more, "endCursor": cursor if more else None}
    return {"__typename": "Connection", "nodes": values[start:end], "pageInfo": page, "totalCount": len(values)}
