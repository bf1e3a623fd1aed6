"""How long an exposure was open: runs, one after the other, folded into intervals. Pure.

A failing finding opens an interval or keeps it open. Only a run that could have seen it closes it: one that is
complete, that ran the finding's rule, and that did not itself say "unknown" of it. All other runs leave it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.findings import Severity, Verdict
from auditor.history.records import FindingRow

POLICY_CHANGED = "the policies changed between the two runs"


@dataclass(frozen=True, slots=True)
class RunView:
    """What the fold needs of a run. `when` is the time the run finished, UTC."""

    id: str
    when: datetime
    complete: bool
    rules: frozenset[str]
    policy_digest: str | None
    findings: tuple[FindingRow, ...] = ()

    def can_close(self, rule: str) -> bool:
        """Would this run have shown a finding of the rule if there still were one?"""
        return self.complete and rule in self.rules


@dataclass(frozen=True, slots=True)
class Interval:
    """One time that an exposure was open. It began between `opened_after` (None: not known) and `first_seen`.

    `closed` None: still open, or nothing could tell since `last_seen`. `sighting` is the finding as last seen.
    """

    fingerprint: str
    first_seen: datetime
    first_run: str
    last_seen: datetime
    last_run: str
    sighting: FindingRow
    policy_digest: str | None = None
    opened_after: datetime | None = None
    closed: datetime | None = None
    closed_run: str | None = None
    note: str = ""

    @property
    def rule(self) -> str:
        """The rule that objects."""
        return self.sighting.rule

    @property
    def severity(self) -> Severity:
        """As last seen."""
        return self.sighting.severity

    @property
    def path(self) -> str:
        """Where the subject was when it was last seen."""
        return self.sighting.path

    @property
    def is_open(self) -> bool:
        """Has no run said that it is gone?"""
        return self.closed is None

    def seconds(self, now: datetime) -> float:
        """How long it is known to have been open: to the run that closed it, or to `now` where it still is."""
        return max(0.0, ((self.closed or now) - self.first_seen).total_seconds())


@dataclass(frozen=True, slots=True)
class Step:
    """What one run did: intervals that it opened, saw again and closed."""

    opened: tuple[Interval, ...] = ()
    seen: tuple[Interval, ...] = ()
    closed: tuple[Interval, ...] = ()


def step(open_intervals: Mapping[str, Interval], run: RunView, conclusive: Mapping[str, datetime]) -> Step:
    """Fold one run onto the intervals that are open.

    `conclusive[rule]`: when an earlier run last could have seen findings of the rule.
    """
    failing = {row.fingerprint: row for row in run.findings if row.verdict is Verdict.FAIL}
    undecided = {row.fingerprint for row in run.findings if row.verdict is Verdict.UNKNOWN}
    opened, seen, closed = [], [], []
    for fingerprint, row in failing.items():
        known = open_intervals.get(fingerprint)
        if known is None:
            opened.append(_open(row, run, conclusive.get(row.rule)))
        else:
            seen.append(
                replace(known, last_seen=run.when, last_run=run.id, sighting=row, policy_digest=run.policy_digest)
            )
    for fingerprint, interval in open_intervals.items():
        if fingerprint in failing or fingerprint in undecided or not run.can_close(interval.sighting.rule):
            continue
        note = POLICY_CHANGED if interval.policy_digest != run.policy_digest else ""
        closed.append(replace(interval, closed=run.when, closed_run=run.id, note=note))
    return Step(tuple(opened), tuple(seen), tuple(closed))


def fold(runs: Iterable[RunView], seed: Iterable[Interval] = ()) -> tuple[Interval, ...]:
    """All intervals of one site from its runs in order of time; `seed` holds the open ones from before the first run."""
    still_open = {interval.fingerprint: interval for interval in seed}
    done: list[Interval] = []
    conclusive: dict[str, datetime] = {}
    for run in runs:
        outcome = step(still_open, run, conclusive)
        for interval in (*outcome.opened, *outcome.seen):
            still_open[interval.fingerprint] = interval
        for interval in outcome.closed:
            del still_open[interval.fingerprint]
            done.append(interval)
        conclusive.update(dict.fromkeys(run.rules, run.when) if run.complete else {})
    return (*done, *still_open.values())


def _open(row: FindingRow, run: RunView, conclusive: datetime | None) -> Interval:
    return Interval(row.fingerprint, run.when, run.id, run.when, run.id, row, run.policy_digest, conclusive)
