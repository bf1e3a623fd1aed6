"""The process in which `inspect_many` lets one file after another be inspected: `python -m …worker`.

Speaks over its standard streams: a request and an answer are a length (8 bytes, big-endian) and that many bytes.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from pathlib import Path
from typing import IO

from auditor.sensitivity import Lexicon
from auditor.sources.workbook_file.hyper import Engine
from auditor.sources.workbook_file.inspection import inspect
from auditor.sources.workbook_file.limits import Limits

LENGTH = struct.Struct(">Q")


def send(stream: IO[bytes], value: object) -> None:
    """One message."""
    data = pickle.dumps(value)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> object | None:
    """One message, None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    value: object = pickle.loads(stream.read(LENGTH.unpack(head)[0]))  # noqa: S301 - our own process at the other end
    return value


def main() -> None:
    """Answers requests until the stream ends. Nothing else may write to the stream of answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    setup = receive(sys.stdin.buffer)
    assert isinstance(setup, tuple)
    limits, lexicon, extracts = setup
    assert isinstance(limits, Limits)
    assert isinstance(lexicon, Lexicon)
    with Engine(limits) as engine:
        while isinstance(request := receive(sys.stdin.buffer), tuple):
            path, name = request
            report = inspect(
                Path(path), name=name, limits=limits, lexicon=lexicon, extracts=bool(extracts), engine=engine
            )
            send(answers, report)


if __name__ == "__main__":
    main()
