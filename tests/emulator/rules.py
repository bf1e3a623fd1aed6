"""What the server answers when asked for rules: its own, those of a lock, or those of a tabbed workbook.

Explicit rules only; what admins, owners and leaders hold besides is never listed (tableau-access.md, 2.10).
"""

from __future__ import annotations

from tests.emulator.content import Content, View
from tests.emulator.project import Project
from tests.emulator.things import ALLOW, Rule

NESTED, ALONE = "LockedToProject", "LockedToProjectWithoutNested"

# A view cannot be overwritten, copied as a file or moved (tableau-access.md, 1.2).
NOT_ON_VIEWS = frozenset({"Write", "ExportXml", "ChangeHierarchy", "CreateRefreshMetrics"})


def controlling(project: Project | None) -> Project | None:
    """The project whose default rules govern what is in `project`; None where items keep their own (section 2.4)."""
    if project is None:
        return None
    locks = [p for p in project.chain() if p.lock == NESTED]
    if locks:
        return locks[-1]
    return project if project.lock == ALONE else None


def reported_lock(project: Project) -> str:
    """`contentPermissions`: below a nested-inclusive lock every project reports that lock."""
    if any(p.lock == NESTED for p in project.chain()):
        return NESTED
    return project.lock or "ManagedByOwner"


def default_rules(project: Project, plural: str) -> list[Rule]:
    governing = controlling(project) or project
    return governing.default(plural).rules


def project_rules(project: Project) -> list[Rule]:
    """Its own rules, or the lock's, and a line for each leader from above (`InheritedProjectLeader`)."""
    governing = controlling(project) or project
    rules = [r for r in governing.rules if governing is project or r.capability != "ProjectLeader"]
    above = (p for p in project.chain()[1:] if controlling(p) in (None, p))
    leaders = [r.grantee for p in above for r in p.rules if (r.capability, r.mode) == ("ProjectLeader", ALLOW)]
    return rules + [Rule(leader, "InheritedProjectLeader", ALLOW) for leader in dict.fromkeys(leaders)]


def item_rules(item: Content | View) -> list[Rule]:
    """The rules that a read of this item's permissions gives."""
    governing = None if item.keeps_own_rules else controlling(item.project)
    if isinstance(item, View):
        if item.keeps_own_rules or (governing is None and not item.workbook.tabs):
            return item.rules
        source = governing.default("workbooks").rules if governing is not None else item.workbook.rules
        return [r for r in source if r.capability not in NOT_ON_VIEWS]
    return governing.default(item.plural).rules if governing is not None else item.rules
