"""The snapshot file: all facts of a site at one time, in one file that can be kept, shared and audited again.

A zip container with `manifest.json` (format, version, provenance, when each part was read) and one JSON member a part.
Mode 0600. Promise: a file of version 1 is read by every later release; within a version parts and columns are only
added, and a reader leaves out what it does not know.
"""

from __future__ import annotations

import gc
import hashlib
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.errors import SourceError
from auditor.files import PRIVATE, from_json, whole_text, written_whole
from auditor.model import Coverage, Miss, Read, Ref, Snapshot
from auditor.sources.columns import ColumnError
from auditor.sources.interface import Plan, Progress
from auditor.sources.ledgers import with_line
from auditor.sources.pseudonyms import pseudonymise
from auditor.sources.saved_parts import PARTS, provenance_from_json, provenance_to_json, times_of

FORMAT, VERSION = "bi-auditor-snapshot", 1
_MANIFEST = "manifest.json"

#: Limits against files that are made to fill memory: members, and bytes of one and of all after unpacking.
_MOST_MEMBERS, _LARGEST_PART, _LARGEST = 64, 1 << 30, 2 << 30
#: The same instant in every file, so that equal facts give equal bytes (the true times are in the manifest).
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save(snapshot: Snapshot, path: Path, *, times: Mapping[str, Any] | None = None) -> None:
    """Write the snapshot, whole or not at all. `times` overrides, by part, between when and when it was read.

    Raises UsageError where the file cannot be written.
    """
    usual = times_of(snapshot)
    names = [part.name for part in PARTS]
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "provenance": provenance_to_json(snapshot.provenance),
        "parts": {name: (times or {}).get(name, usual) for name in names},
    }
    with (
        written_whole(path, mode=PRIVATE) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        _put(archive, _MANIFEST, manifest)
        for part in PARTS:
            _put(archive, part.name, part.write(snapshot))


def digest_of(snapshot: Snapshot) -> str:
    """SHA-256 of the facts, without when and by whom they were read: equal facts, equal digest."""
    facts = hashlib.sha256()
    for part in PARTS:
        facts.update(json.dumps(part.write(snapshot), separators=(",", ":"), ensure_ascii=True).encode())
    return facts.hexdigest()


def _put(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    archive.writestr(member, whole_text(text).encode())


def load(path: Path, *, parts: Collection[str] | None = None) -> Snapshot:
    """The snapshot in a file, or only the named parts of it (member names). SourceError says why it cannot be read."""
    archive = _opened(path)
    with archive, _no_collection():
        try:
            manifest = _manifest(archive, path)
            snapshot = Snapshot(provenance=provenance_from_json(manifest["provenance"]))
            there = set(archive.namelist())
            if any(part.name in manifest.get("parts", {}) and part.name not in there for part in PARTS):
                raise _damaged(path)
            for part in PARTS:
                if part.name in there and (parts is None or part.name in parts):
                    snapshot = part.read(_get(archive, part.name), snapshot)
        except (
            ColumnError,
            ValidationError,
            KeyError,
            TypeError,
            ValueError,
            StopIteration,
            RuntimeError,
            AttributeError,
        ):
            raise _damaged(path) from None
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RecursionError, MemoryError):
            raise _damaged(path) from None
    return snapshot


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector, which would look through millions of facts again and again while they come."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def describe(path: Path) -> Mapping[str, Any]:
    """The manifest: format, version, provenance, when each part was read. SourceError as for `load`."""
    with _opened(path) as archive:
        try:
            return _manifest(archive, path)
        except (KeyError, ValueError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RecursionError):
            raise _damaged(path) from None


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise SourceError(
            f"Cannot read the snapshot {path}: {error.strerror}.", next_step="Check --snapshot."
        ) from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise SourceError(
            f"{path} is not a snapshot file, or it was cut off.", next_step="Make one with 'auditor snapshot'."
        ) from None
    members = archive.infolist()
    too_large = any(member.file_size > _LARGEST_PART for member in members)
    if len(members) > _MOST_MEMBERS or too_large or sum(member.file_size for member in members) > _LARGEST:
        archive.close()
        raise SourceError(f"{path} would unpack to more than a snapshot ever holds; it was not opened.")
    return archive


def _manifest(archive: zipfile.ZipFile, path: Path) -> Mapping[str, Any]:
    found = _get(archive, _MANIFEST)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _damaged(path)
    version = found.get("version")
    if type(version) is not int or version < 1:
        raise _damaged(path)
    if version > VERSION:
        raise SourceError(
            f"{path} was written by a newer release (format version {version}; this one reads up to {VERSION}).",
            next_step="Update bi-auditor.",
        )
    return found


def _get(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(name) as member:
        content = member.read(_LARGEST_PART + 1)
    return from_json(content.decode())


def _damaged(path: Path) -> SourceError:
    return SourceError(
        f"{path} is not a whole snapshot file: its contents are damaged.",
        next_step="Make it anew with 'auditor snapshot'.",
    )


_TAKE_ANEW = "take the snapshot anew, with --policy naming these policies, or with --columns"
_INSIDE = "take the snapshot anew, with --policy naming these policies; or run preflight on the file itself"
_REMEDY = {Read.FILES: _INSIDE, Read.EXTRACTS: _INSIDE}


def _held(snapshot: Snapshot, read: Read) -> frozenset[Ref]:
    """The items of which the snapshot holds what a read gives. An inventory with a digest came from the file itself."""
    match read:
        case Read.COLUMNS:
            return frozenset(snapshot.inventories)
        case Read.FILES | Read.EXTRACTS:
            return frozenset(ref for ref, found in snapshot.inventories.items() if found.digest is not None)
        case _:
            return frozenset(snapshot.connections)


class SavedSource:
    """A snapshot file as a source. What it does not hold stays unread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, needs: frozenset[Read], *, progress: Progress) -> Snapshot:  # noqa: ARG002 - all that there is
        """The snapshot as it was saved; reads that were not made then are missing from its ledger."""
        progress.start("snapshot", None)
        return load(self._path)

    def read_more(
        self,
        snapshot: Snapshot,
        wanted: Mapping[Read, Collection[Ref]],
        *,
        progress: Progress,  # noqa: ARG002 - nothing takes time here
    ) -> Snapshot:
        """What the file does not hold of the wanted items becomes a miss: a saved snapshot cannot ask the server."""
        for read, refs in wanted.items():
            there = _held(snapshot, read)
            told = {(miss.kind, miss.id) for miss in snapshot.ledger.misses(read)}
            misses = tuple(
                Miss(
                    ref.kind,
                    ref.id,
                    snapshot.contents[ref].name,
                    "the snapshot does not hold it",
                    _REMEDY.get(read, _TAKE_ANEW),
                )
                for ref in sorted(refs)
                if ref not in there and (ref.kind, ref.id) not in told and ref in snapshot.contents
            )
            line = Coverage(read, len(misses), 0, misses)
            snapshot = replace(snapshot, ledger=with_line(snapshot.ledger, line))
        return snapshot

    def plan(self, needs: frozenset[Read], *, progress: Progress) -> Plan:  # noqa: ARG002
        """Nothing is asked of any server."""
        return Plan((), made=0, seconds=0.0)


__all__ = ["FORMAT", "VERSION", "SavedSource", "describe", "digest_of", "load", "pseudonymise", "save"]
