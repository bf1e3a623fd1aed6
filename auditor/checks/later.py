"""Which items are worth a request of their own: those on which a verdict hangs, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from auditor.access import Access
from auditor.checks.context import Shared
from auditor.checks.engine import judge_rule, rule_reads
from auditor.findings import Verdict
from auditor.model import Kind, Read, Ref, Snapshot
from auditor.policy import Policy
from auditor.policy.register import Register

_KIND_OF = {Read.WORKBOOK_CONNECTIONS: (Kind.WORKBOOK,), Read.DATASOURCE_CONNECTIONS: (Kind.DATASOURCE,)}
_BELOW = (Kind.WORKBOOK, Kind.DATASOURCE)


def wanted_later(
    policy: Policy,
    snapshot: Snapshot,
    later: frozenset[Read],
    *,
    access: Access,
    register: Register | None = None,
    today: date,
) -> Mapping[Read, frozenset[Ref]]:
    """For each of the `later` reads the items of which it would settle an unknown verdict; reads not needed are absent."""
    shared = Shared(policy, snapshot, access, register, today)
    wanted: defaultdict[Read, set[Ref]] = defaultdict(set)
    all_of: set[Read] = set()
    for rule in policy.rules:
        needs = rule_reads(rule, policy) & later
        if not needs:
            continue
        for judgement in judge_rule(rule, shared):
            if judgement.verdict is Verdict.UNKNOWN:
                for read in needs & set(judgement.unread):
                    item = _item(snapshot, Read(read), judgement.subject)
                    if item is None:
                        all_of.add(Read(read))
                    else:
                        wanted[Read(read)].add(item)
    for read in all_of:
        wanted[read].update(_all(snapshot, _KIND_OF.get(read, _BELOW)))
    return {read: frozenset(refs) for read, refs in wanted.items()}


def _item(snapshot: Snapshot, read: Read, subject: Ref) -> Ref | None:
    """The item to ask about for a subject: itself or its workbook; None, for all of the kind, where it is none of them.

    What a data source gives away through workbooks hangs on the connections of all workbooks.
    """
    kinds = _KIND_OF.get(read, _BELOW)
    item = snapshot.contents.get(subject)
    if subject.kind in kinds:
        return subject
    if item is not None and item.kind is Kind.VIEW and item.parent_id is not None:
        return Ref(Kind.WORKBOOK, item.parent_id)
    return None


def _all(snapshot: Snapshot, kinds: Iterable[Kind]) -> Iterator[Ref]:
    wanted = frozenset(kinds)
    yield from (ref for ref in snapshot.contents if ref.kind in wanted)


def groups_wanted(policy: Policy, snapshot: Snapshot) -> frozenset[Ref]:
    """The groups whose members an audience of the policy is made of and that were not read, as no rule names them."""
    names = {
        name.casefold()
        for audience in policy.audiences.values()
        for part in audience.parts
        for name in part.members_of or ()
    }
    return frozenset(
        Ref(Kind.GROUP, group.id)
        for group in snapshot.groups.values()
        if group.name.casefold() in names and not group.is_everyone and group.id not in snapshot.group_members
    )
