"""The bench on which one file is taken apart: its private folder, the engine, and what was missed on the way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import BinaryIO

from auditor.model.coverage import Miss, Read
from auditor.model.vocabulary import Kind
from auditor.sources.workbook_file.hyper import Engine
from auditor.sources.workbook_file.judging import Judge
from auditor.sources.workbook_file.limits import MIB, Limits
from auditor.sources.workbook_file.refusal import RefusedError

#: Names come from hostile archives; a ledger line needs no more of one.
NAME_LENGTH = 200


@dataclass(slots=True)
class Desk:
    """State of one inspection. `folder` is private and gone afterwards; `extracts` False leaves data closed.

    `name` is the file's as the user knows it; `path` is where it lies now.
    """

    path: Path
    name: str
    kind: Kind
    folder: Path
    limits: Limits
    judge: Judge
    engine: Engine
    extracts: bool = True
    missed: list[tuple[Read, Miss]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    attempted: set[Read] = field(default_factory=lambda: {Read.FILES})
    copies: int = 0

    @property
    def title(self) -> str:
        """What a document is called: its file name without the ending."""
        return PurePath(self.name).stem

    def miss(self, read: Read, reason: str, remedy: str = "") -> None:
        """Something was not read."""
        self.attempted.add(read)
        self.missed.append((read, Miss(self.kind, "", PurePath(self.name).name, reason, remedy)))

    def refused(self, read: Read, refusal: RefusedError, entry: str | None = None) -> None:
        """Something was refused; `entry` names the part of a package."""
        place = f"{entry[:NAME_LENGTH]}: " if entry else ""
        self.miss(read, place + refusal.reason, refusal.remedy)

    def next_number(self) -> int:
        """A number for a file of our own naming in the private folder."""
        self.copies += 1
        return self.copies

    def copy(self) -> Path:
        """A private copy of the file itself, to be opened by an engine that may rewrite it."""
        if self.path.stat().st_size > self.limits.extract_bytes:
            raise RefusedError(f"the file is larger than {self.limits.extract_bytes} bytes")
        target = self.folder / f"{self.next_number()}{self.path.suffix.lower()}"
        with self.path.open("rb") as source, private_file(target) as out:
            shutil.copyfileobj(source, out, MIB)
        return target


@contextmanager
def private_file(target: Path) -> Iterator[BinaryIO]:
    """A new file that only this account can read (0600)."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        yield out
