"""What the doctor says: checks with their state, what a lack means for an audit, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from auditor import __version__
from auditor.errors import ExitCode

SCHEMA_VERSION = "1"


class Status(StrEnum):
    """`note` is worth knowing and lacks nothing; `missing` leaves an audit incomplete; `failed` makes it impossible."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `meaning`: what a lack of it does to an audit; `remedy`: what mends it."""

    id: str
    title: str
    status: Status
    detail: str = ""
    meaning: str = ""
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """The check for programs."""
        return {
            "id": self.id,
            "title": self.title,
            "status": str(self.status),
            "detail": self.detail,
            "meaning": self.meaning,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks in order; `facts` are further figures for programs (versions, plan, cross-check)."""

    checks: tuple[Check, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> ExitCode:
        """5 where there was no sign-in, 3 where something cannot be seen, else 0."""
        found = {check.status for check in self.checks}
        if Status.FAILED in found:
            return ExitCode.NO_AUDIT
        return ExitCode.INCOMPLETE if Status.MISSING in found else ExitCode.CLEAN

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis for programs, `schema_version` "1"."""
        return {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "bi-auditor", "version": __version__},
            "exit_code": int(self.code),
            "checks": [check.to_dict() for check in self.checks],
            **self.facts,
        }

    def to_text(self) -> str:
        """The diagnosis for a terminal. Names from a server stand in it as they came: clean it line by line."""
        lines: list[str] = []
        width = max((len(check.title) for check in self.checks), default=0)
        for check in self.checks:
            lines.append(f"{check.status.upper():<8} {check.title:<{width}}  {check.detail}".rstrip())
            lines += [
                f"{'':<9}{word}: {text}" for word, text in (("means", check.meaning), ("mends", check.remedy)) if text
            ]
        lines.append("")
        lines.append(_VERDICT[self.code])
        return "\n".join(lines) + "\n"


_VERDICT = {
    ExitCode.CLEAN: "All that an audit needs can be seen.",
    ExitCode.INCOMPLETE: "An audit from here would be incomplete; what is missing stands above.",
    ExitCode.NO_AUDIT: "No audit can be made this way.",
}
