"""The last phase: the lists once more, to see what appeared, moved or vanished while rules were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import CONTENT_KINDS, LIST_READ, RULES_READ, Content, Kind, Project, Read, Ref
from auditor.sources.tableau.catalogue import LISTS, exists
from auditor.sources.tableau.failures import ReadFailedError
from auditor.sources.tableau.governance import governor
from auditor.sources.tableau.phase_site import keep_list, read_list
from auditor.sources.tableau.run import Run

_RULED = (Kind.PROJECT, *CONTENT_KINDS)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a second reading of the lists showed against the first."""

    appeared: frozenset[Ref]
    vanished: frozenset[Ref]
    changed: frozenset[Ref]

    @property
    def any(self) -> bool:
        """Did anything change?"""
        return bool(self.appeared or self.vanished or self.changed)

    def to_text(self) -> str:
        """A sentence for the report."""
        return (
            f"while the site was read {len(self.appeared)} items appeared, {len(self.vanished)} vanished and "
            f"{len(self.changed)} changed; what they touch was read again"
        )


def compare(before: Mapping[Ref, Project | Content], after: Mapping[Ref, Project | Content]) -> Changes:
    """The difference of two readings, in what decides about rules."""
    return Changes(
        appeared=frozenset(after.keys() - before.keys()),
        vanished=frozenset(before.keys() - after.keys()),
        changed=frozenset(
            ref for ref, was in before.items() if (now := after.get(ref)) is not None and _differ(was, now)
        ),
    )


def _differ(was: Project | Content, now: Project | Content) -> bool:
    """A page that came as before gives the same objects: nearly all of a site."""
    return was is not now and _deciding(was) != _deciding(now)


def _deciding(subject: Project | Content) -> tuple[object, ...]:
    if isinstance(subject, Project):
        return (subject.parent_id, subject.owner_id, subject.lock, subject.controlling_id, subject.updated_at)
    return (
        subject.project_id,
        subject.owner_id,
        subject.parent_id,
        subject.tabs_shown,
        subject.personal_space,
        subject.updated_at,
    )


def _subjects(run: Run) -> dict[Ref, Project | Content]:
    return {**{p.ref: p for p in run.gathered.projects.values()}, **run.gathered.contents}


def list_again(run: Run) -> Changes:
    """Read the lists of everything that has rules once more, keep them, and forget rules of what changed."""
    before = _subjects(run)
    reads = [LIST_READ[kind] for kind in _RULED if LIST_READ[kind] in run.needs and LIST_READ[kind] in LISTS]
    specs = [LISTS[read] for read in reads if exists(LISTS[read], at_least=run.connection.at_least)]
    specs = [spec for spec in specs if run.gathered.lines[spec.read].got]
    for spec, listing in run.each(specs, lambda one: read_list(run, one)):
        if isinstance(listing, ReadFailedError) or listing.misses:
            run.gathered.note(
                f"the list of {spec.read} could not be read a second time: changes during the run may be missing"
            )
            continue
        line = run.gathered.lines[spec.read]
        line.misses = {key: miss for key, miss in line.misses.items() if "promised" not in miss.reason}
        line.expected, line.got = listing.expected, len(listing.items)
        keep_list(run, spec.read, listing.items)
        run.came(spec.read)
    changes = compare(before, _subjects(run))
    _forget(run, changes)
    _note_other_governors(run)
    if changes.any:
        run.gathered.note(changes.to_text())
    return changes


def _note_other_governors(run: Run) -> None:
    """Tell where the answer about an item's rules named a governing project that the lists do not give."""
    projects = run.gathered.projects
    differing = 0
    for ref, parent in run.gathered.parents.items():
        item = run.gathered.contents.get(ref)
        if item is not None and item.project_id is not None:
            differing += governor(projects, item.project_id).project_id != parent
    if differing:
        run.gathered.note(
            f"the server names another governing project than its list of projects gives for {differing} items: "
            "locks may have changed while the site was read"
        )


def _forget(run: Run, changes: Changes) -> None:
    """Drop the rules, and the misses, of what vanished or changed: the next plan asks for what still matters."""
    gone = changes.vanished | changes.changed
    if not gone:
        return
    gathered = run.gathered
    gathered.rules = {ref: rules for ref, rules in gathered.rules.items() if ref not in gone}
    gathered.connections = {ref: found for ref, found in gathered.connections.items() if ref not in changes.vanished}
    gathered.default_rules = {
        key: rules for key, rules in gathered.default_rules.items() if Ref(Kind.PROJECT, key[0]) not in gone
    }
    for read in (
        *RULES_READ.values(),
        Read.DEFAULT_PERMISSIONS,
        Read.WORKBOOK_CONNECTIONS,
        Read.DATASOURCE_CONNECTIONS,
    ):
        if read in gathered.lines:
            line = gathered.lines[read]
            line.misses = {key: miss for key, miss in line.misses.items() if Ref(miss.kind, miss.id) not in gone}
