"""What can go wrong with a history, in sentences that never hold the URL's password."""

from __future__ import annotations

from auditor.errors import SourceError


class HistoryError(SourceError):
    """The history could not be opened, read or written."""
