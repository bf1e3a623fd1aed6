"""Is a column personal? The name speaks first, the values confirm or veto it.

``classify`` is the public function of design/contract.md ("Column classes"); ``classify_column`` also says what kind of
evidence there was. What was measured and why names need their values: reference/sensitive-columns.md, section 2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from auditor.sensitivity import contacts, numbers, people, texts
from auditor.sensitivity.lexicon import SHIPPED, Lexicon
from auditor.sensitivity.naming import Context, Hints, merged, read_name
from auditor.sensitivity.profile import Profile, ValueState, profile

THRESHOLD = 0.5
_PAIR = re.compile(r'"([^"\\]{1,60})"\s*:\s*"?([^"\\{}\[\],]{1,120})')
_SMALL_COUNT = 0.6
_OWN_WORD = 0.95
_OWN_VALUES_SHARE = 0.9
# Values of these shapes say more than any name does.
_DECISIVE = frozenset({"email", "ip_address"})
_VOCABULARY = frozenset({"sex", "ethnicity", "marital_status", "religion"})
_NUMBERED = frozenset({"national_id", "driver_licence", "passport", "vehicle", "payment_card", "bank_account"})
_STRONG_ENOUGH_FOR_THINGS = 0.84
_LEAST_BESIDE_UNKNOWN = 0.58


class Evidence(StrEnum):
    """What spoke for a class."""

    NAME = "name"
    VALUES = "values"


@dataclass(frozen=True, slots=True)
class Classification:
    """Classes of one column with confidence 0.5 to 1, each with its kinds of evidence; never a value."""

    classes: Mapping[str, float]
    evidence: Mapping[str, tuple[Evidence, ...]]
    values: ValueState


def _agreement(target: str, column: Profile, hint: float) -> float:
    """How well the values go with a class that the name speaks for: 0 vetoes, 1 confirms."""
    if target == "person_name":
        return _names_agree(column, hint)
    if target in _NUMBERED:
        return numbers.hinted_number(target, column)
    if target in _VOCABULARY:
        return people.vocabulary_hinted(target, column)
    match target:
        case "email":
            return 1.0 if contacts.email_share(column) >= 0.3 else 0.0
        case "phone":
            return 1.0 if contacts.phone_hinted(column) else 0.0
        case "street_address":
            return contacts.address_hinted(column)
        case "date_of_birth":
            return people.birth_hinted(column)
        case "age":
            return people.age_hinted(column)
        case "postal_code":
            return float(contacts.postal_hinted(column))
        case "ip_address":
            return 1.0 if contacts.ip_share(column) >= 0.3 else 0.0
        case _:
            return _other_agreement(target, column)


def _other_agreement(target: str, column: Profile) -> float:
    tests = {
        "device_id": contacts.device_hinted,
        "geo_point": texts.geo_hinted,
        "free_text": texts.free_text_hinted,
        "username": texts.username_hinted,
        "record_id": texts.record_hinted,
        "health": texts.words_hinted,
        "criminal_record": texts.words_hinted,
        "firearm": texts.words_hinted,
    }
    test = tests.get(target)
    return 0.7 if test is None else float(test(column))


def _names_agree(column: Profile, hint: float) -> float:
    share = people.names_share(column)
    if share >= 0.5:
        return 1.0
    if hint >= 0.8:
        if people.initials_only(column):
            return 0.9
        possible = people.names_possible(column)
        return 0.8 if possible >= 0.6 and (share >= 0.1 or hint >= 0.88) else 0.0
    return 0.75 if share >= 0.35 and people.names_possible(column) >= 0.7 else 0.0


def _values_alone(column: Profile, context: Context) -> dict[str, float]:
    """Classes that the values speak for themselves; the less the name leaves open, the surer they must be."""
    shares = (
        ("email", contacts.email_share(column), 0.97),
        ("ip_address", contacts.ip_share(column), 0.95),
        ("device_id", contacts.device_share(column), 0.92),
        ("geo_point", texts.geo_pairs(column), 0.85),
        ("username", texts.username_share(column), 0.75),
    )
    found = {target: confidence for target, share, confidence in shares if share >= THRESHOLD}
    found.update(numbers.number_evidence(column))
    only_numbers = column.only_numbers
    places = {
        "phone": contacts.phone_evidence(column),
        "street_address": 0.0 if only_numbers else contacts.address_evidence(column),
        "postal_code": 0.0 if only_numbers else contacts.postal_evidence(column),
    }
    least = _LEAST_BESIDE_UNKNOWN if context is Context.UNKNOWN else 0.0
    found.update({target: confidence for target, confidence in places.items() if confidence > least})
    if context in {Context.DERIVED, Context.THING}:
        return {t: c for t, c in found.items() if c >= _STRONG_ENOUGH_FOR_THINGS}
    if not found and not only_numbers:
        found.update(people.trait_evidence(column))
    if not found:
        found.update(_weak_evidence(column, context))
    return found


def _weak_evidence(column: Profile, context: Context) -> dict[str, float]:
    neutral = context is Context.NEUTRAL
    share = 0.0 if people.companies(column) else people.names_share(column)
    if len(column.sample) >= 3 and share >= (0.5 if neutral else 0.72):
        return {"person_name": min(0.9, 0.3 + share * 0.6)}
    if texts.free_text_share(column) > 0.5 and column.distinct > 0.5 * min(column.rows, 2000):
        return {"free_text": 0.6}
    if not neutral:
        return {}
    if people.birth_dates_likely(column):
        return {"date_of_birth": 0.56}
    if texts.plates_likely(column):
        return {"vehicle": 0.6}
    return texts.papers_likely(column)


def _weigh(hints: Hints, column: Profile) -> tuple[dict[str, float], dict[str, tuple[Evidence, ...]]]:
    classes: dict[str, float] = {}
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for target, hint in hints.classes.items():
        agreement = _agreement(target, column, hint)
        if agreement == 0.0:
            continue
        raised = (
            hint + (1 - hint) * 0.75
            if agreement >= 0.9
            else hint * (0.7 + 0.4 * agreement)
            if hint >= THRESHOLD
            else hint
        )
        if raised >= THRESHOLD and raised > classes.get(target, 0.0):
            classes[target] = min(0.99, raised)
            evidence[target] = (Evidence.NAME, Evidence.VALUES)
    context = hints.context
    if context is Context.HINTED and not classes:
        context = Context.UNKNOWN
    if not classes or any(t not in _DECISIVE for t in classes):
        alone = _values_alone(column, Context.THING if classes else context)
        for target, confidence in alone.items():
            if target in classes:
                classes[target] = max(classes[target], confidence)
            elif not classes or target in _DECISIVE or (confidence >= 0.95 and target != "street_address"):
                classes = {} if target in _DECISIVE or confidence >= 0.95 else classes
                classes[target] = confidence
                evidence[target] = (Evidence.VALUES,)
    return classes, evidence


def _own_values(
    lexicon: Lexicon,
    own: Sequence[str],
    column: Profile,
    classes: dict[str, float],
    evidence: dict[str, tuple[Evidence, ...]],
) -> tuple[dict[str, float], dict[str, tuple[Evidence, ...]]]:
    """An administrator's own value patterns: they confirm or veto his own words, and speak alone where all values match."""
    for entry in lexicon.values:
        share = sum(any(p.fullmatch(v) for p in entry.patterns) for v in column.sample) / len(column.sample)
        if entry.target in own:
            if share >= THRESHOLD:
                classes[entry.target], evidence[entry.target] = 0.98, (Evidence.NAME, Evidence.VALUES)
            else:
                classes.pop(entry.target, None)
        elif share >= _OWN_VALUES_SHARE and len(column.sample) >= 3:
            classes[entry.target], evidence[entry.target] = 0.96, (Evidence.VALUES,)
    return classes, evidence


