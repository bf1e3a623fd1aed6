"""The name dictionary, and how much a value looks like a person's name."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from auditor.sensitivity.wordlists import word_lists
from auditor.sensitivity.words import fold

_PIECES = re.compile(r"[A-Z][^A-Z]*")
# Endings of family names whose bearers no list of ours has all of.
_NAME_END = re.compile(
    r".{2,}(?:ovic|evic|escu|dottir|sson|enko|chuk|shvili|oglu|opoulos|akis|etti|ucci|acci|wicz|owski|ewski|adhyay|pandhyay|nathan|swamy|murthy|krishnan|uddin|ullah|zadeh|yants?|vili)$"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?")
_LATIN_NAME = re.compile(r"^[^\W\d_][^\d_@/\\#%&*+=<>{}\[\]|~^!?:;()]*$")
_HAN = re.compile(r"^[\u3400-\u9fff々]{1,4}$|^[\u3400-\u9fff々]{1,3}[ \u3000][\u3400-\u9fff々ぁ-んァ-ン]{1,4}$")
_HANGUL = re.compile(r"^[\uac00-\ud7af]{2,4}$|^[\uac00-\ud7af]{1,2} [\uac00-\ud7af]{1,3}$")


@lru_cache(maxsize=1)
def dictionary() -> Mapping[str, str]:
    """Each name of the dictionary with its flags (see ``build_names``): ``f``, ``F``, ``l``, ``L``, ``w``, ``p``."""
    packed = files("auditor.sensitivity").joinpath("data/names.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").split("\n")
    names: dict[str, str] = {}
    for flags, coded in zip(lines[0::2], lines[1::2], strict=False):
        before = ""
        for piece in _PIECES.findall(coded):
            before = before[: ord(piece[0]) - 65] + piece[1:]
            names[before] = flags
    return names


def _weight(flags: str) -> float:
    """How sure one word is a name: ordinary words and places count less, frequent names more."""
    if "F" in flags:
        return 0.7 if "w" in flags or "p" in flags else 1.0
    if "L" in flags:
        return 0.35 if "w" in flags or "p" in flags else 0.9
    if "w" in flags or "p" in flags:
        return 0.2
    return 0.7 if "f" in flags else 0.6 if flags else 0.0


def _han(value: str) -> float:
    bare = value.replace(" ", "").replace("\u3000", "")
    if bare[-1] in word_lists().place_ends:
        return 0.0
    if " " in value or "\u3000" in value:
        return 0.9
    if bare[0] in word_lists().surnames_zh and len(bare) <= 3:
        # Three signs are how most names are written; many words of two begin with a surname.
        return 0.9 if len(bare) == 3 else 0.6
    return 0.9 if any(bare.startswith(s) for s in word_lists().surnames_ja) else 0.1


def _hangul(value: str) -> float:
    lists = word_lists()
    if value[0] not in lists.surnames_ko or value[-1] in lists.place_ends:
        return 0.2
    return 0.9 if len(value) in {3, 4} else 0.4


def name_score(value: str) -> float:
    """0 to 1: how much one value looks like a person's name; a single word never reaches 1."""
    if not value.isascii():
        if _HAN.match(value):
            return _han(value)
        if _HANGUL.match(value):
            return _hangul(value)
    if len(value) > 60 or not _LATIN_NAME.match(value):
        return 0.0
    words = _WORD.findall(fold(value))
    if not words or len(words) > 7:
        return 0.0
    if any(w.rstrip(".") in word_lists().not_persons for w in words):
        return 0.0
    titled = any(w.rstrip(".") in word_lists().titles and len(w) > 1 for w in words)
    full = [w for w in (w.rstrip(".") for w in words) if w not in word_lists().titles and len(w) > 1]
    if not full or len(full) > 5:
        return 0.0
    known = dictionary()
    weights = [_word_weight(w, known) for w in full]
    # People's names have capitals; "charter", "boat" and "jul thru sep" are words.
    written = 0.6 if value.islower() else 1.0
    if len(full) == 1:
        # A single initial beside it ("J. Smith", "Smith, J") makes a name of a surname.
        initial = any(len(w.rstrip(".")) == 1 for w in words)
        return (
            written * min(1.0, weights[0] + (0.15 if initial or titled else 0.0)) * (1.0 if initial or titled else 0.9)
        )
    best = sorted(weights, reverse=True)
    # Two words both names: surer than either alone; a third unknown word costs little.
    return (
        written
        * min(1.0, (best[0] + best[1]) / 2 * 1.15)
        * (1.0 if len(full) <= 4 else 0.8)
        * (1.0 if min(weights) > 0 else 0.85)
    )


def _word_weight(word: str, known: Mapping[str, str]) -> float:
    flags = known.get(word)
    if flags is None and not word.isalpha():
        parts = [p for p in re.split(r"[-'’.]", word) if p]
        joined = known.get("".join(parts))
        if joined is not None:
            return _weight(joined)
        return sum(_weight(known[p]) for p in parts if p in known) / max(1, len(parts)) if len(word) > 7 else 0.0
    if flags is None:
        return 0.5 if _NAME_END.match(word) else 0.0
    # In other scripts the dictionary holds no ordinary words.
    return _weight(flags) if word.isascii() else max(0.8, _weight(flags))


def looks_like_names(value: str) -> bool:
    """A weaker test, enough when the column's name already speaks of a person: words in letters, few of them."""
    if len(value) > 60 or not _LATIN_NAME.match(value):
        return False
    words = _WORD.findall(fold(value))
    return 0 < len(words) <= 6 and not any(w.rstrip(".") in word_lists().not_persons for w in words)
