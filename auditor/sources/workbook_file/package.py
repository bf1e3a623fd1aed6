"""Packages (.twbx, .tdsx): hostile zip archives, unpacked entry by entry into a private folder under real limits.

Nothing is trusted that a header says: names are only shown, sizes are counted while unpacking. Nested archives are
not followed.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from typing import BinaryIO

from auditor.sources.workbook_file.limits import MIB, Limits
from auditor.sources.workbook_file.refusal import RefusedError

_CHUNK = MIB
_RATIO_FROM = 16 * MIB
DOCUMENTS = frozenset({".twb", ".tds"})
EXTRACTS = frozenset({".hyper", ".tde"})
ARCHIVES = frozenset({".zip", ".twbx", ".tdsx", ".7z", ".gz", ".tar", ".rar"})
#: Entries that are pictures or Tableau's own caches: not data that goes out beside the chart, or not readable as such.
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".ico", ".webp"})
#: The record at the end of an archive that says how long its directory is, and how far from the end it may stand.
_END = b"PK\x05\x06"
_TAIL = 22 + 65_535
_ENTRY_BYTES = 1_024
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this account can enter (0700), gone on every way out."""
    with tempfile.TemporaryDirectory(prefix="bi-auditor-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@dataclass(slots=True)
class Package:
    """An open package: safe entries by name, what was refused, and how much was unpacked so far."""

    archive: zipfile.ZipFile
    limits: Limits
    entries: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    unpacked: int = 0

    def names(self, suffixes: frozenset[str]) -> tuple[str, ...]:
        """Names of entries with one of the suffixes, those nearest to the top first."""
        found = [name for name in self.entries if PurePosixPath(name).suffix.lower() in suffixes]
        return tuple(sorted(found, key=lambda name: (name.count("/"), name)))

    def packed_along(self) -> tuple[str, ...]:
        """Entries that are neither the document, an extract, a picture nor a cache of the product."""
        return tuple(sorted(name for name in self.entries if _is_packed_along(name)))

    def read(self, name: str, ceiling: int) -> bytes:
        """An entry's bytes, at most `ceiling`."""
        return b"".join(self._chunks(name, ceiling))

    def unpack(self, name: str, folder: Path, number: int) -> Path:
        """An entry as a file of our own naming in `folder` (0600). Never at the place that the entry names."""
        target = folder / f"{number}{PurePosixPath(name).suffix.lower()}"
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            for chunk in self._chunks(name, self.limits.extract_bytes):
                out.write(chunk)
        return target

    def _chunks(self, name: str, ceiling: int) -> Iterator[bytes]:
        info = self.entries[name]
        size = 0
        try:
            with self.archive.open(info) as source:
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    self.unpacked += len(chunk)
                    self._check(name, size, info.compress_size, ceiling)
                    yield chunk
        except _DAMAGED as error:
            raise RefusedError(f"the entry {name} cannot be unpacked ({type(error).__name__})") from None

    def _check(self, name: str, size: int, packed: int, ceiling: int) -> None:
        if size > ceiling:
            raise RefusedError(f"the entry {name} unpacks to more than {ceiling} bytes")
        if self.unpacked > self.limits.unpacked_bytes:
            raise RefusedError(f"the package unpacks to more than {self.limits.unpacked_bytes} bytes in all")
        if size > _RATIO_FROM and size > self.limits.ratio * max(packed, 1):
            raise RefusedError(f"the entry {name} unpacks to over {self.limits.ratio} times its packed size")


@contextmanager
def open_package(stream: BinaryIO, limits: Limits) -> Iterator[Package]:
    """The package in a seekable stream. Raises `RefusedError` where it is no archive or has too many entries."""
    _check_directory(stream, limits)
    try:
        archive = zipfile.ZipFile(stream)
    except _DAMAGED as error:
        raise RefusedError(f"the package is not a readable zip archive ({type(error).__name__})") from None
    with archive:
        infos = archive.infolist()
        if len(infos) > limits.entries:
            raise RefusedError(f"the package has {len(infos)} entries, more than {limits.entries}")
        package = Package(archive, limits)
        for info in infos:
            _admit(package, info)
        yield package


def _check_directory(stream: BinaryIO, limits: Limits) -> None:
    """Refuse a list of entries that would fill the memory before anybody could count them."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    stream.seek(0)
    at = tail.rfind(_END)
    if at >= 0 and len(tail) >= at + 16:
        directory = int.from_bytes(tail[at + 12 : at + 16], "little")
        if directory > limits.entries * _ENTRY_BYTES:
            raise RefusedError(f"the package's directory is larger than {limits.entries} entries can be")


def _admit(package: Package, info: zipfile.ZipInfo) -> None:
    if info.is_dir():
        return
    name = info.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in (path.parts[0] if path.parts else ""):
        package.refused.append((name, "its name leads out of the package"))
    elif S_ISLNK(info.external_attr >> 16):
        package.refused.append((name, "it is a link"))
    elif info.flag_bits & 0x1:
        package.refused.append((name, "it is encrypted"))
    elif name in package.entries:
        package.refused.append((name, "its name stands twice in the package"))
    else:
        package.entries[name] = info


def _is_packed_along(name: str) -> bool:
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if suffix in DOCUMENTS | EXTRACTS | _PICTURES:
        return False
    return not path.parts[0].startswith("TwbxExternalCache")
