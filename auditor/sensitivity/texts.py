"""The remaining kinds of values: places, papers by shape, user names, free text, codes and cells of JSON."""

from __future__ import annotations

import re

from auditor.sensitivity.profile import Profile

_M = re.MULTILINE
_I = re.IGNORECASE | re.MULTILINE
_PAIR = re.compile(
    r"^[\[(]?-?\d{1,3}\.\d{2,}[,; ]+-?\d{1,3}\.\d{2,}[\])]?$|^(?:SRID=\d+;)?POINT ?\(-?\d[^\n]*\)$|^\d{1,3}°[^\n]*[NSEW]$",
    _I,
)
_DEGREES = re.compile(r"^-?(?:1[0-7]\d|180|\d{1,2})[.,]\d+$|^\d{1,3}°[^\n]*$", _M)
_INTEGER = re.compile(r"^-?\d{1,9}(?:\.0)?$", _M)
_PROJECTED = re.compile(r"^-?\d{5,8}(?:\.\d+)?$", _M)
_LONG = re.compile(r"^(?=(?:[^\n]*\s){6})[^\n]{40,}$", _M)
_SENTENCE = re.compile(r"^[^\n]*[^\W\d_]+[ ,.][^\n]*$|^[\u3040-\u9fff][^\n]{5,}$", _M)
_URL = re.compile(r"^(?:https?://|www\.|/)[^\s]+$", _I)
_HANDLE = re.compile(r"^@[A-Za-z0-9_.]{2,30}$", _M)
_LOGIN = re.compile(r"^(?:[A-Za-z0-9-]+\\)?[A-Za-z0-9][\w.@-]{1,40}$", _M)
_LETTER = re.compile(r"^[^\n]*[^\W\d_]", _M)
_FLOAT = re.compile(r"^-?\d*[.,]\d+$", _M)
_NUMBER = re.compile(r"^-?[\d.,]+%?$", _M)
_SMALL_COUNT = re.compile(r"^(?:10|[0-9])(?:\.0)?$|^(?:<|less than) ?\d{1,2}$", _I)
_PLATES = tuple(
    re.compile(f"^{p}$", _M)
    for p in (
        r"[A-Z]{2}-\d{3}-[A-Z]{2}",
        r"[A-Z]{2} ?\d{3} ?[A-Z]{2}",
        r"[A-Z]{2}\d{2} ?[A-Z]{3}",
        r"\d{4}[ -]?[B-DF-HJ-NP-TV-Z]{3}",
        r"[A-Z]{2} \d{2} \d{3}",
        r"[1-9][A-Z]{3}\d{3}",
        r"[A-Z]{3}\d[A-Z]\d{2}",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]·?[A-Z0-9]{5,6}",
        r"\d{2,3} ?[가-힣] ?\d{4}",
        r"[АВЕКМНОРСТУХ]\d{3}[АВЕКМНОРСТУХ]{2} ?\d{2,3}",
        r"(?:[A-Z]{2}-\d{2}-[A-Z]{2}|\d{2}-[A-Z]{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}|[A-Z]{2}-\d{2}-\d{2})",
        r"[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,2}[ -]?\d{4}",
        r"\d{2} [A-Z]{1,3} \d{2,4}",
        r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} \d{1,4}[EH]?",
        r"[A-Z]{3} ?\d{2}[\dA-Z]",
    )
)
_PLATE_SHAPE = re.compile(r"^(?=[A-Z0-9 .-]{5,10}$)[A-Z0-9]{1,7}(?:[ .-][A-Z0-9]{1,6}){0,2}$", _M)
_MIXED_CODE = re.compile(r"^(?=[^\n]*[A-Z])(?=[^\n]*\d)[^\n]+$", _M)
_MASK = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789", "A" * 26 + "0" * 9)
_PLATES_ALONE = 4
_DL_STRONG = re.compile(
    r"^[A-Z]{1,5}9{0,4}\d{6}[A-Z9]{2}[A-Z0-9]{3}(?: ?\d{2})?$|^[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d$|^[A-Z]\d{3}-\d{4}-\d{4}$|^[A-Z]\d{3}[- ]\d{3}[- ]\d{3}[- ]\d{3}$|^[A-Z]\d{4}-\d{5}-\d{5}$|^[A-Z]{2}[ -]?\d{2}[ -]?(?:19|20)\d{9}$",
    _M,
)
_NINE_DIGITS = re.compile(r"^\d{9}$", _M)
_DL_WEAK = re.compile(r"^[A-Z]\d{7}$|^[A-Z]\d{12}$|^[A-Z]\d{14}$", _M)
_PASSPORT = tuple(
    re.compile(f"^{p}$", _M)
    for p in (
        r"[A-Z]\d{8}",
        r"\d{2}[A-Z]{2}\d{5}",
        r"[A-Z]{2}\d{7}",
        r"[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}",
        r"[EGDSPH]\d{8}",
        r"[A-Z]{3}\d{6}[A-Z]?",
        r"\d{2} \d{7}",
        r"P[<A-Z][A-Z]{3}[A-Z<]{39}",
    )
)


