"""What a site would be if a file were published there now. Pure: a snapshot and an inventory in, a snapshot out.

Facts and their sources (reference/tableau-access.md):
- A project's default rules seed new items; publishing over an item does not apply them (2.5, `permissions_templates`).
- In a locked project nothing can be set when publishing; the lock's rules govern (2.4, 2.6).
- View rules cannot be set while publishing: where tabs are hidden they are copied from the workbook (2.6).
- Hidden sheets do not become views (6.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.model.coverage import Coverage, Ledger, Miss, Read
from auditor.model.data import DataSource, Inventory, Sheet
from auditor.model.facts import Connection, Content, Lock, Ref, RuleSet
from auditor.model.paths import project_chain
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Kind, is_on_kind
from auditor.sources.workbook_file.naming import derived_id, view_ref
from auditor.sources.workbook_file.snapshot import has_extracts

_RULES = {Kind.WORKBOOK: Read.WORKBOOK_PERMISSIONS, Kind.DATASOURCE: Read.DATASOURCE_PERMISSIONS}
_LISTS = {Kind.WORKBOOK: Read.WORKBOOKS, Kind.DATASOURCE: Read.DATASOURCES}
_CONNECTIONS = {Kind.WORKBOOK: Read.WORKBOOK_CONNECTIONS, Kind.DATASOURCE: Read.DATASOURCE_CONNECTIONS}
_SHEET_TYPES = {"worksheet": "view", "dashboard": "dashboard", "story": "story"}


def publish_into(
    snapshot: Snapshot,
    inventory: Inventory,
    project_id: str,
    *,
    overwrite_of: Ref | None = None,
    tabs_shown: bool | None = None,
    owner_id: str | None = None,
    missed: Sequence[tuple[Read, Miss]] = (),
) -> Snapshot:
    """The snapshot as it would be with the file published into a project by `owner_id` (default: who is signed in).

    `overwrite_of` names the item that would be replaced: it keeps its rules, its owner becomes the publisher.
    `tabs_shown` None takes the document's own setting. What the new rules would be copied from and was not read
    becomes a miss, so that it is judged unknown. `missed` is what the inspection of the file did not read.
    """
    ref = overwrite_of or published_ref(inventory)
    tabs = inventory.tabs_shown if tabs_shown is None else tabs_shown
    item = replace(
        _item(snapshot, inventory, ref),
        project_id=project_id,
        owner_id=owner_id or snapshot.provenance.signed_in_as.id or None,
        tabs_shown=tabs if ref.kind is Kind.WORKBOOK else None,
    )
    rules, missing = _own_rules(snapshot, ref, item, is_new=overwrite_of is None)
    views = _views(snapshot, inventory, item)
    dropped = {
        old for old, content in snapshot.contents.items() if old.kind is Kind.VIEW and content.parent_id == ref.id
    }
    view_rules = {view.ref: _view_rules(snapshot, view.ref, rules) for view in views if ref.kind is Kind.WORKBOOK}
    new_rules = {ref: rules, **view_rules}
    contents = {key: value for key, value in snapshot.contents.items() if key not in dropped}
    kept_rules = {key: value for key, value in snapshot.rules.items() if key not in dropped}
    contents |= {ref: item, **{view.ref: view for view in views}}
    kept_rules |= {key: value for key, value in new_rules.items() if value is not None}
    lines = _lines(snapshot, ref, views, new=overwrite_of is None, rule_misses=missing, missed=missed)
    return replace(
        snapshot,
        contents=contents,
        rules=kept_rules,
        connections={**snapshot.connections, ref: connections_of(snapshot, inventory, ref)},
        inventories={**snapshot.inventories, ref: replace(inventory, id=ref.id if overwrite_of else None)},
        ledger=Ledger({**snapshot.ledger.lines, **lines}),
    )


def published_ref(inventory: Inventory) -> Ref:
    """The reference that a file gets in a site where it is new."""
    kind = Kind.WORKBOOK if inventory.kind == "workbook" else Kind.DATASOURCE
    return Ref(kind, derived_id("published", inventory.name))


def overwritten(snapshot: Snapshot, inventory: Inventory, project_id: str) -> Ref | None:
    """The item of the same kind and name in the project, which publishing would replace."""
    kind = published_ref(inventory).kind
    for ref, item in snapshot.contents.items():
        if ref.kind is kind and item.project_id == project_id and item.name.casefold() == inventory.name.casefold():
            return ref
    return None


def _item(snapshot: Snapshot, inventory: Inventory, ref: Ref) -> Content:
    old = snapshot.contents.get(ref)
    base = old or Content(ref.kind, ref.id, inventory.name, personal_space=False)
    return replace(
        base,
        has_extracts=has_extracts(inventory),
        views_total=sum(1 for sheet in inventory.sheets if not sheet.hidden) if inventory.sheets else None,
    )


def _own_rules(snapshot: Snapshot, ref: Ref, item: Content, *, is_new: bool) -> tuple[RuleSet | None, list[Miss]]:
    if not is_new:
        return snapshot.rules.get(ref), []
    template = snapshot.default_rules.get((item.project_id or "", ref.kind))
    if template is not None or _is_locked(snapshot, item.project_id):
        return template, []
    reason = "the project's default rules, which a new item gets, were not read"
    return None, [Miss(ref.kind, ref.id, item.name, reason, "sign in as an administrator or the project's leader")]


def _is_locked(snapshot: Snapshot, project_id: str | None) -> bool:
    """Is it certain that a lock governs the project's content?"""
    chain = project_chain(snapshot, project_id)
    own = bool(chain) and chain[0].lock is Lock.LOCKED_WITHOUT_NESTED
    return own or any(project.lock is Lock.LOCKED for project in chain)


