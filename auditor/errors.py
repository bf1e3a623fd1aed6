"""Every error a user can meet. Each says what happened, where, and what to do next, and knows its exit code.

    AuditorError
    ├── UsageError            2   wrong options, an unknown principal or content
    ├── InvalidFileError      4   a policy, waiver, register, settings or lexicon file is not valid
    ├── SourceError           5   nothing could be audited: server unreachable, sign-in failed, snapshot unreadable
    │   └── SignInError       5
    └── InternalError        70   a bug in the auditor, with the rule and the subject it happened on

An object that could not be read during an audit is not an error but a `model.coverage.Miss`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the command's exit status means; the same for every output format."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    INVALID_FILE = 4
    NO_AUDIT = 5
    BUG = 70


class AuditorError(Exception):
    """A sentence for the user: `what` happened, `where` (file:line:column or URL path), what to do `next_step`."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, what: str, *, where: str | None = None, next_step: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.next_step}" if self.next_step else ""
        return f"{place}{self.what}{advice}"


class UsageError(AuditorError):
    """The command was called with something that cannot be meant."""

    exit_code = ExitCode.USAGE


class InvalidFileError(AuditorError):
    """A file that people write for us (policy, waiver, register, settings) is not valid."""

    exit_code = ExitCode.INVALID_FILE


class SourceError(AuditorError):
    """No audit could be made: the server, snapshot or cassette gave nothing to judge."""

    exit_code = ExitCode.NO_AUDIT


class SignInError(SourceError):
    """The server was reached and refused the sign-in."""


class InternalError(AuditorError):
    """A bug in the auditor. Subclass nothing from it; raise it with the rule and the subject concerned."""

    exit_code = ExitCode.BUG