def geo_pairs(column: Profile) -> float:
    """The share of values with both coordinates in one text."""
    return column.share(_PAIR)


def geo_hinted(column: Profile) -> bool:
    """Degrees with decimals, projected coordinates, or pairs."""
    return max(column.share(_DEGREES), column.share(_PAIR), column.share(_PROJECTED)) >= 0.6


def free_text_share(column: Profile) -> float:
    """The share of values that are texts of a sentence or more."""
    return column.share(_LONG)


def free_text_hinted(column: Profile) -> bool:
    """Texts of several words in many wordings, not codes and not links."""
    return column.share(_SENTENCE) > 0.4 and column.share(_URL) < 0.3 and column.share(_NUMBER) < 0.3


def username_share(column: Profile) -> float:
    """The share of values that are handles with an @ before them."""
    return column.share(_HANDLE) if "@" in column.text else 0.0


def username_hinted(column: Profile) -> bool:
    """Single words with letters, not numbers."""
    return (column.share(_LOGIN) >= 0.6 and column.share(_LETTER) >= 0.6) or column.share(_HANDLE) > 0.5


def record_hinted(column: Profile) -> bool:
    """Identifiers: no decimals, no long texts."""
    return column.share(_FLOAT) < 0.2 and column.share(_LONG) < 0.2


def words_hinted(column: Profile) -> bool:
    """Words or codes, not measured numbers: a column `cancer` of rates says nothing about a person."""
    return column.share(_NUMBER) < 0.5 or (column.distinct <= 6 and column.share(_INTEGER) > 0.9)


def small_counts(column: Profile) -> bool:
    """Whole numbers from 0 to 10 only."""
    return column.share(_SMALL_COUNT) == 1.0


def _spread(column: Profile) -> bool:
    heads = {v[:3] for v in column.sample}
    return (
        len(column.sample) >= 4
        and len(heads) > len(column.sample) / 3
        and column.distinct >= 0.95 * min(column.rows, 2000)
    )


def plates_likely(column: Profile) -> bool:
    """Short codes of the shapes that number plates have, spread and nearly all distinct.

    One shape counts only when it is a country's own; otherwise plates of many years have many shapes, codes have one.
    """
    size = len(column.sample)
    if size < _PLATES_ALONE or not _spread(column):
        return False
    if any(column.share(p) > 0.9 for p in _PLATES):
        return True
    masks = {v.translate(_MASK) for v in column.sample}
    return (
        column.share(_PLATE_SHAPE) > 0.9
        and column.share(_MIXED_CODE) > 0.75
        and len(masks) >= max(3, min(8, size // 4))
    )


def papers_likely(column: Profile) -> dict[str, float]:
    """Driver's licences and passports by shape alone: weak, so only spread, distinct codes of one shape count."""
    if len(column.sample) >= 3 and column.share(_DL_STRONG) > 0.9:
        return {"driver_licence": 0.75}
    if len(column.sample) < 5 or not _spread(column):
        return {}
    covered = {m.start() for p in _PASSPORT for m in p.finditer(column.text)}
    if column.share(_PASSPORT[0]) > 0.2 and column.share(_PASSPORT[0]) + column.share(_NINE_DIGITS) > 0.95:
        return {"passport": 0.65}
    if len(covered) >= 0.95 * len(column.sample) and len(column.sample) >= 8:
        return {"passport": 0.58}
    letters = {v[0] for v in column.sample}
    weak = column.share(_DL_WEAK) > 0.95 and len(letters) >= min(8, len(column.sample) / 2)
    return {"driver_licence": 0.55} if weak else {}
