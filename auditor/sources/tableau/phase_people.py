"""The third phase: the members of the groups that rules name, and the connections of content."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from auditor.model import Connection, Grantee, GranteeKind, Group, Kind, Miss, Read, Ref, RuleSet
from auditor.sources.tableau.catalogue import KIND
from auditor.sources.tableau.failures import ReadFailedError, clean
from auditor.sources.tableau.kept_rules import connections_from_json, connections_to_json, members_from_json
from auditor.sources.tableau.lists import Listing, ListReader, ListSpec
from auditor.sources.tableau.parse_content import MalformedError, connection
from auditor.sources.tableau.parse_people import member
from auditor.sources.tableau.run import Run
from auditor.sources.tableau.xml import child, children


def named_groups(run: Run) -> list[Group]:
    """The groups whose members matter: those that a rule names, itself or through a group set. All, without shortcuts.

    All Users needs no reading: it is the list of users.
    """
    gathered = run.gathered
    if run.settings.shortcuts:
        grantees = {rule.grantee for found in _rule_sets(run) for rule in found.rules}
        wanted = set(_group_ids(run, grantees))
    else:
        wanted = set(gathered.groups)
    return [group for group in gathered.groups.values() if group.id in wanted and not group.is_everyone]


def _rule_sets(run: Run) -> Iterator[RuleSet]:
    yield from set(run.gathered.rules.values())
    yield from set(run.gathered.default_rules.values())


def _group_ids(run: Run, grantees: set[Grantee]) -> Iterator[str]:
    for grantee in grantees:
        if grantee.kind is GranteeKind.GROUP:
            yield grantee.id
        elif grantee.kind is GranteeKind.GROUP_SET and grantee.id in run.gathered.group_sets:
            yield from run.gathered.group_sets[grantee.id].group_ids or ()


def read_members(run: Run) -> None:
    """The members of the groups that matter; a group that the server counts no member of is empty."""
    if Read.GROUP_MEMBERS not in run.needs:
        return
    line = run.gathered.lines[Read.GROUP_MEMBERS]
    wanted = named_groups(run)
    line.expected = len(wanted)
    run.progress.start(str(Read.GROUP_MEMBERS), len(wanted))
    asked: list[Group] = []
    for group in wanted:
        empty = group.user_count == 0 and run.settings.shortcuts
        known = (
            frozenset[str]()
            if empty
            else members_from_json(run.recall(Read.GROUP_MEMBERS, f"{Read.GROUP_MEMBERS} {group.id}"))
        )
        if known is not None:
            run.gathered.group_members[group.id] = known
            line.got += 1
        else:
            asked.append(group)
    for group, listing in run.each(asked, lambda one: group_members(run, one)):
        run.progress.advance(str(Read.GROUP_MEMBERS), 1)
        _keep_members(run, group, listing)


def group_members(run: Run, group: Group) -> Listing[str]:
    """The ids of a group's members. Raises ReadFailedError."""
    spec = ListSpec(Read.GROUP_MEMBERS, Kind.USER, ("groups", group.id, "users"), "users", "user", member)
    return ListReader(run.connection, spec, page_size=run.settings.page_size).read()


def _keep_members(run: Run, group: Group, listing: Listing[str] | ReadFailedError) -> None:
    line = run.gathered.lines[Read.GROUP_MEMBERS]
    if isinstance(listing, ReadFailedError):
        line.miss(Miss(Kind.GROUP, group.id, group.name, listing.reason, listing.remedy))
    elif listing.misses:
        first = listing.misses[0]
        line.miss(Miss(Kind.GROUP, group.id, group.name, first.reason, first.remedy))
    else:
        run.gathered.group_members[group.id] = frozenset(listing.items)
        run.remember(Read.GROUP_MEMBERS, f"{Read.GROUP_MEMBERS} {group.id}", sorted(listing.items))
        line.got += 1


_CONNECTIONS = ((Read.WORKBOOK_CONNECTIONS, Kind.WORKBOOK), (Read.DATASOURCE_CONNECTIONS, Kind.DATASOURCE))


def read_connections(run: Run) -> None:
    """The connections of workbooks and data sources, where they are asked for."""
    for read, kind in _CONNECTIONS:
        if read not in run.needs:
            continue
        line = run.gathered.lines[read]
        refs = [ref for ref in run.gathered.contents if ref.kind is kind and ref not in run.gathered.connections]
        line.expected += len(refs)
        run.progress.start(str(read), len(refs))
        asked = [ref for ref in refs if not _recalled(run, read, ref)]
        for ref, found in run.each(asked, lambda one: item_connections(run, one)):
            run.progress.advance(str(read), 1)
            if isinstance(found, ReadFailedError):
                line.miss(Miss(kind, ref.id, run.gathered.name_of(ref), found.reason, found.remedy))
            else:
                run.gathered.connections[ref] = found
                run.remember(read, f"{read} {ref.id}", connections_to_json(found))
                line.got += 1


def _recalled(run: Run, read: Read, ref: Ref) -> bool:
    found = connections_from_json(
        run.recall(read, f"{read} {ref.id}", not_before=run.gathered.contents[ref].updated_at)
    )
    if found is None:
        return False
    run.gathered.connections[ref] = found
    run.gathered.lines[read].got += 1
    return True


def item_connections(run: Run, ref: Ref) -> tuple[Connection, ...]:
    """The connections of one workbook or data source. Raises ReadFailedError."""
    root: Element = run.connection.get(run.connection.of_site(KIND[ref.kind].plural, ref.id, "connections"))
    holder = child(root, "connections")
    if holder is None:
        raise ReadFailedError("the answer holds no connections", "Please report this answer.")
    try:
        return tuple(connection(one) for one in children(holder, "connection"))
    except MalformedError as error:
        raise ReadFailedError(clean(str(error)), "Please report this answer.") from None
