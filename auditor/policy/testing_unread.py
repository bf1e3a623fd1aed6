"""Takes reads that failed out of the snapshot of a policy test, and writes the ledger that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from auditor.model import (
    LIST_READ,
    RULES_READ,
    Connection,
    Coverage,
    Inventory,
    Kind,
    Ledger,
    Miss,
    Read,
    Ref,
    RuleSet,
    Snapshot,
    join_path,
    split_path,
)


def without(whole: Snapshot, unread: Mapping[str, tuple[str, ...]]) -> Snapshot:
    """The snapshot with the reads that failed taken out, and a ledger that says so."""
    rules = dict(whole.rules)
    connections = dict(whole.connections)
    inventories = dict(whole.inventories)
    for read, paths in unread.items():
        for table, kind in _tables(read, rules, connections, inventories):
            for ref in [
                ref for ref in table if ref.kind is kind and (not paths or ref.id.partition(":")[2] in _written(paths))
            ]:
                del table[ref]
    gone = {read for read, paths in unread.items() if not paths}
    settings = {
        name: value
        for name, value in whole.settings.items()
        if (Read.EMBEDDING if name.startswith("embedding.") else Read.SITE) not in gone
    }
    return replace(
        whole,
        settings=settings,
        rules=rules,
        connections=connections,
        inventories=inventories,
        default_rules={} if Read.DEFAULT_PERMISSIONS in gone else whole.default_rules,
        group_members={} if Read.GROUP_MEMBERS in gone else whole.group_members,
        connected_apps=None if Read.CONNECTED_APPS in gone else whole.connected_apps,
        ledger=_ledger(whole, unread),
    )


def _written(paths: Iterable[str]) -> set[str]:
    return {join_path(split_path(path)) for path in paths}


_BELOW = (Kind.WORKBOOK, Kind.DATASOURCE)


def _tables(
    read: str,
    rules: dict[Ref, RuleSet],
    connections: dict[Ref, tuple[Connection, ...]],
    inventories: dict[Ref, Inventory],
) -> list[tuple[dict[Ref, object], Kind]]:
    found: list[tuple[object, Kind]] = [(rules, kind) for kind, name in RULES_READ.items() if name == read]
    if read == Read.WORKBOOK_CONNECTIONS:
        found.append((connections, Kind.WORKBOOK))
    if read == Read.DATASOURCE_CONNECTIONS:
        found.append((connections, Kind.DATASOURCE))
    if read in (Read.COLUMNS, Read.FILES, Read.EXTRACTS):
        found += [(inventories, kind) for kind in _BELOW]
    return found  # type: ignore[return-value]  # three tables of one shape: keys are references


def _ledger(whole: Snapshot, unread: Mapping[str, tuple[str, ...]]) -> Ledger:
    counts = {str(read): sum(1 for one in whole.subjects() if one.kind is kind) for kind, read in LIST_READ.items()}
    not_made = {Read.REGISTER, Read.HISTORY, Read.PROBE, Read.LOG}
    lines = []
    for read in Read:
        if read in not_made:
            continue
        number = counts.get(read, 1)
        paths = unread.get(read)
        if paths is None:
            lines.append(Coverage(read, number, number))
        else:
            misses = tuple(
                Miss(Kind.SITE, "", path, "HTTP 403", "sign in as an administrator") for path in paths or ("",)
            )
            lines.append(Coverage(read, number + len(misses), number, misses))
    return Ledger.of(lines)
