"""Waivers, the comparison with an earlier report, and what changed between two snapshots or reports."""

from auditor.triage.apply import Triaged, TriagedFinding, apply
from auditor.triage.baseline import Comparison, Gone
from auditor.triage.waiver_writing import appended, new_file, refuse_days, waiver_entry
from auditor.triage.waivers import Waiver, WaiverFile, json_schema, load_waivers, waivers_of

__all__ = [
    "Comparison",
    "Gone",
    "Triaged",
    "TriagedFinding",
    "Waiver",
    "WaiverFile",
    "appended",
    "apply",
    "json_schema",
    "load_waivers",
    "new_file",
    "refuse_days",
    "waiver_entry",
    "waivers_of",
]
