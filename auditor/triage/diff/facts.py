"""Facts that changed: objects that came, went and moved, owners, locks, switches, members, columns below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.access import Access, Anonymous, Outcome
from auditor.model import LIST_READ, Column, Kind, Lock, Project, Ref, Snapshot, Subject, path_of
from auditor.model.vocabulary import label
from auditor.triage.diff.exposure import Found
from auditor.triage.diff.model import Change, ChangeKind

_LOCK_WORDS = {
    Lock.CUSTOMIZABLE: "customizable",
    Lock.LOCKED: "locked (including nested projects)",
    Lock.LOCKED_WITHOUT_NESTED: "locked (this project only)",
    Lock.UNKNOWN: "not known",
}
_NOTABLE = 6  # names listed in one sentence


def fact_changes(old: Snapshot, new: Snapshot) -> Found:
    """All facts that changed and are not access itself."""
    untold: list[str] = []
    changes = [
        *_settings(old, new),
        *_came(old, new, untold),
        *_went(old, new, untold),
        *_stayed(old, new),
        *_templates(old, new),
        *_people(old, new),
        *_columns(old, new, untold),
    ]
    kept = sum(1 for subject in new.subjects() if old.subject(subject.ref) == subject)
    return Found(tuple(changes), {"objects unchanged": kept}, tuple(untold))


def _about(snapshot: Snapshot, kind: ChangeKind, subject: Subject, sentence: str) -> Change:
    return Change(kind, sentence, subject.kind, subject.id, path_of(snapshot, subject))


def _words(subject: Subject) -> str:
    return f"{subject.kind.replace('_', ' ')} '{subject.name}'"


def _settings(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    for name in sorted({*old.settings, *new.settings}):
        then, now = old.settings.get(name), new.settings.get(name)
        if then != now and old.settings and new.settings:
            sentence = f"Site setting {name}: {_value(then)} → {_value(now)}"
            yield Change(ChangeKind.SETTING, sentence, Kind.SITE, new.provenance.site_id, new.provenance.site_name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "not told" if value is None else str(value)


def _came(old: Snapshot, new: Snapshot, untold: list[str]) -> Iterator[Change]:
    """New objects, with what is open on them to the public; views of a new workbook are counted with it."""
    access = Access(new)
    unsure = 0
    for subject in new.subjects():
        if old.subject(subject.ref) is not None or _follows(new, subject, old):
            continue
        if not _listed(old, subject.ref):
            unsure += 1
            continue
        views = _views(new, subject)
        tail = f" with {views} view{'s' if views != 1 else ''}" if views else ""
        yield _about(new, ChangeKind.NEW, subject, f"New {_words(subject)}{tail}{_open_to_public(access, subject)}")
    if unsure:
        untold.append(
            f"{unsure:,} object(s) are only in the new snapshot, and the old one did not list all: new or not cannot be told."
        )


def _open_to_public(access: Access, subject: Subject) -> str:
    allowed = [d.capability for d in access.decisions(Anonymous(), subject.ref) if d.outcome is Outcome.ALLOW]
    words = list(dict.fromkeys(label(name, subject.kind) for name in allowed))
    return f", open to Guest: {', '.join(words)}" if words else ""


def _follows(snapshot: Snapshot, subject: Subject, other: Snapshot) -> bool:
    """Is it a view whose workbook came or went with it?"""
    if isinstance(subject, Project):
        return False
    parent = snapshot.parent_of(subject)
    return parent is not None and other.subject(parent.ref) is None


def _views(snapshot: Snapshot, subject: Subject) -> int:
    if subject.kind is not Kind.WORKBOOK:
        return 0
    return sum(item.kind is Kind.VIEW and item.parent_id == subject.id for item in snapshot.contents.values())


def _listed(snapshot: Snapshot, ref: Ref) -> bool:
    """Had the snapshot listed all objects of the kind? One without a ledger line never tried."""
    read = LIST_READ.get(ref.kind)
    return read is not None and snapshot.ledger.is_complete(read)


def _went(old: Snapshot, new: Snapshot, untold: list[str]) -> Iterator[Change]:
    unsure = 0
    for subject in old.subjects():
        if new.subject(subject.ref) is not None or _follows(old, subject, new):
            continue
        if not _listed(new, subject.ref):
            unsure += 1
            continue
        yield _about(old, ChangeKind.GONE, subject, f"Gone: {_words(subject)}")
    if unsure:
        untold.append(
            f"{unsure:,} object(s) are only in the old snapshot, and the new one did not list all: gone or not cannot be told."
        )


def _stayed(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    """What changed of objects that both hold: place, name, owner, lock."""
    for subject in new.subjects():
        earlier = old.subject(subject.ref)
        if earlier is None:
            continue
        then, now = old.project_of(earlier), new.project_of(subject)
        if then != now and subject.kind is not Kind.VIEW:
            yield _about(
                new,
                ChangeKind.MOVED,
                subject,
                f"Moved: {_words(subject)} from '{_place(old, then)}' to '{_place(new, now)}'",
            )
        if earlier.name != subject.name:
            yield _about(new, ChangeKind.RENAMED, subject, f"Renamed: {_words(earlier)} is now '{subject.name}'")
        if (
            earlier.owner_id != subject.owner_id
            and None not in (earlier.owner_id, subject.owner_id)
            and subject.kind is not Kind.VIEW
        ):
            sentence = f"Owner of {_words(subject)}: {_user(old, earlier.owner_id)} → {_user(new, subject.owner_id)}"
            yield _about(new, ChangeKind.OWNER, subject, sentence)
        if isinstance(subject, Project) and isinstance(earlier, Project) and subject.lock is not earlier.lock:
            sentence = f"Project '{subject.name}': {_LOCK_WORDS[earlier.lock]} → {_LOCK_WORDS[subject.lock]}"
            yield _about(new, ChangeKind.LOCK, subject, sentence)


def _place(snapshot: Snapshot, project_id: str | None) -> str:
    project = snapshot.projects.get(project_id or "")
    return path_of(snapshot, project) if project is not None else "(top)" if project_id is None else "(unreadable)"


def _user(snapshot: Snapshot, user_id: str | None) -> str:
    user = snapshot.users.get(user_id or "")
    return user.name if user is not None else user_id or "nobody"


def _templates(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    for (project_id, kind), rules in new.default_rules.items():
        earlier, project = old.default_rules.get((project_id, kind)), new.projects.get(project_id)
        if earlier is not None and earlier != rules and project is not None:
            added, removed = len(set(rules.rules) - set(earlier.rules)), len(set(earlier.rules) - set(rules.rules))
            sentence = f"Template for {kind.replace('_', ' ')}s in project '{project.name}': {added} rules added, {removed} removed"
            yield _about(new, ChangeKind.TEMPLATE, project, sentence)


def _people(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    """Site roles, and who joined and left groups."""
    for user_id, user in sorted(new.users.items()):
        earlier = old.users.get(user_id)
        if earlier is not None and earlier.site_role != user.site_role:
            sentence = f"Site role of '{user.name}': {earlier.site_role} → {user.site_role}"
            yield Change(ChangeKind.ROLE, sentence, Kind.USER, user_id, user.name, principal=f"user:{user_id}")
    for group_id, members in sorted(new.group_members.items()):
        group, before = new.groups.get(group_id), old.group_members.get(group_id)
        if group is None or before is None or before == members:
            continue
        parts = [f"{_names(new, members - before)} joined"] if members - before else []
        parts += [f"{_names(old, before - members)} left"] if before - members else []
        yield Change(
            ChangeKind.MEMBERSHIP, f"Group '{group.name}': {'; '.join(parts)}", Kind.GROUP, group_id, group.name
        )


def _names(snapshot: Snapshot, user_ids: frozenset[str]) -> str:
    names = sorted(_user(snapshot, user_id) for user_id in user_ids)
    more = f" and {len(names) - _NOTABLE:,} more" if len(names) > _NOTABLE else ""
    return ", ".join(names[:_NOTABLE]) + more


def _columns(old: Snapshot, new: Snapshot, untold: list[str]) -> Iterator[Change]:
    """Columns that were added below something that the public can see."""
    access, views = Access(new), _views_by_workbook(new)
    unsure = 0
    for ref, inventory in new.inventories.items():
        subject = new.subject(ref)
        if subject is None or old.subject(ref) is None or not _public(access, (ref, *views.get(ref, ()))):
            continue
        earlier = old.inventories.get(ref)
        if earlier is None:
            unsure += 1
            continue
        known = {(source.name, column.name) for source in earlier.data_sources for column in source.columns}
        added = [c for source in inventory.data_sources for c in source.columns if (source.name, c.name) not in known]
        if added:
            number = "1 column" if len(added) == 1 else f"{len(added)} columns"
            sentence = f"{number} added below {_words(subject)}, which Guest can view: {_column_words(added)}"
            yield _about(new, ChangeKind.COLUMNS, subject, sentence)
    if unsure:
        untold.append(
            f"Of {unsure:,} public object(s) the columns below were read only in the new snapshot: added or not cannot be told."
        )


def _views_by_workbook(snapshot: Snapshot) -> dict[Ref, list[Ref]]:
    found: dict[Ref, list[Ref]] = {}
    for ref, item in snapshot.contents.items():
        if ref.kind is Kind.VIEW:
            found.setdefault(Ref(Kind.WORKBOOK, item.parent_id or ""), []).append(ref)
    return found


def _public(access: Access, refs: Iterable[Ref]) -> bool:
    """Can the visitor without an account view the item or one of its views?"""
    return any(access.can(Anonymous(), one, "Read").outcome is Outcome.ALLOW for one in refs)


def _column_words(columns: list[Column]) -> str:
    """Personal ones first."""
    ranked = sorted(columns, key=lambda c: (not c.classes, c.name))
    words = [c.name + (f" ({', '.join(sorted(c.classes))})" if c.classes else "") for c in ranked[:_NOTABLE]]
    more = f" and {len(ranked) - _NOTABLE} more" if len(ranked) > _NOTABLE else ""
    return ", ".join(words) + more
