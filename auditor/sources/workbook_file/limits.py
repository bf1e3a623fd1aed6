"""What a file may cost at most. Everything above is refused with a sentence, and the other files go on."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one file. Sizes are bytes as really read or unpacked, never as a header promises.

    - `document_bytes`: the .twb/.tds text; `elements`, `depth`: of its XML; `attribute_bytes`: its longest attribute.
    - `unpacked_bytes`, `ratio`, `entries`: of a package; the ratio counts for entries above 16 MiB only.
    - `extract_bytes`: the largest extract or data file that is copied and opened.
    - `seconds`, `memory_bytes`: of one file in `inspect_many`; `seconds` also ends queries in `inspect`.
    - `sample_rows`, `sample_values`, `value_length`: what classification may look at, in memory only.
    """

    document_bytes: int = 256 * MIB
    elements: int = 3_000_000
    depth: int = 200
    attribute_bytes: int = MIB
    unpacked_bytes: int = 16 * 1024 * MIB
    ratio: int = 200
    entries: int = 5_000
    extract_bytes: int = 16 * 1024 * MIB
    seconds: float = 600.0
    memory_bytes: int = 4 * 1024 * MIB
    sample_rows: int = 1_000
    sample_values: int = 200
    value_length: int = 160
    threshold: int = 11  # smallest group that is not a small cell (incident-standards-rules.md, MIN-07)


DEFAULT_LIMITS = Limits()
