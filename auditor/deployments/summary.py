"""The summary of many audits, and the one exit code that they have together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor import __version__
from auditor.deployments.running import Failure, SiteJob
from auditor.errors import ExitCode
from auditor.report import Report, exit_code

SCHEMA_VERSION = "1"


@dataclass(frozen=True, slots=True)
class SiteResult:
    """What became of one site: its report's head, where the report was written, or why there is none."""

    name: str
    server: str
    site: str
    code: ExitCode
    complete: bool
    counts: Mapping[str, Any]
    requests: int
    reports: tuple[str, ...] = ()
    error: str | None = None

    @staticmethod
    def of(job: SiteJob, outcome: Report | Failure, *, code: ExitCode, reports: Sequence[str] = ()) -> SiteResult:
        """The result without the report itself, which may be large."""
        if isinstance(outcome, Failure):
            return SiteResult(job.name, job.server, job.site, code, False, {}, 0, error=outcome.sentence)
        counts = outcome.summary.model_dump(mode="json", by_alias=True)
        return SiteResult(
            job.name, job.server, job.site, code, outcome.complete, counts, outcome.run.requests, tuple(reports)
        )

    def to_dict(self) -> dict[str, Any]:
        """The site's entry in the JSON summary."""
        return {
            "name": self.name,
            "server": self.server,
            "site": self.site,
            "exit_code": int(self.code),
            "complete": self.complete,
            "summary": dict(self.counts),
            "requests": self.requests,
            "reports": list(self.reports),
            "error": self.error,
        }


def site_code(
    job: SiteJob, outcome: Report | Failure, *, exit_zero: bool = False, strict_waivers: bool = False
) -> ExitCode:
    """The exit code that the site would have by itself."""
    if isinstance(outcome, Failure):
        return outcome.code
    return exit_code(outcome, fail_on=job.fail_on, exit_zero=exit_zero, strict_waivers=strict_waivers)


def overall(codes: Iterable[ExitCode], *, exit_zero: bool = False) -> ExitCode:
    """The worst of all: 1 for any finding; else 70 for a bug; 5 where no site was audited; 3 where one was not, or not wholly.

    `exit_zero` turns the 3 into 0 as everywhere; that nothing at all was audited, or a bug, is never passed over.
    """
    found = list(codes)
    if ExitCode.FINDINGS in found:
        return ExitCode.FINDINGS
    if ExitCode.BUG in found:
        return ExitCode.BUG
    audited = [code for code in found if code in (ExitCode.CLEAN, ExitCode.INCOMPLETE)]
    if not audited:
        return ExitCode.NO_AUDIT
    if len(audited) < len(found) or ExitCode.INCOMPLETE in audited:
        return ExitCode.CLEAN if exit_zero else ExitCode.INCOMPLETE
    return ExitCode.CLEAN


def summary(results: Sequence[SiteResult], code: ExitCode) -> dict[str, Any]:
    """The JSON summary, sites in the order of the deployments file."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "bi-auditor", "version": __version__},
        "exit_code": int(code),
        "sites": [result.to_dict() for result in results],
    }
