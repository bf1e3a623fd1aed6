"""What there is to choose from: the shipped packs, the parameters and the rules that use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.policy import places
from auditor.policy.loading import documents_of, load
from auditor.policy.parameters import KNOWN, Value


@dataclass(frozen=True, slots=True)
class Pack:
    """A shipped pack. `rules`: how many are judged with it; `extends`: the packs that it is made of."""

    name: str
    description: str
    rules: int
    extends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParameterUse:
    """A parameter with its value now. `rules` use it in the policy, `elsewhere` only in other shipped packs."""

    name: str
    meaning: str
    value: Value
    rules: tuple[str, ...]
    elsewhere: tuple[str, ...]


def packs() -> tuple[Pack, ...]:
    """The shipped packs by name."""
    return tuple(_pack(name) for name in places.pack_names())


def _pack(name: str) -> Pack:
    policy = load([name])
    data = documents_of([name])[-1].data
    return Pack(name, " ".join(policy.description.split()), len(policy.rules), tuple(data.get("extends", ())))


def parameter_uses(names: Sequence[str | Path]) -> tuple[ParameterUse, ...]:
    """Every parameter of a policy in the order in which they are defined. InvalidFileError where it is not valid."""
    policy = load(names)
    judged = {rule.id for rule in policy.rules}
    users: dict[str, dict[str, None]] = {name: {} for name in policy.parameters}
    for document in documents_of([*names, *places.pack_names()]):
        for parameter, rule in _uses(document.data):
            users.setdefault(parameter, {})[rule] = None
    return tuple(
        ParameterUse(
            name,
            KNOWN[name].meaning if name in KNOWN else "",
            value,
            tuple(rule for rule in users[name] if rule in judged),
            tuple(rule for rule in users[name] if rule not in judged),
        )
        for name, value in policy.parameters.items()
    )


def _uses(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Parameter and rule id: named in the rule, in what is changed about it, or by an audience that it names."""
    by_audience = {name: tuple(_named(part)) for name, part in data.get("audiences", {}).items()}
    rules = [(rule["id"], rule) for rule in data.get("rules", ())]
    for rule_id, body in [*rules, *data.get("overrides", {}).items()]:
        for name in _named(body):
            yield name, rule_id
        for audience in _audiences(body):
            for name in by_audience.get(audience, ()):
                yield name, rule_id


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, str) and part.startswith("${"):
        yield part[2:-1].strip()
    elif isinstance(part, dict) and set(part) == {"parameter"}:
        yield part["parameter"]
    else:
        for below in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from _named(below)


def _audiences(body: Mapping[str, Any]) -> Iterator[str]:
    for key, part in body.items():
        named = part if key == "reachable_by" else part.get("audience") if isinstance(part, dict) else None
        named = named.get("audience") if isinstance(named, dict) else named
        yield from [named] if isinstance(named, str) else named if isinstance(named, list) else ()
