"""What lies in workbook, data source, extract and data files, before or after they are published."""

from auditor.sources.workbook_file.inspection import SUFFIXES, inspect, inspect_bytes, inspect_stream
from auditor.sources.workbook_file.limits import DEFAULT_LIMITS, Limits
from auditor.sources.workbook_file.many import FilePool, inspect_many
from auditor.sources.workbook_file.naming import file_refs
from auditor.sources.workbook_file.publishing import connections_of, overwritten, publish_into, published_ref
from auditor.sources.workbook_file.reports import FileReport
from auditor.sources.workbook_file.snapshot import snapshot_of_files

__all__ = [
    "DEFAULT_LIMITS",
    "SUFFIXES",
    "FilePool",
    "FileReport",
    "Limits",
    "connections_of",
    "file_refs",
    "inspect",
    "inspect_bytes",
    "inspect_many",
    "inspect_stream",
    "overwritten",
    "publish_into",
    "published_ref",
    "snapshot_of_files",
]
