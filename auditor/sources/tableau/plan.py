"""The least set of rules to read, worked out from the lists alone (reference/tableau-api-and-scale.md, 1.3 and 1.4).

A pure function: the same lists and needs always give the same tasks, in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from auditor.model import CONTENT_KINDS, LIST_READ, RULES_READ, Content, Kind, Project, Read, Ref
from auditor.sources.interface import PlanLine
from auditor.sources.tableau.catalogue import DEFAULTS_ONLY, KIND, defaults_segment
from auditor.sources.tableau.governance import Governor, governor

AtLeast = Callable[[str], bool]

_UNKNOWN = Governor(None, certain=False)


@dataclass(frozen=True, slots=True)
class RuleTask:
    """One request for rules: a subject's own, or (`of` set) a project's default rules for a kind."""

    read: Read
    subject: Ref
    of: Kind | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Spared:
    """An item whose rules need not be read, and the project whose default rules stand for them."""

    subject: Ref
    governing: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Question:
    """What a plan is made for: the reads needed (closed), whether shortcuts may be taken, the server's version."""

    needs: frozenset[Read]
    shortcuts: bool
    at_least: AtLeast
    #: Default rules were asked for themselves, not only to stand for locked content.
    all_defaults: bool


@dataclass(frozen=True, slots=True)
class RulePlan:
    """Tasks to do; items spared because a lock governs them; `tabbed` views that take their workbook's rules."""

    tasks: tuple[RuleTask, ...]
    spared: tuple[Spared, ...] = ()
    tabbed: int = 0

    def lines(self) -> tuple[PlanLine, ...]:
        """Requests by read and reason, and what is spared."""
        counts = Counter((task.read, task.why) for task in self.tasks)
        lines = [PlanLine(str(read), n, why) for (read, why), n in sorted(counts.items())]
        spared = Counter(RULES_READ[item.subject.kind] for item in self.spared)
        lines += [
            PlanLine(str(read), 0, f"{n:,} spared: a lock governs them, so the project's default rules hold")
            for read, n in sorted(spared.items())
        ]
        if self.tabbed:
            lines.append(
                PlanLine(
                    str(Read.VIEW_PERMISSIONS),
                    0,
                    f"{self.tabbed:,} spared: tabs are shown, so the workbook's rules hold",
                )
            )
        return tuple(lines)


def plan_rules(projects: Mapping[str, Project], contents: Mapping[Ref, Content], question: Question) -> RulePlan:
    """Which rules must be read, and which need not be."""
    governors = {project_id: governor(projects, project_id) for project_id in projects}
    if not question.shortcuts:
        governors = {project_id: Governor(None, certain=False) for project_id in projects}
    tasks: list[RuleTask] = list(_of_projects(projects, governors, question))
    spared: list[Spared] = []
    tabbed = 0
    ruled, templated = _ruled(question), _templated(question)
    for ref, item in contents.items():
        if item.kind not in ruled:
            continue
        match _fate(ref, item, contents, governors, templated, question):
            case RuleTask() as task:
                tasks.append(task)
            case Spared() as one:
                spared.append(one)
            case None:
                tabbed += 1
    defaults = _defaults(projects, governors, question, spared)
    return RulePlan((*defaults, *tasks), tuple(spared), tabbed)


def _of_projects(
    projects: Mapping[str, Project], governors: Mapping[str, Governor], question: Question
) -> Iterator[RuleTask]:
    if Read.PROJECT_PERMISSIONS not in question.needs:
        return
    for project in projects.values():
        if _own(project.id, governors[project.id]):
            yield RuleTask(Read.PROJECT_PERMISSIONS, project.ref, why="projects that no lock above governs")


def _ruled(question: Question) -> frozenset[Kind]:
    """The kinds whose items' rules are asked for and can be."""
    return frozenset(
        kind
        for kind, spec in KIND.items()
        if RULES_READ[kind] in question.needs and question.at_least(spec.rules_since)
    )


def _templated(question: Question) -> frozenset[Kind]:
    """The kinds that a project has default rules for."""
    kinds = (*KIND, *DEFAULTS_ONLY)
    return frozenset(kind for kind in kinds if defaults_segment(kind, at_least=question.at_least) is not None)


def _own(project_id: str, found: Governor) -> bool:
    return not found.certain or found.project_id in (None, project_id)


def _fate(  # noqa: PLR0917 - the item, and what is the same for all
    ref: Ref,
    item: Content,
    contents: Mapping[Ref, Content],
    governors: Mapping[str, Governor],
    templated: frozenset[Kind],
    question: Question,
) -> RuleTask | Spared | None:
    """Read the item's rules, or spare it for its project's lock, or (None) for its workbook's tabs."""
    workbook = contents.get(Ref(Kind.WORKBOOK, item.parent_id)) if item.kind is Kind.VIEW and item.parent_id else None
    project_id = item.project_id or (workbook.project_id if workbook else None)
    found = governors.get(project_id or "", _UNKNOWN)
    governed_as = Kind.WORKBOOK if item.kind is Kind.VIEW else item.kind
    locked = found.certain and found.project_id is not None and item.kind not in (Kind.DATABASE, Kind.TABLE)
    if locked and governed_as in templated:
        return Spared(ref, str(found.project_id), governed_as)
    if item.kind is Kind.VIEW and question.shortcuts and workbook is not None and workbook.tabs_shown:
        personal = workbook.personal_space is True
        if personal or (found.certain and found.project_id is None):
            return None
    return RuleTask(RULES_READ[item.kind], ref, why=_why(item, found))


def _why(item: Content, found: Governor) -> str:
    if item.project_id is None and item.personal_space:
        return "content in personal spaces"
    if not found.certain:
        return "whether a lock governs them cannot be told for certain"
    if item.kind is Kind.VIEW:
        return "views that stand alone: tabs are hidden and no lock governs"
    return "content that no lock governs"


def _defaults(
    projects: Mapping[str, Project],
    governors: Mapping[str, Governor],
    question: Question,
    spared: list[Spared],
) -> tuple[RuleTask, ...]:
    """Default rules: of every project that is its own governor where they are asked for, else of what stands in."""
    if question.all_defaults:
        kinds = default_kinds(question)
        return tuple(
            RuleTask(Read.DEFAULT_PERMISSIONS, project.ref, kind, why=f"default rules for {KIND_WORD[kind]}")
            for project in projects.values()
            if _own(project.id, governors[project.id])
            for kind in kinds
        )
    standing_in = dict.fromkeys((item.governing, item.kind) for item in spared)
    return tuple(
        RuleTask(
            Read.DEFAULT_PERMISSIONS,
            Ref(Kind.PROJECT, project_id),
            kind,
            why=f"default rules that stand for locked {KIND_WORD[kind]}",
        )
        for project_id, kind in standing_in
    )


def default_kinds(question: Question) -> tuple[Kind, ...]:
    """The kinds whose default rules are read: those whose lists are needed, or all that the version has."""
    possible = tuple(kind for kind in CONTENT_KINDS if defaults_segment(kind, at_least=question.at_least) is not None)
    asked = tuple(kind for kind in possible if LIST_READ[kind] in question.needs)
    return asked or possible


KIND_WORD: Mapping[Kind, str] = {
    **{spec.kind: spec.plural for spec in KIND.values()},
    **{kind: segment for kind, (segment, _, _) in DEFAULTS_ONLY.items()},
}