def _only_best(classes: Mapping[str, float]) -> dict[str, float]:
    """One clear winner: a column is one thing, and callers take each class for a finding."""
    if not classes:
        return {}
    best = max(classes, key=lambda target: (classes[target], target))
    return {best: round(classes[best], 3)}


def _json_cells(column: Profile, lexicon: Lexicon) -> Classification | None:
    """Cells of JSON objects: each key is a column of its own, the surest one speaks for the cell."""
    first = column.sample[0]
    if first[0] not in "{[" or column.text.count("{") < len(column.sample) / 2:
        return None
    inside: dict[str, list[str | None]] = {}
    for cell in column.sample:
        for key, value in _leaves(cell):
            inside.setdefault(key, []).append(value)
    found = [classify_column(key, values, lexicon=lexicon) for key, values in list(inside.items())[:20]]
    return max(found, key=lambda c: max(c.classes.values(), default=0.0), default=None)


def _leaves(cell: str) -> list[tuple[str, str]]:
    """Keys with their plain values; read by pattern, because long cells are cut in the middle."""
    return [(key, value.strip()) for key, value in _PAIR.findall(cell)]


def classify_column(
    name: str,
    values: Sequence[str | None] = (),
    *,
    caption: str | None = None,
    remote_name: str | None = None,
    lexicon: Lexicon = SHIPPED,
) -> Classification:
    """The classes of a column with confidence and kinds of evidence.

    ``values`` of length 0 mean that nobody looked (names alone are less sure); only None or blanks mean an empty column,
    which is not personal. Never raises for any text.
    """
    vocabulary, rules = lexicon.vocabulary, lexicon.rules
    names = dict.fromkeys(n for n in (name, caption, remote_name) if n)
    hints = merged([read_name(n, vocabulary, rules) for n in names] or [Hints({}, Context.NEUTRAL)])
    if any(lexicon.says_not_personal(n) for n in names):
        hints = Hints({}, Context.THING)
    own = tuple(dict.fromkeys(target for n in names for target in lexicon.own_classes(n)))
    if own:
        hints = Hints({**hints.classes, **dict.fromkeys(own, _OWN_WORD)}, Context.HINTED)
    column = profile(values)
    if column.state is ValueState.EMPTY:
        return Classification(MappingProxyType({}), MappingProxyType({}), column.state)
    if column.state is ValueState.UNKNOWN:
        classes = _only_best({t: h for t, h in hints.classes.items() if h >= THRESHOLD})
        return Classification(
            MappingProxyType(classes), MappingProxyType(dict.fromkeys(classes, (Evidence.NAME,))), column.state
        )
    cells = _json_cells(column, lexicon)
    if cells is not None:
        return cells
    weighed, evidence = _weigh(hints, column)
    if not weighed and hints.counts and column.distinct > 1 and texts.small_counts(column):
        weighed, evidence = {"small_count": _SMALL_COUNT}, {"small_count": (Evidence.NAME, Evidence.VALUES)}
    weighed, evidence = _own_values(lexicon, own, column, weighed, evidence)
    classes = _only_best(weighed)
    return Classification(MappingProxyType(classes), MappingProxyType({t: evidence[t] for t in classes}), column.state)


def classify(
    name: str,
    values: Sequence[str | None] = (),
    *,
    caption: str | None = None,
    remote_name: str | None = None,
    lexicon: Lexicon = SHIPPED,
) -> Mapping[str, float]:
    """Class to confidence, 0.5 to 1; empty for none. See ``classify_column``."""
    return classify_column(name, values, caption=caption, remote_name=remote_name, lexicon=lexicon).classes
