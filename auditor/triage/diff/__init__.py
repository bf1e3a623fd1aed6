"""What changed between two snapshots or two reports, in an administrator's words; and what cannot be told."""

from auditor.triage.diff.model import Change, ChangeKind, Diff, Side
from auditor.triage.diff.reports import diff_reports
from auditor.triage.diff.snapshots import diff_snapshots

__all__ = ["Change", "ChangeKind", "Diff", "Side", "diff_reports", "diff_snapshots"]
