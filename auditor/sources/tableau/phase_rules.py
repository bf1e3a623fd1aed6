"""The second phase: the rules that the plan asks for, each with its place in the ledger."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.model import RULES_READ, Kind, Miss, RuleSet
from auditor.sources.tableau.catalogue import KIND, defaults_segment
from auditor.sources.tableau.failures import ReadFailedError, clean
from auditor.sources.tableau.kept_rules import key_of, rules_from_json, rules_to_json
from auditor.sources.tableau.parse_content import MalformedError
from auditor.sources.tableau.parse_people import governing_parent, rules
from auditor.sources.tableau.plan import KIND_WORD, RulePlan, RuleTask, Spared
from auditor.sources.tableau.run import Run

#: How many of the items that a lock spares are read all the same: a share, and at least so many.
_SAMPLE_SHARE, _SAMPLE_LEAST = 0.01, 20
_LEADERS = frozenset({"ProjectLeader", "InheritedProjectLeader"})


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """The rules of a task's subject, and the project that the server named as governing them."""

    rules: RuleSet
    parent: str | None


def path_of_task(run: Run, task: RuleTask) -> str:
    """The request's path."""
    if task.of is not None:
        segment = defaults_segment(task.of, at_least=run.connection.at_least) or ""
        return run.connection.of_site("projects", task.subject.id, "default-permissions", segment)
    plural = "projects" if task.subject.kind is Kind.PROJECT else KIND[task.subject.kind].plural
    return run.connection.of_site(plural, task.subject.id, "permissions")


def ask_rules(run: Run, task: RuleTask) -> RuleAnswer:
    """One answer. ReadFailedError also for rules that cannot be told: a set with a hole is worse than none."""
    root = run.connection.get(path_of_task(run, task))
    try:
        return RuleAnswer(rules(root), governing_parent(root))
    except MalformedError as error:
        raise ReadFailedError(clean(str(error)), "Please report this answer with the server's version.") from None


def read_rules(run: Run, tasks: Iterable[RuleTask]) -> None:
    """Do all tasks; keep what came, and write down what did not."""
    tasks = list(tasks)
    for read, count in Counter(task.read for task in tasks).items():
        run.gathered.lines[read].expected += count
        run.progress.start(str(read), count)
    asked = [task for task in tasks if not _recalled(run, task)]
    for task, answer in run.each(asked, lambda one: ask_rules(run, one)):
        run.progress.advance(str(task.read), 1)
        keep_rules(run, task, answer)
        if isinstance(answer, RuleAnswer):
            run.remember(task.read, key_of(task), rules_to_json(answer.rules, answer.parent))


def _recalled(run: Run, task: RuleTask) -> bool:
    """Take the answer of the earlier run that this one goes on from, if the subject was not changed since."""
    subject = run.gathered.projects.get(task.subject.id) or run.gathered.contents.get(task.subject)
    found = rules_from_json(run.recall(task.read, key_of(task), not_before=subject.updated_at if subject else None))
    if found is None:
        return False
    run.progress.advance(str(task.read), 1)
    keep_rules(run, task, RuleAnswer(*found))
    return True


def keep_rules(run: Run, task: RuleTask, answer: RuleAnswer | ReadFailedError) -> None:
    """Put one answer in its place."""
    line = run.gathered.lines[task.read]
    if isinstance(answer, ReadFailedError):
        what = f"default rules for {KIND_WORD[task.of]}: " if task.of is not None else ""
        name = run.gathered.name_of(task.subject)
        miss = Miss(task.subject.kind, task.subject.id, name, what + answer.reason, answer.remedy)
        line.miss(miss, str(task.of or ""))
        return
    line.got += 1
    kept = run.gathered.intern(answer.rules)
    if task.of is not None:
        run.gathered.default_rules[task.subject.id, task.of] = kept
        return
    run.gathered.rules[task.subject] = kept
    if answer.parent is not None:
        run.gathered.parents[task.subject] = answer.parent


def draw_sample(plan: RulePlan, *, seed: int) -> tuple[Spared, ...]:
    """Some of the spared items other than views, the same for the same seed and site."""
    spared = sorted(_checkable(plan), key=lambda one: one.subject)
    return tuple(random.Random(seed).sample(spared, sample_size(plan)))  # noqa: S311


def sample_size(plan: RulePlan) -> int:
    """How many spared items are read all the same."""
    spared = len(_checkable(plan))
    return min(spared, max(_SAMPLE_LEAST, round(_SAMPLE_SHARE * spared)))


def _checkable(plan: RulePlan) -> list[Spared]:
    return [one for one in plan.spared if one.subject.kind is not Kind.VIEW]


def seed_of(site_id: str, day: str) -> int:
    """A seed that differs from site to site and from day to day, and can be told to the reader."""
    return int.from_bytes(hashlib.sha256(f"{site_id} {day}".encode()).digest()[:4])


def check_sample(run: Run, sample: tuple[Spared, ...]) -> Spared | None:
    """Read the sample and compare each with the default rules that stood for it; the first that differs, or None."""
    tasks = {RuleTask(RULES_READ[one.subject.kind], one.subject): one for one in sample}
    read_rules(run, tasks)
    return next((one for one in sample if not _agrees(run, one)), None)


def _agrees(run: Run, one: Spared) -> bool:
    """Leaders apart (they show by another name below), the item's rules are the template's; unread proves nothing."""
    own = run.gathered.rules.get(one.subject)
    template = run.gathered.default_rules.get((one.governing, one.kind))
    if own is None or template is None:
        return True
    if run.gathered.parents.get(one.subject, one.governing) != one.governing:
        return False
    if not own.rules and one.subject in run.gathered.parents:
        return True
    return _without_leaders(own) == _without_leaders(template)


def _without_leaders(found: RuleSet) -> frozenset[object]:
    return frozenset(rule for rule in found.rules if rule.capability not in _LEADERS)
