"""Names that people write in policies: checked against what there is, with the nearest name where there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from auditor.model.coverage import Read
from auditor.model.vocabulary import CONTENT_KINDS, OUTCOMES, Kind, all_capability_names, native_names, parse_kind

BUILT_IN_AUDIENCES = ("anonymous", "everyone")


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name that `name` was probably meant to be, or None. `cutoff` 0..1: how alike they must be."""
    choices = {choice.casefold(): choice for choice in known}
    found = difflib.get_close_matches(name.casefold(), list(choices), n=1, cutoff=cutoff)
    return choices[found[0]] if found else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """A sentence with the nearest name, or with all of them where they are few; empty where neither helps."""
    names = list(known)
    meant = nearest(name, names)
    if meant is not None:
        return f"Did you mean '{meant}'?"
    return f"There are: {', '.join(names)}." if 0 < len(names) <= 12 else ""


def unknown_name(what: str, name: object, known: Iterable[str]) -> PydanticCustomError:
    """The validation error for a name that is not known."""
    text = f"unknown {what} '{name}'. {suggestion(str(name), known)}".strip()
    return PydanticCustomError("unknown_name", "{text}", {"text": text})


class Strictly(BaseModel):
    """The base of all models of files: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_enum_values=False)


def _capability(name: str) -> str:
    if native_names(name) or name in OUTCOMES:
        return name
    raise unknown_name("capability", name, (*all_capability_names(), *OUTCOMES))


def _kind(value: object) -> object:
    kind = parse_kind(value) if isinstance(value, str) else None
    if kind in (Kind.PROJECT, *CONTENT_KINDS):
        return kind
    if isinstance(value, str):
        raise unknown_name("kind of content", value, [str(one) for one in (Kind.PROJECT, *CONTENT_KINDS)])
    return value


def _read(value: str) -> str:
    if value not in set(Read):
        raise unknown_name("read", value, [str(read) for read in Read])
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
#: As a file or the Metadata API gives it: a column may have no name.
ColumnName = Annotated[str, StringConstraints(max_length=20_000)]
CapabilityName = Annotated[Name, AfterValidator(_capability)]
KindName = Annotated[Kind, BeforeValidator(_kind)]
ReadName = Annotated[Name, AfterValidator(_read)]
Number = Annotated[int, Strict()]
Switch = Annotated[bool, Strict()]
#: One name or a list of names.
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list)]
Capabilities = Annotated[tuple[CapabilityName, ...], BeforeValidator(_as_list)]
Kinds = Annotated[tuple[KindName, ...], BeforeValidator(_as_list)]
