r"""The words and rules that names are read by, and what administrators add: classes, words, values, words not personal.

The YAML file itself is read by the policy room; ``load_lexicon`` takes the mapping that came out of it:

    classes:
      badge:                       # a new class, or one of the shipped ones
        words: ["badge nr", staff card]
        values: ["B\d{6}"]        # the entire value must match
    not_personal: [judge panel, "Kennung"]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from auditor.errors import InvalidFileError
from auditor.sensitivity.naming import Rule, shipped_rules
from auditor.sensitivity.profile import MAX_LENGTH
from auditor.sensitivity.words import Vocabulary, raw_parts, shipped_vocabulary

_CLASS_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_LONGEST_PATTERN = 200
_LONGEST_WORD = 80
_MOST_ENTRIES = 1_000
_MOST_VARIABLE = 8
# The parts of a pattern that matter for its cost; a class in brackets and an escaped sign are single letters.
_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[:=!>]|<[=!]|P?<\w+>|[a-zA-Z-]+[:)])|[()|]|[+*?]|\{\d+\}|\{\d*,\d*\}|.",
    re.DOTALL,
)
_BACK_REFERENCE = re.compile(r"\\[1-9]|\(\?P=")
_PROBE_SECONDS = 0.05
_PROBES = ("a", "0", "A", " ", "-", "a0", "aA-", "é", "0.", "_")


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A class for the columns whose name holds one of these phrases (each a tuple of folded words)."""

    target: str
    phrases: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class OwnValues:
    """A class for the columns whose values match one of these patterns entirely."""

    target: str
    patterns: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The shipped words and rules with an administrator's own on top; without arguments the shipped ones alone."""

    words: tuple[OwnWords, ...] = ()
    values: tuple[OwnValues, ...] = ()
    not_personal: tuple[tuple[str, ...], ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        """The shipped meanings of words."""
        return shipped_vocabulary()

    @property
    def rules(self) -> Sequence[Rule]:
        """The shipped rules over meanings."""
        return shipped_rules()

    def own_classes(self, name: str) -> tuple[str, ...]:
        """Classes whose own words stand in the name."""
        if not self.words:
            return ()
        parts = raw_parts(name)
        return tuple(own.target for own in self.words if any(_holds(parts, p) for p in own.phrases))

    def says_not_personal(self, name: str) -> bool:
        """The administrator says that such a column is not personal."""
        return bool(self.not_personal) and any(_holds(raw_parts(name), p) for p in self.not_personal)


SHIPPED = Lexicon()


def _holds(parts: Sequence[str], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    if any(tuple(parts[i : i + size]) == phrase for i in range(len(parts) - size + 1)):
        return True
    # Scripts without blanks: the phrase stands somewhere inside the run.
    return size == 1 and not phrase[0].isascii() and any(phrase[0] in part for part in parts)


def _fail(what: str, where: str, next_step: str) -> InvalidFileError:
    return InvalidFileError(what, where=where, next_step=next_step)


def _texts(entry: Any, where: str) -> list[str]:
    if not isinstance(entry, (list, tuple)) or not all(isinstance(t, str) and t.strip() for t in entry):
        raise _fail(
            "A list of texts is expected here.", where, "Write the words in a list, each in quotes if in doubt."
        )
    if len(entry) > _MOST_ENTRIES:
        raise _fail(f"More than {_MOST_ENTRIES} entries.", where, "Shorten the list.")
    return list(entry)


def _phrase(text: str, where: str) -> tuple[str, ...]:
    parts = tuple(raw_parts(text))
    if not parts or len(text) > _LONGEST_WORD:
        raise _fail(
            f"A word needs letters or digits and at most {_LONGEST_WORD} of them.", where, "Correct or remove it."
        )
    return parts


def _pattern(text: str, where: str) -> re.Pattern[str]:
    if len(text) > _LONGEST_PATTERN:
        raise _fail(f"The pattern is longer than {_LONGEST_PATTERN} letters.", where, "Use several shorter patterns.")
    if _may_explode(text) or _BACK_REFERENCE.search(text):
        raise _fail(
            "The pattern repeats a group that itself repeats or chooses, has more than "
            f"{_MOST_VARIABLE} repetitions, or refers back to a group; it could run without end.",
            where,
            "Write it without a repetition inside a repetition.",
        )
    try:
        compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise _fail(f"The pattern is not a regular expression: {error}.", where, "Correct it.") from error
    if _is_slow(compiled):
        raise _fail("The pattern takes too long on some values.", where, "Make its repetitions bounded and distinct.")
    return compiled


def _may_explode(text: str) -> bool:
    """A repeated group that has a varying part (a choice or a repetition of no fixed length) inside, or many of them.

    Such a pattern can take exponential time, so it must be refused without trying it.
    """
    varying_inside = [False]
    closed, varying, before = False, 0, ""
    for part in _TOKEN.findall(text):
        varies = part in {"+", "*", "?", "|"} or (part[0] == "{" and "," in part)
        repeats = (varies and part not in {"|", "?"}) or (part[0] == "{" and len(part) > 1)
        if repeats and closed:
            return True
        lazy = part == "?" and before in {"+", "*", "?", "}"}
        if varies and not lazy:
            varying += part != "|"
            varying_inside[-1] = True
        closed = False
        if part[0] == "(" and not part.endswith(")"):
            varying_inside.append(False)
        elif part == ")" and len(varying_inside) > 1:
            closed = varying_inside.pop()
            varying_inside[-1] = varying_inside[-1] or closed
        before = part[-1]
    return varying > _MOST_VARIABLE


def _is_slow(pattern: re.Pattern[str]) -> bool:
    """Try growing texts, stopping at the first slow one, so that the trial itself stays short."""
    for size in (6, 8, 10, 12, 14, 16, 20, 24, 32, 48, 80, 120, MAX_LENGTH):
        for probe in _PROBES:
            text = (probe * size)[: size - 1] + "\x00"
            started = perf_counter()
            pattern.fullmatch(text)
            if perf_counter() - started > _PROBE_SECONDS:
                return True
    return False


def load_lexicon(mapping: Mapping[str, Any], *, where: str = "lexicon") -> Lexicon:
    """A lexicon from the parsed file; ``InvalidFileError`` names the key that is wrong. ``where`` is the file's name."""
    if not isinstance(mapping, Mapping):
        raise _fail("A mapping with `classes` and `not_personal` is expected.", where, "See the handbook, own words.")
    unknown = [str(key) for key in mapping if key not in {"version", "classes", "not_personal"}]
    if unknown:
        raise _fail(f"Unknown key `{unknown[0]}`.", where, "Known keys: version, classes, not_personal.")
    if mapping.get("version", 1) != 1:
        raise _fail("This version of the file is not known.", f"{where}: version", "Use version 1.")
    words: list[OwnWords] = []
    values: list[OwnValues] = []
    classes = mapping.get("classes", {})
    if not isinstance(classes, Mapping):
        raise _fail("A mapping of classes is expected.", f"{where}: classes", "Write each class as a key.")
    for target, entry in classes.items():
        own_words, own_values = _class_entry(target, entry, f"{where}: classes.{target}")
        words.append(own_words)
        values.append(own_values)
    listed = _texts(mapping.get("not_personal") or [], f"{where}: not_personal")
    blocked = tuple(_phrase(t, f"{where}: not_personal") for t in listed)
    return Lexicon(tuple(w for w in words if w.phrases), tuple(v for v in values if v.patterns), blocked)


def _class_entry(target: Any, entry: Any, where: str) -> tuple[OwnWords, OwnValues]:
    if not isinstance(target, str) or not _CLASS_NAME.match(target):
        raise _fail("A class is named in lower case with `_`.", where, "For example `staff_badge`.")
    if not isinstance(entry, Mapping) or not entry or not set(entry) <= {"words", "values"}:
        raise _fail("A class has `words`, `values` or both.", where, "Remove other keys.")
    phrases = tuple(_phrase(t, f"{where}.words") for t in _texts(entry.get("words") or [], f"{where}.words"))
    patterns = tuple(_pattern(t, f"{where}.values") for t in _texts(entry.get("values") or [], f"{where}.values"))
    return OwnWords(target, phrases), OwnValues(target, patterns)
