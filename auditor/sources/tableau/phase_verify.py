"""Checking shortcuts against the server, and reading what turned out to be lacking."""

from __future__ import annotations

from collections.abc import Callable

from auditor.model import RULES_READ, Kind, Read
from auditor.sources.tableau.cassette import Cassette
from auditor.sources.tableau.phase_rules import check_sample, draw_sample, path_of_task, read_rules
from auditor.sources.tableau.plan import Question, RulePlan, RuleTask, Spared, plan_rules
from auditor.sources.tableau.run import Run

#: What to verify of the spared items, and in words how it was chosen.
Choose = Callable[[Run, RulePlan], tuple[tuple[Spared, ...], str]]


def seeded(seed: int) -> Choose:
    """Of a live site: a sample drawn with a seed."""
    return lambda _, plan: (draw_sample(plan, seed=seed), f"drawn with seed {seed}")


def recorded(cassette: Cassette) -> Choose:
    """Of a recording: all that it holds."""

    def choose(run: Run, plan: RulePlan) -> tuple[tuple[Spared, ...], str]:
        held = (one for one in plan.spared if one.subject.kind is not Kind.VIEW)
        tasks = ((one, RuleTask(RULES_READ[one.subject.kind], one.subject)) for one in held)
        found = tuple(one for one, task in tasks if cassette.holds("GET", path_of_task(run, task)))
        return found, "which the recording holds"

    return choose


def verify(run: Run, plan: RulePlan, choose: Choose, everything: Question) -> None:
    """Read some of what a lock spares; the first difference makes all of it be read.

    `everything` is the question without shortcuts. What was done is noted for the report's reader.
    """
    if not plan.spared:
        return
    sample, how = choose(run, plan)
    differs = check_sample(run, sample) if sample else None
    if differs is None:
        run.gathered.note(
            f"{len(plan.spared)} items that a lock governs were judged by their project's default rules; "
            f"{len(sample)} of them, {how}, were read and agree"
        )
        return
    name = run.gathered.name_of(differs.subject)
    run.gathered.note(
        f"'{name}' holds other rules than the lock that governs it gives (sample of {len(sample)}, {how}): "
        "no shortcut was taken, all rules were read"
    )
    run.progress.note("a locked item holds rules of its own: reading everything")
    read_rules(run, unread(run, plan_rules(run.gathered.projects, run.gathered.contents, everything)))


def mend(run: Run, question: Question, known: RulePlan | None) -> None:
    """Read what a second reading of the lists showed to be lacking; then count anew what was to be read.

    `known`: the plan, where the lists did not change since it was made.
    """
    plan = known or plan_rules(run.gathered.projects, run.gathered.contents, question)
    missed = {
        (read, miss.id)
        for read in (*RULES_READ.values(), Read.DEFAULT_PERMISSIONS)
        if read in run.gathered.lines
        for miss in run.gathered.lines[read].misses.values()
    }
    read_rules(run, [task for task in unread(run, plan) if (task.read, task.subject.id) not in missed])
    recount(run)


def unread(run: Run, plan: RulePlan) -> list[RuleTask]:
    """The plan's tasks whose answers are not there."""
    gathered = run.gathered
    return [
        task
        for task in plan.tasks
        if (
            task.subject not in gathered.rules
            if task.of is None
            else (task.subject.id, task.of) not in gathered.default_rules
        )
    ]


def recount(run: Run) -> None:
    """Expected and got of the rules' lines, after some were read twice: what is there, and what is missed."""
    gathered = run.gathered
    for kind, read in RULES_READ.items():
        if read in gathered.lines:
            line = gathered.lines[read]
            line.got = sum(1 for ref in gathered.rules if ref.kind is kind)
            line.expected = line.got + len(line.misses)
    if Read.DEFAULT_PERMISSIONS in gathered.lines:
        line = gathered.lines[Read.DEFAULT_PERMISSIONS]
        line.got = len(gathered.default_rules)
        line.expected = line.got + len(line.misses)
