"""A part of a file that could not be used: a sentence and what would mend it. Becomes a ledger `Miss`."""

from __future__ import annotations


class RefusedError(Exception):
    """Why a file, or an entry of it, was not read. `reason` holds no content of the file but names.

    Not an `AuditorError`: it never reaches a user as an error, the inspection turns it into a `Miss`.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
