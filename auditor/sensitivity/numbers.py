"""Identifiers with a shape and a checksum: national ids, cards, bank accounts, vehicles. The tables are the data.

python-stdnum runs only on values of the right shape; a weak checksum (one in ten or eleven random numbers passes) never
counts without a hint of the name (reference/sensitive-columns.md, section 2, point 6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from auditor.sensitivity.profile import Profile

_M = re.MULTILINE


@dataclass(frozen=True, slots=True)
class NumberShape:
    """A pattern, the python-stdnum module that checks it (or none), and the confidence when most values pass."""

    target: str
    pattern: re.Pattern[str]
    module: str | None
    confidence: float
    least: int = 3
    share: float = 0.8


def _shape(
    target: str, pattern: str, module: str | None, confidence: float, *, least: int = 3, share: float = 0.8
) -> NumberShape:
    return NumberShape(target, re.compile(f"^{pattern}$", _M), module, confidence, least, share)


# Values alone are enough for these.
STRONG: tuple[NumberShape, ...] = (
    _shape("bank_account", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}", "iban", 0.97),
    _shape("national_id", r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}", None, 0.93),
    _shape("national_id", r"[X*#x]{3}-[X*#x]{2}-\d{4}", None, 0.9),
    _shape("national_id", r"9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}", None, 0.8),
    _shape("national_id", r"(?![DFIQUV])[A-Z](?![DFIQUVO])[A-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", None, 0.93),
    _shape("national_id", r"[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]", None, 0.95),
    _shape("national_id", r"\d{3}\.\d{3}\.\d{3}-\d{2}", None, 0.93),
    _shape("national_id", r"\d{11}", "br.cpf", 0.85, least=8, share=0.9),
    _shape("national_id", r"\d{11}", "pl.pesel", 0.88, least=5, share=0.9),
    _shape("national_id", r"\d{11}", "no.fodselsnummer", 0.88, least=5, share=0.9),
    _shape("national_id", r"\d{11}", "ee.ik", 0.85, least=5, share=0.9),
    _shape("national_id", r"\d{11}", "tr.tckimlik", 0.85, least=8, share=0.9),
    _shape("national_id", r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[. ]?\d{2}", "be.nn", 0.88, least=5, share=0.9),
    _shape("national_id", r"(?:\d{8}|[XYZ]-?\d{7})-?[A-Z]", "es.nif", 0.92),
    _shape(
        "national_id",
        r"[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
        "fr.nir",
        0.95,
    ),
    _shape(
        "national_id",
        r"[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}",
        None,
        0.6,
        least=10,
        share=1.0,
    ),
    _shape("national_id", r"\d{17}[\dXx]", "cn.ric", 0.96),
    _shape("national_id", r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", None, 0.85),
    _shape("national_id", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d", None, 0.96),
    _shape("national_id", r"[A-ZÑ&]{4}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[A-Z\d]{3}", None, 0.85),
    _shape("national_id", r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer", 0.93),
    _shape("national_id", r"(?:19|20)\d{10}", "se.personnummer", 0.9, least=5, share=0.9),
    _shape("national_id", r"[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", "fi.hetu", 0.95),
    _shape("national_id", r"[0-3]\d[01]\d{3}-\d{4}", "dk.cpr", 0.85, least=5),
    _shape("national_id", r"[1-8]\d{12}", "ro.cnp", 0.92, least=5, share=0.9),
    _shape("national_id", r"\d{10}", "bg.egn", 0.85, least=8, share=0.95),
    _shape("national_id", r"\d{6}/\d{3,4}", "cz.rc", 0.9),
    _shape("national_id", r"\d{6}-[1-8]\d{6}", "kr.rrn", 0.92),
    _shape("national_id", r"\d{6}-[1-8]\d{6}", None, 0.8),
    _shape("national_id", r"\d{13}", "za.idnr", 0.88, least=6, share=0.9),
    _shape("national_id", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", None, 0.93),
    _shape("national_id", r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]", "cl.rut", 0.95),
    _shape("national_id", r"\d{7,8}-[\dkK]", "cl.rut", 0.9, least=5, share=0.9),
    _shape("national_id", r"[STFG]\d{7}[A-Z]", None, 0.85),
    _shape("national_id", r"[A-Z]{1,2}\d{6}\([\dA]\)", None, 0.9),
    _shape("national_id", r"[2-9]\d{3} \d{4} \d{4}", "in_.aadhaar", 0.93),
    _shape("national_id", r"(?:20|23|24|27)-\d{8}-\d", None, 0.93),
    _shape("national_id", r"\d{5}-\d{7}-\d", None, 0.9),
    _shape("national_id", r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn", 0.97),
    _shape("national_id", r"[A-Z][12]\d{8}", "tw.ubn", 0.6, least=10),
    _shape("national_id", r"\d{3}[- ]\d{3}[- ]\d{3}", "ca.sin", 0.85, least=5, share=0.95),
    _shape("national_id", r"\d{3}[- ]\d{3}[- ]\d{4}", "gb.nhs", 0.85, least=6, share=0.95),
    _shape("national_id", r"\d{12}", "ru.inn", 0.88, least=5, share=0.9),
    _shape("bank_account", r"[A-Z]{4}\d{13,20}", None, 0.85),
    _shape("bank_account", r"\d{9}", "us.rtn", 0.75, least=10, share=1.0),
    _shape("national_id", r"\d{9}", "nl.bsn", 0.55, least=25, share=1.0),
)

_ANY_STRONG = re.compile("|".join(f"(?:{s.pattern.pattern})" for s in STRONG), _M)

# ISO 13616 and friends have a pattern that a hinted column must at least resemble.
HINTED: dict[str, re.Pattern[str]] = {
    "national_id": re.compile(
        r"^(?=(?:[^\n]*[\dX*#]){4})(?![^\n]*[a-z]{4})[A-Za-z0-9*#ÑñХ]{1,12}(?:[-./ \u2013()]{0,2}[A-Za-z0-9*#]{1,20}){0,6}\)?$",
        _M,
    ),
    "driver_licence": re.compile(
        r"^(?=(?:[^\n]*[\dX*#]){3})(?![^\n]*[a-z]{4})[A-Za-z0-9*#]{1,20}(?:[-./ *][A-Za-z0-9*#]{1,20}){0,6}$", _M
    ),
    "passport": re.compile(
        r"^(?=(?:[^\n]*[\dX*#]){3})(?![^\n]*[a-z]{4})[A-Za-z0-9*#<]{1,44}(?:[-/ ][A-Za-z0-9*#]{2,10}){0,2}$", _M
    ),
    "vehicle": re.compile(
        r"^(?=[^\n]*[0-9])(?![^\n]*[a-z]{4} [a-z])[^\W_](?:[\w·]|[^\x00-\x7f]){1,22}(?:[- .·|][\w]{1,8}){0,4}$", _M
    ),
    "payment_card": re.compile(
        r"^(?:\d[ -]?){12,19}$|^(?:[X*#x•]{2,4}[ -]?){1,4}\d{4}$|^\d{4,6}[X*#x.•]{4,9}\d{4}$", _M
    ),
    "bank_account": re.compile(
        r"^(?=(?:[^\n]*[\dX*#]){4})(?![^\n]*[a-z]{4})[A-Za-z0-9*#]{2,34}(?:[- ./][A-Za-z0-9*#]{1,12}){0,9}$|^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$",
        _M,
    ),
}
_DATE_LIKE = re.compile(r"^(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d", _M)
_SHORT_NUMBER = re.compile(r"^\d{1,4}$|^\d+[.,]\d{1,3}$|^-\d+", _M)
_DECIMALS = re.compile(r"^[-+]?\d*\.\d+(?:[eE][-+]?\d+)?$", _M)
_FOUR_DIGITS = re.compile(r"^\d{4}$", _M)
_CARD = re.compile(
    r"^(?:3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|4\d{12}(?:\d{3}){0,2}|5[0-8]\d{14}|5[06-8]\d{10,17}|2[2-7]\d{14}|6\d{11,18}|35\d{14}|[2-6]\d{3}(?:[ -]\d{4}){3}|3[47]\d\d[ -]\d{6}[ -]\d{5}|1800\d{11}|2131\d{11})$",
    _M,
)
_VIN = re.compile(r"^(?=[^\n]*[A-Z])(?=(?:[^\n]*\d){3})[A-HJ-NPR-Z0-9]{17}$", _M | re.IGNORECASE)
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@lru_cache(maxsize=64)
def _validator(module: str) -> Callable[[str], bool]:
    validate: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return validate


def _passes(shape: NumberShape, found: Sequence[str]) -> int:
    if shape.module is None:
        return len(found)
    valid = _validator(shape.module)
    return sum(1 for value in found[:40] if valid(value))


def luhn(digits: str) -> bool:
    """The checksum of cards: from the right every second digit doubled."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        number = int(char)
        if position % 2:
            number = number * 2 - 9 if number > 4 else number * 2
        total += number
    return total % 10 == 0


