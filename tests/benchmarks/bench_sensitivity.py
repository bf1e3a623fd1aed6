"""Columns a second, memory and quality of the classifier, beside a plain dict of regular expressions in the same run.

    python tests/benchmarks/bench_sensitivity.py [--columns 2000]

A script, not collected by pytest. The columns are made up (tests/sensitivity/sensitivity_columns.py); the natural mix
has the kinds of columns that BI extracts have: mostly numbers, codes and categories, 1,000 values each.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from auditor.sensitivity import classify
from tests.sensitivity.sensitivity_columns import CORE, DIRECT, PUBLIC, Column, _public, _value, people, public

Classifier = Callable[[str, Sequence[str]], str | None]
BASELINE_NAMES = {
    "email": r"e.?mail", "phone": r"phone|mobile|cell|tel", "person_name": r"name", "date_of_birth": r"dob|birth", "street_address": r"addr|street",
    "national_id": r"ssn|social.?sec|tax.?id|national", "driver_licence": r"driv|licen[cs]e", "passport": r"passport", "vehicle": r"vin|plate",
    "payment_card": r"card|credit", "bank_account": r"iban|account|routing",
}  # fmt: skip
BASELINE_VALUES = {
    "email": r"[^@\s]+@[^@\s]+\.\w+", "national_id": r"\d{3}-\d{2}-\d{4}", "phone": r"\+?[\d() .-]{7,18}", "payment_card": r"\d{13,16}",
    "bank_account": r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", "vehicle": r"[A-HJ-NPR-Z0-9]{17}", "street_address": r"\d+ .*(?:St|Ave|Road|Dr|Blvd).*",
    "date_of_birth": r"\d{4}-\d{2}-\d{2}", "person_name": r"[A-Z][a-z]+ [A-Z][a-z]+",
}  # fmt: skip


def baseline(name: str, values: Sequence[str]) -> str | None:
    """What a user would write: a dict of patterns over names, then one over values, and more than half must match."""
    for target, pattern in BASELINE_NAMES.items():
        if re.search(pattern, name, re.IGNORECASE):
            return target
    for target, pattern in BASELINE_VALUES.items():
        if values and sum(bool(re.fullmatch(pattern, v)) for v in values) > len(values) / 2:
            return target
    return None


def ours(name: str, values: Sequence[str]) -> str | None:
    """The class with the highest confidence."""
    found = classify(name, values)
    return max(found, key=lambda c: found[c]) if found else None


def natural_mix(columns: int, values: int) -> list[Column]:
    """15 % of the columns are personal, as in the extracts that were looked at; the rest numbers, codes, categories."""
    r = random.Random(11)
    made: list[Column] = []
    for _ in range(columns):
        if r.random() < 0.15:
            label = r.choice(CORE)
            made.append(
                Column(
                    label, tuple(_value(label, r.choice(["en", "de", "fr"]), label, r) for _ in range(values)), label
                )
            )
        else:
            kind = r.choice(list(PUBLIC))
            maker = _public(kind, r)
            made.append(Column(r.choice(PUBLIC[kind]), tuple(maker() for _ in range(values)), None))
    return made


def speed(classifier: Classifier, columns: Sequence[Column]) -> float:
    """Columns a second of processor time, one core."""
    started = time.process_time()
    for column in columns:
        classifier(column.name, column.values)
    return len(columns) / (time.process_time() - started)


def quality(classifier: Classifier, columns: Iterable[Column], mode: str) -> tuple[float, float, float]:
    """Precision, recall and F1 over the eleven core classes; a wrong class is a false positive and a miss."""
    hits = wrong = missed = 0
    for number, column in enumerate(columns):
        found = classifier(
            f"col{number % 20}" if mode == "values" else column.name, () if mode == "names" else column.values
        )
        found = found if found in CORE else None
        hits += found == column.label and found is not None
        wrong += found is not None and found != column.label
        missed += column.label is not None and found != column.label
    precision, recall = hits / max(1, hits + wrong), hits / max(1, hits + missed)
    return precision, recall, 2 * hits / max(1, 2 * hits + wrong + missed)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=1000)
    count = parser.parse_args().columns
    mix = natural_mix(count, 1000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for column in mix[:50]:
        ours(column.name, column.values)
    print(f"{'':28}{'ours':>10}{'regexes':>10}")
    print(f"{'columns/s, 1,000 values':28}{speed(ours, mix):10.0f}{speed(baseline, mix):10.0f}")
    names_only = [Column(c.name, (), c.label) for c in mix]
    print(f"{'columns/s, names alone':28}{speed(ours, names_only):10.0f}{speed(baseline, names_only):10.0f}")
    for half in ("dev", "held_out"):
        for mode in ("both", "names", "values"):
            mine, theirs = (quality(c, people(half, tables=100), mode) for c in (ours, baseline))
            print(f"{f'F1 core11 {mode} ({half})':28}{mine[2]:10.3f}{theirs[2]:10.3f}")
        false = [sum(c(col.name, col.values) in DIRECT for col in public(half)) for c in (ours, baseline)]
        print(f"{f'false direct in 1,000 ({half})':28}{false[0]:8}{false[1]:10}")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: {after:.0f} MB in all, {before:.0f} MB of them the test columns and Python")


if __name__ == "__main__":
    main()
