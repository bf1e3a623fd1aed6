"""The words of the field: kinds of content, capabilities and outcomes, neutral and as Tableau spells them.

The table of capabilities is `design/contract.md`; the labels are those of Tableau's permission dialogue
(reference/tableau-access.md, section 1.2). A name that is not in the table is carried as the server gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a permission rule can be about, and what a finding can be about."""

    SITE = "site"
    PROJECT = "project"
    WORKBOOK = "workbook"
    VIEW = "view"
    DATASOURCE = "datasource"
    FLOW = "flow"
    VIRTUAL_CONNECTION = "virtual_connection"
    DATABASE = "database"
    TABLE = "table"
    DATA_ROLE = "data_role"
    METRIC = "metric"
    LENS = "lens"
    USER = "user"
    GROUP = "group"


CONTENT_KINDS: tuple[Kind, ...] = (
    Kind.WORKBOOK,
    Kind.VIEW,
    Kind.DATASOURCE,
    Kind.FLOW,
    Kind.VIRTUAL_CONNECTION,
    Kind.DATABASE,
    Kind.TABLE,
    Kind.DATA_ROLE,
    Kind.METRIC,
    Kind.LENS,
)

#: Spellings that people use, for input only.
KIND_ALIASES: dict[str, Kind] = {
    "data_source": Kind.DATASOURCE,
    "datasources": Kind.DATASOURCE,
    "virtualconnection": Kind.VIRTUAL_CONNECTION,
    "datarole": Kind.DATA_ROLE,
    "sheet": Kind.VIEW,
    "dashboard": Kind.VIEW,
}


def parse_kind(text: str) -> Kind | None:
    """The kind that `text` names (any case, singular or plural), or None."""
    word = text.strip().lower().replace("-", "_").replace(" ", "_")
    if word in KIND_ALIASES:
        return KIND_ALIASES[word]
    for candidate in (word, word.removesuffix("s")):
        if candidate in set(Kind):
            return Kind(candidate)
    return None


@dataclass(frozen=True, slots=True)
class CapabilityWord:
    """One capability: Tableau's name, the neutral name, the label in Tableau's dialogue, the kinds that have it."""

    native: str
    neutral: str
    label: str
    kinds: frozenset[Kind]


def _word(native: str, neutral: str, label: str, *kinds: Kind) -> CapabilityWord:
    return CapabilityWord(native, neutral, label, frozenset(kinds))


_W, _V, _D, _F, _P, _C = (
    Kind.WORKBOOK,
    Kind.VIEW,
    Kind.DATASOURCE,
    Kind.FLOW,
    Kind.PROJECT,
    Kind.VIRTUAL_CONNECTION,
)
_CATALOGUE = (Kind.DATABASE, Kind.TABLE)
_MINOR = (Kind.DATA_ROLE, Kind.METRIC, Kind.LENS)

