"""Why a decision changed, as far as two snapshots tell: the nearest fact that changed and bears on it."""

from __future__ import annotations

from auditor.access import Access, Decision
from auditor.model import GranteeKind, Group, GroupSet, Lock, Project, Ref, Rule, Snapshot, User, path_of, project_chain

_SWITCHES = ("guest-off", "switch-off")
_OPEN = (Lock.CUSTOMIZABLE,)


def cause_of(before: Access, after: Access, earlier: Decision | None, later: Decision) -> str:
    """A few words, such as "project lock opened"; empty where no single fact stands out."""
    old, new, ref = before.snapshot, after.snapshot, later.ref
    return (
        _switch(earlier, later)
        or _moved(old, new, ref)
        or _lock(old, new, ref)
        or _tabs(old, new, ref)
        or _rules(old, new, ref, later.capability)
        or _role(earlier, later)
    )


def _switch(earlier: Decision | None, later: Decision) -> str:
    was = earlier.reason if earlier is not None else ""
    words = {"guest-off": "guest access", "switch-off": "a feature of the site"}
    if was in _SWITCHES and later.reason not in _SWITCHES:
        return f"{words[was]} switched on"
    if later.reason in _SWITCHES and was not in _SWITCHES:
        return f"{words[later.reason]} switched off"
    return ""


def _project_of(snapshot: Snapshot, ref: Ref) -> str | None:
    subject = snapshot.subject(ref)
    return snapshot.project_of(subject) if subject is not None else None


def _moved(old: Snapshot, new: Snapshot, ref: Ref) -> str:
    then, now = _project_of(old, ref), _project_of(new, ref)
    if then == now or now is None:
        return ""
    project = new.projects.get(now)
    return f"moved to '{path_of(new, project)}'" if project is not None else "moved to another project"


def _lock(old: Snapshot, new: Snapshot, ref: Ref) -> str:
    """The first project upwards whose lock changed."""
    subject = new.subject(ref)
    start = ref.id if isinstance(subject, Project) else _project_of(new, ref)
    for project in project_chain(new, start):
        earlier = old.projects.get(project.id)
        if earlier is None or earlier.lock is project.lock:
            continue
        if project.lock is Lock.UNKNOWN or earlier.lock is Lock.UNKNOWN:
            return "project lock was not read on one side"
        if project.lock in _OPEN:
            return "project lock opened"
        return "project locked" if earlier.lock in _OPEN else "project lock changed"
    return ""


def _tabs(old: Snapshot, new: Snapshot, ref: Ref) -> str:
    """Tabs shown bind the views to the rules of their workbook; hidden set them free."""
    item = new.contents.get(ref)
    parent = new.parent_of(item) if item is not None else None
    earlier = old.contents.get(parent.ref) if parent is not None else None
    if parent is None or earlier is None or parent.tabs_shown == earlier.tabs_shown:
        return ""
    return "tabs shown" if parent.tabs_shown else "tabs hidden"


def _rules(old: Snapshot, new: Snapshot, ref: Ref, capability: str) -> str:
    """A rule on the capability that was added or removed on the object, its workbook or a project above."""
    subject = new.subject(ref)
    refs = [ref]
    if subject is not None and not isinstance(subject, Project) and (parent := new.parent_of(subject)) is not None:
        refs.append(parent.ref)
    start = ref.id if isinstance(subject, Project) else _project_of(new, ref)
    chain = project_chain(new, start)
    for place in refs:
        if words := _rule_words(new, _of(old, place, capability), _of(new, place, capability)):
            return words
    for project in chain:
        then = _template(old, project.id, ref, capability)
        if words := _rule_words(new, then, _template(new, project.id, ref, capability)):
            return f"template of project '{project.name}': {words}"
        if words := _rule_words(new, _of(old, project.ref, capability), _of(new, project.ref, capability)):
            return f"project '{project.name}': {words}"
    return ""


def _of(snapshot: Snapshot, ref: Ref, capability: str) -> frozenset[Rule] | None:
    rules = snapshot.rules.get(ref)
    return frozenset(r for r in rules.rules if r.capability == capability) if rules is not None else None


def _template(snapshot: Snapshot, project_id: str, ref: Ref, capability: str) -> frozenset[Rule] | None:
    rules = snapshot.default_rules.get((project_id, ref.kind))
    return frozenset(r for r in rules.rules if r.capability == capability) if rules is not None else None


def _rule_words(new: Snapshot, then: frozenset[Rule] | None, now: frozenset[Rule] | None) -> str:
    if then is None or now is None or then == now:
        return ""
    added, removed = sorted(now - then), sorted(then - now)
    if added:
        return f"{added[0].mode} for {_grantee(new, added[0])} added"
    return f"{removed[0].mode} for {_grantee(new, removed[0])} removed"


def _grantee(snapshot: Snapshot, rule: Rule) -> str:
    """The name of a rule's holder, or its id where it was not read."""
    holder = rule.grantee
    match holder.kind:
        case GranteeKind.USER:
            found: User | Group | GroupSet | None = snapshot.users.get(holder.id)
        case GranteeKind.GROUP:
            found = snapshot.groups.get(holder.id)
        case GranteeKind.GROUP_SET:
            found = snapshot.group_sets.get(holder.id)
        case GranteeKind.OTHER:
            found = None
    return found.name if found is not None else holder.id


def _role(earlier: Decision | None, later: Decision) -> str:
    """What the reasons say where no fact of the object changed."""
    was = earlier.reason if earlier is not None else ""
    words = {
        "site-role": "site role changed",
        "admin": "administrator's role changed",
        "owner": "owner changed",
        "project-owner": "project owner changed",
        "project-leader": "project leader changed",
    }
    if was == later.reason:
        return ""
    return words.get(later.reason) or words.get(was) or ""