def _views(snapshot: Snapshot, inventory: Inventory, workbook: Content) -> tuple[Content, ...]:
    if workbook.kind is not Kind.WORKBOOK:
        return ()
    old = {
        item.name: item
        for item in snapshot.contents.values()
        if item.kind is Kind.VIEW and item.parent_id == workbook.id
    }
    return tuple(_view(sheet, workbook, old) for sheet in inventory.sheets if not sheet.hidden)


def _view(sheet: Sheet, workbook: Content, old: Mapping[str, Content]) -> Content:
    known = old.get(sheet.name)
    base = known or Content(Kind.VIEW, view_ref(workbook.ref, sheet.name).id, sheet.name)
    return replace(
        base,
        parent_id=workbook.id,
        project_id=workbook.project_id,
        owner_id=workbook.owner_id,
        hidden=False if sheet.hidden is False else None,
        sheet_type=_SHEET_TYPES.get(sheet.kind, sheet.kind),
    )


def _view_rules(snapshot: Snapshot, view: Ref, of_workbook: RuleSet | None) -> RuleSet | None:
    """A view that stays keeps its rules; a new one gets the workbook's, as far as views have the capability."""
    if view in snapshot.rules:
        return snapshot.rules[view]
    if of_workbook is None:
        return None
    return RuleSet.of([rule for rule in of_workbook.rules if is_on_kind(rule.capability, Kind.VIEW) is not False])


def connections_of(snapshot: Snapshot, inventory: Inventory, ref: Ref) -> tuple[Connection, ...]:
    """The connections that a file names, as those of an item; one to a published source leads to the site's own."""
    return tuple(
        Connection(
            id=derived_id(ref.id, source.id or source.name, str(number)),
            type=connection.class_name,
            server=connection.server,
            user_name=connection.user,
            embeds_password=connection.embeds_password,
            datasource_id=published.id if published and source.published else None,
            datasource_name=source.name if source.published else None,
        )
        for source in inventory.data_sources
        for published in (_published_source(snapshot, source),)
        for number, connection in enumerate(source.connections)
    )


def _published_source(snapshot: Snapshot, source: DataSource) -> Ref | None:
    """The site's data source that a workbook goes through, by content URL, else by a name that only one has."""
    sources = [item for item in snapshot.contents.values() if item.kind is Kind.DATASOURCE]
    by_url = [item for item in sources if item.content_url and item.content_url == source.content_url]
    by_name = [item for item in sources if item.name == source.name]
    found = by_url or by_name
    return found[0].ref if len(found) == 1 else None


def _lines(
    snapshot: Snapshot,
    ref: Ref,
    views: Sequence[Content],
    *,
    new: bool,
    rule_misses: Sequence[Miss],
    missed: Sequence[tuple[Read, Miss]],
) -> dict[str, Coverage]:
    """The ledger's lines that the publication changes: lists and rules that count the new items, and the file's own."""
    lines: dict[str, Coverage] = {}
    if new:
        lines[_LISTS[ref.kind]] = _more(snapshot, _LISTS[ref.kind], 1, ())
    lines[_RULES[ref.kind]] = _more(snapshot, _RULES[ref.kind], int(new), rule_misses)
    lines[_CONNECTIONS[ref.kind]] = _more(snapshot, _CONNECTIONS[ref.kind], int(new), ())
    fresh = [view for view in views if view.ref not in snapshot.contents]
    lines[Read.VIEWS] = _more(snapshot, Read.VIEWS, len(fresh), ())
    view_misses = [replace(miss, kind=Kind.VIEW, id=view.id, name=view.name) for miss in rule_misses for view in fresh]
    lines[Read.VIEW_PERMISSIONS] = _more(snapshot, Read.VIEW_PERMISSIONS, len(fresh), view_misses)
    for read in (Read.FILES, Read.COLUMNS, Read.EXTRACTS):
        own = [replace(miss, id=ref.id) for name, miss in missed if name is read]
        lines[read] = _more(snapshot, read, 1, own)
    return {str(read): line for read, line in lines.items()}


def _more(snapshot: Snapshot, read: Read, count: int, missing: Sequence[Miss]) -> Coverage:
    """A line with `count` more objects, of which some are missing."""
    line = snapshot.ledger.line(read) or Coverage(read, 0, 0)
    expected = None if line.expected is None else line.expected + count
    got = line.got + max(count - len(missing), 0)
    return Coverage(str(read), expected, got, (*line.missing, *missing))
