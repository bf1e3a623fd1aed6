"""Parameters: values that several rules share and that an adopter sets in one place.

`{parameter: NAME}` stands for the value; in a list, the item "${NAME}" is replaced by the value's items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from auditor.errors import InvalidFileError
from auditor.policy.marked_yaml import Document, Place
from auditor.policy.names import suggestion

Value = int | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the shipped rules: its value where nobody sets it, and what it is for."""

    default: Value
    meaning: str


KNOWN: Mapping[str, Parameter] = MappingProxyType(
    {
        "public_projects": Parameter(
            ("Public/**",), "Globs over the paths of the projects that are meant for the public."
        ),
        "public_sites": Parameter(
            (), "Names or content URLs of sites on which visitors without an account are meant to be."
        ),
        "public_capabilities": Parameter(
            ("view", "filter", "download_image"), "What visitors without an account may hold at most."
        ),
        "default_projects": Parameter(("Default", "default"), "Paths of the project whose rules new projects copy."),
        "internal_domains": Parameter((), "E-mail domains of the house."),
        "cell_threshold": Parameter(11, "Smallest number of people that a figure may stand for."),
        "review_interval_days": Parameter(90, "Days between two reviews of public content."),
        "inactive_days": Parameter(365, "Days without a sign-in after which an owner counts as gone."),
        "revision_limit": Parameter(25, "Revisions that must be kept at least."),
        "trained_publishers": Parameter((), "Accounts that may own public content; empty: nobody has said yet."),
        "public_accounts": Parameter((), "Read-only database accounts that may be embedded in public content."),
        "embedding_accounts": Parameter(
            (), "Accounts that stand behind embedded pages (trusted tickets, connected apps)."
        ),
    }
)


def defaults() -> dict[str, Value]:
    """The value of every known parameter."""
    return {name: parameter.default for name, parameter in KNOWN.items()}


@dataclass(slots=True)
class Filler:
    """Fills parameters into the data of documents and notes which were used."""

    values: Mapping[str, Value]
    used: set[str]

    def fill(self, document: Document) -> Any:
        """The document's data with all parameters filled in, but for the `parameters` themselves."""
        data = document.data
        if not isinstance(data, dict):
            return data
        return {
            key: value if key == "parameters" else self._fill(document, (key,), value) for key, value in data.items()
        }

    def _fill(self, document: Document, place: Place, value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"parameter"}:
                return _plain(self._value(document, (*place, "parameter"), value["parameter"]))
            return {key: self._fill(document, (*place, key), part) for key, part in value.items()}
        if isinstance(value, list):
            return [item for index, part in enumerate(value) for item in self._items(document, (*place, index), part)]
        return value

    def _items(self, document: Document, place: Place, value: Any) -> list[Any]:
        if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
            found = self._value(document, place, value[2:-1].strip())
            return list(found) if isinstance(found, tuple) else [found]
        return [self._fill(document, place, value)]

    def _value(self, document: Document, place: Place, name: Any) -> Value:
        if not isinstance(name, str) or name not in self.values:
            raise InvalidFileError(
                f"There is no parameter '{name}'.",
                where=document.value_where(place),
                next_step=suggestion(str(name), self.values) or "Give it under 'parameters'.",
            )
        self.used.add(name)
        return self.values[name]


def _plain(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value
