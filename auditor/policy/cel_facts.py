"""The facts of a subject that an expression may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the subject that an expression may name: its CEL type and its meaning."""

    type: str
    meaning: str


#: A fact that was not read makes the verdict unknown wherever the expression names it.
FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "kind": Fact("string", "project, workbook, view, datasource, flow, virtual_connection, …"),
        "name": Fact("string", "the name"),
        "path": Fact("string", "the whole path, as 'Public / Justice / Firearms'"),
        "project": Fact("string", "the path of the project that holds it"),
        "depth": Fact("int", "how many projects it is nested in"),
        "owner": Fact("string", "the owner's user name"),
        "owner_role": Fact("string", "the owner's site role, as the server says it"),
        "tags": Fact("list(string)", "the tags"),
        "description": Fact("string", "the description; empty where there is none"),
        "certified": Fact("bool", "is it certified?"),
        "hidden": Fact("bool", "is the view hidden?"),
        "tabs_shown": Fact("bool", "does the workbook show its tabs?"),
        "has_extracts": Fact("bool", "does it hold an extract?"),
        "personal_space": Fact("bool", "is it in a personal space?"),
        "locked": Fact("bool", "do its permissions come from a locked project?"),
        "days_since_update": Fact("int", "days since it was last changed"),
        "user_rules": Fact("int", "rules on single people, Guest apart"),
        "classes": Fact("list(string)", "classes of personal data among the columns below"),
        "columns": Fact("list(string)", "names of the columns below"),
        "row_level": Fact("bool", "does a data source below hold one row for each person or event?"),
        "rows": Fact("int", "rows of the largest data source below"),
        "guest_access": Fact("bool", "is guest access on for the site?"),
        "site": Fact("string", "the site's name"),
        "today": Fact("string", "the day of the audit, as 2026-01-31"),
    }
)

#: name → (types of the arguments, result); a method's first argument is what it is called on.
FUNCTIONS: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "startsWith": (("string", "string"), "bool"),
        "endsWith": (("string", "string"), "bool"),
        "contains": (("string", "string"), "bool"),
        "matches": (("string", "string"), "bool"),
        "size": (("sized",), "int"),
        "holds": (("string", "string"), "bool"),
    }
)
#: Functions over the elements of a list.
MACROS = ("all", "exists", "exists_one", "filter", "map")
