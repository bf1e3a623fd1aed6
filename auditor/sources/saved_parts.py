"""The parts of a snapshot file: which they are, and each as JSON and back.

A part is a pair of functions over a Snapshot. Parts hold lists of facts as columns; equal rule sets stand once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from auditor.model import (
    CONTENT_KINDS,
    ConnectedApp,
    Connection,
    Content,
    Coverage,
    Grantee,
    GranteeKind,
    Group,
    GroupSet,
    Inventory,
    Kind,
    Ledger,
    Miss,
    Mode,
    Project,
    Provenance,
    Ref,
    Rule,
    RuleSet,
    SettingValue,
    Snapshot,
    User,
)
from auditor.sources.columns import ColumnError, converter, decode, decode_rows, encode, encode_rows


@dataclass(frozen=True, slots=True)
class Part:
    """One member of the file."""

    name: str
    write: Callable[[Snapshot], Any]
    read: Callable[[Any, Snapshot], Snapshot]


_TEXT = converter(str)
_PROVENANCE = TypeAdapter(Provenance)
_SETTINGS = TypeAdapter(dict[str, SettingValue])
_APPS = TypeAdapter(tuple[ConnectedApp, ...] | None)
_MEMBERS = TypeAdapter(dict[str, frozenset[str]])
_SETS = TypeAdapter(list[GroupSet])
_INVENTORIES = TypeAdapter(list[tuple[Kind, str, Inventory]])


def _table(rows: list[Any], cls: type[Any]) -> dict[str, Any]:
    return {"count": len(rows), "columns": encode_rows(rows, cls)}


def _rows(found: Any, cls: type[Any]) -> list[Any]:
    match found:
        case {"count": int(count), "columns": dict(columns)}:
            return decode_rows(columns, count, cls)
    raise ColumnError("a table of the wrong shape")


def _by_id(rows: list[Any]) -> dict[str, Any]:
    return _distinct([(row.id, row) for row in rows])


def _distinct(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """As a dictionary; a key that comes twice would hide a fact."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ColumnError("an id that comes twice")
    return found


def _contents_part(kind: Kind) -> Part:
    def write(snapshot: Snapshot) -> Any:
        return _table([item for ref, item in snapshot.contents.items() if ref.kind is kind], Content)

    def read(found: Any, snapshot: Snapshot) -> Snapshot:
        items = _distinct([*snapshot.contents.items(), *((item.ref, item) for item in _rows(found, Content))])
        return replace(snapshot, contents=items)

    return Part(f"contents/{kind}.json", write, read)


def _write_rules(snapshot: Snapshot) -> Any:
    places: dict[RuleSet, int] = {}
    own = [places.setdefault(rules, len(places)) for rules in snapshot.rules.values()]
    templates = [places.setdefault(rules, len(places)) for rules in snapshot.default_rules.values()]
    return {
        "sets": [
            [
                [rule.grantee.kind, rule.grantee.id, rule.grantee.word, rule.capability, rule.mode]
                for rule in rules.rules
            ]
            for rules in places
        ],
        "own": {
            "count": len(own),
            "kind": encode([ref.kind for ref in snapshot.rules]),
            "id": encode([ref.id for ref in snapshot.rules]),
            "set": own,
        }
        if own
        else None,
        "default": {
            "count": len(templates),
            "project": encode([key[0] for key in snapshot.default_rules]),
            "kind": encode([key[1] for key in snapshot.default_rules]),
            "set": templates,
        }
        if templates
        else None,
    }


_KIND, _GRANTEE, _MODE = converter(Kind), converter(GranteeKind), converter(Mode)


def _read_rules(found: Any, snapshot: Snapshot) -> Snapshot:
    sets = [RuleSet.of([_rule(row) for row in rows]) for rows in found["sets"]]
    own, default = found.get("own"), found.get("default")
    rules: dict[Ref, RuleSet] = {}
    if own:
        pairs = zip(decode(own["kind"], own["count"], _KIND), decode(own["id"], own["count"], _TEXT), strict=True)
        refs = [Ref(kind, one) for kind, one in pairs]
        rules = dict(zip(refs, _pick(sets, own["set"]), strict=True))
    templates: dict[tuple[str, Kind], RuleSet] = {}
    if default:
        count = default["count"]
        keys = zip(decode(default["project"], count, _TEXT), decode(default["kind"], count, _KIND), strict=True)
        templates = dict(zip(keys, _pick(sets, default["set"]), strict=True))
    return replace(snapshot, rules=rules, default_rules=templates)


