"""The rules of several files made one: ids, overrides, what is disabled, editions, names of audiences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditor.errors import InvalidFileError
from auditor.policy.audiences import Audience
from auditor.policy.marked_yaml import Document, Place
from auditor.policy.names import suggestion, unknown_name
from auditor.policy.parameters import Filler
from auditor.policy.problems import together, validate
from auditor.policy.rules import PolicyRule
from auditor.policy.schema import REQUIREMENT_KEYS, Disabled, Override, PolicyFile, RuleModel


@dataclass(slots=True)
class _Held:
    """A rule on its way: its data, where it stands, and the document that the data came from."""

    data: dict[str, Any]
    model: RuleModel
    document: Document
    place: Place
    pack: str


class Composer:
    """Puts the rules of all files together, in order, with overrides and what is disabled."""

    def __init__(
        self, files: Sequence[tuple[Document, PolicyFile]], audiences: Mapping[str, Audience], filler: Filler
    ) -> None:
        self.files = files
        self.audiences = audiences
        self.filler = filler
        self.held: dict[str, _Held] = {}
        self.disabled: dict[str, Disabled] = {}

    def compose(self, edition: str | None) -> tuple[tuple[PolicyRule, ...], tuple[Disabled, ...]]:
        """All rules that are not disabled, in the order of the files, and what is disabled."""
        for document, file in self.files:
            self._take(document, file)
            self._override(document, file)
            self._disable(document, file)
        faults = [fault for held in self.held.values() for fault in self._unknown_audiences(held)]
        if faults:
            raise together(faults)
        rules = tuple(_finish(held, edition) for rule_id, held in self.held.items() if rule_id not in self.disabled)
        return rules, tuple(self.disabled.values())

    def _take(self, document: Document, file: PolicyFile) -> None:
        data = self.filler.fill(document)
        for index, model in enumerate(file.rules):
            place = ("rules", index)
            first = self.held.get(model.id)
            if first is not None:
                raise InvalidFileError(
                    f"Two rules have the id '{model.id}'; the first is at {first.document.where((*first.place, 'id'))}.",
                    where=document.where((*place, "id")),
                    next_step="Give one of them another id; to change a rule of a pack use 'overrides'.",
                )
            self.held[model.id] = _Held(
                data["rules"][index], model, document, place, file.name or Path(document.file).stem
            )

    def _override(self, document: Document, file: PolicyFile) -> None:
        data = self.filler.fill(document)
        for rule_id, override in file.overrides.items():
            place = ("overrides", rule_id)
            held = self._known(document, place, rule_id)
            merged = _merge(document, place, held.data, data["overrides"][rule_id], override)
            model = validate(RuleModel, document, place, merged)
            self.held[rule_id] = _Held(merged, model, held.document, held.place, held.pack)

    def _disable(self, document: Document, file: PolicyFile) -> None:
        unknown = [
            self._unknown(document, ("disable", index, "id"), one.id)
            for index, one in enumerate(file.disable)
            if one.id not in self.held
        ]
        if unknown:
            raise together(unknown)
        self.disabled |= {one.id: one for one in file.disable}

    def _known(self, document: Document, place: Place, rule_id: str) -> _Held:
        if rule_id not in self.held:
            raise self._unknown(document, place, rule_id)
        return self.held[rule_id]

    def _unknown(self, document: Document, place: Place, rule_id: str) -> InvalidFileError:
        return document.error(place, f"There is no rule '{rule_id}' here to change.", suggestion(rule_id, self.held))

    def _unknown_audiences(self, held: _Held) -> Iterator[InvalidFileError]:
        named = [(held.model.requirement, held.model.requirement_key)]
        for part, key in [*named, (held.model.reachable_by, "reachable_by")]:
            for name in getattr(part, "audience", None) or ():
                if name not in self.audiences:
                    error = unknown_name("audience", name, self.audiences)
                    text = error.message()
                    place = (*held.place, key, "audience")
                    yield InvalidFileError(text[:1].upper() + text[1:], where=held.document.value_where(place))


def _merge(
    document: Document, place: Place, base: dict[str, Any], data: dict[str, Any], override: Override
) -> dict[str, Any]:
    merged = dict(base)
    for key, value in data.items():
        if key in REQUIREMENT_KEYS:
            if key not in base:
                has = next(one for one in REQUIREMENT_KEYS if one in base)
                raise document.error(
                    (*place, key), f"This rule has no '{key}'; it requires '{has}'.", "Write a rule of your own."
                )
            below = base[key]
            both = isinstance(below, dict) and isinstance(value, dict)
            merged[key] = {**below, **value} if both else value
        else:
            merged[key] = value
    del override  # validated by the file's model; the data keeps what was not given apart from what is null
    return merged


def _finish(held: _Held, edition: str | None) -> PolicyRule:
    model = held.model
    newer = edition is not None and model.edition is not None and _number(model.edition) > _number(edition)
    return PolicyRule(
        id=model.id,
        title=model.title,
        severity=model.severity,
        requirement=model.requirement,
        kind=model.requirement_key,
        select=model.select,
        reachable_by=model.reachable_by,
        when=MappingProxyType(dict(model.when)),
        severity_by_tier=MappingProxyType(dict(model.severity_by_tier)),
        exposure=model.exposure,
        status="preview" if newer else model.status,
        edition=model.edition,
        needs=model.needs,
        rationale=(model.rationale or "").strip(),
        remediation=(model.remediation or "").strip(),
        references=model.references,
        file=held.document.file,
        line=held.document.mark(held.place).line,
        pack=held.pack,
    )


def _number(edition: str) -> tuple[int, ...]:
    return tuple(int(part) for part in edition.split("."))
