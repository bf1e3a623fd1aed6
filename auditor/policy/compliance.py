"""Which rules speak to which control of which framework. The mapping is data, `policies/compliance/*.yaml`."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from auditor.policy.marked_yaml import parse, read_text
from auditor.policy.names import Name, Strictly, Text
from auditor.policy.places import shipped_policies, shown_name
from auditor.policy.problems import validate


class ControlModel(Strictly):
    """A control and the rules that speak to it."""

    title: Text
    rules: tuple[Name, ...]


class FrameworkFile(Strictly):
    """A framework, version 1."""

    version: Literal[1]
    framework: Name
    url: Name | None = None
    controls: dict[Name, ControlModel]


@dataclass(frozen=True, slots=True)
class Control:
    """One control of one framework."""

    framework: str
    id: str
    title: str


@functools.cache
def frameworks() -> tuple[FrameworkFile, ...]:
    """All shipped frameworks, in the order of their file names."""
    folder = shipped_policies() / "compliance"
    documents = [parse(read_text(path), shown_name(path)) for path in sorted(folder.glob("*.yaml"))]
    return tuple(validate(FrameworkFile, document) for document in documents)


def controls_of(rule_id: str) -> Iterator[Control]:
    """The controls that a rule speaks to."""
    for framework in frameworks():
        for name, control in framework.controls.items():
            if rule_id in control.rules:
                yield Control(framework.framework, name, control.title)
