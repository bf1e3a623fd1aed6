"""What is public now, and what of it an approval covers: fingerprints, and the draft of a register."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.access import Access, Anonymous, Everyone, Principal
from auditor.access.denials import Denial
from auditor.checks.below import classes_of
from auditor.checks.context import views_by_workbook
from auditor.model import Inventory, Kind, Ref, Snapshot, path_of
from auditor.model.vocabulary import neutral_name
from auditor.policy.register import Approved, Entry, Register
from auditor.policy.requirements_data import DIRECT_CLASSES

PUBLISHED: tuple[Kind, ...] = (Kind.WORKBOOK, Kind.DATASOURCE, Kind.FLOW, Kind.VIRTUAL_CONNECTION)
#: The confidence from which on a column counts as personal; the same as that of the shipped leak rules.
PERSONAL_FROM = 0.5
_PRINCIPALS: dict[str, Principal] = {"anonymous": Anonymous(), "everyone": Everyone()}


@dataclass(frozen=True, slots=True)
class State:
    """What the audience may do with an item and its views, and what lies below; None where it was not all read."""

    reached: bool | None
    capabilities: tuple[str, ...]
    approved: Approved
    columns: tuple[str, ...] | None
    unread: tuple[str, ...] = ()


def state_of(
    snapshot: Snapshot,
    access: Access,
    ref: Ref,
    audience: str = "anonymous",
    *,
    views: Sequence[Ref] | None = None,
) -> State:
    """The state of one item now. `audience`: anonymous or everyone. `views`: the item's, where they were looked up."""
    principal = _PRINCIPALS.get(audience, Anonymous())
    refs = (ref, *(views if views is not None else views_by_workbook(snapshot).get(ref.id, ())))
    held: list[tuple[str, str]] = []
    unread: set[str] = set()
    reads: set[bool | None] = set()
    for one in refs:
        for decision in access.decisions(principal, one):
            unread |= set(decision.unread) if decision.outcome == "unknown" else set()
            if decision.allowed:
                held.append((one.id, decision.capability))
            if decision.capability == "Read":
                reads.add({"allow": True, "deny": False}.get(decision.outcome))
    reached = True if True in reads else (None if None in reads else False)
    kinds: dict[str, set[Kind]] = {}
    for one in refs:
        kinds.setdefault(one.id, set()).add(one.kind)
    names = {neutral_name(native, kind) for owner, native in held for kind in kinds[owner]}
    inventory = snapshot.inventories.get(ref)
    return State(
        reached=reached,
        capabilities=tuple(sorted(names)),
        approved=Approved(
            rules=None if unread else digest(sorted(held)),
            columns=columns_digest(inventory),
            files=inventory.digest if inventory is not None else None,
        ),
        columns=column_names(inventory),
        unread=tuple(sorted(unread)),
    )


def digest(facts: object) -> str:
    """32 hex digits of some facts."""
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()[:32]


def columns_digest(inventory: Inventory | None) -> str | None:
    """Of the columns, their types and the grain; not of numbers of rows, which change with every refresh."""
    if inventory is None:
        return None
    facts = sorted(
        (source.name, bool(source.row_level), column.name, column.type or "")
        for source in inventory.data_sources
        for column in source.columns
    )
    return digest(facts)


def column_names(inventory: Inventory | None) -> tuple[str, ...] | None:
    """The names of all columns below, sorted; None where they were not read."""
    if inventory is None:
        return None
    return tuple(sorted({column.name for source in inventory.data_sources for column in source.columns}))


def personal_columns(inventory: Inventory | None) -> dict[str, tuple[str, ...]]:
    """The columns below that point at one person by themselves, each with its classes; sorted by name."""
    found: dict[str, set[str]] = {}
    for source in inventory.data_sources if inventory is not None else ():
        for column in source.columns:
            if classes := classes_of(column, DIRECT_CLASSES, PERSONAL_FROM):
                found.setdefault(column.name, set()).update(classes)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


def public_items(snapshot: Snapshot, access: Access, audience: str = "anonymous") -> Iterator[tuple[Ref, State]]:
    """Every item that the audience reaches, itself or one of its views; and those of which it is not known."""
    views = views_by_workbook(snapshot)
    closed = viewing_denied(access, audience)
    for ref in snapshot.contents:
        if ref.kind in PUBLISHED and not all(closed.on(one) for one in (ref, *views.get(ref.id, ()))):
            state = state_of(snapshot, access, ref, audience, views=views.get(ref.id, ()))
            if state.reached is not False:
                yield ref, state


def viewing_denied(access: Access, audience: str) -> Denial:
    """The question whether the audience is plainly denied to view an object; then the object is not reached."""
    return access.denial((_PRINCIPALS.get(audience, Anonymous()),), ("Read",))


#: What a register takes as a path; it is for people, the id decides.
_LONGEST_PATH = 1_000


def draft(
    snapshot: Snapshot, access: Access, register: Register | None = None, *, audience: str = "anonymous"
) -> Register:
    """The register with an entry for each public item that has none; entries that people wrote stay as they are.

    The drafted entries say what is so now; purpose, owner and approvals are for people to fill in.
    """
    entries = dict(register.entries) if register is not None else {}
    for ref, state in public_items(snapshot, access, audience):
        subject = snapshot.subject(ref)
        if ref in entries or state.reached is None or subject is None:
            continue
        entries[ref] = Entry(
            id=ref.id,
            kind=ref.kind,
            path=path_of(snapshot, subject)[:_LONGEST_PATH],
            purpose="",
            data_owner="",
            audience=audience,
            capabilities=state.capabilities,
            columns=state.columns,
        )
    return Register(
        entries, register.file if register is not None else "", register.lines if register is not None else {}
    )
