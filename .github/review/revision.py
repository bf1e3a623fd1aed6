"""What git knows of a change: its base revision's files and the files it alters. Nothing of it is executed or imported."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

FILE_SUFFIXES = (".twb", ".twbx", ".tds", ".tdsx", ".hyper")


class ReviewError(Exception):
    """A sentence for the log; the review ends with exit code 2."""


def unpack(base: str, names: Sequence[str], tree: Path) -> None:
    """Lay the base revision's files of these names into a folder of their own; the change's own tree is left alone."""
    tree.mkdir()
    commit = git("rev-parse", "--verify", "--end-of-options", f"{base}^{{commit}}").decode().strip()
    for name in names:
        path = os.path.relpath(name)
        if path.startswith("..") or git("ls-tree", "--name-only", "-z", commit, "--", path) == b"":
            continue
        with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", commit, "--", path))) as archive:
            archive.extractall(tree, filter="data")


def changed_files(base: str) -> tuple[str, ...]:
    """The workbook and data source files that the change adds or alters."""
    names = git("diff", "--name-only", "-z", "--diff-filter=AMR", "--end-of-options", f"{base}...HEAD").decode(
        "utf-8", "surrogateescape"
    )
    return tuple(name for name in names.split("\0") if name.lower().endswith(FILE_SUFFIXES))


def is_plain_file(root: Path, name: str) -> bool:
    """A file inside the change's tree that is no link to somewhere else."""
    path = root / name
    inside = path.resolve().is_relative_to(root.resolve())
    if path.is_symlink() or not path.is_file() or not inside:
        print(f"Warning: {name!r} is not a plain file of this change and was not looked at.", file=sys.stderr)
        return False
    return True


def git(*words: str) -> bytes:
    """What git prints. Raises ReviewError with git's own words."""
    done = subprocess.run(["git", *words], capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ReviewError(
            f"git {words[0]} failed: {said[-1] if said else 'no reason given'}. Is the base revision there (fetch-depth: 0)?"
        )
    return done.stdout
