"""The versioned public view of a run, its formats, and the exit status it stands for."""

from auditor.report.build import RunInfo, build
from auditor.report.exits import exit_code
from auditor.report.load import load, loads
from auditor.report.model import PolicySource, Reach, Report, json_schema
from auditor.report.render import RENDERERS, HistoryPoint, RenderOptions, render
from auditor.report.render.changes import CHANGES, render_changes

__all__ = [
    "CHANGES",
    "RENDERERS",
    "HistoryPoint",
    "PolicySource",
    "Reach",
    "RenderOptions",
    "Report",
    "RunInfo",
    "build",
    "exit_code",
    "json_schema",
    "load",
    "loads",
    "render",
    "render_changes",
]
