"""The exit status of a run: one function for every command and output format (contract, "Exit codes")."""

from __future__ import annotations

from auditor.errors import ExitCode
from auditor.findings import Severity
from auditor.report.model import Report


def exit_code(
    report: Report, *, fail_on: Severity = Severity.HIGH, exit_zero: bool = False, strict_waivers: bool = False
) -> ExitCode:
    """1 for a failure at or above `fail_on`, else 3 where not all could be judged or nothing was, else 0.

    Waived findings and those of preview rules never fail a run. With a baseline only new and wider findings do.
    `strict_waivers`: a waiver without a finding fails too. `exit_zero` turns 1 and 3 into 0.
    """
    if exit_zero:
        return ExitCode.CLEAN
    if any(f.open_failure and f.is_change and f.severity.at_least(fail_on) for f in report.findings):
        return ExitCode.FINDINGS
    if strict_waivers and report.waivers is not None and report.waivers.unused:
        return ExitCode.FINDINGS
    if not report.complete or report.judged == 0:
        return ExitCode.INCOMPLETE
    return ExitCode.CLEAN
