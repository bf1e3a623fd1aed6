"""Connections of just those items, and members of just those groups, on which a verdict hangs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from auditor.model import Connection, Coverage, Miss, Read, Ref, Snapshot
from auditor.sources.ledgers import with_line
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.phase_people import group_members, item_connections
from auditor.sources.tableau.run import Run


def connections_of(run: Run, snapshot: Snapshot, read: Read, wanted: Collection[Ref]) -> Snapshot:
    """The snapshot with the connections of the wanted items, and the line that counts them."""
    refs = sorted(ref for ref in wanted if ref in snapshot.contents and ref not in snapshot.connections)
    found: dict[Ref, tuple[Connection, ...]] = {}
    misses: list[Miss] = []
    run.progress.start(str(read), len(refs))
    for ref, answer in run.each(refs, lambda one: item_connections(run, one)):
        run.progress.advance(str(read), 1)
        if isinstance(answer, ReadFailedError):
            misses.append(Miss(ref.kind, ref.id, snapshot.contents[ref].name, answer.reason, answer.remedy))
        else:
            found[ref] = answer
    line = Coverage(read, len(refs), len(found), tuple(sorted(misses, key=lambda miss: miss.id)))
    connections = {**snapshot.connections, **dict(sorted(found.items()))}
    return replace(snapshot, connections=connections, ledger=with_line(snapshot.ledger, line))


def members_of(run: Run, snapshot: Snapshot, wanted: Collection[Ref]) -> Snapshot:
    """The snapshot with the members of the wanted groups, which no rule need name, and the line that counts them."""
    refs = sorted(ref for ref in wanted if ref.id in snapshot.groups and ref.id not in snapshot.group_members)
    found: dict[str, frozenset[str]] = {}
    misses: list[Miss] = []
    run.progress.start(str(Read.GROUP_MEMBERS), len(refs))
    for ref, answer in run.each(refs, lambda one: group_members(run, snapshot.groups[one.id])):
        run.progress.advance(str(Read.GROUP_MEMBERS), 1)
        group = snapshot.groups[ref.id]
        if isinstance(answer, ReadFailedError):
            misses.append(Miss(ref.kind, ref.id, group.name, answer.reason, answer.remedy))
        elif answer.misses:
            misses.append(Miss(ref.kind, ref.id, group.name, answer.misses[0].reason, answer.misses[0].remedy))
        else:
            found[ref.id] = frozenset(answer.items)
    line = Coverage(Read.GROUP_MEMBERS, len(refs), len(found), tuple(sorted(misses, key=lambda miss: miss.id)))
    members = {**snapshot.group_members, **dict(sorted(found.items()))}
    return replace(snapshot, group_members=members, ledger=with_line(snapshot.ledger, line))
