"""Column names of extracts of the format before Hyper (.tde). Their values are not read, and that is said.

The format is not documented. What is used here was seen in real files: an index block begins with a marker, then the
number of its entries; an entry is the length of a name, the name in UTF-16, and where its data stands. The block of the
extract's own table holds entries such as "Customer Name.1.data" and "Customer Name.dict"; the others are the engine's.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from auditor.sources.workbook_file.readings import PhysicalColumn, Table

_INDEX = bytes.fromhex("f1ca1278")
_ENDING = re.compile(r"(?:\.\d+)?\.(?:data|dict)$")
_ENGINES_OWN = re.compile(
    r"(?:COLUMNPROPS|COLUMNS|DUAL|SCHEMAPROPS|SCHEMAS|TABLEPROPS|TABLES)_[A-Z]+$|(?:key|value)$|\$|\.database"
)
_MOST_ENTRIES, _LONGEST_NAME, _PLACE_BYTES = 20_000, 1_000, 16


def table_of(path: Path) -> Table | None:
    """The table with its column names, sorted; None where the file does not have the shape that is known."""
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        names = {name for block in _blocks(content) for name in _columns(content, block)}
    return Table("Extract", tuple(PhysicalColumn(name, "") for name in sorted(names))) if names else None


def _blocks(content: mmap.mmap) -> Iterator[int]:
    place = content.find(_INDEX)
    while place != -1:
        yield place
        place = content.find(_INDEX, place + 1)


def _columns(content: mmap.mmap, block: int) -> Iterator[str]:
    for entry in _entries(content, block):
        name = _ENDING.sub("", entry)
        if name and name != entry and not _ENGINES_OWN.match(name):
            yield name


def _entries(content: mmap.mmap, block: int) -> Iterator[str]:
    place, end = block + 4, len(content)
    if place + 4 > end:
        return
    (count,) = struct.unpack_from("<I", content, place)
    place += 4
    for _ in range(min(count, _MOST_ENTRIES)):
        if place + 4 > end:
            return
        (length,) = struct.unpack_from("<I", content, place)
        after = place + 4 + 2 * length
        if not 0 < length <= _LONGEST_NAME or after + _PLACE_BYTES > end:
            return
        yield content[place + 4 : after].decode("utf-16-le", "replace").rstrip("\0")
        place = after + _PLACE_BYTES
