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
from auditor.policy.composing import Composer
from auditor.policy.marked_yaml import Document, Place, parse, read_text
from auditor.policy.names import suggestion
from auditor.policy.parameters import KNOWN, Filler, Value, defaults
from auditor.policy.problems import validate
from auditor.policy.rules import Policy
from auditor.policy.schema import (
    PlannedFile,
    PlannedRule,
    PolicyFile,
)


def load(paths_or_names: Sequence[str | Path], *, parameters: Mapping[str, Value] | None = None) -> Policy:
    """The policy that files, folders or shipped packs make together; `parameters` win over those of the files.

    InvalidFileError with file, line and column for anything that is wrong in one of them.
    """
    sources = [source for name in paths_or_names for source in places.find(str(name))]
    if not sources:
        raise InvalidFileError(
            "No policy was given.", next_step="Name a file, a folder or a shipped pack such as 'default'."
        )
    gathered = _Gathered()
    roots = [gathered.add(source, (), None) for source in sources]
    return _compose(gathered.documents, roots, parameters or {})


def documents_of(paths_or_names: Sequence[str | Path]) -> tuple[Document, ...]:
    """The files of a policy as they are written, bases before those that extend them. InvalidFileError as `load`."""
    gathered = _Gathered()
    for source in (source for name in paths_or_names for source in places.find(str(name))):
        gathered.add(source, (), None)
    return tuple(gathered.documents)


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
    rules, disabled = Composer(files, audiences, filler).compose(edition)
    if not rules:
        raise roots[-1].error(
            ("disable",), "Every rule is disabled: the policy judges nothing.", "Leave at least one rule."
        )
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
                    ("audiences", name),
                    f"The audience '{name}' is defined twice and differently.",
                    "Rename one of them.",
                )
            found[name] = audience
    return found


def planned_rules() -> tuple[PlannedRule, ...]:
    """The shipped rules whose reads do not exist yet."""
    path = places.shipped_policies() / "planned.yaml"
    if not path.is_file():
        return ()
    document = parse(read_text(path, shown=places.shown_name(path)), places.shown_name(path))
    return validate(PlannedFile, document).planned
