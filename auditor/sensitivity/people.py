"""What a person is: names, birth dates, ages, and the small vocabularies of sex, ethnicity, marital status and the like."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from auditor.sensitivity.names import looks_like_names, name_score
from auditor.sensitivity.profile import Profile
from auditor.sensitivity.words import fold

_M = re.MULTILINE
_I = re.IGNORECASE | re.MULTILINE
_NAMES_LOOKED_AT = 40
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|janv|fev|avr|mai|juin|juil|aout|okt|dez|gen|mag|giu|lug|set|ott|out)[a-zé]*\.?"
_DATE = re.compile(
    rf"^(?:\d{{4}}[-/.年 ]\d{{1,2}}[-/.月 ]\d{{1,2}}日?|\d{{1,2}}[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}|(?:19|20)\d\d[01]\d[0-3]\d|"
    rf"\d{{1,2}}(?:st|nd|rd|th)?[-/. ]?(?:de |of )?{_MONTHS}[-/. ,]+(?:de )?(?:\d{{4}}|\d{{2}})|{_MONTHS}[-/. ]\d{{1,2}}(?:st|nd|rd|th)?[-/., ]+(?:\d{{4}}|\d{{2}}))"
    r"(?:[T ]+\d{1,2}:\d{2}[^\n]*)?$",
    _I,
)
_YEAR_FIRST = re.compile(r"^((?:19|20)\d\d)[01]\d[0-3]\d")
_SHORT_YEAR = re.compile(r"^\d{1,2}[-/.]\d{1,2}[-/.](\d\d)$")
_ONE_OR_TWO = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_YEAR_IN = re.compile(r"(?<!\d)(1[89]\d\d|20[0-4]\d)(?!\d)")
_TIME = re.compile(r"^[^\n]*[T ](?!00:00)\d{1,2}:\d{2}", _M)
_BIRTH_YEAR = re.compile(r"^(?:18[7-9]\d|19\d\d|20[0-3]\d)(?:\.0)?$", _M)
_MONTH_OR_DAY = re.compile(rf"^(?:[1-9]|[12]\d|3[01]|0[1-9])$|^{_MONTHS}$", _I)
_MASKED_DATE = re.compile(r"^[*xX#\d]{1,4}[-/][*xX#\d]{1,3}[-/][*xX#\d]{1,4}$", _M)
_SERIAL = re.compile(r"^-?\d{4,13}$", _M)
_AGE = re.compile(
    r"^(?:1[01]\d|\d{1,2})(?:\.[05]0?)?(?: ?(?:y|yr|yrs|years|year|ans|años|anos|jahre|jaar|anni|歳|岁|mo|months|m))?\.?$",
    _I,
)
_AGE_FRACTION = re.compile(r"^(?:1[01]\d|\d{1,2})\.\d{1,4}$", _M)
_AGE_BAND = re.compile(
    r"^(?:age[sd]? )?(?:under |over |below |< ?|> ?|<= ?|>= ?|≥ ?|≤ ?)?\d{1,3}(?: ?(?:-|–|to|a|bis|/) ?\d{1,3}|\+| ?and (?:over|older|under|above)| ?or (?:older|more|over)| & over)?(?: (?:years?|yrs?)(?: .{0,12})?)?$",
    _I,
)
_CODE = re.compile(r"^(?:\d{1,2}|[A-Za-z]{1,3}|true|false|yes|no|checked|unchecked)$", _I)
_NUMBERISH = re.compile(r"^[-+$€£]?\d[\d.,]*%?$", _M)
_LETTERS = re.compile(r"^[^\n]*[^\W\d_]{2}", _M)
_NAME_GATE = re.compile(r"^[^\W\d_][^\d_@/\\#%*+=<>{}\[\]|~^!?:;\n]{0,59}$", _M)
_FIRM = re.compile(
    r"^[^\n]*(?:\b(?:inc|llc|ltd|plc|gmbh|corp|group|sons|limited|company|s\.?a\.?s?|s\.?p\.?a|s\.?r\.?l|ag|kg|bv|nv|ab|oy|a/s)\.?$| & | and )",
    _I,
)
_ICD = re.compile(r"^[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})$", _M)
_YEAR_FLOOR, _YEAR_CEILING = 1900, 2026


@lru_cache(maxsize=1)
def vocabularies() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """Class to (all its words, the words that no other kind of column has), folded."""
    text = files("auditor.sensitivity").joinpath("data/vocabularies.toml").read_text(encoding="utf-8")
    return {
        target: (frozenset(map(fold, entry["words"].split("|"))), frozenset(map(fold, entry["sure"].split("|"))))
        for target, entry in tomllib.loads(text).items()
    }


def companies(column: Profile) -> bool:
    """A tenth of the values or more are plainly firms, so that the others are firms with persons' names."""
    return column.share(_FIRM) >= 0.1


