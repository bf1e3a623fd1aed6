"""Two snapshots of one site compared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from auditor.errors import UsageError
from auditor.model import Snapshot
from auditor.triage.diff.exposure import access_changes
from auditor.triage.diff.facts import fact_changes
from auditor.triage.diff.model import Diff, Side, ordered


def diff_snapshots(old: Snapshot, new: Snapshot) -> Diff:
    """What changed from `old` to `new`. Raises `UsageError` where they are of two sites."""
    then, now = old.provenance.site_id, new.provenance.site_id
    if then and now and then != now:
        raise UsageError(
            f"The two snapshots are of two sites ({then} and {now}).",
            where="diff",
            next_step="Name two snapshots of one site.",
        )
    facts = fact_changes(old, new)
    access = access_changes(old, new)
    return Diff(
        of="snapshots",
        old=_side(old),
        new=_side(new),
        changes=ordered([*facts.changes, *access.changes]),
        unchanged={**facts.unchanged, **access.unchanged},
        untold=(*_untold("old", old), *_untold("new", new), *access.untold, *facts.untold),
    )


def _side(snapshot: Snapshot) -> Side:
    origin = snapshot.provenance
    when: datetime | None = origin.finished_at or origin.started_at
    return Side(
        server=origin.server,
        site=origin.site_name or origin.site_content_url,
        when=when.isoformat(timespec="seconds") if when else "",
        complete=all(line.complete for line in snapshot.ledger.lines.values()),
    )


def _untold(name: str, snapshot: Snapshot) -> Iterable[str]:
    """A sentence for each read that one side did not get in full."""
    for line in snapshot.ledger.lines.values():
        if not line.complete:
            if line.expected is None:
                words = f"{line.got:,} got, of how many is not known"
            else:
                words = f"{max(len(line.missing), line.expected - line.got):,} of {line.expected:,} not read"
            yield f"The {name} snapshot is short of {line.read}: {words}."
