"""What a column's name says about the column; the rules are data: ``data/rules.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from auditor.sensitivity.words import Vocabulary, Word, words_of

_AGGREGATE_CALL = re.compile(
    r"^\s*\[?(sum|avg|average|mean|count|countd|cntd|cnt|cnt_dist|median|min|max|stdev|stdevp|var|varp|percentile|total|agg|"
    r"num(ber)? of|no\.? of|count of|sum of|avg\. |average |# of|% of|total )\b[\s(.:]",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"^\[|\]$")
_TRANSPARENT = frozenset({"NEUTRAL", "QUALIFIER", "NUMBER", "FILLER", "OF", "AND"})
_DERIVED_AFTER = frozenset({"META", "AGG", "BOOL"})
# Transparent otherwise, but things when a name is theirs: "business name", "day name", "variable name".
_NAMEABLE = frozenset({"THING", "DAYWORD", "NEUTRAL"})
_NO_PERSONS = frozenset(
    {
        "THING",
        "PLACE",
        "CITYWORD",
        "META",
        "AGG",
        "NEUTRAL",
        "DAYWORD",
        "MONTHWORD",
        "YEARWORD",
        "USERNAME",
        "NETTHING",
        "PET",
    }
)
_WEAK_ALONE = 0.55
_WEAK_BESIDE_UNKNOWN = 0.4
_BARE_NAME = 0.5
_UNSURE_NAME = 0.42
_ROLE_ALONE = 0.55
_PERSON_ALONE = 0.36


class Context(StrEnum):
    """What the name leaves open for the values: `neutral` says nothing, `derived` names a count, flag or kind of a
    datum, `thing` names something that is no person's, `unknown` uses words that the lexicon lacks.
    """

    NEUTRAL = "neutral"
    UNKNOWN = "unknown"
    THING = "thing"
    DERIVED = "derived"
    HINTED = "hinted"


@dataclass(frozen=True, slots=True)
class Hints:
    """Classes that a name speaks for, with the confidence from the name alone; below 0.5 the values must agree.

    ``counts``: the column counts something ("victim_count").
    """

    classes: Mapping[str, float]
    context: Context
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of ``data/rules.toml``; see the comment there."""

    target: str
    one_of: tuple[frozenset[str], ...]
    unless: frozenset[str]
    after: frozenset[str]
    alone: bool
    hint: float
    meanings: frozenset[str]


def _rule(entry: Mapping[str, Any]) -> Rule:
    groups = tuple(frozenset(group) for group in entry["one_of"])
    return Rule(
        entry["class"],
        groups,
        frozenset(entry.get("unless", ())),
        frozenset(entry.get("after", ())) | _DERIVED_AFTER,
        bool(entry.get("alone", False)),
        float(entry["hint"]),
        frozenset().union(*groups),
    )


@lru_cache(maxsize=1)
def shipped_rules() -> tuple[Rule, ...]:
    """The rules that come with the program."""
    text = files("auditor.sensitivity").joinpath("data/rules.toml").read_text(encoding="utf-8")
    return tuple(_rule(entry) for entry in tomllib.loads(text)["rule"])


def _is_transparent(word: Word) -> bool:
    return word.text.isdigit() or bool(word.meanings & _TRANSPARENT)


def _match(rule: Rule, words: Sequence[Word], present: frozenset[str], *, romance: bool) -> bool:
    for group in rule.one_of:
        if not group <= present:
            continue
        used = [i for i, w in enumerate(words) if w.meanings & group]
        others = [w for i, w in enumerate(words) if i not in used]
        if any(w.meanings & rule.unless for w in others):
            continue
        last = used[-1]
        # "tipo de telefono": what stands before the preposition is the head.
        heads = words[: used[0]] if romance else words[last + 1 :]
        if any(w.meanings & rule.after and not w.meanings & group for w in heads):
            continue
        if rule.alone and not all(map(_is_transparent, others)):
            continue
        return True
    return False


def _preposition(words: Sequence[Word]) -> int | None:
    return next((i for i, w in enumerate(words) if "OF" in w.meanings and 0 < i < len(words) - 1), None)


def _named_what(words: Sequence[Word], at: int) -> Word | None:
    """The word that says what the NAME at `at` is the name of: "county clerk name", "nombre del cliente"."""
    behind = [w for w in words[at + 1 :] if not _is_transparent(w) or w.meanings & _NAMEABLE]
    if behind and (_preposition(words[at:]) is not None):
        english = words[at].text.startswith("name")
        return behind[-1] if english else behind[0]
    before = [w for w in words[:at] if not _is_transparent(w) or w.meanings & _NAMEABLE]
    if before:
        return before[-1]
    return behind[0] if behind else None


