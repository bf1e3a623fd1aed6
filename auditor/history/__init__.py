"""Past runs: kept in SQLite or PostgreSQL, and asked for what came, what went and how long it was open.

Nothing heavy is imported here; SQLAlchemy is when a history is opened.
"""

from auditor.history.changes import Change, Changes, Turn
from auditor.history.errors import HistoryError
from auditor.history.exposures import Interval
from auditor.history.health import Attempt, write_health
from auditor.history.metrics import metrics_text, write_metrics
from auditor.history.records import CoverageRow, Expiring, FindingRow, RunRecord, record_of
from auditor.history.store import History, open_history

__all__ = [
    "Attempt",
    "Change",
    "Changes",
    "CoverageRow",
    "Expiring",
    "FindingRow",
    "History",
    "HistoryError",
    "Interval",
    "RunRecord",
    "Turn",
    "metrics_text",
    "open_history",
    "record_of",
    "write_health",
    "write_metrics",
]