#: Order is the order of reports: what leaves first, then what changes. Two rows may share a native name (Write).
CAPABILITIES: tuple[CapabilityWord, ...] = (
    _word("Read", "view", "View", _P, _W, _V, _D, _F, _C, *_CATALOGUE, *_MINOR),
    _word("Filter", "filter", "Filter", _W, _V),
    _word("ViewComments", "read_comments", "View Comments", _W, _V),
    _word("AddComment", "comment", "Add Comments", _W, _V),
    _word("ExportImage", "download_image", "Download Image/PDF", _W, _V),
    _word("ExportData", "download_summary_data", "Download Summary Data", _W, _V),
    _word("ViewUnderlyingData", "download_full_data", "Download Full Data", _W, _V),
    _word("ExportXml", "download_file", "Download/Save a Copy", _W, _D, _F),
    _word("WebAuthoring", "web_edit", "Web Edit", _W, _V),
    _word("RunExplainData", "explain_data", "Run Explain Data", _W, _V),
    _word("ShareView", "share", "Share Customized", _W, _V),
    _word("Connect", "query", "Connect", _W, _D, _C),
    _word("VizqlDataApiAccess", "query_api", "API Access", _W, _D),
    _word("AiAccess", "ai_access", "AI Access", _W, _V, _D),
    _word("SaveAs", "save_as", "Save As", _D),
    _word("Write", "overwrite", "Overwrite", _W, _D, _F, _C, *_CATALOGUE, *_MINOR),
    _word("Overwrite", "overwrite", "Overwrite", _W, _D, _F, _C),
    _word("Write", "publish", "Publish", _P),
    _word("Execute", "run", "Run Flow", _F),
    _word("ExtractRefresh", "refresh", "Extract Refresh", _W, _D),
    _word("ChangeHierarchy", "move", "Move", _W, _D, _F, _C, *_CATALOGUE, *_MINOR),
    _word("Delete", "delete", "Delete", _W, _V, _D, _F, _C, *_MINOR),
    _word("ChangePermissions", "set_permissions", "Set Permissions", _W, _V, _D, _F, _C, *_CATALOGUE, *_MINOR),
    _word("ProjectLeader", "lead_project", "Project Leader", _P),
    _word("InheritedProjectLeader", "lead_project", "Project Leader (inherited)", _P, _W, _V, _D, _F, _C),
    _word("PulseMetricDefine", "create_metrics", "Create Metric Definitions", _D),
    _word("CreateRefreshMetrics", "create_metrics", "Create/Refresh Metrics", _W, _V),
    _word("WebAuthoringForFlows", "edit_flow", "Web Edit (flows)", _F),
)

_BY_NATIVE_AND_KIND = {(word.native, kind): word for word in CAPABILITIES for kind in word.kinds}
_FIRST_BY_NATIVE = {word.native: word for word in reversed(CAPABILITIES)}
_KINDS_ORDER = {word.native: place for place, word in reversed(list(enumerate(CAPABILITIES)))}

#: What leaves or can be changed once several rights come together (reference/tableau-access.md, 2.7, 4.6, 6.1, 6.2).
OUTCOMES: tuple[str, ...] = (
    "sees",
    "takes_picture",
    "takes_summary",
    "takes_rows",
    "takes_file",
    "queries",
    "edits",
)


def neutral_name(native: str, kind: Kind) -> str:
    """The neutral name of a server's capability on a kind; the server's own name where there is none."""
    word = _BY_NATIVE_AND_KIND.get((native, kind)) or _FIRST_BY_NATIVE.get(native)
    return word.neutral if word else native


def label(native: str, kind: Kind) -> str:
    """The words of Tableau's permission dialogue for a capability on a kind."""
    if native == "ExportXml" and kind is Kind.DATASOURCE:
        return "Download Data Source"
    if native == "ExportXml" and kind is Kind.FLOW:
        return "Download Flow"
    word = _BY_NATIVE_AND_KIND.get((native, kind)) or _FIRST_BY_NATIVE.get(native)
    return word.label if word else native


def native_names(name: str) -> frozenset[str]:
    """Tableau's names for a neutral or native capability name; empty where the name is not known.

    `native:NAME` stands for exactly that server's name, known to the table or not.
    """
    if name.startswith("native:") and len(name) > len("native:"):
        return frozenset({name.removeprefix("native:")})
    return frozenset(word.native for word in CAPABILITIES if name in (word.neutral, word.native))


def natives_of_kind(kind: Kind) -> tuple[str, ...]:
    """The server's names of the capabilities that a kind of content has, in report order."""
    return tuple(dict.fromkeys(word.native for word in CAPABILITIES if kind in word.kinds))


def is_on_kind(native: str, kind: Kind) -> bool | None:
    """Does the kind have the capability? None for a capability that is not in the table."""
    if native not in _FIRST_BY_NATIVE:
        return None
    return (native, kind) in _BY_NATIVE_AND_KIND


def capability_order(native: str) -> tuple[int, str]:
    """A sort key: the order of the table, unknown names last."""
    return (_KINDS_ORDER.get(native, len(CAPABILITIES)), native)


def all_capability_names() -> tuple[str, ...]:
    """Every neutral and native name, for checks and did-you-mean."""
    return tuple(dict.fromkeys([w.neutral for w in CAPABILITIES] + [w.native for w in CAPABILITIES]))