def _name_hint(words: Sequence[Word]) -> float:
    """A person's name or a thing's? 0 when the column is no name at all."""
    at = next((i for i, w in enumerate(words) if "NAME" in w.meanings), None)
    if at is None or _weak_limit(words) < _BARE_NAME:
        return 0.0
    behind = words[at + 1 :]
    if any(w.meanings & (_DERIVED_AFTER | {"ID", "DATE", "EMAIL", "PHONE"}) for w in behind):
        return 0.0
    what = _named_what(words, at)
    if what is None:
        return _BARE_NAME
    if "PERSON" in what.meanings or "ROLE" in what.meanings:
        return 0.82
    return 0.0 if what.meanings & _NO_PERSONS else _UNSURE_NAME


def _role_hint(words: Sequence[Word]) -> float:
    """A column headed by a person's role alone: "Judge", "Defense Attorney"."""
    telling = [w for w in words if not _is_transparent(w)]
    if not telling or any(w.meanings & {"BOOL", "AGG", "META", "ID"} for w in telling):
        return 0.0
    head = telling[0] if _preposition(words) is not None else telling[-1]
    if any("NUMBER" in w.meanings or "DATE" in w.meanings for w in words):
        return 0.0
    plural = head.text.endswith("s") and head.text != "authors"
    if "ROLE" in head.meanings and not plural:
        return _ROLE_ALONE
    return _PERSON_ALONE if "PERSON" in head.meanings else 0.0


def _context(words: Sequence[Word], *, derived: bool) -> Context:
    if derived:
        return Context.DERIVED
    telling = [w for w in words if not _is_transparent(w)]
    if not telling:
        return Context.NEUTRAL
    if any("NUMBER" in w.meanings for w in words):
        return Context.THING
    if any(
        w.meanings & {"THING", "PLACE", "CITYWORD", "MONEY", "TIMEWORD", "AGG", "META", "DATE", "ID"} for w in telling
    ):
        return Context.THING
    return Context.UNKNOWN


def read_name(name: str, vocabulary: Vocabulary, rules: Sequence[Rule]) -> Hints:
    """What one name says. `SUM(Age)`, `Count of SSN` and `has_email` are derived: no class from the name."""
    stripped = _BRACKETS.sub("", name.strip())
    words = words_of(stripped, vocabulary)
    if not words:
        return Hints({}, Context.NEUTRAL)
    derived = bool(_AGGREGATE_CALL.match(stripped)) or bool(words[0].meanings & {"BOOL", "AGG"} and len(words) > 1)
    derived = derived or (len(words) > 1 and any("AGG" in w.meanings and len(w.text) > 2 for w in words))
    counts = any("COUNTWORD" in w.meanings for w in words)
    if derived:
        return Hints({}, Context.DERIVED, counts)
    found: dict[str, float] = {}
    split = _preposition(words)
    weak = _weak_limit(words)
    present = frozenset().union(*(w.meanings for w in words))
    for rule in rules if present else ():
        if rule.meanings.isdisjoint(present):
            continue
        fits = _match(rule, words, present, romance=False) and (
            split is None or _match(rule, words, present, romance=True)
        )
        hint = min(rule.hint, weak) if fits else 0.0
        if hint > found.get(rule.target, 0.0):
            found[rule.target] = hint
    for hint in (_name_hint(words), _role_hint(words)):
        if hint > found.get("person_name", 0.0) and not (found and hint < max(found.values())):
            found["person_name"] = hint
    context = Context.HINTED if found else _context(words, derived=_ends_derived(words))
    return Hints(found, context, counts)


def _weak_limit(words: Sequence[Word]) -> float:
    """The most that a name may count whose telling words are all weak ones: "ph", "plate thickness", "cc7"."""
    telling = [w for w in words if not _is_transparent(w)]
    if not any("WEAK" in w.meanings for w in telling) or any(w.meanings and "WEAK" not in w.meanings for w in telling):
        return 1.0
    unknown = any(not w.meanings or w.text.isdigit() for w in words)
    return _WEAK_BESIDE_UNKNOWN if unknown else _WEAK_ALONE if len(telling) == 1 and len(words) == 1 else 1.0


def _ends_derived(words: Sequence[Word]) -> bool:
    """The last telling word makes the column a kind, count or flag of a personal datum: "phone model"."""
    telling = [w for w in words if not _is_transparent(w)]
    personal = {
        "EMAIL",
        "PHONE",
        "SSN",
        "ADDRESS",
        "DOB",
        "CARD",
        "BANK",
        "PASSPORT",
        "DL",
        "VEHICLE",
        "AGE",
        "SEX",
        "ZIP",
    }
    return bool(
        len(telling) > 1
        and telling[-1].meanings & (_DERIVED_AFTER | {"BOOL", "THING"})
        and any(w.meanings & personal for w in telling[:-1])
    )


def merged(all_hints: Sequence[Hints]) -> Hints:
    """Name, caption and remote name together: the strongest hint of each class, the most telling context."""
    classes: dict[str, float] = {}
    for hints in all_hints:
        for target, hint in hints.classes.items():
            classes[target] = max(hint, classes.get(target, 0.0))
    order = (Context.HINTED, Context.DERIVED, Context.THING, Context.UNKNOWN, Context.NEUTRAL)
    context = next(c for c in order if any(h.context is c for h in all_hints))
    return Hints(classes, context, any(h.counts for h in all_hints))