def _rule(row: Any) -> Rule:
    kind, one, word, capability, mode = row
    return Rule(Grantee(_GRANTEE(kind), _TEXT(one), _TEXT(word)), _TEXT(capability), _MODE(mode))


def _pick(sets: list[RuleSet], places: Any) -> list[RuleSet]:
    if not all(type(place) is int and 0 <= place < len(sets) for place in places):
        raise ColumnError("a rule set that is not there")
    return [sets[place] for place in places]


def _write_connections(snapshot: Snapshot) -> Any:
    rows = [(ref, one) for ref, found in snapshot.connections.items() for one in found]
    return {
        "of": [[ref.kind, ref.id, len(found)] for ref, found in snapshot.connections.items()],
        "table": _table([one for _, one in rows], Connection),
    }


def _read_connections(found: Any, snapshot: Snapshot) -> Snapshot:
    rows = iter(_rows(found["table"], Connection))
    connections: dict[Ref, tuple[Connection, ...]] = {}
    for kind, one, count in found["of"]:
        connections[Ref(_KIND(kind), _TEXT(one))] = tuple(next(rows) for _ in range(count))
    return replace(snapshot, connections=connections)


def _write_ledger(snapshot: Snapshot) -> Any:
    return [
        {
            "read": line.read,
            "expected": line.expected,
            "got": line.got,
            "missing": _table(list(line.missing), Miss),
        }
        for line in snapshot.ledger.lines.values()
    ]


def _read_ledger(found: Any, snapshot: Snapshot) -> Snapshot:
    whole, number = converter(int | None), converter(int)
    lines = [
        Coverage(_TEXT(one["read"]), whole(one["expected"]), number(one["got"]), tuple(_rows(one["missing"], Miss)))
        for one in found
    ]
    return replace(snapshot, ledger=Ledger.of(lines))


def _with(snapshot: Snapshot, field: str, value: Any) -> Snapshot:
    changes: dict[str, Any] = {field: value}
    return replace(snapshot, **changes)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _simple(name: str, field: str, adapter: TypeAdapter[Any]) -> Part:
    return Part(
        name,
        lambda snapshot: adapter.dump_python(_plain(getattr(snapshot, field)), mode="json"),
        lambda found, snapshot: _with(snapshot, field, adapter.validate_python(found)),
    )


def _listed(name: str, field: str, cls: type[Any]) -> Part:
    return Part(
        name,
        lambda snapshot: _table(list(getattr(snapshot, field).values()), cls),
        lambda found, snapshot: _with(snapshot, field, _by_id(_rows(found, cls))),
    )


PARTS: tuple[Part, ...] = (
    _simple("settings.json", "settings", _SETTINGS),
    _listed("projects.json", "projects", Project),
    *(_contents_part(kind) for kind in CONTENT_KINDS),
    _listed("users.json", "users", User),
    _listed("groups.json", "groups", Group),
    Part(
        "group_members.json",
        lambda snapshot: {group: sorted(members) for group, members in snapshot.group_members.items()},
        lambda found, snapshot: replace(snapshot, group_members=_MEMBERS.validate_python(found)),
    ),
    Part(
        "group_sets.json",
        lambda snapshot: _SETS.dump_python(list(snapshot.group_sets.values()), mode="json"),
        lambda found, snapshot: replace(snapshot, group_sets=_by_id(_SETS.validate_python(found))),
    ),
    Part("rules.json", _write_rules, _read_rules),
    Part("connections.json", _write_connections, _read_connections),
    _simple("connected_apps.json", "connected_apps", _APPS),
    Part(
        "inventories.json",
        lambda snapshot: _INVENTORIES.dump_python(
            [(ref.kind, ref.id, found) for ref, found in snapshot.inventories.items()], mode="json"
        ),
        lambda found, snapshot: replace(
            snapshot, inventories={Ref(k, i): one for k, i, one in _INVENTORIES.validate_python(found)}
        ),
    ),
    Part("ledger.json", _write_ledger, _read_ledger),
)


def provenance_to_json(provenance: Provenance) -> Any:
    """Where the facts come from, for the manifest."""
    return _PROVENANCE.dump_python(provenance, mode="json")


def provenance_from_json(found: Any) -> Provenance:
    """The same back."""
    return _PROVENANCE.validate_python(found)


def times_of(snapshot: Snapshot) -> Mapping[str, str | None]:
    """Between which times a part was read."""
    begin, end = snapshot.provenance.started_at, snapshot.provenance.finished_at
    return {"from": _time(begin), "to": _time(end)}


def _time(time: datetime | None) -> str | None:
    return time.isoformat() if time is not None else None
