"""Column names taken apart into words with meanings. The words are data: ``data/words.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_SPLIT = re.compile(r"[\W_]+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Also what a piece counts as that is no known word.
_WEAK = frozenset({"WEAK"})
_LONGEST_NAME = 200
# Two-letter words that may be a part of a run-together name; any other part needs three letters.
_SHORT_PARTS = frozenset({"no", "id", "nr", "nm", "dt", "ip", "dl", "cc"})
_FOLD = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a column's name; ``meanings`` is empty for a word that the lexicon does not know."""

    text: str
    meanings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words to meanings; ``scripts`` are the words of scripts that write without blanks, longest first."""

    words: Mapping[str, frozenset[str]]
    scripts: tuple[str, ...]


def fold(text: str) -> str:
    """Lower case without accents: `Straße` and `STRASSE` are one word."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_FOLD))
    plain = "".join(c for c in decomposed if unicodedata.category(c)[0] != "M")
    return unicodedata.normalize("NFC", plain)


def _vocabulary(words: Mapping[str, frozenset[str]]) -> Vocabulary:
    scripts = sorted((w for w in words if _CJK.search(w)), key=len, reverse=True)
    return Vocabulary(words, tuple(scripts))


@lru_cache(maxsize=1)
def shipped_vocabulary() -> Vocabulary:
    """The vocabulary that comes with the program."""
    text = files("auditor.sensitivity").joinpath("data/words.toml").read_text(encoding="utf-8")
    words: dict[str, set[str]] = {}
    for section in tomllib.loads(text).values():
        for meaning, listed in section.items():
            for word in listed.split():
                words.setdefault(fold(word), set()).add(meaning)
    return _vocabulary({word: frozenset(meanings) for word, meanings in words.items()})


def raw_parts(name: str) -> list[str]:
    """The folded parts of a name, divided at signs, digits and changes of case."""
    name = name[:_LONGEST_NAME]
    if name.isupper():
        name = name.lower()
    spaced = _CAMEL.sub(" ", name)
    return [fold(part) for part in _SPLIT.split(spaced) if part]


def _script_parts(part: str, vocabulary: Vocabulary) -> list[str]:
    """Known words inside a run of Chinese, Japanese or Korean; the rest is dropped as unknown single characters."""
    found, at = [], 0
    while at < len(part):
        word = next((w for w in vocabulary.scripts if part.startswith(w, at)), part[at])
        found.append(word)
        at += len(word)
    return found


def _segment(part: str, words: Mapping[str, frozenset[str]]) -> list[str] | None:
    """Known words that together spell the part, fewest first; None when there is no such spelling."""
    best: list[list[str] | None] = [[]] + [None] * len(part)
    for end in range(2, len(part) + 1):
        for start in range(max(0, end - 16), end - 1):
            before, piece = best[start], part[start:end]
            if before is None or (len(piece) < 3 and piece not in _SHORT_PARTS) or "WEAK" in words.get(piece, _WEAK):
                continue
            known = best[end]
            if known is None or len(before) + 1 < len(known):
                best[end] = [*before, piece]
    return best[len(part)]


def _single(part: str, vocabulary: Vocabulary) -> list[Word]:
    words = vocabulary.words
    if part in words:
        return [Word(part, words[part])]
    if _CJK.search(part):
        return [Word(w, words.get(w, frozenset())) for w in _script_parts(part, vocabulary)]
    if len(part) > 3 and part.endswith("s") and part[:-1] in words:
        return [Word(part, words[part[:-1]])]
    pieces = _segment(part, words) if 5 <= len(part) <= 40 else None
    if pieces:
        return [Word(p, words[p]) for p in pieces]
    return [Word(part, frozenset())]


def _phrases(parts: list[str], vocabulary: Vocabulary) -> Iterable[Word]:
    at = 0
    while at < len(parts):
        for size in (4, 3, 2):
            if at + size > len(parts):
                continue
            piece = parts[at : at + size]
            joined = "_".join(piece)
            run = "".join(piece)
            hit = joined if joined in vocabulary.words else run if len(run) > 3 and run in vocabulary.words else None
            if hit:
                yield Word(hit, vocabulary.words[hit])
                at += size
                break
        else:
            yield from _single(parts[at], vocabulary)
            at += 1


def words_of(name: str, vocabulary: Vocabulary) -> tuple[Word, ...]:
    """The words of a column's name with their meanings, phrases first ("e-mail", "date of birth")."""
    return tuple(_phrases(raw_parts(name), vocabulary))
