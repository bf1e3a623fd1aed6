"""From files to a policy: gather what they extend, fill in parameters, lay overrides over, check ids and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditor.errors import InvalidFileError
from auditor.policy import places
from auditor.policy.audiences import BUILT_IN, Audience
from auditor.policy.marked_yaml import Document, Place, parse, read_text
from auditor.policy.names import suggestion, unknown_name
from auditor.policy.parameters import KNOWN, Filler, Value, defaults
from auditor.policy.problems import validate
from auditor.policy.rules import Policy, PolicyRule
from auditor.policy.schema import (
    REQUIREMENT_KEYS,
    Disabled,
    Override,
    PlannedFile,
    PlannedRule,
    PolicyFile,
    RuleModel,
)


def load(paths_or_names: Sequence[str | Path], *, parameters: Mapping[str, Value] | None = None) -> Policy:
    """The policy that files, folders or shipped packs make together; `parameters` win over those of the files.

    InvalidFileError with file, line and column for anything that is wrong in one of them.
    """
    sources = [source for name in paths_or_names for source in places.find(str(name))]
    if not sources:
        raise InvalidFileError("No policy was given.", next_step="Name a file, a folder or a shipped pack such as 'default'.")
    gathered = _Gathered()
    roots = [gathered.add(source, (), None) for source in sources]
    return _compose(gathered.documents, roots, parameters or {})


def load_text(text: str, file: str = "policy.yaml") -> Policy:
    """A policy from its text, for tests and tools; `extends` may name shipped packs."""
    gathered = _Gathered()
    root = gathered.add_document(parse(text, file), Path(file), ())
    return _compose(gathered.documents, [root], {})


@dataclass(slots=True)
class _Gathered:
    """All documents that are needed, bases before those that extend them."""

    documents: list[Document] = field(default_factory=list)
    done: dict[Path, Document] = field(default_factory=dict)

    def add(self, source: places.Source, chain: tuple[Path, ...], told_by: tuple[Document, Place] | None) -> Document:
        path = source.path.resolve()
        if path in chain:
            names = " → ".join(places.shown_name(one) for one in (*chain[chain.index(path) :], path))
            document, place = told_by or (self.done[path], ())
            raise document.error(place, f"'extends' goes in a circle: {names}.", "Remove one of the steps.")
        if path in self.done:
            return self.done[path]
        document = parse(read_text(source.path, shown=source.shown), source.shown)
        return self.add_document(document, path, chain)

    def add_document(self, document: Document, path: Path, chain: tuple[Path, ...]) -> Document:
        bases = document.data.get("extends") if isinstance(document.data, dict) else None
        for index, name in enumerate(bases if isinstance(bases, list) else []):
            if isinstance(name, str):
                place = ("extends", index)
                self.add(_base(document, place, name, path), (*chain, path), (document, place))
        self.documents.append(document)
        self.done[path] = document
        return document


def _base(document: Document, place: Place, name: str, path: Path) -> places.Source:
    if places.is_pack(name):
        return places.pack(name)
    base = path.parent / name
    if base.is_file():
        return places.Source(base, places.shown_name(_near(document.file, base, name)))
    raise InvalidFileError(
        f"There is no shipped pack and no file '{name}' to extend.",
        where=document.value_where(place),
        next_step=suggestion(name, places.pack_names()),
    )


def _near(file: str, base: Path, name: str) -> Path:
    shown = Path(file).parent / name
    return shown if shown.exists() else base


def _compose(documents: Sequence[Document], roots: Sequence[Document], parameters: Mapping[str, Value]) -> Policy:
    values, owners = _parameters(documents)
    values |= parameters
    filler = Filler(values, set())
    files = [(document, validate(PolicyFile, document, (), filler.fill(document))) for document in documents]
    for name, (document, place) in owners.items():
        if name not in KNOWN and name not in filler.used:
            raise document.error(place, f"No rule uses a parameter '{name}'.", suggestion(name, {*KNOWN, *filler.used}))
    audiences = _audiences(files)
    edition = next((file.edition for _, file in reversed(files) if file.edition is not None), None)
    rules, disabled = _Rules(files, audiences, filler).compose(edition)
    if not rules:
        raise roots[-1].error(("disable",), "Every rule is disabled: the policy judges nothing.", "Leave at least one rule.")
    last = files[-1][1]
    return Policy(
        rules=rules,
        audiences=MappingProxyType(audiences),
        parameters=MappingProxyType(values),
        sources=tuple(document.file for document in documents),
        name=last.name or Path(roots[-1].file).stem,
        description=last.description or "",
        edition=edition,
        disabled=disabled,
        planned=planned_rules(),
    )


def _parameters(documents: Sequence[Document]) -> tuple[dict[str, Value], dict[str, tuple[Document, Place]]]:
    values = defaults()
    owners: dict[str, tuple[Document, Place]] = {}
    for document in documents:
        table = document.data.get("parameters") if isinstance(document.data, dict) else None
        for name, value in (table if isinstance(table, dict) else {}).items():
            place = ("parameters", name)
            known = KNOWN.get(name)
            if isinstance(value, str) and known is not None and isinstance(known.default, tuple):
                value = [value]  # noqa: PLW2901 - one name stands for a list of one
            values[name] = _checked(document, place, value, values.get(name))
            owners[name] = (document, place)
    return values, owners


def _checked(document: Document, place: Place, value: Any, before: Value | None) -> Value:
    plain: Value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        plain = tuple(value)
    elif isinstance(value, int | str) and not isinstance(value, bool):
        plain = value
    else:
        raise InvalidFileError(
            f"The parameter '{place[-1]}' must be a text, a whole number or a list of texts.",
            where=document.value_where(place),
            next_step="Put quotes around a text that looks like something else.",
        )
    if before is not None and type(before) is not type(plain):
        words = {int: "a whole number", str: "a text", tuple: "a list of texts"}
        raise InvalidFileError(
            f"The parameter '{place[-1]}' must be {words[type(before)]}, not {words[type(plain)]}.",
            where=document.value_where(place),
        )
    return plain


def _audiences(files: Sequence[tuple[Document, PolicyFile]]) -> dict[str, Audience]:
    found = dict(BUILT_IN)
    for document, file in files:
        for name, parts in file.audiences.items():
            audience = Audience(name, parts)
            if found.get(name, audience) != audience:
                raise document.error(
                    ("audiences", name), f"The audience '{name}' is defined twice and differently.", "Rename one of them."
                )
            found[name] = audience
    return found


@dataclass(slots=True)
class _Held:
    """A rule on its way: its data, where it stands, and the document that the data came from."""

    data: dict[str, Any]
    model: RuleModel
    document: Document
    place: Place
    pack: str


class _Rules:
    """Puts the rules of all files together, in order, with overrides and what is disabled."""

    def __init__(self, files: Sequence[tuple[Document, PolicyFile]], audiences: Mapping[str, Audience], filler: Filler) -> None:
        self.files = files
        self.audiences = audiences
        self.filler = filler
        self.held: dict[str, _Held] = {}
        self.disabled: dict[str, Disabled] = {}

    def compose(self, edition: str | None) -> tuple[tuple[PolicyRule, ...], tuple[Disabled, ...]]:
        for document, file in self.files:
            self._take(document, file)
            self._override(document, file)
            self._disable(document, file)
        for held in self.held.values():
            self._check_audiences(held)
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
            self.held[model.id] = _Held(data["rules"][index], model, document, place, file.name or Path(document.file).stem)

    def _override(self, document: Document, file: PolicyFile) -> None:
        data = self.filler.fill(document)
        for rule_id, override in file.overrides.items():
            place = ("overrides", rule_id)
            held = self._known(document, place, rule_id)
            merged = _merge(document, place, held.data, data["overrides"][rule_id], override)
            model = validate(RuleModel, document, place, merged)
            self.held[rule_id] = _Held(merged, model, held.document, held.place, held.pack)

    def _disable(self, document: Document, file: PolicyFile) -> None:
        for index, one in enumerate(file.disable):
            self._known(document, ("disable", index, "id"), one.id)
            self.disabled[one.id] = one

    def _known(self, document: Document, place: Place, rule_id: str) -> _Held:
        if rule_id not in self.held:
            raise document.error(place, f"There is no rule '{rule_id}' here to change.", suggestion(rule_id, self.held))
        return self.held[rule_id]

    def _check_audiences(self, held: _Held) -> None:
        named = [(held.model.requirement, held.model.requirement_key)]
        for part, key in [*named, (held.model.reachable_by, "reachable_by")]:
            for name in getattr(part, "audience", None) or ():
                if name not in self.audiences:
                    error = unknown_name("audience", name, self.audiences)
                    text = error.message()
                    place = (*held.place, key, "audience")
                    raise InvalidFileError(text[:1].upper() + text[1:], where=held.document.value_where(place))


def _merge(document: Document, place: Place, base: dict[str, Any], data: dict[str, Any], override: Override) -> dict[str, Any]:
    merged = dict(base)
    for key, value in data.items():
        if key in REQUIREMENT_KEYS:
            if key not in base:
                has = next(one for one in REQUIREMENT_KEYS if one in base)
                raise document.error((*place, key), f"This rule has no '{key}'; it requires '{has}'.", "Write a rule of your own.")
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


def planned_rules() -> tuple[PlannedRule, ...]:
    """The shipped rules whose reads do not exist yet."""
    path = places.shipped_policies() / "planned.yaml"
    if not path.is_file():
        return ()
    document = parse(read_text(path, shown=places.shown_name(path)), places.shown_name(path))
    return validate(PlannedFile, document).planned
