"""Where reports go: stdout or files, several formats in one run, nothing half-written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import UsageError
from auditor.files import write_whole

STDOUT = "-"

#: What a file's name says about its format, where --format was not given for it.
FORMAT_OF_SUFFIX = {
    ".json": "json",
    ".sarif": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".txt": "text",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One report to write: its format and its place (`-` is stdout)."""

    format: str
    path: str


def pair_targets(formats: Sequence[str], outputs: Sequence[str], *, default: str = "text") -> tuple[Target, ...]:
    """Match the formats with the outputs, in the order they were given.

    One format more than outputs: the one without a file goes to stdout (file names tell which, where they can). More
    outputs than formats: their format follows from their names. Raises UsageError where the pairs cannot be told.
    """
    if len(outputs) > len(formats):
        formats = (*formats, *(_format_of(path) for path in outputs[len(formats) :]))
    spare = len(formats) - len(outputs)
    if spare > 1:
        raise UsageError(
            f"{len(formats)} formats for {len(outputs)} output files.",
            where="--format",
            next_step="Give each format but one its own --output, in the same order; the last goes to stdout.",
        )
    if not formats:
        return (Target(default, STDOUT),)
    targets = tuple(_pairs(formats, outputs))
    places = [target.path for target in targets]
    if twice := next((place for place in places if places.count(place) > 1), None):
        raise UsageError(f"Two reports would be written to '{twice}'.", where="--output", next_step="Name two files.")
    return targets


def _pairs(formats: Sequence[str], outputs: Sequence[str]) -> Iterator[Target]:
    if len(formats) == len(outputs):
        yield from (Target(fmt, path) for fmt, path in zip(formats, outputs, strict=True))
        return
    left = list(formats)
    for path in outputs:
        fits = FORMAT_OF_SUFFIX.get(Path(path).suffix.lower())
        fmt = fits if fits in left else left[0]
        left.remove(fmt)
        yield Target(fmt, path)
    yield Target(left[0], STDOUT)


def _format_of(path: str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in FORMAT_OF_SUFFIX:
        raise UsageError(
            f"the format of '{path}' does not follow from its name.",
            where="--output",
            next_step="Give a --format for it, before or after it in the same order.",
        )
    return FORMAT_OF_SUFFIX[suffix]


def write_text(path: str, text: str) -> None:
    """Write to stdout, or to a file whole or not at all. A reader that left is no error."""
    if path == STDOUT:
        write_stdout(text)
    else:
        write_whole(Path(path), text)


def write_stdout(text: str) -> None:
    """Write to stdout as UTF-8 whatever the locale says. Where the reader left (`| head`), stop quietly.

    Raises UsageError where it cannot be written (a full disk).
    """
    try:
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            sys.stdout.write(text)
        else:
            stream.write(text.encode("utf-8", "backslashreplace"))
        if text and not text.endswith("\n"):
            sys.stdout.write("\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it closes stdout; the verdict, the exit code, still stands.
        _forget_stdout()
    except OSError as error:
        _forget_stdout()
        raise UsageError(
            f"stdout cannot be written: {error.strerror or type(error).__name__}.",
            next_step="Write to a place that has room.",
        ) from error


def _forget_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