def vin_checks(value: str) -> bool:
    """The North American check digit of a vehicle identification number."""
    upper = value.upper()
    total = sum(_VIN_VALUES[c] * w for c, w in zip(upper, _VIN_WEIGHTS, strict=True))
    return upper[8] == "0123456789X"[total % 11]


def _cards(column: Profile) -> float:
    found = column.matching(_CARD)
    if len(found) < 0.8 * len(column.sample):
        return 0.0
    valid = sum(1 for v in found if luhn(v.replace(" ", "").replace("-", "")))
    grouped = sum(1 for v in found if not v.isdigit())
    least = 3 if grouped > len(found) / 2 else 5
    return 0.95 if len(found) >= least and valid >= 0.95 * len(found) else 0.0


def _vehicles(column: Profile) -> float:
    found = column.matching(_VIN)
    if len(found) < 0.7 * len(column.sample) or len(found) < 2:
        return 0.0
    checked = sum(1 for v in found if vin_checks(v))
    if checked >= 0.6 * len(found):
        return 0.97
    return 0.8 if len(found) >= 4 and len(found) > 0.9 * len(column.sample) else 0.0


def _constant_part(found: Sequence[str]) -> bool:
    """Numbers that only count up share their head; real ids are spread."""
    heads = {v[:3] for v in found}
    return len(found) >= 8 and len(heads) <= max(1, len(found) // 10)


def number_evidence(column: Profile) -> dict[str, float]:
    """Classes that shapes and checksums of the values alone speak for."""
    sure = {"payment_card": _cards(column), "vehicle": _vehicles(column)}
    found = {target: confidence for target, confidence in sure.items() if confidence}
    head = column.sample[:4]
    if not any(map(_ANY_STRONG.match, head)):
        return found
    for shape in STRONG:
        if not any(map(shape.pattern.match, head)):
            continue
        if shape.confidence <= found.get(shape.target, 0.0):
            continue
        values = column.matching(shape.pattern)
        if len(values) < max(shape.share * len(column.sample), min(shape.least, 2)) or len(values) < shape.least:
            continue
        checked = values[:40]
        if _passes(shape, values) >= shape.share * len(checked) and not (
            shape.module is None and _constant_part(values)
        ):
            found[shape.target] = shape.confidence
    return found


def hinted_number(target: str, column: Profile) -> float:
    """How well the values go with a number that the name promises: 0 is a veto, 1 agreement."""
    if column.share(_DATE_LIKE) > 0.3 or column.share(_SHORT_NUMBER) > 0.6 or column.share(_DECIMALS) > 0.3:
        # The last four digits of an id are still a part of it; one- to three-digit numbers are not.
        return 0.4 if target in {"national_id", "payment_card"} and column.share(_FOUR_DIGITS) > 0.9 else 0.0
    return 1.0 if column.share(HINTED[target]) >= 0.5 else 0.0
