"""What lies in workbook, data source, extract and data files, before or after they are published."""

from auditor.sources.workbook_file.inspection import SUFFIXES, inspect, inspect_bytes, inspect_stream
from auditor.sources.workbook_file.limits import DEFAULT_LIMITS, Limits
from auditor.sources.workbook_file.reports import FileReport

__all__ = [
    "DEFAULT_LIMITS",
    "SUFFIXES",
    "FileReport",
    "Limits",
    "inspect",
    "inspect_bytes",
    "inspect_stream",
]