def names_share(column: Profile) -> float:
    """The mean name score of up to 40 values; 0 at once where the values are no words."""
    gate = column.share(_NAME_GATE)
    if gate < 0.5:
        return 0.0
    step = max(1, len(column.sample) // _NAMES_LOOKED_AT)
    looked = column.sample[::step][:_NAMES_LOOKED_AT]
    return sum(map(name_score, looked)) / len(looked)


def names_possible(column: Profile) -> float:
    """The share of values that could be names of persons whom no dictionary lists."""
    looked = column.sample[:_NAMES_LOOKED_AT]
    return sum(map(looks_like_names, looked)) / len(looked)


def initials_only(column: Profile) -> bool:
    """Single letters, as in a column of middle initials."""
    return column.share(re.compile(r"^[A-Z]\.?(?: ?[A-Z]\.?)?$", _M)) > 0.8


def _full_dates(column: Profile) -> list[tuple[int, int]]:
    """Year and another number (day or month) of each full date of the sample."""
    found = []
    for value in column.sample:
        year = _YEAR_IN.search(value) or _YEAR_FIRST.match(value)
        short = None if year else _SHORT_YEAR.match(value)
        if short:
            two = int(short[1])
            found.append((two + (1900 if two > 26 else 2000), int(_ONE_OR_TWO.findall(value)[1])))
        elif year:
            rest = [int(n) for n in _ONE_OR_TWO.findall(value.replace(year[1], " ", 1))]
            found.append((int(year[1]), max(rest, default=0)))
    return found


def birth_dates_likely(column: Profile) -> bool:
    """Dates spread like births: decades wide, in no order, no time of day, days of all months, some before 1970.

    Only for columns whose name says nothing; five distinct dates at least.
    """
    if len(column.sample) < 5 or column.share(_DATE) < 0.9 or column.share(_TIME) > 0.1:
        return False
    dates = _full_dates(column)
    if len(dates) < 0.8 * len(column.sample):
        return False
    years = sorted(year for year, _ in dates)
    ordered = sum(a[0] <= b[0] for a, b in pairwise(dates)) / (len(dates) - 1)
    days = len({day for _, day in dates})
    early = sum(year < 1970 for year in years) / len(years)
    return (
        years[-1] - years[0] >= 15
        and years[0] >= _YEAR_FLOOR
        and years[-1] <= _YEAR_CEILING
        and years[len(years) // 2] <= 2003
        and early >= 0.12
        and 0.2 < ordered < 0.85
        and days >= min(8, len(dates) // 2)
    )


def birth_hinted(column: Profile) -> float:
    """0 vetoes: dates, years, months or day serials agree with a birth date's name."""
    if column.share(_DATE) >= 0.5:
        years = [int(y) for y in _YEAR_IN.findall(column.text)]
        return 0.0 if years and sum(y > _YEAR_CEILING for y in years) > len(years) / 2 else 1.0
    if column.share(_BIRTH_YEAR) >= 0.6 or column.share(_MASKED_DATE) > 0.5:
        return 0.9
    if column.share(_MONTH_OR_DAY) > 0.8 or column.share(_SERIAL) > 0.8:
        return 0.6
    return 0.0


def age_hinted(column: Profile) -> float:
    """Ages in years, bands of ages, or fractions of years; words veto."""
    if column.share(_AGE) >= 0.8:
        return 1.0
    if column.share(_AGE_BAND) >= 0.5:
        return 0.9
    return 0.7 if column.share(_AGE_FRACTION) + column.share(_AGE) > 0.95 else 0.0


def vocabulary_share(target: str, column: Profile, *, sure: bool) -> float:
    """The share of values among a class's words; with ``sure`` 0 unless a word that only this class has is there."""
    everything, telling = vocabularies()[target]
    folded = [fold(v).rstrip(".") for v in column.sample]
    if sure and not any(v in telling for v in folded):
        return 0.0
    return sum(v in everything for v in folded) / len(folded)


def vocabulary_hinted(target: str, column: Profile) -> float:
    """Words of the class agree; a few codes leave it open; numbers, and texts of many kinds, veto."""
    if vocabulary_share(target, column, sure=False) >= 0.3:
        return 1.0
    if column.distinct <= 15 and column.share(_CODE) >= 0.8:
        return 0.8
    if column.share(_NUMBERISH) > 0.3 or column.share(_LETTERS) < 0.6:
        return 0.0
    few = column.distinct <= 12 if target == "sex" else column.distinct <= 80
    return 0.6 if few else 0.0


def trait_evidence(column: Profile) -> dict[str, float]:
    """Classes that a small vocabulary of values speaks for, whatever the column's name."""
    if column.distinct > 60 or column.share(_NUMBERISH) > 0.5:
        return {}
    found = {}
    for target, confidence in (
        ("sex", 0.88),
        ("marital_status", 0.85),
        ("ethnicity", 0.8),
        ("religion", 0.75),
        ("firearm", 0.7),
        ("criminal_record", 0.65),
        ("health", 0.65),
    ):
        least = 2 if target == "sex" else 3
        if column.distinct >= least and vocabulary_share(target, column, sure=True) >= 0.85:
            found[target] = confidence
    if "sex" not in found and column.rows >= 4 and {fold(v) for v in column.sample} == {"m", "f"}:
        found["sex"] = 0.75
    if column.distinct >= 5 and column.share(_ICD) > 0.9:
        found["health"] = 0.7
    return found
